/* EyeLike-9, -22: ones on the k-th diagonal of a matrix of the input's shape, zeros elsewhere. */
#include "operators/op/copy.h"

#include <string.h>

enum { DTYPE, DIAGONAL };

static const struct one {
    hinge_type type;
    size_t size;
    const void *bytes;
} ones[] = {
    {HINGE_FLOAT, 4, &(const float){1}},           {HINGE_DOUBLE, 8, &(const double){1}},
    {HINGE_FLOAT16, 2, &(const uint16_t){0x3C00}}, {HINGE_BFLOAT16, 2, &(const uint16_t){0x3F80}},
    {HINGE_BOOL, 1, &(const uint8_t){1}},          {HINGE_UINT8, 1, &(const uint8_t){1}},
    {HINGE_INT8, 1, &(const int8_t){1}},           {HINGE_UINT16, 2, &(const uint16_t){1}},
    {HINGE_INT16, 2, &(const int16_t){1}},         {HINGE_UINT32, 4, &(const uint32_t){1}},
    {HINGE_INT32, 4, &(const int32_t){1}},         {HINGE_UINT64, 8, &(const uint64_t){1}},
    {HINGE_INT64, 8, &(const int64_t){1}},
};

static const struct one *find_one(hinge_type type)
{
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        if (ones[i].type == type)
            return &ones[i];
    return NULL;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (x->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 2", (int)x->rank);
    return op_set_dims(node, 0, 2, x->dims);
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    const struct one *one = find_one(y->type);
    int64_t k = node->attributes[DIAGONAL].i, n_rows = y->dims[0], n_columns = y->dims[1];
    memset(y->data, 0, hinge_size(y->type, hinge_count(y)));
    k = k < -n_rows ? -n_rows : k > n_columns ? n_columns : k;
    for (int64_t row = k < 0 ? -k : 0; row < n_rows && row + k < n_columns; row++)
        memcpy((char *)y->data + (size_t)(row * n_columns + row + k) * one->size, one->bytes,
               one->size);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT},
    [DIAGONAL] = {.name = "k", .type = HINGE_ATTR_INT},
    {.name = NULL}};

const struct hinge_op op_eyelike[] = {
    {.name = "EyeLike",
     .since = 9,
     .signature = "(input: T1) -> (output: T2); T1: " OP_TYPES_NUMBER
                  " bool; T2@dtype: " OP_TYPES_NUMBER " bool",
     .flags = HINGE_OP_SHAPE_ONLY,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
