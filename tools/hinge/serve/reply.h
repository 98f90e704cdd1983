/* What goes back for a request. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "base/error.h"
#include "serve/bytes.h"

#include <jansson.h>

struct reply {
    unsigned status;      /* of HTTP */
    struct bytes body;    /* the reply's */
    const char *type;     /* of the body; NULL: JSON */
    size_t json_size;     /* above 0: that much of the body is JSON and binary tensors follow */
    unsigned retry_after; /* seconds; 0: not said */
    const char *allowed;  /* the methods that the path takes; NULL: not said */
    bool asks_for_token;  /* says how to be let in */
};

/* {"error": sentence}, as the protocol says, in place of what was there. Returns false. */
bool reply_error(struct reply *reply, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of a failure of the runtime, with the status that tells whose fault it is. */
bool reply_failure(struct reply *reply, const hinge_error *error);
/* Takes root over and answers with it; NULL, or good false, is want of memory. */
void reply_json(struct reply *reply, json_t *root, bool good);

#endif
