#include "base/error.h"
#include "describe/describe.h"
#include "describe/order.h"
#include "inspect/inspect_count.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* "1.5 MiB"; text has 32 bytes. */
static const char *size_text(char *text, size_t size)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)size;
    size_t unit = 0;
    for (; value >= 1024 && unit < 4; unit++)
        value /= 1024;
    snprintf(text, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

/* A line "name      text", cut; none where there is no text. */
static void print_line(const char *name, const char *text)
{
    if (!*text)
        return;
    text_cell(stdout, name, 9);
    text_print(stdout, text, 200);
    putchar('\n');
}

/* What the file says of itself. */
static void print_head(const struct inspect *inspect)
{
    hinge_model_info model = {.size = sizeof model};
    const char *domain, *key, *value;
    uint32_t version;
    hinge_get_model(inspect->session, &model);
    fputs("model     ", stdout);
    text_print(stdout, *model.graph_name ? model.graph_name : inspect->model, 80);
    printf("  IR %" PRId64 "  ", model.ir_version);
    text_print(stdout, model.producer_name, 40);
    fputs(*model.producer_name ? " " : "", stdout);
    text_print(stdout, model.producer_version, 20);
    putchar('\n');
    print_line("domain", model.domain);
    if (model.model_version)
        printf("version   %" PRId64 "\n", model.model_version);
    print_line("doc", model.doc);
    print_line("graph doc", model.graph_doc);
    fputs("opsets   ", stdout);
    for (size_t i = 0; hinge_get_opset(inspect->session, i, &domain, &version); i++) {
        putchar(' ');
        text_print(stdout, *domain ? domain : "ai.onnx", 80);
        printf(" %" PRIu32, version);
    }
    putchar('\n');
    for (size_t i = 0; hinge_get_metadata(inspect->session, i, &key, &value); i++) {
        fputs(i ? "" : "metadata\n", stdout);
        fputs("  ", stdout);
        text_print(stdout, key, 80);
        fputs("  ", stdout);
        text_print(stdout, value, 200);
        putchar('\n');
    }
}

static void print_ends(const struct inspect *inspect)
{
    char shape[TEXT_SHAPE_SIZE];
    puts("inputs");
    for (size_t i = 0; i < hinge_n_inputs(inspect->session); i++) {
        fputs("  ", stdout);
        text_print(stdout, hinge_input_name(inspect->session, i), 80);
        fputs("  ", stdout);
        text_print(stdout, describe_input(shape, inspect->session, i), 0);
        puts(hinge_input_has_default(inspect->session, i) ? "  has a default" : "");
    }
    puts("outputs");
    for (size_t i = 0; i < hinge_n_outputs(inspect->session); i++) {
        fputs("  ", stdout);
        text_print(stdout, hinge_output_name(inspect->session, i), 80);
        fputs("  ", stdout);
        text_print(stdout, describe_output(shape, inspect->session, i), 0);
        putchar('\n');
    }
}

/* Operators: how many nodes there are of each with the plugin that runs them, in bodies too. */
struct use {
    char op[DESCRIBE_OP_SIZE];
    const char *domain, *plugin;
    size_t n;
};

static int compare_uses(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = (x->n < y->n) - (x->n > y->n);
    return order ? order : strcmp(x->op, y->op);
}

static bool print_operators(const struct inspect *inspect)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_node_info node = {.size = sizeof node};
    hinge_get_model(inspect->session, &model);
    struct use *uses = calloc(model.n_all_nodes + 1, sizeof *uses);
    size_t n = 0;
    if (!uses)
        return false;
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++) {
        char op[DESCRIBE_OP_SIZE];
        size_t u = 0;
        const char *plugin = inspect_plugin(inspect, i, &node);
        describe_op(op, &node);
        while (u < n && (strcmp(uses[u].op, op) || strcmp(uses[u].domain, node.domain) ||
                         strcmp(uses[u].plugin, plugin)))
            u++;
        if (u == n) {
            memcpy(uses[n].op, op, sizeof op);
            uses[n].domain = node.domain;
            uses[n++].plugin = plugin;
        }
        uses[u].n++;
    }
    qsort(uses, n, sizeof *uses, compare_uses);
    printf("operators  %zu nodes, %zu in the file", model.n_nodes, model.n_nodes_loaded);
    if (model.n_graphs > 1)
        printf("; %zu in %zu bod%s", model.n_all_nodes - model.n_nodes, model.n_graphs - 1,
               model.n_graphs == 2 ? "y" : "ies");
    putchar('\n');
    for (size_t u = 0; u < n; u++) {
        printf("  %5zu  %-12s ", uses[u].n, uses[u].plugin);
        if (*uses[u].domain) {
            text_print(stdout, uses[u].domain, 60);
            fputs("::", stdout);
        }
        text_print(stdout, uses[u].op, 0);
        putchar('\n');
    }
    free(uses);
    return true;
}

static void print_missing(const struct inspect *inspect)
{
    const char *text;
    for (size_t i = 0; (text = hinge_missing(inspect->session, i)); i++) {
        fputs(i ? "" : "missing\n", stdout);
        fputs("  ", stdout);
        text_print(stdout, text, 0);
        putchar('\n');
    }
}

static void print_memory(const struct inspect *inspect)
{
    char a[32], b[32], c[32];
    hinge_model_info model = {.size = sizeof model};
    hinge_plan_info plan = {.size = sizeof plan};
    hinge_get_model(inspect->session, &model);
    struct inspect_total total = inspect_count_all(inspect);
    printf("parameters  %" PRId64 "\n", total.parameters);
    printf("  %s in the mapped file, %s in memory, %s prepared by operators\n",
           size_text(a, model.mapped_size), size_text(b, model.owned_size),
           size_text(c, model.packed_size));
    printf("multiply-adds  %" PRId64, total.multiply_adds);
    if (total.n_not_known)
        printf(", and those of %zu node%s, which are not known", total.n_not_known,
               total.n_not_known == 1 ? "" : "s");
    puts("\nmemory plan");
    if (inspect->not_planned || !hinge_get_plan(inspect->context, &plan)) {
        fputs("  none: ", stdout);
        text_print(stdout, inspect->not_planned ? inspect->not_planned : "", 0);
        putchar('\n');
        return;
    }
    printf("  arena %s (%s without sharing), scratch %s, %zu steps", size_text(a, plan.arena_size),
           size_text(b, plan.unshared), size_text(c, plan.scratch_size), plan.n_steps);
    if (plan.n_dynamic)
        printf(", %zu values whose shape depends on data", plan.n_dynamic);
    putchar('\n');
}

static void print_passes(const struct inspect *inspect)
{
    hinge_pass_info pass = {.size = sizeof pass};
    puts("passes");
    for (size_t p = 0; hinge_get_pass(inspect->session, p, &pass); p++) {
        printf("  %-28s ", pass.name);
        if (pass.disabled) {
            puts("disabled");
            continue;
        }
        printf("%zu -> %zu nodes, %zu change%s  (%s)\n", pass.nodes_before, pass.nodes_after,
               pass.n_changes, pass.n_changes == 1 ? "" : "s", hinge_pass_summary(p));
        for (size_t i = 0; i < pass.n_changes; i++) {
            fputs("    ", stdout);
            text_print(stdout, hinge_pass_change(inspect->session, p, i), 0);
            putchar('\n');
        }
    }
}

/* Nodes, with their bodies under them. */

/* Where an index, a plugin and an operator stand before it. */
#define INDENT 10
#define PER_LEVEL 4

static void print_value(const struct inspect *inspect, size_t value, int level)
{
    char text[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info}, over = {.size = sizeof over};
    hinge_place_info place = {.size = sizeof place};
    hinge_get_value(inspect->session, value, &info);
    printf("%*s", INDENT + PER_LEVEL * level, "");
    text_print(stdout, *info.name ? info.name : "(unnamed)", 60);
    printf("  %s", inspect_value_text(text, inspect, value));
    if (inspect_place(inspect, value, &place)) {
        printf("  %s", inspect_placement(&place));
        if (place.over != HINGE_NO_INDEX && hinge_get_value(inspect->session, place.over, &over)) {
            putchar(' ');
            text_print(stdout, *over.name ? over.name : "(unnamed)", 60);
        } else if (place.placement == HINGE_PLACE_ARENA) {
            printf(" at %zu", place.offset);
        }
    }
    putchar('\n');
}

static void print_node(const struct inspect *inspect, size_t index, int level)
{
    hinge_node_info node = {.size = sizeof node};
    char op[DESCRIBE_OP_SIZE];
    hinge_get_node(inspect->session, index, &node);
    printf("%*s%5zu  %-12s ", 2 + PER_LEVEL * level, "", index,
           inspect_plugin(inspect, index, &node));
    text_print(stdout, describe_op(op, &node), 0);
    fputs("  ", stdout);
    text_print(stdout, node.label, 80);
    putchar('\n');
    for (size_t o = 0; o < node.n_outputs; o++) {
        size_t value = hinge_node_output(inspect->session, index, o);
        if (value != HINGE_NO_INDEX)
            print_value(inspect, value, level);
    }
}

static void print_graph(const struct inspect *inspect, const hinge_graph_info *graph, int level,
                        size_t *next_graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        size_t node = graph->first_node + i;
        hinge_graph_info body = {.size = sizeof body};
        print_node(inspect, node, level);
        for (size_t index;
             index = *next_graph, order_next_body(inspect->session, node, next_graph, &body);) {
            printf("%*s", 2 + PER_LEVEL * (level + 1), "");
            text_print(stdout, body.attribute, 60);
            puts(":");
            for (size_t v = 0; v < body.n_inputs; v++)
                print_value(inspect, hinge_graph_input(inspect->session, index, v), level + 1);
            print_graph(inspect, &body, level + 1, next_graph);
        }
    }
}

static void print_nodes(const struct inspect *inspect)
{
    hinge_graph_info graph = {.size = sizeof graph};
    size_t next_graph = 1;
    puts("nodes");
    if (hinge_get_graph(inspect->session, 0, &graph))
        print_graph(inspect, &graph, 0, &next_graph);
}

int inspect_print(const struct inspect *inspect)
{
    print_head(inspect);
    print_ends(inspect);
    if (!print_operators(inspect)) {
        hinge_error error;
        error_no_memory(&error);
        return error_fail(&error);
    }
    print_missing(inspect);
    print_memory(inspect);
    if (inspect->passes)
        print_passes(inspect);
    if (inspect->nodes)
        print_nodes(inspect);
    if (inspect->counts)
        inspect_print_counts(inspect);
    return 0;
}
