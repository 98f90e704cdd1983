/* One-operator models run by ONNX Runtime, through its C ABI without its header. */
#ifndef EXACTNESS_ORT_H
#define EXACTNESS_ORT_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/exactness/reference.h"

struct ort_node;

/* Loads ONNX Runtime; false, with a sentence on stderr, where that fails. */
bool ort_open(const char *library);

/* y = reference's operator of count floats x, in a session with n_threads; both buffers stay the
 * caller's. NULL where ONNX Runtime lacks the operator. */
struct ort_node *ort_node_new(const struct reference *reference, float *x, float *y, int64_t count,
                              int n_threads);
void ort_node_free(struct ort_node *node); /* NULL is allowed */
bool ort_node_run(struct ort_node *node);

#endif
