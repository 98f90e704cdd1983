/*
 * x Sigmoid(x) (HINGE_OP_PRODUCT) becomes one Swish, and x HardSigmoid(x) with the constants that
 * exporters write one HardSwish: an activation, which the node before it can compute although two
 * nodes read its result. At an infinity that is the limit, where the two nodes would multiply by 0.
 */
#include "passes/pass.h"

/* The operator that multiplies its input by this activation of it, and its opset; NULL: none. */
static const char *find_product(const struct hinge_activation *activation, uint32_t *opset)
{
    *opset = activation->kind == HINGE_ACT_SIGMOID ? 24 : 14;
    if (activation->kind == HINGE_ACT_SIGMOID)
        return "Swish";
    return activation->kind == HINGE_ACT_HARD_SIGMOID && activation->alpha == 1.0F / 6 &&
                   activation->beta == 0.5F
               ? "HardSwish"
               : NULL;
}

/* The node that makes one factor of the other, to be read by the product alone; GRAPH_NONE: none.
 */
static uint32_t find_factor(const struct graph *graph, const struct graph_node *product)
{
    for (int i = 0; i < 2; i++) {
        const uint32_t index = pass_sole_producer(graph, product->inputs[i]);
        if (index == GRAPH_NONE)
            continue;
        const struct graph_node *node = &graph->nodes[index];
        if (node->definition->activation && node->n_inputs == 1 && !node->n_spares &&
            node->epilogue.activation->kind == HINGE_ACT_NONE &&
            node->inputs[0] == product->inputs[!i])
            return index;
    }
    return GRAPH_NONE;
}

static hinge_status fuse(struct pass_run *run, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *product = &graph->nodes[index];
    if (product->removed || !(product->definition->flags & HINGE_OP_PRODUCT) ||
        product->n_inputs != 2 || product->n_spares || !pass_has_one_output(graph, product) ||
        graph->values[product->outputs[0]].type_code != HINGE_FLOAT)
        return HINGE_OK;
    const uint32_t factor = find_factor(graph, product);
    if (factor == GRAPH_NONE)
        return HINGE_OK;
    struct hinge_activation activation;
    uint32_t opset, x = graph->nodes[factor].inputs[0], y = product->outputs[0];
    hinge_status status = host_activation(graph, &graph->nodes[factor], &activation);
    const char *op = status ? NULL : find_product(&activation, &opset);
    if (!op || !pass_find_operator(run, op, "", opset, &graph->values[x].type_code, 1))
        return status;
    char first[256], second[256];
    pass_note(run, "made %s and %s one %s",
              graph_node_text(graph, &graph->nodes[factor], first, sizeof first),
              graph_node_text(graph, product, second, sizeof second), op);
    const char *name = graph_node_name(graph, product);
    const uint32_t node = graph_add_node(graph, op, "", opset, &x, 1, &y, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    graph_remove_node(graph, index);
    graph_remove_node(graph, factor);
    return pass_bind(run, node);
}

hinge_status pass_fuse_swish(struct pass_run *run)
{
    const size_t n_nodes = run->graph->n_nodes; /* those that are added need no visit */
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < n_nodes && !status; n++)
        status = fuse(run, n);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
