/* GlobalAveragePool and GlobalMaxPool against plain loops over each channel. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool mean = !strcmp(call->c->op, "GlobalAveragePool");
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t i = 0; i < x->rank; i++)
        dims[i] = i < 2 ? x->dims[i] : 1;
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    int64_t pixels = 1;
    for (int32_t i = 2; i < x->rank; i++)
        pixels *= x->dims[i];
    for (int64_t c = 0; c < hinge_count(y); c++) {
        double sum = 0, most = -INFINITY;
        for (int64_t p = 0; p < pixels; p++) {
            const double v = harness_get(x, c * pixels + p);
            sum += v;
            most = v > most || isnan(v) ? v : most;
        }
        harness_set(y, c, mean ? sum / (double)pixels : most);
    }
}

#define X(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = -2, .high = 2, .dims = {__VA_ARGS__},                              \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

void test_globalpool(void)
{
    const uint32_t floats = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE);
    CHECK_OP(.op = "GlobalAveragePool", .types = floats, .opsets = {7, 22}, .reference = reference,
             .inputs = {X(HARNESS_T, 2, 3, HARNESS_N)}, .absolute = 2e-6);
    CHECK_OP(.op = "GlobalAveragePool", .reference = reference,
             .inputs = {X(HINGE_FLOAT, 2, 5, 4, 3, 7)}, .absolute = 2e-6);
    CHECK_OP(.op = "GlobalAveragePool", .reference = reference, .opsets = {7, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {X(HARNESS_T, 2, 3, HARNESS_N)}, .absolute = 1e-6, .ulp = 0.51);
    CHECK_OP(.op = "GlobalMaxPool", .opsets = {7, 22}, .reference = reference,
             .types = HARNESS_FLOATS, .inputs = {TENSOR(HARNESS_T, -2, 2, 2, 3, HARNESS_N)});
    CHECK_OP(.op = "GlobalMaxPool", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -2, 2, 1, 4, 7, 7)});
    CHECK_OP(.op = "GlobalMaxPool", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -2, 2, 4)}, .fails = HINGE_BAD_SHAPE, .says = "rank 1");
}
