#include "describe.h"
#include "inspect_report.h"
#include "text.h"

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

static void put_edge(const struct inspect *inspect, const char *from, size_t from_index,
                     const char *to, size_t to_index, size_t value)
{
    char dims[TEXT_SHAPE_SIZE];
    hinge_tensor tensor = inspect_tensor(inspect, value);
    printf("  %s%zu -> %s%zu [label=\"%s\"];\n", from, from_index, to, to_index,
           tensor.rank < 0 ? "" : text_dims(dims, &tensor));
}

static void put_node(const struct inspect *inspect, size_t index, const hinge_node_info *node)
{
    char op[DESCRIBE_OP_SIZE];
    size_t n_constants = 0;
    int64_t n_elements = 0;
    for (size_t i = 0; i < node->n_inputs; i++) {
        size_t value = hinge_node_input(inspect->session, index, i);
        hinge_value_info info = {.size = sizeof info};
        if (value == HINGE_NO_INDEX || !hinge_get_value(inspect->session, value, &info))
            continue;
        if (info.is_constant) {
            int64_t count = hinge_tensor_count(&info.tensor);
            n_constants++;
            if (__builtin_add_overflow(n_elements, count > 0 ? count : 0, &n_elements))
                n_elements = INT64_MAX;
        } else {
            bool from_node = info.producer != HINGE_NO_INDEX;
            put_edge(inspect, from_node ? "n" : "v", from_node ? info.producer : value, "n", index,
                     value);
        }
    }
    printf("  n%zu [label=\"", index);
    put_name(describe_op(op, node));
    fputs("\\n", stdout);
    put_name(node->name);
    if (n_constants)
        printf("\\n%" PRId64 " parameters", n_elements);
    fputs("\", tooltip=\"", stdout);
    put_name(node->plugin);
    fputs("\"];\n", stdout);
}

/* An ellipse for a model input or output. */
static void put_end(const struct inspect *inspect, char kind, size_t index, size_t value)
{
    char dims[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info};
    hinge_tensor tensor = inspect_tensor(inspect, value);
    hinge_get_value(inspect->session, value, &info);
    printf("  %c%zu [shape=ellipse, style=filled, fillcolor=\"%s\", label=\"", kind, index,
           kind == 'v' ? "#d8ecd8" : "#d8e0f4");
    put_name(info.name);
    printf("\\n%s%s\"];\n", tensor.type ? hinge_type_text(tensor.type) : "any",
           tensor.rank < 0 ? "" : text_dims(dims, &tensor));
}

int inspect_dot(const struct inspect *inspect)
{
    hinge_node_info node = {.size = sizeof node};
    hinge_value_info value = {.size = sizeof value};
    fputs("digraph \"", stdout);
    put_name(inspect->model);
    puts("\" {\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
         "  edge [fontname=\"sans-serif\", fontsize=9];");
    for (size_t v = 0; hinge_get_value(inspect->session, v, &value); v++) {
        if (value.is_input)
            put_end(inspect, 'v', v, v);
        if (!value.is_output)
            continue;
        put_end(inspect, 'o', v, v);
        if (value.producer != HINGE_NO_INDEX)
            put_edge(inspect, "n", value.producer, "o", v, v);
        else if (value.is_input)
            put_edge(inspect, "v", v, "o", v, v);
    }
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++)
        put_node(inspect, i, &node);
    puts("}");
    return 0;
}
