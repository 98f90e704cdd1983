/* Inputs for a session of ONNX Runtime, from files or the random ones that hinge bench makes. */
#ifndef ONNXRUNTIME_ORT_INPUTS_H
#define ONNXRUNTIME_ORT_INPUTS_H

#include "base/array.h"
#include "options/options.h"
#include "tools/onnxruntime/ort_api.h"

struct ort_inputs {
    size_t n;
    char **names; /* of the default allocator */
    struct array *arrays;
    ort_value **values; /* over the arrays, but strings, which are copies */
};

/* Types and shapes of what has no file are the session's; sizes that it leaves open are those of
 * --dim, --shape and
 * --default-dim. On failure there is nothing to be freed. */
bool ort_inputs_make(struct ort_inputs *inputs, const struct ort_api *api,
                     const ort_session *session, const struct input_options *options,
                     hinge_error *error);
void ort_inputs_free(struct ort_inputs *inputs, const struct ort_api *api);

/* ort_api_succeeded, with the sentence in *error. */
bool ort_succeeded(const struct ort_api *api, ort_status *status, hinge_error *error);

#endif
