/* BitCast: the same bytes, packed elements too. */
#include "tests/operators/harness.h"

#include <string.h>

static void same_bytes(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_type type = (hinge_type)harness_attr_int(call, "to", 0);
    hinge_tensor *y = harness_output(call, 0, type, x->rank, x->dims);
    if (hinge_count(x))
        memcpy(y->data, x->data, hinge_size(type, hinge_count(x)));
}

/* To what the reference keeps as double. */
static void as_numbers(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_type type = (hinge_type)harness_attr_int(call, "to", 0);
    const hinge_tensor view = {.type = type, .rank = x->rank, .data = x->data};
    hinge_tensor *y = harness_output(call, 0, type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(y, i, harness_get(&view, i));
}

#define TO(type) ATTR_INT("to", type)
#define X(type) TENSOR(type, 0, 100, 3, HARNESS_N)

void test_bitcast(void)
{
    static const hinge_type pairs[][2] = {
        {HINGE_FLOAT, HINGE_INT32},    {HINGE_FLOAT, HINGE_UINT32}, {HINGE_DOUBLE, HINGE_UINT64},
        {HINGE_FLOAT16, HINGE_UINT16}, {HINGE_INT8, HINGE_UINT8},   {HINGE_BOOL, HINGE_INT8},
        {HINGE_INT4, HINGE_UINT4},     {HINGE_INT2, HINGE_UINT2},   {HINGE_BFLOAT16, HINGE_INT16}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        CHECK_OP(.op = "BitCast", .opsets = {26, 28}, .inputs = {X(pairs[i][0])},
                 .attributes = {TO(pairs[i][1])}, .reference = same_bytes);
    CHECK_OP(.op = "BitCast", .inputs = {X(HINGE_INT32)}, .attributes = {TO(HINGE_FLOAT)},
             .reference = as_numbers);
    CHECK_OP(.op = "BitCast", .inputs = {X(HINGE_INT64)}, .attributes = {TO(HINGE_DOUBLE)},
             .reference = as_numbers);
    CHECK_OP(.op = "BitCast", .inputs = {LIST(HINGE_UINT8, 0, 1, 2, 255)},
             .attributes = {TO(HINGE_BOOL)}, .expect = {LIST(HINGE_BOOL, 0, 1, 1, 1)});
    CHECK_OP(.op = "BitCast", .inputs = {LIST(HINGE_UINT8, 0)}, .attributes = {TO(HINGE_INT16)},
             .fails = HINGE_BAD_MODEL, .says = "elements of 8 bits cannot be taken for 16 bits");
}
