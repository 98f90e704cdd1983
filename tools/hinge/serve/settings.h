/* What the command line says of a server. It does not change while it runs. */
#ifndef SERVE_SETTINGS_H
#define SERVE_SETTINGS_H

#include "options/options.h"

struct settings {
    struct common_options common;
    const char *models; /* a folder of NAME/VERSION/model.onnx, or one model */
    double poll_s;      /* between looks at what is there; 0: never */
    const char *address;
    uint16_t port;
    unsigned n_connections, n_contexts, n_queued;
    size_t max_batch;             /* rows of requests that are joined; 1: none are */
    double max_delay_ms;          /* for which a request may wait for others */
    size_t max_body, max_tensors; /* bytes of a request */
    const char *token_file, *tls_certificate, *tls_key; /* NULL: none */
    bool has_log;                                       /* a line for each request */
    double client_timeout_s; /* a client may be silent, or take to send a request */
    double drain_timeout_s;  /* for what has begun, after SIGTERM */
};

#endif
