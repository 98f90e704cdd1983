/* The life of a server: listens, takes connections, and ends when it is told to. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "serve/settings.h"

/* The module serve.so, with libmicrohttpd. */
struct server_module {
    const char *version; /* MODULE_VERSION */
    /* Serves until SIGTERM or SIGINT, finishes what has begun, and returns true. All models share
     * the threads that it adds to the settings for as long. */
    bool (*run)(struct settings *settings, hinge_error *error);
};

/* What it shows. */
extern const struct server_module hinge_server;

#endif
