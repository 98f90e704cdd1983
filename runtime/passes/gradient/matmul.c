/* Rules of matrix products, whose derivatives are products with one factor transposed. */
#include "passes/gradient/gradient.h"

#include <string.h>

struct factor {
    uint32_t value; /* of rank 2 at least */
    bool is_transposed;
};

/* a b or, where both factors are wanted the other way round, its transpose. */
static uint32_t multiply(struct gradient *g, struct factor a, struct factor b, float alpha)
{
    const struct graph_attribute attributes[] = {gradient_int("transA", a.is_transposed),
                                                 gradient_int("transB", b.is_transposed),
                                                 gradient_float("alpha", alpha)};
    if (!a.is_transposed && !b.is_transposed && alpha == 1)
        return gradient_binary(g, "MatMul", a.value, b.value);
    return gradient_node(g, "com.microsoft::FusedMatMul", GRADIENT_LIST(a.value, b.value),
                         attributes, 3);
}

static struct factor transposed(struct factor factor)
{
    factor.is_transposed = !factor.is_transposed;
    return factor;
}

/* Sets the derivatives of y = alpha a b by the values of a and b, as they are stored; each may be
 * larger than its value by dimensions in front. */
static void by_factors(struct gradient *g, struct factor a, struct factor b, uint32_t dy,
                       float alpha)
{
    const struct factor d = {dy, false};
    if (g->is_wanted[0])
        g->dx[0] = a.is_transposed ? multiply(g, b, transposed(d), alpha)
                                   : multiply(g, d, transposed(b), alpha);
    if (g->is_wanted[1])
        g->dx[1] = b.is_transposed ? multiply(g, transposed(d), a, alpha)
                                   : multiply(g, transposed(a), d, alpha);
}

static uint32_t unsqueeze(struct gradient *g, uint32_t value, int64_t axis)
{
    return gradient_binary(g, "Unsqueeze", value, gradient_list(g, &axis, 1));
}

/* A factor of rank 1 is a row, or a column, and its axis is none of y's. One whose rank is not
 * known is taken for a matrix; where it is none, dy does not fit and the run says so. */
void gradient_matmul(struct gradient *g)
{
    const struct hinge_attribute *alpha = gradient_attribute(g, "alpha", HINGE_ATTR_FLOAT);
    uint32_t dy = gradient_dy(g);
    struct factor factors[2];
    if (gradient_attribute_int(g, "transBatchA") || gradient_attribute_int(g, "transBatchB"))
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with transBatchA or transBatchB");
    for (int i = 1; i >= 0; i--) {
        factors[i].value = g->node.inputs[i];
        factors[i].is_transposed = gradient_attribute_int(g, i ? "transB" : "transA") != 0;
        if (gradient_rank(g, factors[i].value) != 1)
            continue;
        factors[i].value = unsqueeze(g, factors[i].value, i);
        factors[i].is_transposed = false;
        dy = unsqueeze(g, dy, i ? -1 : -2);
    }
    by_factors(g, factors[0], factors[1], dy, alpha ? alpha->f : 1);
    for (uint32_t i = 0; i < 2 && !g->status; i++)
        if (g->is_wanted[i])
            g->dx[i] = gradient_reshape_like(g, gradient_sum_to(g, g->dx[i], factors[i].value),
                                             g->node.inputs[i]);
}

void gradient_gemm(struct gradient *g)
{
    gradient_since(g, 7);
    const struct factor a = {g->node.inputs[0], gradient_attribute_int(g, "transA") != 0};
    const struct factor b = {g->node.inputs[1], gradient_attribute_int(g, "transB") != 0};
    by_factors(g, a, b, gradient_dy(g), gradient_attribute(g, "alpha", HINGE_ATTR_FLOAT)->f);
    if (g->node.n_inputs < 3 || !g->is_wanted[2])
        return;
    g->dx[2] = gradient_sum_to(g, gradient_expression(g, "dy * beta"), g->node.inputs[2]);
}
