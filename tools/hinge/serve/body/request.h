/* An infer request of the Open Inference Protocol, read for a model. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "serve/body/elements.h"
#include "serve/body/envelope.h"
#include "serve/models/model.h"

struct request_output {
    size_t index;
    bool is_binary;
};

struct request {
    struct envelope envelope;
    struct elements *inputs; /* by the model's index */
    hinge_tensor *tensors;   /* the same for hinge_run */
    size_t n_inputs;
    struct request_output *outputs; /* in the order asked for */
    size_t n_outputs;
    const char *id;    /* NULL: none */
    double timeout_us; /* 0: none */
};

/* body is all of the request: json_size bytes of JSON, then the binary tensors. It must stay, and
 * is written to. Tensors may take limit bytes. request_free is due however it ends. */
bool request_read(struct request *request, const struct model *model, char *body, size_t size,
                  size_t json_size, size_t limit, hinge_error *error);
void request_free(struct request *request);

#endif
