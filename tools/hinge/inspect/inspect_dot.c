#include "base/text.h"
#include "describe/describe.h"
#include "describe/order.h"
#include "inspect/inspect_report.h"

#include <inttypes.h>

/* A name inside a quoted string of the DOT language: quotes and backslashes escaped, cut at 60
 * characters. */
static void put_name(const char *name)
{
    char shown[TEXT_CHARACTER_SIZE];
    int column = 0;
    for (size_t n; (n = text_character(shown, name)); name += n) {
        if (column++ == 60) {
            fputs("…", stdout);
            return;
        }
        if (*shown == '"' || *shown == '\\')
            putchar('\\');
        fputs(shown, stdout);
    }
}

/* Bodies are clusters. An index is that of a node (n) or value; an input of a graph is drawn as v,
 * an output as o. */

/* What a value of a body stands for in the graphs around it. */
static size_t outermost(const hinge_session *session, size_t value, hinge_value_info *info)
{
    while (hinge_get_value(session, value, info) && info->outer != HINGE_NO_INDEX)
        value = info->outer;
    return value;
}

/* From what makes the value; there is none where it is a constant. */
static void put_edge(const struct inspect *inspect, size_t value, char to, size_t to_index)
{
    char dims[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info};
    size_t from = outermost(inspect->session, value, &info);
    hinge_tensor tensor = inspect_tensor(inspect, from);
    bool from_node = info.producer != HINGE_NO_INDEX;
    bool has_dims = tensor.rank >= 0 && !hinge_is_container(tensor.type);
    if (!info.is_constant)
        printf("  %c%zu -> %c%zu [label=\"%s\"];\n", from_node ? 'n' : 'v',
               from_node ? info.producer : from, to, to_index,
               has_dims ? text_dims(dims, &tensor) : "");
}

/* The number of constants that a node reads, and of their elements. */
static size_t count_constants(const struct inspect *inspect, size_t index,
                              const hinge_node_info *node, int64_t *n_elements)
{
    size_t n_constants = 0;
    *n_elements = 0;
    for (size_t i = 0; i < node->n_inputs; i++) {
        size_t value = hinge_node_input(inspect->session, index, i);
        hinge_value_info info = {.size = sizeof info};
        if (value == HINGE_NO_INDEX || !hinge_get_value(inspect->session, value, &info) ||
            !info.is_constant)
            continue;
        int64_t count = hinge_tensor_count(&info.tensor);
        n_constants++;
        if (__builtin_add_overflow(*n_elements, count > 0 ? count : 0, n_elements))
            *n_elements = INT64_MAX;
    }
    return n_constants;
}

static void put_node(const struct inspect *inspect, size_t index, const hinge_node_info *node)
{
    char op[DESCRIBE_OP_SIZE];
    int64_t n_elements;
    size_t n_constants = count_constants(inspect, index, node, &n_elements);
    printf("  n%zu [label=\"", index);
    put_name(describe_op(op, node));
    fputs("\\n", stdout);
    put_name(node->label);
    if (n_constants)
        printf("\\n%" PRId64 " parameters", n_elements);
    fputs("\", tooltip=\"", stdout);
    put_name(inspect_plugin(inspect, index, node));
    puts(*node->plugin ? "\"];" : "\", style=filled, fillcolor=\"#f4d0d0\"];");
}

static void put_node_edges(const struct inspect *inspect, size_t index, const hinge_node_info *node)
{
    for (size_t i = 0; i < node->n_inputs; i++) {
        size_t value = hinge_node_input(inspect->session, index, i);
        if (value != HINGE_NO_INDEX)
            put_edge(inspect, value, 'n', index);
    }
}

/* An ellipse for an input or output of a graph. */
static void put_end(const struct inspect *inspect, char kind, size_t value)
{
    char text[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info};
    hinge_get_value(inspect->session, value, &info);
    printf("  %c%zu [shape=ellipse, style=filled, fillcolor=\"%s\", label=\"", kind, value,
           kind == 'v' ? "#d8ecd8" : "#d8e0f4");
    put_name(info.name);
    printf("\\n%s\"];\n", inspect_value_text(text, inspect, value));
}

static void put_graph(const struct inspect *inspect, size_t index, const hinge_graph_info *graph,
                      size_t *next_graph);

static void put_body(const struct inspect *inspect, size_t index, const hinge_graph_info *body,
                     size_t *next_graph)
{
    printf("  subgraph cluster_%zu {\n  label=\"", index);
    put_name(body->attribute);
    puts("\"; style=dashed; fontname=\"sans-serif\"; fontsize=10;");
    put_graph(inspect, index, body, next_graph);
    puts("  }");
    size_t first =
        body->n_nodes ? body->first_node : hinge_graph_output(inspect->session, index, 0);
    if (first != HINGE_NO_INDEX)
        printf("  n%zu -> %c%zu [style=dashed, arrowhead=none, lhead=cluster_%zu];\n",
               body->parent_node, body->n_nodes ? 'n' : 'o', first, index);
}

static void put_graph(const struct inspect *inspect, size_t index, const hinge_graph_info *graph,
                      size_t *next_graph)
{
    for (size_t v = 0; v < graph->n_inputs; v++)
        put_end(inspect, 'v', hinge_graph_input(inspect->session, index, v));
    for (size_t v = 0; v < graph->n_outputs; v++)
        put_end(inspect, 'o', hinge_graph_output(inspect->session, index, v));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        hinge_node_info node = {.size = sizeof node};
        hinge_graph_info body = {.size = sizeof body};
        hinge_get_node(inspect->session, graph->first_node + i, &node);
        put_node(inspect, graph->first_node + i, &node);
        for (size_t b; b = *next_graph,
                       order_next_body(inspect->session, graph->first_node + i, next_graph, &body);)
            put_body(inspect, b, &body, next_graph);
    }
}

/* Behind all clusters: what an edge names would be drawn in the cluster that the edge is in. */
static void put_edges(const struct inspect *inspect)
{
    hinge_node_info node = {.size = sizeof node};
    hinge_graph_info graph = {.size = sizeof graph};
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++)
        put_node_edges(inspect, i, &node);
    for (size_t g = 0; hinge_get_graph(inspect->session, g, &graph); g++)
        for (size_t v = 0; v < graph.n_outputs; v++) {
            size_t value = hinge_graph_output(inspect->session, g, v);
            put_edge(inspect, value, 'o', value);
        }
}

int inspect_dot(const struct inspect *inspect)
{
    hinge_graph_info graph = {.size = sizeof graph};
    size_t next_graph = 1;
    fputs("digraph \"", stdout);
    put_name(inspect->model);
    puts("\" {\n  compound=true;\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
         "  edge [fontname=\"sans-serif\", fontsize=9];");
    if (hinge_get_graph(inspect->session, 0, &graph))
        put_graph(inspect, 0, &graph, &next_graph);
    put_edges(inspect);
    puts("}");
    return 0;
}
