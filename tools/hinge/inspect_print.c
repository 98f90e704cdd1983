#include "describe.h"
#include "error.h"
#include "inspect_report.h"
#include "options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

hinge_tensor inspect_tensor(const struct inspect *inspect, size_t value)
{
    hinge_place_info place = {.size = sizeof place};
    hinge_value_info info = {.size = sizeof info};
    if (hinge_get_place(inspect->context, value, &place) && place.tensor.rank >= 0)
        return place.tensor;
    hinge_get_value(inspect->session, value, &info);
    return info.tensor;
}

int64_t inspect_n_parameters(const struct inspect *inspect)
{
    int64_t sum = 0;
    hinge_value_info info = {.size = sizeof info};
    for (size_t v = 0; hinge_get_value(inspect->session, v, &info); v++) {
        int64_t count = info.is_constant && info.n_readers ? hinge_tensor_count(&info.tensor) : 0;
        if (count > 0 && __builtin_add_overflow(sum, count, &sum))
            return INT64_MAX;
    }
    return sum;
}

const char *inspect_placement(const hinge_place_info *place)
{
    switch (place->placement) {
    case HINGE_PLACE_NONE: return "unused";
    case HINGE_PLACE_CONSTANT: return "constant";
    case HINGE_PLACE_INPUT: return place->over == HINGE_NO_INDEX ? "input" : "view of";
    case HINGE_PLACE_ARENA:
        return place->over == HINGE_NO_INDEX ? "arena" : place->is_view ? "view of" : "in place of";
    case HINGE_PLACE_DYNAMIC: return "dynamic";
    }
    return "";
}

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

static void print_head(const struct inspect *inspect)
{
    hinge_model_info model = {.size = sizeof model};
    const char *domain;
    uint32_t version;
    hinge_get_model(inspect->session, &model);
    fputs("model     ", stdout);
    text_print(stdout, *model.graph_name ? model.graph_name : inspect->model, 80);
    printf("  IR %" PRId64 "  ", model.ir_version);
    text_print(stdout, model.producer_name, 40);
    fputs(*model.producer_name ? " " : "", stdout);
    text_print(stdout, model.producer_version, 20);
    fputs("\nopsets   ", stdout);
    for (size_t i = 0; hinge_get_opset(inspect->session, i, &domain, &version); i++) {
        putchar(' ');
        text_print(stdout, *domain ? domain : "ai.onnx", 80);
        printf(" %" PRIu32, version);
    }
    putchar('\n');
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
        putchar('\n');
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

/* One operator with the plugin that runs it, and how many nodes there are of it. */
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
    struct use *uses = calloc(model.n_nodes + 1, sizeof *uses);
    size_t n = 0;
    if (!uses)
        return false;
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++) {
        char op[DESCRIBE_OP_SIZE];
        size_t u = 0;
        describe_op(op, &node);
        while (u < n && (strcmp(uses[u].op, op) || strcmp(uses[u].domain, node.domain) ||
                         strcmp(uses[u].plugin, node.plugin)))
            u++;
        if (u == n) {
            memcpy(uses[n].op, op, sizeof op);
            uses[n].domain = node.domain;
            uses[n++].plugin = node.plugin;
        }
        uses[u].n++;
    }
    qsort(uses, n, sizeof *uses, compare_uses);
    printf("operators  %zu nodes, %zu in the file\n", model.n_nodes, model.n_nodes_loaded);
    for (size_t u = 0; u < n; u++) {
        printf("  %5zu  %-8s ", uses[u].n, *uses[u].plugin ? uses[u].plugin : "by type");
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

static void print_memory(const struct inspect *inspect)
{
    char a[32], b[32], c[32];
    hinge_model_info model = {.size = sizeof model};
    hinge_plan_info plan = {.size = sizeof plan};
    hinge_get_model(inspect->session, &model);
    printf("parameters  %" PRId64 "\n", inspect_n_parameters(inspect));
    printf("  %s in the mapped file, %s in memory, %s prepared by operators\n",
           size_text(a, model.mapped_size), size_text(b, model.owned_size),
           size_text(c, model.packed_size));
    puts("memory plan");
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

static void print_value(const struct inspect *inspect, size_t value)
{
    char dims[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info}, over = {.size = sizeof over};
    hinge_place_info place = {.size = sizeof place};
    hinge_tensor tensor = inspect_tensor(inspect, value);
    hinge_get_value(inspect->session, value, &info);
    fputs("          ", stdout);
    text_print(stdout, *info.name ? info.name : "(unnamed)", 60);
    printf("  %s%s", tensor.type ? hinge_type_text(tensor.type) : "any", text_dims(dims, &tensor));
    if (hinge_get_place(inspect->context, value, &place)) {
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

static void print_nodes(const struct inspect *inspect)
{
    hinge_node_info node = {.size = sizeof node};
    char op[DESCRIBE_OP_SIZE];
    puts("nodes");
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++) {
        printf("  %5zu  %-8s ", i, *node.plugin ? node.plugin : "by type");
        text_print(stdout, describe_op(op, &node), 0);
        fputs("  ", stdout);
        text_print(stdout, node.name, 80);
        putchar('\n');
        for (size_t o = 0; o < node.n_outputs; o++) {
            size_t value = hinge_node_output(inspect->session, i, o);
            if (value != HINGE_NO_INDEX)
                print_value(inspect, value);
        }
    }
}

int inspect_print(const struct inspect *inspect)
{
    print_head(inspect);
    print_ends(inspect);
    if (!print_operators(inspect)) {
        hinge_error error;
        error_no_memory(&error);
        return options_fail(&error);
    }
    print_memory(inspect);
    if (inspect->passes)
        print_passes(inspect);
    if (inspect->nodes)
        print_nodes(inspect);
    return 0;
}
