/* EmbedLayerNormalization against the formula in double. */
#include "tests/operators/harness.h"

#include <math.h>

enum { IDS, SEGMENT_IDS, WORDS, POSITIONS, SEGMENTS, GAMMA, BETA, MASK, POSITION_IDS };

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

static double sum_at(const struct harness_call *call, int64_t row, int64_t i)
{
    const hinge_tensor *ids = call->inputs[IDS], *positions = input(call, POSITION_IDS);
    const int64_t width = call->inputs[WORDS]->dims[1];
    const int64_t word = harness_get_int(ids, row);
    const int64_t position =
        positions ? harness_get_int(positions, row % hinge_count(positions)) : row % ids->dims[1];
    double sum = harness_get(call->inputs[WORDS], word * width + i) +
                 harness_get(call->inputs[POSITIONS], position * width + i);
    if (input(call, SEGMENTS))
        sum += harness_get(call->inputs[SEGMENTS],
                           harness_get_int(call->inputs[SEGMENT_IDS], row) * width + i);
    int exponent;
    const int bits = call->inputs[WORDS]->type == HINGE_FLOAT ? 24 : 11;
    (void)frexp(sum, &exponent);
    return ldexp(nearbyint(ldexp(sum, bits - exponent)), exponent - bits);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *ids = call->inputs[IDS], *mask = input(call, MASK);
    const hinge_type type = call->inputs[WORDS]->type;
    const int64_t width = call->inputs[WORDS]->dims[1];
    const int64_t dims[] = {ids->dims[0], ids->dims[1], width};
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-12F);
    hinge_tensor *y = harness_output(call, 0, type, 3, dims);
    if (call->n_outputs > 1)
        harness_output(call, 1, HINGE_INT32, 1, dims);
    if (call->n_outputs > 2)
        harness_output(call, 2, type, 3, dims);
    for (int64_t row = 0; row < dims[0] * dims[1]; row++) {
        double mean = 0, squares = 0;
        for (int64_t i = 0; i < width; i++)
            mean += sum_at(call, row, i) / (double)width;
        for (int64_t i = 0; i < width; i++)
            squares += pow(sum_at(call, row, i) - mean, 2) / (double)width;
        for (int64_t i = 0; i < width; i++) {
            const double sum = sum_at(call, row, i);
            harness_set(y, row * width + i,
                        (sum - mean) / sqrt(squares + epsilon) *
                                harness_get(call->inputs[GAMMA], i) +
                            harness_get(call->inputs[BETA], i));
            if (call->n_outputs > 2)
                harness_set(call->outputs[2], row * width + i, sum);
        }
    }
    for (int64_t i = 0; mask && call->n_outputs > 1 && i < hinge_count(ids); i++) {
        const int64_t b = i / dims[1], n = harness_get_int(call->outputs[1], b);
        harness_set_int(call->outputs[1], b, n + (harness_get_int(mask, i) == 1));
    }
}

#define T(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -2, .high = 2, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define F(...) TENSOR(HINGE_FLOAT, -2, 2, __VA_ARGS__)
#define INTS(limit, ...) TENSOR(HINGE_INT32, 0, limit, __VA_ARGS__)
#define EMBED(...)                                                                                 \
    CHECK_OP(.op = "EmbedLayerNormalization", .domain = "com.microsoft", .reference = reference,   \
             .ulp = 0.55, .relative = 4e-6, __VA_ARGS__)
#define TYPES (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16))

void test_embedlayernormalization(void)
{
    EMBED(.types = TYPES, .n_outputs = 3, .absolute = 4e-6,
          .attributes = {ATTR_FLOAT("epsilon", 0.01F), ATTR_INT("mask_index_type", 1)},
          .inputs = {INTS(9, 2, 3), INTS(1, 2, 3), T(10, HARNESS_N), T(4, HARNESS_N),
                     T(2, HARNESS_N), T(HARNESS_N), T(HARNESS_N), INTS(1, 2, 3), INTS(3, 2, 3)});
    EMBED(.types = TYPES, .absolute = 4e-6,
          .inputs = {INTS(9, 2, HARNESS_N), OMITTED, T(10, 30), T(HARNESS_N, 30), OMITTED, T(30),
                     T(30)});
    EMBED(.types = TYPES, .n_outputs = 2, .absolute = 4e-6,
          .inputs = {INTS(9, 3, 5), OMITTED, T(10, 30), T(6, 30), OMITTED, T(30), T(30), OMITTED,
                     INTS(5, 1, 5)});
    EMBED(.inputs = {INTS(9, 3), OMITTED, F(10, 30), F(6, 30), OMITTED, F(30), F(30)},
          .fails = HINGE_BAD_SHAPE, .says = "input_ids has rank 1, not 2");
    EMBED(.inputs = {INTS(9, 2, 3), INTS(1, 3, 3), F(10, 30), F(6, 30), F(2, 30), F(30), F(30)},
          .fails = HINGE_BAD_SHAPE, .says = "input 1 has not the dimensions of input_ids");
    EMBED(.inputs = {INTS(9, 2, 3), INTS(1, 2, 3), F(10, 30), F(6, 30), OMITTED, F(30), F(30)},
          .fails = HINGE_BAD_MODEL, .says = "only one is there");
    EMBED(.inputs = {INTS(9, 2, 3), OMITTED, F(10, 30), F(6, 20), OMITTED, F(30), F(30)},
          .fails = HINGE_BAD_SHAPE, .says = "position_embedding is not a table as wide");
    EMBED(.inputs = {INTS(9, 2, 3), OMITTED, F(10, 30), F(2, 30), OMITTED, F(30), F(30)},
          .fails = HINGE_BAD_SHAPE, .says = "2 positions are fewer than the 3 of a sequence");
    EMBED(.inputs = {INTS(9, 2, 3), OMITTED, F(10, 30), F(6, 30), OMITTED, F(30), F(3)},
          .fails = HINGE_BAD_SHAPE, .says = "beta is not a list of 30 values");
    EMBED(.inputs =
              {{.type = HINGE_INT32, .rank = 2, .dims = {1, 2}, .values = (const double[]){1, 10}},
               OMITTED,
               F(10, 30),
               F(6, 30),
               OMITTED,
               F(30),
               F(30)},
          .fails = HINGE_BAD_VALUE, .says = "word_embedding has 10 rows, number 10 is asked for");
}
