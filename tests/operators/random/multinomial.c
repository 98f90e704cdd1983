/* Multinomial against a walk along the sums of the probabilities, and how often each class comes.
 */
#include "tests/operators/random.h"

static int64_t class_at(const hinge_tensor *x, int64_t row, double u)
{
    const int64_t n = x->dims[1];
    double most = -INFINITY, total = 0, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, harness_get(x, row * n + i));
    for (int64_t i = 0; i < n; i++)
        total += exp(harness_get(x, row * n + i) - most);
    for (int64_t i = 0; i < n; i++) {
        sum += exp(harness_get(x, row * n + i) - most);
        if (sum > u * total)
            return i;
    }
    return n - 1;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t dims[] = {x->dims[0], harness_attr_int(call, "sample_size", 1)};
    hinge_tensor *y =
        harness_output(call, 0, (hinge_type)harness_attr_int(call, "dtype", HINGE_INT32), 2, dims);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set_int(y, i, class_at(x, i / dims[1], test_uniform(float_key(seed_of(call)), i)));
}

static void frequencies(void)
{
    double logs[] = {0, log(2), -INFINITY, log(5)};
    const double p[] = {1 / 8., 2 / 8., 0, 5 / 8.};
    int64_t counts[4] = {0};
    const hinge_tensor x = {HINGE_DOUBLE, 2, {1, 4}, logs};
    for (int64_t i = 0; i < N_DRAWN; i++)
        counts[class_at(&x, 0, test_uniform(float_key(3), i))]++;
    for (int c = 0; c < 4; c++)
        CU_ASSERT(fabs((double)counts[c] - N_DRAWN * p[c]) <=
                  5 * sqrt(N_DRAWN * p[c] * (1 - p[c])));
}

#define LOGS(type_of, ...)                                                                         \
    {                                                                                              \
        .type = (type_of), .low = -5, .high = 5,                                                   \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .dims = {__VA_ARGS__},               \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define SEED(value) ATTR_FLOAT("seed", value)

void test_multinomial(void)
{
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    static const double certain[] = {-INFINITY, 3, -INFINITY, 7, -INFINITY, -INFINITY};
    check_philox();
    frequencies();
    CHECK_OP(.op = "Multinomial", .opsets = {7}, .types = old, .reference = reference,
             .inputs = {LOGS(HARNESS_T, HARNESS_N, 7)},
             .attributes = {SEED(1), ATTR_INT("sample_size", 9)});
    CHECK_OP(.op = "Multinomial", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {LOGS(HARNESS_T, 3, 1000)},
             .attributes = {SEED(4), ATTR_INT("sample_size", 100), ATTR_INT("dtype", HINGE_INT64)});
    CHECK_OP(.op = "Multinomial", .reference = reference, .inputs = {LOGS(HINGE_FLOAT, 5000, 20)},
             .attributes = {SEED(4)});
    CHECK_OP(.op = "Multinomial", .reference = reference, .inputs = {LOGS(HINGE_FLOAT, 0, 20)},
             .attributes = {SEED(4)});
    CHECK_OP(.op = "Multinomial", .reference = reference, .inputs = {LOGS(HINGE_FLOAT, 2, 0)},
             .attributes = {SEED(4), ATTR_INT("sample_size", 0)});
    CHECK_OP(.op = "Multinomial",
             .inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {2, 3}, .values = certain}},
             .expect = {{.type = HINGE_INT32,
                         .rank = 2,
                         .dims = {2, 1},
                         .values = (const double[]){1, 0}}});
    CHECK_OP(.op = "Multinomial", .inputs = {LOGS(HINGE_FLOAT, 2, 0)}, .fails = HINGE_BAD_VALUE,
             .says = "row 0 has -inf for its greatest");
    CHECK_OP(.op = "Multinomial", .inputs = {LOGS(HINGE_FLOAT, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "the input has rank 1, not 2");
    CHECK_OP(.op = "Multinomial", .inputs = {LOGS(HINGE_FLOAT, 2, 3)}, .fails = HINGE_BAD_VALUE,
             .attributes = {ATTR_INT("sample_size", -1)}, .says = "sample_size is -1");
}
