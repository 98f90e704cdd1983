/* HannWindow-17, HammingWindow-17, BlackmanWindow-17: a0 - a1 cos(2 pi k / n) + a2 cos(4 pi k / n)
 * with 1/2, 1/2 and 0; 25/46, 21/46 and 0; 0.42, 0.5 and 0.08. n is size, or size - 1 for a
 * symmetric window; that of size 1, for which it is 0 / 0, is 1. Computed in double. */
#include "operators/signal/signal.h"

#include <math.h>

enum { OUTPUT_DATATYPE, PERIODIC };

static hinge_status infer(const struct hinge_node *node)
{
    int64_t size = 0;
    hinge_status status = signal_integer(node, 0, "size", &size);
    if (status)
        return status;
    if (size < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "size is %lld", (long long)size);
    return op_set_dims(node, 0, 1, &size);
}

/* As polynomials in the square of sin(pi k / n), which are exact at both ends and in the middle. */
static hinge_status run(const struct hinge_node *node, double c0, double c1, double c2)
{
    const hinge_tensor *y = node->outputs[0];
    const int64_t size = y->dims[0], n = node->attributes[PERIODIC].i ? size : size - 1;
    for (int64_t k = 0; k < size; k++) {
        const int64_t near = 2 * k > n ? n - k : k;
        const double sine = n ? sin(3.14159265358979323846 * ((double)near / (double)n)) : 1;
        const double square = sine * sine, value = c0 + square * (c1 + square * c2);
        convert_from_double(y->type, (char *)y->data + hinge_size(y->type, k), &value, 1);
    }
    return HINGE_OK;
}

static hinge_status run_hann(const struct hinge_node *node)
{
    return run(node, 0, 1, 0);
}

static hinge_status run_hamming(const struct hinge_node *node)
{
    return run(node, 2. / 23, 21. / 23, 0);
}

static hinge_status run_blackman(const struct hinge_node *node)
{
    return run(node, 0, 0.36, 0.64);
}

static const struct hinge_attribute_def attributes[] = {
    [OUTPUT_DATATYPE] = {.name = "output_datatype", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    [PERIODIC] = {.name = "periodic", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

#define WINDOW(onnx_name, kernel)                                                                  \
    {                                                                                              \
        .name = (onnx_name), .since = 17, .attributes = attributes, .infer = infer,                \
        .signature =                                                                               \
            "(size: T1) -> (output: T2); T1: int32 int64; T2@output_datatype: " OP_TYPES_NUMBER,   \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, kernel})                                          \
    }

const struct hinge_op op_windows[] = {
    WINDOW("HannWindow", run_hann),
    WINDOW("HammingWindow", run_hamming),
    WINDOW("BlackmanWindow", run_blackman),
    OP_END,
};
