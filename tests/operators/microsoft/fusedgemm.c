/* FusedGemm against a plain triple loop in double. */
#include "tests/operators/fused.h"
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    const hinge_tensor *c = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const bool trans_a = harness_attr_int(call, "transA", 0) != 0;
    const bool trans_b = harness_attr_int(call, "transB", 0) != 0;
    const double alpha = (double)harness_attr_float(call, "alpha", 1);
    const double beta = (double)harness_attr_float(call, "beta", 1);
    const struct harness_attribute *activation = harness_attr(call, "activation");
    const bool is_leaky = activation && !strcmp(activation->s, "LeakyRelu");
    const double x = (double)harness_attr_float(call, "activation_alpha", is_leaky ? 0.01F : 1);
    const double z = (double)harness_attr_float(call, "activation_beta", 0);
    const int64_t dims[2] = {a->dims[trans_a], b->dims[!trans_b]}, depth = a->dims[!trans_a];
    hinge_tensor *y = harness_output(call, 0, a->type, 2, dims);
    for (int64_t at = 0; at < hinge_count(y); at++) {
        const int64_t i = at / dims[1], j = at % dims[1];
        double sum = 0;
        for (int64_t k = 0; k < depth; k++)
            sum += harness_get(a, trans_a ? k * dims[0] + i : i * depth + k) *
                   harness_get(b, trans_b ? j * depth + k : k * dims[1] + j);
        sum = sum * alpha + (c ? beta * harness_get(c, harness_broadcast_index(y, at, c)) : 0);
        harness_set(y, at, fused(activation ? activation->s : NULL, sum, x, z));
    }
}

#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define T(...) M(HARNESS_T, false, __VA_ARGS__)
#define C(...) M(HARNESS_T, true, __VA_ARGS__)
#define F(...) M(HINGE_FLOAT, false, __VA_ARGS__)
#define TYPES (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))
#define GEMM(...)                                                                                  \
    CHECK_OP(.op = "FusedGemm", .domain = "com.microsoft", .reference = reference, .ulp = 0.51,    \
             .absolute = 1e-4, .relative = 1e-5, __VA_ARGS__)
#define ACTIVATION(name) ATTR_STRING("activation", name)

void test_fusedgemm(void)
{
    const char *const names[] = {"Relu",     "LeakyRelu", "Tanh",     "Sigmoid",
                                 "Softplus", "Softsign",  "HardSwish"};
    GEMM(.types = TYPES, .inputs = {T(5, HARNESS_N), T(HARNESS_N, 7), C(7)});
    GEMM(.types = TYPES, .inputs = {T(HARNESS_N, 9), C(9, 33), C(33)},
         .attributes = {ACTIVATION("Relu")});
    for (int i = 0; i < 7; i++)
        GEMM(.types = TYPES, .inputs = {T(9, 6), T(33, 9), T(6, 1)},
             .attributes = {ACTIVATION(names[i]), ATTR_INT("transA", 1), ATTR_INT("transB", 1),
                            ATTR_FLOAT("alpha", 0.5F), ATTR_FLOAT("beta", 2)});
    GEMM(.types = TYPES, .inputs = {T(6, 9), T(9, 33)},
         .attributes = {ACTIVATION("LeakyRelu"), ATTR_FLOAT("activation_alpha", 0.3F)});
    GEMM(.types = TYPES, .inputs = {T(6, 9), T(9, 33)},
         .attributes = {ACTIVATION("Elu"), ATTR_FLOAT("activation_alpha", 0.3F)});
    GEMM(.types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {T(6, 9), T(9, 33)},
         .attributes = {ACTIVATION("Clip"), ATTR_FLOAT("activation_alpha", -0.5F),
                        ATTR_FLOAT("activation_beta", 0.5F), ATTR_FLOAT("activation_gamma", 3)});
    GEMM(.types = TYPES, .inputs = {T(6, 9), T(9, 33)},
         .attributes = {ACTIVATION("HardSigmoid"), ATTR_FLOAT("activation_alpha", 0.3F),
                        ATTR_FLOAT("activation_beta", 0.4F)});
    GEMM(.inputs = {F(6, 9), F(9, 33)}, .attributes = {ACTIVATION("ReluX")},
         .fails = HINGE_UNSUPPORTED, .says = "activation ReluX is not supported");
    GEMM(.inputs = {F(6, 9), F(8, 33)}, .fails = HINGE_BAD_SHAPE,
         .says = "9 columns of A meet 8 rows of B");
    GEMM(.inputs = {F(6, 9), F(9, 33), F(5)}, .fails = HINGE_BAD_SHAPE,
         .says = "C cannot be broadcast to 6 x 33");
}
