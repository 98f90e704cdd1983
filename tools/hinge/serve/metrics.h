/* What Prometheus reads: its text format, version 0.0.4. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "serve/models/repository.h"
#include "serve/reply.h"

void metrics_write(struct repository *repository, size_t n_connections, struct reply *reply);

#endif
