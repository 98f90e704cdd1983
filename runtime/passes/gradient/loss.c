/* Rules of losses: each position's weight, which is 0 where its label is to be ignored, times -1
 * where its label is; SoftmaxCrossEntropyLoss adds the softmax to that -1. */
#include "passes/gradient/gradient.h"

#include <string.h>

static bool is_reduction(const struct gradient *g, const char *text)
{
    const struct hinge_attribute *reduction = gradient_attribute(g, "reduction", HINGE_ATTR_STRING);
    return reduction->s.size == strlen(text) &&
           memcmp(reduction->s.bytes, text, reduction->s.size) == 0;
}

/* The labels, with an axis for the classes. */
static uint32_t labels_of(struct gradient *g)
{
    const int64_t second = 1;
    const uint32_t to_int64 = gradient_list(g, &second, 1);
    const uint32_t labels = gradient_binary(g, "CastLike", g->node.inputs[1], to_int64);
    return gradient_binary(g, "Unsqueeze", labels, to_int64);
}

/* 1 at each position's label among the classes, else 0. */
static uint32_t one_hot(struct gradient *g, uint32_t x, uint32_t labels)
{
    const int64_t zero = 0, one = 1;
    const uint32_t n = gradient_unary(g, "Squeeze", gradient_dims(g, x, 1, 2));
    const uint32_t first = gradient_unary(g, "Squeeze", gradient_list(g, &zero, 1));
    const uint32_t step = gradient_unary(g, "Squeeze", gradient_list(g, &one, 1));
    const uint32_t classes = gradient_by_channel(
        g, gradient_node(g, "Range", GRADIENT_LIST(first, n, step), NULL, 0), x);
    const uint32_t same = gradient_binary(g, "Equal", labels, classes);
    return gradient_binary(g, "CastLike", same, x);
}

static void differentiate(struct gradient *g, bool of_softmax)
{
    const int64_t second = 1;
    const uint32_t x = g->node.inputs[0], axis = gradient_list(g, &second, 1);
    const uint32_t labels = labels_of(g), hot = one_hot(g, x, labels);
    const struct hinge_attribute *ignored = gradient_attribute(g, "ignore_index", HINGE_ATTR_INT);
    const struct graph_attribute classes = gradient_int("axis", 1);
    uint32_t dy = gradient_dy(g), weights = gradient_fill(g, 1, labels);
    weights = gradient_binary(g, "CastLike", weights, x);
    if (gradient_input(g, 2) != GRAPH_NONE)
        weights = gradient_binary(
            g, "ReduceSum",
            gradient_binary(g, "Mul", hot, gradient_by_channel(g, gradient_input(g, 2), x)), axis);
    if (ignored->present) {
        const uint32_t index = gradient_list(g, &ignored->i, 1);
        const uint32_t is_ignored = gradient_binary(g, "Equal", labels, index);
        weights = gradient_node(
            g, "Where", GRADIENT_LIST(is_ignored, gradient_number(g, 0, x), weights), NULL, 0);
    }
    if (is_reduction(g, "none"))
        dy = gradient_binary(g, "Unsqueeze", dy, axis);
    else if (is_reduction(g, "mean"))
        dy = gradient_binary(g, "Div", dy, gradient_unary(g, "ReduceSum", weights));
    uint32_t by_score;
    if (of_softmax)
        by_score = gradient_binary(g, "Sub", gradient_node(g, "Softmax", &x, 1, &classes, 1), hot);
    else
        by_score = gradient_unary(g, "Neg", hot);
    g->dx[0] = gradient_binary(g, "Mul", gradient_binary(g, "Mul", dy, weights), by_score);
    for (uint32_t i = 1; i < g->node.n_inputs; i++)
        if (g->is_wanted[i])
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none by input %u", (unsigned)i);
}

void gradient_cross_entropy(struct gradient *g)
{
    differentiate(g, true);
}

void gradient_negative_log_likelihood(struct gradient *g)
{
    differentiate(g, false);
}
