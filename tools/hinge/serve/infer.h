/* One infer request from its bytes to those of the answer. */
#ifndef SERVE_INFER_H
#define SERVE_INFER_H

#include "serve/models/model.h"
#include "serve/reply.h"

/* json_size: how much of the body is JSON. deadline_ns: what header and command line say, 0 for
 * none; a parameter of the request may make it earlier. body is written to. */
void infer(struct model *model, char *body, size_t size, size_t json_size, uint64_t start_ns,
           uint64_t deadline_ns, size_t tensors_limit, struct reply *reply);

#endif
