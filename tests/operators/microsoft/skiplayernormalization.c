/* SkipLayerNormalization and SkipSimplifiedLayerNormalization against their formulas in double. */
#include "tests/operators/sets.h"

#include <string.h>

/* To so many bits. */
static double rounded(double x, int bits)
{
    int exponent;
    (void)frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(x, bits - exponent)), exponent - bits);
}

static double sum_at(const struct harness_call *call, bool simplified, int64_t i)
{
    const hinge_tensor *x = call->inputs[0], *skip = call->inputs[1];
    const unsigned k = simplified ? 3 : 4;
    const hinge_tensor *bias = call->n_inputs > k ? call->inputs[k] : NULL;
    const double sum = harness_get(x, i) + harness_get(skip, i % hinge_count(skip)) +
                       (bias ? harness_get(bias, i % hinge_count(bias)) : 0);
    return rounded(sum, x->type == HINGE_FLOAT ? 24 : x->type == HINGE_FLOAT16 ? 11 : 8);
}

static void compute(struct harness_call *call, bool simplified)
{
    const hinge_tensor *x = call->inputs[0], *gamma = call->inputs[2];
    const hinge_tensor *beta = !simplified && call->n_inputs > 3 ? call->inputs[3] : NULL;
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-12F);
    const int64_t width = x->dims[x->rank - 1];
    hinge_tensor *y = harness_output_like(call, 0, x);
    hinge_tensor row = *x;
    row.dims[row.rank - 1] = 1;
    for (unsigned k = 1; k < call->n_outputs; k++)
        harness_output(call, k, k == 3 ? x->type : HINGE_FLOAT, x->rank,
                       k == 3 ? x->dims : row.dims);
    for (unsigned k = 1; k < call->n_outputs && k < 3 && width == 0; k++)
        for (int64_t i = 0; i < hinge_count(call->outputs[k]); i++)
            harness_set(call->outputs[k], i, NAN);
    for (int64_t first = 0; first < hinge_count(x); first += width) {
        double mean = 0, squares = 0;
        for (int64_t i = 0; i < width && !simplified; i++)
            mean += sum_at(call, simplified, first + i) / (double)width;
        for (int64_t i = 0; i < width; i++)
            squares += pow(sum_at(call, simplified, first + i) - mean, 2) / (double)width;
        const double factor = 1 / sqrt(squares + epsilon);
        for (int64_t i = 0; i < width; i++) {
            const double sum = sum_at(call, simplified, first + i);
            harness_set(y, first + i,
                        (sum - mean) * factor * harness_get(gamma, i) +
                            (beta ? harness_get(beta, i) : 0));
            if (call->n_outputs > 3)
                harness_set(call->outputs[3], first + i, sum);
        }
        for (unsigned k = 1; k < call->n_outputs && k < 3; k++)
            harness_set(call->outputs[k], first / width, k == 1 ? mean : factor);
    }
}

static void skip(struct harness_call *call)
{
    compute(call, false);
}

static void simplified(struct harness_call *call)
{
    compute(call, true);
}

#define T(...) ORDINARY(HARNESS_T, -2, 2, __VA_ARGS__)
#define F(...) ORDINARY(HINGE_FLOAT, -2, 2, __VA_ARGS__)
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define SKIP(...)                                                                                  \
    CHECK_OP(.op = "SkipLayerNormalization", .domain = "com.microsoft", .reference = skip,         \
             .ulp = 0.55, .relative = 4e-6, .absolute = 4e-6, __VA_ARGS__)
#define SIMPLIFIED(...)                                                                            \
    CHECK_OP(.op = "SkipSimplifiedLayerNormalization", .domain = "com.microsoft",                  \
             .reference = simplified, .ulp = 0.55, .relative = 4e-6, .absolute = 4e-6,             \
             __VA_ARGS__)

void test_skiplayernormalization(void)
{
    SKIP(.types = TYPES, .attributes = {ATTR_FLOAT("epsilon", 0.01F)}, .n_outputs = 4,
         .inputs = {T(2, 3, HARNESS_N), T(2, 3, HARNESS_N), T(HARNESS_N), T(HARNESS_N),
                    T(HARNESS_N)});
    SKIP(.types = TYPES, .inputs = {T(3, 3, 70), T(1, 3, 70), T(70), T(70)});
    SKIP(.types = TYPES, .n_outputs = 4, .unwanted = 6,
         .inputs = {T(3, 3, 70), T(3, 70), T(70), OMITTED, T(70)});
    SKIP(.types = TYPES, .inputs = {T(5, 1100), T(5, 1100), T(1100)});
    SIMPLIFIED(.types = TYPES, .attributes = {ATTR_FLOAT("epsilon", 0.01F)}, .n_outputs = 4,
               .inputs = {T(2, 3, HARNESS_N), T(2, 3, HARNESS_N), T(HARNESS_N), T(HARNESS_N)});
    SIMPLIFIED(.types = TYPES, .inputs = {T(4, 600), T(4, 600), T(600)});
    SKIP(.inputs = {F(7), F(7), F(7)}, .fails = HINGE_BAD_SHAPE, .says = "input has rank 1");
    SKIP(.inputs = {F(2, 3, 7), F(3, 3, 7), F(7)}, .fails = HINGE_BAD_SHAPE,
         .says = "skip has not the dimensions of input");
    SKIP(.inputs = {F(3, 7), F(2, 3, 7), F(7)}, .fails = HINGE_BAD_SHAPE,
         .says = "skip has not the dimensions of input");
    SKIP(.inputs = {F(3, 7), F(3, 7), F(6)}, .fails = HINGE_BAD_SHAPE,
         .says = "gamma is not a list of 7 values");
    SKIP(.inputs = {F(3, 7), F(3, 7), F(7), F(6)}, .fails = HINGE_BAD_SHAPE,
         .says = "beta is not a list of 7 values");
    SIMPLIFIED(.inputs = {F(3, 7), F(3, 7), F(7), F(6)}, .fails = HINGE_BAD_SHAPE,
               .says = "bias is not a list of 7 values");
    SKIP(.bench = true, .inputs = {F(1, 128, 768), F(1, 128, 768), F(768), F(768), F(768)});
}
