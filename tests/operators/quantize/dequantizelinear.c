/* DequantizeLinear against the formula in double, rounded once to float32 and once to y's type. */
#include "tests/operators/harness/float8.h"

static int64_t scale_of(const struct harness_call *call, const hinge_tensor *x,
                        const hinge_tensor *scale, int64_t i)
{
    const int64_t block = harness_attr_int(call, "block_size", 0);
    int64_t axis = harness_attr_int(call, "axis", 1), at[HINGE_MAX_RANK];
    if (hinge_count(scale) == 1)
        return 0;
    axis += axis < 0 ? x->rank : 0;
    harness_coordinates(x, i, at);
    if (!block)
        return at[axis];
    at[axis] /= block;
    return harness_index(scale, at);
}

static double number(const hinge_tensor *x, int64_t i)
{
    return float8_is(x->type) ? float8_value(x->type, (unsigned)harness_get_int(x, i))
                              : harness_get(x, i);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *scale = call->inputs[1];
    const hinge_tensor *zero_point = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const int64_t type = harness_attr_int(call, "output_dtype", scale->type);
    hinge_tensor *y = harness_output(call, 0, (hinge_type)type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t k = scale_of(call, x, scale, i);
        const double shift = zero_point ? number(zero_point, k) : 0;
        const double restored = (double)(float)(number(x, i) - shift);
        harness_set(y, i, (double)(float)(restored * number(scale, k)));
    }
}

#define DEQUANTIZE(...)                                                                            \
    CHECK_OP(.op = "DequantizeLinear", .reference = reference, .types = FLOATS, __VA_ARGS__)
#define FLOATS                                                                                     \
    HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16)
#define X(type, ...) TENSOR(type, low, high, __VA_ARGS__)

static void granularities(hinge_type type)
{
    const double low = harness_is_signed(type) ? -2 : 0;
    const unsigned bits = hinge_type_bits(type);
    const double high = bits == 2 ? 1 : bits == 4 ? 7 : 127;
    DEQUANTIZE(.inputs = {X(type, HARNESS_N), SCALAR(HARNESS_T, -3, 3), X(type, 1)});
    DEQUANTIZE(.inputs = {X(type, 2, 3, HARNESS_N), TENSOR(HARNESS_T, -3, 3, 3), X(type, 3)});
    DEQUANTIZE(.inputs = {X(type, 5, HARNESS_N), TENSOR(HARNESS_T, -3, 3, HARNESS_N),
                          X(type, HARNESS_N)});
    DEQUANTIZE(.inputs = {X(type, 3, HARNESS_N), TENSOR(HARNESS_T, -3, 3, 3), X(type, 3)},
               .attributes = {ATTR_INT("axis", -2)});
    DEQUANTIZE(.inputs = {X(type, 2, 7, 37), TENSOR(HARNESS_T, -3, 3, 2, 3, 37), X(type, 2, 3, 37)},
               .attributes = {ATTR_INT("block_size", 3)});
    DEQUANTIZE(.inputs = {X(type, HARNESS_N, 7), TENSOR(HARNESS_T, -3, 3, HARNESS_N, 4),
                          X(type, HARNESS_N, 4)},
               .attributes = {ATTR_INT("block_size", 2)});
    DEQUANTIZE(.inputs = {X(type, 3, 41), SCALAR(HARNESS_T, -3, 3)});
    DEQUANTIZE(.inputs = {X(type, 3, 41), SCALAR(HARNESS_T, -3, 3)},
               .attributes = {ATTR_INT("output_dtype", HINGE_FLOAT16)});
    DEQUANTIZE(.inputs = {X(type, 3, 41), SCALAR(HARNESS_T, -3, 3)},
               .attributes = {ATTR_INT("output_dtype", HINGE_FLOAT)});
}

/* Float8 and float4, of finite numbers; scales of float8e8m0. */
static void minifloats(void)
{
    const hinge_type all[] = {HINGE_FLOAT8E4M3FN, HINGE_FLOAT8E4M3FNUZ, HINGE_FLOAT8E5M2,
                              HINGE_FLOAT8E5M2FNUZ, HINGE_FLOAT4E2M1};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const double high = all[k] == HINGE_FLOAT4E2M1 ? 15 : 0x77;
        DEQUANTIZE(.inputs = {TENSOR(all[k], 0, high, 3, 41), TENSOR(HARNESS_T, -3, 3, 3, 14),
                              TENSOR(all[k], 0, 9, 3, 14)},
                   .attributes = {ATTR_INT("block_size", 3)});
        DEQUANTIZE(.opsets = {23, 24, 25},
                   .inputs = {TENSOR(all[k], 0, high, HARNESS_N), SCALAR(HARNESS_T, -3, 3)});
        DEQUANTIZE(.opsets = {24, 25},
                   .inputs = {TENSOR(all[k], 0, high, 5, 3), TENSOR(HINGE_FLOAT8E8M0, 120, 130, 3)},
                   .attributes = {ATTR_INT("output_dtype", HINGE_FLOAT)});
        if (all[k] != HINGE_FLOAT4E2M1)
            DEQUANTIZE(.opsets = {19, 21},
                       .inputs = {TENSOR(all[k], 0, high, 5, 3), TENSOR(HARNESS_T, -3, 3, 3)});
    }
    DEQUANTIZE(.inputs = {TENSOR(HINGE_INT8, 0, 9, 3), SCALAR(HINGE_FLOAT8E8M0, 120, 130)},
               .fails = HINGE_BAD_MODEL, .says = "the scale is float8e8m0");
}

void test_dequantizelinear(void)
{
    minifloats();
    const hinge_type all[] = {HINGE_INT8, HINGE_UINT8, HINGE_INT16, HINGE_UINT16, HINGE_INT32,
                              HINGE_INT4, HINGE_UINT4, HINGE_INT2,  HINGE_UINT2};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        granularities(all[k]);
    for (hinge_type type = HINGE_UINT8; type <= HINGE_INT32; type++)
        if (type == HINGE_UINT8 || type == HINGE_INT8 || type == HINGE_INT32) {
            DEQUANTIZE(.opsets = {10, 12, 13, 18, 19, 21, 23, 24, 25},
                       .inputs = {TENSOR(type, 0, 99, HARNESS_N), SCALAR(HINGE_FLOAT, -3, 3)});
            DEQUANTIZE(.opsets = {13, 19, 21}, .attributes = {ATTR_INT("axis", 0)},
                       .inputs = {TENSOR(type, 0, 99, 3, 9), TENSOR(HINGE_FLOAT, -3, 3, 3),
                                  TENSOR(type, 0, 99, 3)});
        }
    DEQUANTIZE(.opsets = {19, 21, 23},
               .inputs = {TENSOR(HINGE_UINT8, 0, 255, 7, 5), TENSOR(HARNESS_T, -3, 3, 5)});
    DEQUANTIZE(.inputs = {TENSOR(HINGE_INT8, -128, 127, 8, 3000), TENSOR(HINGE_FLOAT, -3, 3, 8),
                          TENSOR(HINGE_INT8, -128, 127, 8)},
               .attributes = {ATTR_INT("axis", 0)});
    DEQUANTIZE(.inputs = {TENSOR(HINGE_INT8, 0, 1, 2, 3), TENSOR(HINGE_FLOAT, 0, 1, 2)},
               .fails = HINGE_BAD_SHAPE, .says = "neither one number nor 3");
    DEQUANTIZE(.inputs = {TENSOR(HINGE_INT8, 0, 1, 2), SCALAR(HINGE_FLOAT, 0, 1)},
               .attributes = {ATTR_INT("output_dtype", HINGE_INT8)}, .fails = HINGE_BAD_MODEL,
               .says = "output_dtype is 3");
}
