#include "operators/op/values.h"

#include <stdio.h>

static const char *type_name(unsigned type)
{
    switch (type) {
#define TYPE_NAME(name, number, bits, text)                                                        \
    case name: return text;
        HINGE_TYPES(TYPE_NAME)
#undef TYPE_NAME
    case HINGE_SEQUENCE: return "seq(";
    case HINGE_OPTIONAL: return "optional(";
    case HINGE_MAP: return "map(";
    case HINGE_SPARSE: return "sparse(";
    default: return "unknown";
    }
}

const char *op_type_text(hinge_type_code code, char text[OP_TEXT_SIZE])
{
    size_t size = 0, n_open = 0;
    bool key = false;
    do {
        unsigned type = code & 0xff;
        size += (size_t)snprintf(text + size, OP_TEXT_SIZE - size, "%s%s", type_name(type),
                                 key ? ", " : "");
        n_open += hinge_is_container((hinge_type)type);
        key = type == HINGE_MAP;
        code >>= 8;
    } while (code && size < OP_TEXT_SIZE / 2);
    for (size_t i = 0; i < n_open; i++)
        size += (size_t)snprintf(text + size, OP_TEXT_SIZE - size, ")");
    return text;
}

const char *op_dims_text(const hinge_tensor *x, char text[OP_TEXT_SIZE])
{
    size_t size = (size_t)snprintf(text, OP_TEXT_SIZE, "[");
    for (int32_t d = 0; d < x->rank; d++)
        size += (size_t)snprintf(text + size, OP_TEXT_SIZE - size, "%s%lld", d ? ", " : "",
                                 (long long)x->dims[d]);
    snprintf(text + size, OP_TEXT_SIZE - size, "]");
    return text;
}

hinge_status op_elements(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                         int64_t n, hinge_tensor **elements)
{
    *elements = node->host->elements(node, value, type, n);
    return *elements ? HINGE_OK : HINGE_NO_MEMORY;
}

bool op_is_open(const hinge_tensor *y)
{
    bool open = y->rank < 0;
    for (int32_t d = 0; d < y->rank && !open; d++)
        open = y->dims[d] < 0;
    return open;
}

hinge_status op_input_int(const struct hinge_node *node, unsigned input, const char *name,
                          int64_t *value)
{
    const hinge_tensor *x = node->inputs[input];
    char text[OP_TEXT_SIZE];
    if (hinge_count(x) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has the shape %s, not one element", name,
                       op_dims_text(x, text));
    *value = x->type == HINGE_INT32 ? *(const int32_t *)x->data : *(const int64_t *)x->data;
    return HINGE_OK;
}

hinge_status op_input_position(const struct hinge_node *node, unsigned input, int64_t n,
                               int64_t limit, int64_t *position)
{
    hinge_status status = op_input_int(node, input, "position", position);
    if (status)
        return status;
    if (*position < -n || *position >= limit)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "position %lld is not in [%lld, %lld) of a sequence of %lld elements",
                       (long long)*position, (long long)-n, (long long)limit, (long long)n);
    if (*position < 0)
        *position += n;
    return HINGE_OK;
}
