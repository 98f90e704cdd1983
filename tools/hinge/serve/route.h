/* Which request asks for what. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "serve/http/clients.h"
#include "serve/models/repository.h"
#include "serve/reply.h"

/* What the answer needs to know of the server. */
struct route {
    struct repository *repository;
    const struct settings *settings;
    atomic_bool is_draining;
    struct clients *clients;
};

/* One request, all of it received. */
struct call {
    const char *method, *path; /* decoded, without the query */
    char *body;
    size_t body_size, json_size; /* the JSON's part of the body */
    uint64_t start_ns, deadline_ns;
};

void route_answer(struct route *route, const struct call *call, struct reply *reply);

#endif
