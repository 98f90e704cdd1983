/* FusedMatMul against a plain loop in double. */
#include "tests/operators/harness.h"

/* An operand's dimensions in the order batch, rows, columns, as indices into its own. */
static void order_of(const hinge_tensor *t, bool transposed, bool batch_at_1, int32_t *order)
{
    for (int32_t d = 0; d < t->rank - 2; d++)
        order[d] = batch_at_1 ? d + 1 : d;
    order[t->rank - 2] = batch_at_1 ? 0 : t->rank - 2;
    order[t->rank - 1] = t->rank - 1;
    if (transposed) {
        const int32_t rows = order[t->rank - 2];
        order[t->rank - 2] = order[t->rank - 1];
        order[t->rank - 1] = rows;
    }
}

static double at(const hinge_tensor *t, const int32_t *order, const int64_t *batch,
                 int32_t batch_rank, int64_t i, int64_t j)
{
    int64_t coordinates[HINGE_MAX_RANK];
    for (int32_t d = 0; d < t->rank - 2; d++)
        coordinates[order[d]] = t->dims[order[d]] == 1 ? 0 : batch[batch_rank - (t->rank - 2) + d];
    coordinates[order[t->rank - 2]] = i;
    coordinates[order[t->rank - 1]] = j;
    return harness_get(t, harness_index(t, coordinates));
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    const double alpha = (double)harness_attr_float(call, "alpha", 1);
    int32_t of_a[HINGE_MAX_RANK], of_b[HINGE_MAX_RANK];
    order_of(a, harness_attr_int(call, "transA", 0), harness_attr_int(call, "transBatchA", 0),
             of_a);
    order_of(b, harness_attr_int(call, "transB", 0), harness_attr_int(call, "transBatchB", 0),
             of_b);
    const int32_t rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t dims[HINGE_MAX_RANK], coordinates[HINGE_MAX_RANK];
    for (int32_t d = 0; d < rank - 2; d++) {
        const int32_t in_a = d - rank + a->rank, in_b = d - rank + b->rank;
        const int64_t extent_a = in_a < 0 ? 1 : a->dims[of_a[in_a]];
        dims[d] = extent_a == 1 && in_b >= 0 ? b->dims[of_b[in_b]] : extent_a;
    }
    dims[rank - 2] = a->dims[of_a[a->rank - 2]];
    dims[rank - 1] = b->dims[of_b[b->rank - 1]];
    const int64_t depth = a->dims[of_a[a->rank - 1]];
    hinge_tensor *y = harness_output(call, 0, a->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double sum = 0;
        harness_coordinates(y, i, coordinates);
        for (int64_t k = 0; k < depth; k++)
            sum += at(a, of_a, coordinates, rank - 2, coordinates[rank - 2], k) *
                   at(b, of_b, coordinates, rank - 2, k, coordinates[rank - 1]);
        sum *= alpha;
        const struct harness_epilogue *epilogue = &call->c->epilogue;
        if (epilogue->addend)
            sum += harness_get(call->inputs[epilogue->addend], i);
        harness_set(y, i, epilogue->activation.kind == HINGE_ACT_RELU && sum < 0 ? 0 : sum);
    }
}

#define NUMBERS(type_, constant_, ...)                                                             \
    {                                                                                              \
        .type = (type_), .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define T(...) NUMBERS(HARNESS_T, false, __VA_ARGS__)
#define C(...) NUMBERS(HARNESS_T, true, __VA_ARGS__)
#define F(...) NUMBERS(HINGE_FLOAT, false, __VA_ARGS__)
#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "FusedMatMul", .domain = "com.microsoft", .reference = reference, .ulp = 0.51,  \
             .absolute = 1e-4, .relative = 1e-5, __VA_ARGS__)
#define FORM(a, b, batch_a, batch_b)                                                               \
    ATTR_FLOAT("alpha", 0.125F), ATTR_INT("transA", a), ATTR_INT("transB", b),                     \
        ATTR_INT("transBatchA", batch_a), ATTR_INT("transBatchB", batch_b)

void test_fusedmatmul(void)
{
    MATMUL(.types = HARNESS_FLOATS, .inputs = {T(7, HARNESS_N), T(HARNESS_N, 5)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(1, 1, 0, 0)},
           .inputs = {T(9, HARNESS_N), T(5, 9)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(0, 1, 0, 0)},
           .inputs = {T(3, 2, 7, 9), C(33, 9)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(1, 0, 0, 0)},
           .inputs = {T(3, 2, 9, 70), C(9, 33)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(1, 1, 0, 0)},
           .inputs = {T(2, 3, 9, 7), T(3, 33, 9)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(0, 0, 1, 1)},
           .inputs = {T(7, 2, 3, 9), T(9, 2, 3, 33)});
    MATMUL(.types = HARNESS_FLOATS, .attributes = {FORM(0, 1, 1, 1)},
           .inputs = {T(7, 2, 9), T(33, 2, 9)});
    MATMUL(.attributes = {FORM(1, 0, 1, 0)}, .inputs = {F(9, 2, 70), F(2, 9, 33)});
    MATMUL(.attributes = {FORM(0, 0, 1, 0)}, .inputs = {F(7, 2, 9), F(9, 33)});
    MATMUL(.attributes = {FORM(0, 1, 0, 0)}, .inputs = {F(2, 7, 9), F(2, 33, 9), F(2, 7, 33)},
           .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 2});
    MATMUL(.attributes = {FORM(1, 0, 0, 0)}, .inputs = {F(7, 9), F(9, 3)}, .fails = HINGE_BAD_SHAPE,
           .says = "7 columns of A meet 9 rows of B");
    MATMUL(.attributes = {FORM(0, 0, 1, 0)}, .inputs = {F(7, 2, 9), F(3, 9, 3)},
           .fails = HINGE_BAD_SHAPE, .says = "batches of 2 and 3 do not broadcast");
}
