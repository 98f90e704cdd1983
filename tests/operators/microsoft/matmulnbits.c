/* MatMulNBits against a plain loop in double. */
#include <stdlib.h>

#include "tests/operators/harness.h"

enum { A, B, SCALES, ZEROS, GROUPS, BIAS };

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

/* Element number of bytes that hold bits each, the first in the lowest ones. */
static int64_t packed(const hinge_tensor *bytes, int64_t row_size, int64_t row, int64_t element,
                      int64_t bits)
{
    const int64_t byte = harness_get_int(bytes, row * row_size + element * bits / 8);
    return byte >> element * bits % 8 & ((1 << bits) - 1);
}

static double weight(const struct harness_call *call, int64_t depth, int64_t column, int64_t k)
{
    const int64_t bits = harness_attr_int(call, "bits", 4);
    const int64_t size = harness_attr_int(call, "block_size", 0);
    const int64_t n_blocks = (depth + size - 1) / size;
    const hinge_tensor *zeros = input(call, ZEROS), *groups = input(call, GROUPS);
    const int64_t block = groups ? harness_get_int(groups, k) : k / size;
    const int64_t q = packed(call->inputs[B], n_blocks * size * bits / 8, column, k, bits);
    double zero = (double)(1 << (bits - 1));
    if (zeros && zeros->type == HINGE_UINT8)
        zero = (double)packed(zeros, (n_blocks * bits + 7) / 8, column, block, bits);
    else if (zeros)
        zero = harness_get(zeros, column * n_blocks + block);
    return ((double)q - zero) * harness_get(call->inputs[SCALES], column * n_blocks + block);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[A], *bias = input(call, BIAS);
    const int64_t depth = harness_attr_int(call, "K", 0), columns = harness_attr_int(call, "N", 0);
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < a->rank; d++)
        dims[d] = a->dims[d];
    dims[a->rank - 1] = columns;
    hinge_tensor *y = harness_output(call, 0, a->type, a->rank, dims);
    double *numbers = harness_numbers(a);
    double *weights = malloc((size_t)(columns * depth + 1) * sizeof *weights);
    for (int64_t i = 0; weights && i < columns * depth; i++)
        weights[i] = weight(call, depth, i / depth, i % depth);
    for (int64_t i = 0; weights && i < hinge_count(y); i++) {
        const double *row = numbers + i / columns * depth, *column = weights + i % columns * depth;
        double sum = bias ? harness_get(bias, i % columns) : 0;
        for (int64_t k = 0; k < depth; k++)
            sum += row[k] * column[k];
        harness_set(y, i, sum);
    }
    free(numbers);
    free(weights);
}

#define NUMBERS(type_, constant_, ...)                                                             \
    {                                                                                              \
        .type = (type_), .low = -0.5, .high = 0.5, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define T(...) NUMBERS(HARNESS_T, false, __VA_ARGS__)
#define C(...) NUMBERS(HARNESS_T, true, __VA_ARGS__)
#define F(...) NUMBERS(HINGE_FLOAT, false, __VA_ARGS__)
#define BYTES(...) TENSOR(HINGE_UINT8, 0, 255, __VA_ARGS__)
#define WEIGHTS(...) CONSTANT(HINGE_UINT8, 0, 255, __VA_ARGS__)
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define SIZES(k, n, block, bits)                                                                   \
    ATTR_INT("K", k), ATTR_INT("N", n), ATTR_INT("block_size", block), ATTR_INT("bits", bits)
#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "MatMulNBits", .domain = "com.microsoft", .reference = reference, .ulp = 0.55,  \
             .absolute = 5e-4, .relative = 1e-5, __VA_ARGS__)

static void check_errors(void)
{
    MATMUL(.attributes = {SIZES(32, 5, 32, 3)}, .inputs = {F(2, 32), BYTES(5, 1, 16), F(5)},
           .fails = HINGE_BAD_VALUE, .says = "bits is 3, not 2, 4 or 8");
    MATMUL(.attributes = {SIZES(32, 5, 24, 4)}, .inputs = {F(2, 32), BYTES(5, 1, 16), F(5)},
           .fails = HINGE_BAD_VALUE, .says = "block_size is 24");
    MATMUL(.attributes = {SIZES(32, -5, 32, 4)}, .inputs = {F(2, 32), BYTES(5, 1, 16), F(5)},
           .fails = HINGE_BAD_VALUE, .says = "N -5");
    MATMUL(.attributes = {SIZES(32, 5, 32, 4), ATTR_INT("weight_prepacked", 1)},
           .inputs = {F(2, 32), BYTES(5, 1, 16), F(5)}, .fails = HINGE_UNSUPPORTED,
           .says = "weight_prepacked");
    MATMUL(.attributes = {SIZES(32, 5, 32, 4)}, .inputs = {F(2, 31), BYTES(5, 1, 16), F(5)},
           .fails = HINGE_BAD_SHAPE, .says = "the last dimension of A is not K, 32");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)}, .inputs = {F(2, 33), WEIGHTS(5, 1, 16), F(5)},
           .fails = HINGE_BAD_SHAPE, .says = "B is not 5 x 2 x 16");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)}, .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 1)},
           .fails = HINGE_BAD_SHAPE, .says = "scales is not 5 x 2");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)},
           .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 2), BYTES(5, 2)}, .fails = HINGE_BAD_SHAPE,
           .says = "zero_points is not 5 x 1");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)},
           .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 2), TENSOR(HINGE_FLOAT16, 0, 1, 5, 2)},
           .fails = HINGE_BAD_MODEL, .says = "neither A's type nor uint8");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)},
           .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 2), OMITTED, TENSOR(HINGE_INT32, 0, 2, 32)},
           .fails = HINGE_BAD_SHAPE, .says = "g_idx is not of 33 values");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)},
           .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 2), OMITTED, TENSOR(HINGE_INT32, 2, 2, 33)},
           .fails = HINGE_BAD_VALUE, .says = "g_idx[0] is 2, not one of 2 blocks");
    MATMUL(.attributes = {SIZES(33, 5, 32, 4)},
           .inputs = {F(2, 33), BYTES(5, 2, 16), F(5, 2), OMITTED, OMITTED, F(4)},
           .fails = HINGE_BAD_SHAPE, .says = "bias is not of 5 values");
}

void test_matmulnbits(void)
{
    static const int64_t bits[] = {2, 4, 8};
    for (int i = 0; i < 3; i++) {
        const int64_t b = bits[i];
        MATMUL(.types = TYPES, .attributes = {SIZES(77, 70, 32, b)},
               .inputs = {T(HARNESS_N, 77), WEIGHTS(70, 3, 4 * b), C(70, 3),
                          WEIGHTS(70, (3 * b + 7) / 8), OMITTED, T(70)});
        MATMUL(.types = TYPES, .attributes = {SIZES(21, 33, 16, b)},
               .inputs = {T(2, 2, 21), BYTES(33, 2, 2 * b), T(66)});
        MATMUL(.types = TYPES, .attributes = {SIZES(500, 3, 128, b)},
               .inputs = {T(7, 500), WEIGHTS(3, 4, 16 * b), C(3, 4), C(3, 4)});
        MATMUL(.types = TYPES, .attributes = {SIZES(40, 18, 16, b)},
               .inputs = {T(1, 40), WEIGHTS(18, 3, 2 * b), C(18, 3), BYTES(18, (3 * b + 7) / 8),
                          CONSTANT(HINGE_INT32, 0, 2, 40)});
    }
    MATMUL(.types = TYPES, .attributes = {SIZES(130, 300, 64, 4)},
           .inputs = {T(3, 130), WEIGHTS(300, 3, 32), C(300, 3)});
    MATMUL(.types = TYPES, .attributes = {SIZES(203, 34, 128, 4)},
           .inputs = {T(1, 203), WEIGHTS(34, 2, 64), C(68), BYTES(34, 1),
                      CONSTANT(HINGE_INT32, 0, 1, 256)});
    MATMUL(.attributes = {SIZES(16, 0, 16, 4)}, .inputs = {F(3, 16), BYTES(0, 1, 8), F(0)});
    MATMUL(.attributes = {SIZES(0, 4, 16, 4)},
           .inputs = {F(3, 0), BYTES(4, 0, 8), F(0), OMITTED, OMITTED, F(4)});
    check_errors();
    MATMUL(.bench = true, .attributes = {SIZES(2048, 2048, 32, 4)},
           .inputs = {F(1, 2048), WEIGHTS(2048, 64, 16), C(2048, 64)});
    MATMUL(.bench = true, .attributes = {SIZES(2048, 2048, 32, 4)},
           .inputs = {F(64, 2048), WEIGHTS(2048, 64, 16), C(2048, 64)});
}
