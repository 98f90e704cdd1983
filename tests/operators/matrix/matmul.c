/* MatMul against a plain loop over broadcast indices, in double. */
#include "tests/operators/harness.h"

/* Element (…, i, j) of a stack of matrices at the batch coordinates of y, broadcast. */
static int64_t element(const hinge_tensor *t, const int64_t *batch, int32_t batch_rank, int64_t i,
                       int64_t j)
{
    int64_t at[HINGE_MAX_RANK];
    for (int32_t d = 0; d < t->rank - 2; d++)
        at[d] = t->dims[d] == 1 ? 0 : batch[batch_rank - (t->rank - 2) + d];
    at[t->rank - 2] = i;
    at[t->rank - 1] = j;
    return harness_index(t, at);
}

static void reference(struct harness_call *call)
{
    hinge_tensor a = *call->inputs[0], b = *call->inputs[1];
    const bool vector_a = a.rank == 1, vector_b = b.rank == 1;
    if (vector_a) {
        a.dims[1] = a.dims[0];
        a.dims[0] = 1;
        a.rank = 2;
    }
    if (vector_b) {
        b.dims[1] = 1;
        b.rank = 2;
    }
    const int64_t rows = a.dims[a.rank - 2], depth = a.dims[a.rank - 1];
    const int64_t columns = b.dims[b.rank - 1];
    const int32_t batch_rank = (a.rank > b.rank ? a.rank : b.rank) - 2;
    int64_t dims[HINGE_MAX_RANK], batch = 1;
    int32_t rank = batch_rank;
    for (int32_t d = 0; d < batch_rank; d++) {
        const int32_t in_a = d - batch_rank + a.rank - 2, in_b = d - batch_rank + b.rank - 2;
        const int64_t of_a = in_a < 0 ? 1 : a.dims[in_a], of_b = in_b < 0 ? 1 : b.dims[in_b];
        dims[d] = of_a == 1 ? of_b : of_a;
        batch *= dims[d];
    }
    if (!vector_a)
        dims[rank++] = rows;
    if (!vector_b)
        dims[rank++] = columns;
    hinge_tensor *y = harness_output(call, 0, a.type, rank, dims);
    for (int64_t at = 0; at < batch * rows * columns; at++) {
        const int64_t i = at / columns % rows, j = at % columns;
        int64_t coordinates[HINGE_MAX_RANK], rest = at / columns / rows;
        for (int32_t d = batch_rank; d-- > 0;) {
            coordinates[d] = rest % dims[d];
            rest /= dims[d];
        }
        double sum = 0;
        for (int64_t k = 0; k < depth; k++)
            sum += harness_get(&a, element(&a, coordinates, batch_rank, i, k)) *
                   harness_get(&b, element(&b, coordinates, batch_rank, k, j));
        const struct harness_epilogue *epilogue = &call->c->epilogue;
        if (epilogue->addend)
            sum += harness_get(call->inputs[epilogue->addend], at);
        if (epilogue->activation.kind == HINGE_ACT_RELU && sum < 0)
            sum = 0;
        harness_set(y, at, sum);
    }
}

#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = -3, .high = 3, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define A(...) M(HINGE_FLOAT, false, __VA_ARGS__)
#define B(...) M(HINGE_FLOAT, true, __VA_ARGS__)
#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "MatMul", .reference = reference, .absolute = 1e-4, .relative = 1e-5,           \
             __VA_ARGS__)

/* Integers wrap, float64 is as it should be, the halves are rounded once from sums in float32. */
#define MATMUL_TYPES(...)                                                                          \
    CHECK_OP(.op = "MatMul", .reference = reference,                                               \
             .types = HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT32) |                     \
                      HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_UINT32) |                     \
                      HARNESS_TYPE(HINGE_UINT64),                                                  \
             .relative = 1e-12, .inputs = {__VA_ARGS__});                                          \
    CHECK_OP(.op = "MatMul", .reference = reference,                                               \
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16), .ulp = 0.6,      \
             .absolute = 1e-4, .inputs = {__VA_ARGS__})
#define AT(...) M(HARNESS_T, false, __VA_ARGS__)
#define BT(...) M(HARNESS_T, true, __VA_ARGS__)

/* In tiles, several and some that are not whole, and several blocks of depth. */
#define MATMUL_BF16(rows, depth, columns, constant)                                                \
    CHECK_OP(.op = "MatMul", .reference = reference, .ulp = 0.6, .absolute = 1e-3,                 \
             .inputs = {M(HINGE_BFLOAT16, false, rows, depth),                                     \
                        M(HINGE_BFLOAT16, constant, depth, columns)})

static void types(void)
{
    MATMUL_TYPES(AT(2, 4, 7), AT(7, 5));
    MATMUL_TYPES(AT(1, 41), BT(41, 70));
    MATMUL_TYPES(AT(3, 41), BT(41, 70));
    MATMUL_TYPES(AT(31, 401), BT(401, 37));
    MATMUL_TYPES(AT(40, 16), AT(16, 70));
    MATMUL_BF16(70, 800, 300, true);
    MATMUL_BF16(33, 385, 17, false);
    MATMUL_TYPES(AT(2, 1, 7, 9), AT(3, 9, 20));
    MATMUL_TYPES(AT(9), BT(9));
    MATMUL_TYPES(AT(9), AT(2, 9, 5));
    MATMUL_TYPES(AT(6, 9), AT(9));
    MATMUL_TYPES(AT(3, 0), BT(0, 5));
    MATMUL_TYPES(AT(0, 7), BT(7, 5));
    MATMUL_TYPES(AT(2, 7, 0), AT(2, 0, 3));
    /* -3 * 2^30 three times: more than the type holds. */
    const double a[] = {-3, -3, -3}, b[] = {0x1p30, 0x1p30, 0x1p30}, y[] = {-0x1p30};
    CHECK_OP(.op = "MatMul",
             .inputs = {{.type = HINGE_INT32, .rank = 2, .dims = {1, 3}, .values = a},
                        {.type = HINGE_INT32, .rank = 2, .dims = {3, 1}, .values = b}},
             .expect = {{.type = HINGE_INT32, .rank = 2, .dims = {1, 1}, .values = y}});
}

/* Few rows and many on one node: each element is the same sum. */
static void orders(void)
{
    struct harness_case c = {.op = "MatMul",
                             .reference = reference,
                             .absolute = 1e-4,
                             .relative = 1e-5,
                             .inputs = {A(HARNESS_N, 400), B(400, 150)}};
    CHECK_ORDER(&c, 1, 2, 3, 8, 100);
    c.inputs[1].constant = false;
    CHECK_ORDER(&c, 1, 8, 100);
}

void test_matmul(void)
{
    orders();
    MATMUL(.inputs = {A(HARNESS_N, 390), B(390, 141)});
    MATMUL(.opsets = {7, 9, 13}, .inputs = {A(7, 9), B(9, 13)});
    MATMUL(.inputs = {A(HARNESS_N, 11), B(11, 18)});
    MATMUL(.inputs = {A(2, 33), B(33, 9)});
    MATMUL(.inputs = {A(3, 10), A(10, 530)});
    MATMUL(.inputs = {A(100, 400), A(400, 300)});
    MATMUL(.inputs = {A(9), B(9)});
    MATMUL(.inputs = {A(9), B(9, 5)});
    MATMUL(.inputs = {A(6, 9), B(9)});
    MATMUL(.inputs = {A(9), A(2, 3, 9, 5)});
    MATMUL(.inputs = {A(2, 3, 5, 9), B(9)});
    MATMUL(.inputs = {A(2, 5, 7, 9), B(9, 20)});
    MATMUL(.inputs = {A(2, 3, 7, 9), A(2, 3, 9, 20)});
    MATMUL(.inputs = {A(4, 1, 7, 9), A(3, 9, 5)});
    MATMUL(.inputs = {A(7, 9), A(2, 2, 9, 5)});
    MATMUL(.inputs = {A(0, 7, 9), B(9, 5)});
    MATMUL(.inputs = {A(12, 9), B(9, 20), A(12, 20)},
           .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 2});
    types();
    MATMUL(.inputs = {A(3, 4), B(5, 6)}, .fails = HINGE_BAD_SHAPE, .says = "4 columns of A meet 5");
    MATMUL(.inputs = {A(2, 3, 4), B(3, 4, 6)}, .fails = HINGE_BAD_SHAPE, .says = "broadcast");
    MATMUL(.inputs = {{.type = HINGE_FLOAT}, B(6)}, .fails = HINGE_BAD_SHAPE, .says = "scalar");
}
