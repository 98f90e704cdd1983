/* Gemm against a plain triple loop, in double or in wrapping integers. */
#include "tests/operators/harness.h"

#include <math.h>

static bool is_set(const struct harness_call *call, const char *name)
{
    return harness_attr_int(call, name, 0) != 0;
}

static int64_t c_index(const hinge_tensor *c, int64_t i, int64_t j)
{
    const int64_t columns = c->rank > 0 ? c->dims[c->rank - 1] : 1;
    const int64_t rows = c->rank > 1 ? c->dims[0] : 1;
    return (rows == 1 ? 0 : i * columns) + (columns == 1 ? 0 : j);
}

static double finish(const struct harness_call *call, double y, int64_t at)
{
    const struct harness_epilogue *epilogue = &call->c->epilogue;
    if (epilogue->addend)
        y += harness_get(call->inputs[epilogue->addend], at);
    return epilogue->activation.kind == HINGE_ACT_RELU && y < 0 ? 0 : y;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    const hinge_tensor *c = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const bool trans_a = is_set(call, "transA"), trans_b = is_set(call, "transB");
    const double alpha = (double)harness_attr_float(call, "alpha", 1);
    const double beta = (double)harness_attr_float(call, "beta", 1);
    const int64_t rows = a->dims[trans_a], depth = a->dims[!trans_a], columns = b->dims[!trans_b];
    const int64_t dims[2] = {rows, columns};
    hinge_tensor *y = harness_output(call, 0, a->type, 2, dims);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            double sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += harness_get(a, trans_a ? k * rows + i : i * depth + k) *
                       harness_get(b, trans_b ? j * depth + k : k * columns + j);
            sum = sum * alpha + (c ? beta * harness_get(c, c_index(c, i, j)) : 0);
            if (!harness_is_floating(a->type))
                sum = trunc(sum);
            harness_set(y, i * columns + j, finish(call, sum, i * columns + j));
        }
}

#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = -3, .high = 3, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define A(...) M(HINGE_FLOAT, false, __VA_ARGS__)
#define B(...) M(HINGE_FLOAT, true, __VA_ARGS__)
#define GEMM(...)                                                                                  \
    CHECK_OP(.op = "Gemm", .reference = reference, .absolute = 1e-4, .relative = 1e-5, __VA_ARGS__)

static void sizes(void)
{
    GEMM(.opsets = {7, 9, 11, 13}, .inputs = {A(7, 9), B(9, 13), B(13)});
    GEMM(.inputs = {A(1, 0), B(0, 5), B(5)});
    GEMM(.inputs = {A(1, 131), B(131, 5)});
    GEMM(.inputs = {A(HARNESS_N, 20), B(20, 33), B(33)});
    GEMM(.inputs = {A(1, 41), B(63, 41), B(63)}, .attributes = {ATTR_INT("transB", 1)});
    GEMM(.inputs = {A(3, 1003), B(1003, 70)});
    GEMM(.inputs = {A(210, 395), B(395, 530)}, .attributes = {ATTR_FLOAT("alpha", 0.1F)});
}

static void attributes(void)
{
    GEMM(.inputs = {A(30, 20), B(30, 17), A(20, 17)},
         .attributes = {ATTR_INT("transA", 1), ATTR_FLOAT("beta", -2)});
    GEMM(.inputs = {A(3, 21), B(17, 3), A(21, 1)},
         .attributes = {ATTR_INT("transA", 1), ATTR_INT("transB", 1)});
    GEMM(.inputs = {A(21, 3), B(17, 21), A(1, 17)},
         .attributes = {ATTR_INT("transA", 1), ATTR_INT("transB", 1), ATTR_FLOAT("alpha", 0.5F)});
    GEMM(.inputs = {
             A(11, 2),
             B(2, 5),
             {.type = HINGE_FLOAT, .low = -3, .high = 3, .specials = HARNESS_SPECIALS_NEVER}});
    GEMM(.inputs = {A(11, 2), B(2, 5), A(1)});
    GEMM(.inputs = {A(11, 6), B(6, 19), B(19), A(11, 19)},
         .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 3});
}

/* Integers, float64 as it should be, and the halves rounded once from sums in float32. */
#define GEMM_TYPES(...)                                                                            \
    CHECK_OP(.op = "Gemm", .reference = reference,                                                 \
             .types = HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT32) |                     \
                      HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_UINT32) |                     \
                      HARNESS_TYPE(HINGE_UINT64),                                                  \
             .relative = 1e-12, .absolute = 1e-12, __VA_ARGS__);                                   \
    CHECK_OP(.op = "Gemm", .reference = reference,                                                 \
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16), .ulp = 0.6,      \
             .absolute = 1e-4, __VA_ARGS__)
#define AT(...) M(HARNESS_T, false, __VA_ARGS__)
#define BT(...) M(HARNESS_T, true, __VA_ARGS__)

static void types(void)
{
    GEMM_TYPES(.opsets = {7, 9, 11, 13}, .inputs = {AT(4, 7), AT(7, 5), AT(5)});
    GEMM_TYPES(.inputs = {AT(4, 7), BT(7, 170), AT(4, 1)});
    GEMM_TYPES(.inputs = {AT(13, 40), BT(37, 40), BT(37)}, .attributes = {ATTR_INT("transB", 1)});
    GEMM_TYPES(.inputs = {AT(40, 13), BT(40, 37), BT(13, 37)},
               .attributes = {ATTR_INT("transA", 1), ATTR_FLOAT("alpha", 0.5F),
                              ATTR_FLOAT("beta", 2)});
    GEMM_TYPES(.inputs = {AT(3, 0), BT(0, 5), AT(1)});
    GEMM_TYPES(.inputs = {AT(0, 3), BT(3, 5), AT(1)});
}

/* Opsets below 7: C is of the output's shape unless broadcast says otherwise. */
static void first_opsets(void)
{
    GEMM(.opsets = {1, 6}, .inputs = {A(7, 9), B(9, 13), A(7, 13)});
    GEMM(.opsets = {6}, .inputs = {A(7, 9), B(9, 13), B(13)},
         .attributes = {ATTR_INT("broadcast", 1), ATTR_FLOAT("beta", 2)});
    GEMM(.opsets = {6}, .inputs = {A(7, 9), B(9, 13), B(13)}, .fails = HINGE_BAD_SHAPE,
         .says = "broadcast is 0");
    CHECK_OP(.op = "Gemm", .opsets = {1}, .reference = reference, .absolute = 1e-4, .ulp = 0.6,
             .relative = 1e-5,
             .types = HARNESS_FLOATS | HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64) |
                      HARNESS_TYPE(HINGE_UINT32) | HARNESS_TYPE(HINGE_UINT64),
             .inputs = {AT(7, 9), BT(9, 13), AT(7, 13)});
}

/* What beta = 0 leaves out may hold anything. */
static void no_c(void)
{
    const double nan[] = {(double)NAN}, a[] = {2, 3}, b[] = {5, 7}, y[] = {31};
    CHECK_OP(.op = "Gemm", .attributes = {ATTR_FLOAT("beta", 0)},
             .inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {1, 2}, .values = a},
                        {.type = HINGE_FLOAT, .rank = 2, .dims = {2, 1}, .values = b},
                        {.type = HINGE_FLOAT, .rank = 1, .dims = {1}, .values = nan}},
             .expect = {{.type = HINGE_FLOAT, .rank = 2, .dims = {1, 1}, .values = y}});
}

static void orders(void)
{
    const struct harness_case c = {.op = "Gemm",
                                   .reference = reference,
                                   .absolute = 1e-4,
                                   .relative = 1e-5,
                                   .attributes = {ATTR_INT("transB", 1)},
                                   .inputs = {A(HARNESS_N, 400), B(150, 400), B(150)}};
    CHECK_ORDER(&c, 1, 4, 8, 100);
}

void test_gemm(void)
{
    sizes();
    types();
    first_opsets();
    no_c();
    orders();
    attributes();
    GEMM(.inputs = {A(3, 4), B(5, 6)}, .fails = HINGE_BAD_SHAPE, .says = "4 columns of A meet 5");
    GEMM(.inputs = {A(3, 4, 1), B(4, 6)}, .fails = HINGE_BAD_SHAPE, .says = "rank");
    GEMM(.inputs = {A(3, 4), B(4, 6), B(4)}, .fails = HINGE_BAD_SHAPE, .says = "broadcast");
}
