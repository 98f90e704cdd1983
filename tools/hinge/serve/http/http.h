/* HTTP, by libmicrohttpd: a thread for each connection, which reads a request, answers it, and
 * waits for the next. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "serve/http/clients.h"
#include "serve/http/tokens.h"
#include "serve/route.h"

struct MHD_Daemon;

struct http {
    const struct settings *settings;
    struct route *route;
    struct clients clients;
    struct tokens tokens;
    char *certificate, *key; /* PEM; NULL: plain HTTP */
    struct MHD_Daemon *daemon;
    atomic_size_t received; /* bytes of the bodies of all requests in hand */
};

bool http_start(struct http *http, const struct settings *settings, struct route *route,
                hinge_error *error);
/* Takes the socket over. */
void http_add(struct http *http, int socket);
/* Ends all connections, whatever they are at. */
void http_stop(struct http *http);

#endif
