/* QLinearAdd and QLinearMul against the formulas, element by element in float32. */
#include "tests/operators/qlinear.h"

static void reference(struct harness_call *call, bool adds)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[3];
    const int32_t rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < rank; d++) {
        const int64_t of_a = d - rank + a->rank < 0 ? 1 : a->dims[d - rank + a->rank];
        const int64_t of_b = d - rank + b->rank < 0 ? 1 : b->dims[d - rank + b->rank];
        dims[d] = of_a == 1 ? of_b : of_a;
    }
    hinge_tensor *y = harness_output(call, 0, a->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const double x = qlinear_get(call, 0, harness_broadcast_index(y, i, a));
        const double z = qlinear_get(call, 3, harness_broadcast_index(y, i, b));
        qlinear_set(call, 6, i, (double)(float)(adds ? x + z : x * z));
    }
}

static void add(struct harness_call *call)
{
    reference(call, true);
}

static void multiply(struct harness_call *call)
{
    reference(call, false);
}

#define S QLINEAR_SCALE(0.01, 0.1)
#define ZERO QLINEAR_ZERO
#define CHECK(a, b)                                                                                \
    CHECK_OP(.op = names[k], .domain = "com.microsoft", .reference = references[k],                \
             .types = QLINEAR_EIGHT, .inputs = {a, S, ZERO, b, S, ZERO, S, ZERO})
#define FAILS(...)                                                                                 \
    CHECK_OP(.op = names[k], .domain = "com.microsoft", .types = QLINEAR_EIGHT,                    \
             .fails = HINGE_BAD_SHAPE, __VA_ARGS__)

void test_qlinearbinary(void)
{
    const char *const names[] = {"QLinearAdd", "QLinearMul"};
    void (*const references[])(struct harness_call *) = {add, multiply};
    for (int k = 0; k < 2; k++) {
        CHECK(Q(HARNESS_N), Q(HARNESS_N));
        CHECK(Q(3, HARNESS_N), Q(1));
        CHECK(Q(1, HARNESS_N), Q(4, 1));
        CHECK(SCALAR(HARNESS_T, 0, 99), Q(2, 3, 70));
        CHECK(Q(2, 3, 1, 5), Q(3, 7, 1));
        CHECK(Q(40, 3000), Q(40, 3000));
        /* Quotients of a half, and next to it; scales beyond those of any network. */
        static const double scales[][3] = {{0.05, 0.05, 0.1},    {0.25, 0.5, 0.25},
                                           {0.3, 0.7, 1.4},      {1e-25, 1e-25, 1e-25},
                                           {1e-36, 2e36, 1e-36}, {-0.1, 0.1, 0.2}};
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            CHECK_OP(.op = names[k], .domain = "com.microsoft", .reference = references[k],
                     .types = QLINEAR_EIGHT,
                     .inputs = {Q(70, 80), LIST(HINGE_FLOAT, scales[s][0]), ZERO, Q(70, 80),
                                LIST(HINGE_FLOAT, scales[s][1]), ZERO,
                                LIST(HINGE_FLOAT, scales[s][2]), ZERO});
        CHECK_OP(.op = names[k], .domain = "com.microsoft", .reference = references[k],
                 .types = QLINEAR_EIGHT, .inputs = {Q(9), S, OMITTED, Q(9), S, OMITTED, S});
        FAILS(.inputs = {Q(3), S, ZERO, Q(4), S, ZERO, S, ZERO}, .says = "do not broadcast");
        FAILS(.inputs = {Q(3), S, Q(3), Q(3), S, ZERO, S, ZERO},
              .says = "input 2 has 3 elements, not one");
    }
}
