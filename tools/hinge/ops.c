/* hinge ops: the operators that can be used, by name, with versions, types and plugins. */
#include "commands.h"
#include "listing.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct ops_options {
    struct plugin_options plugins;
    const char *domain;
    bool json;
};

enum { KEY_DOMAIN = 'd', KEY_JSON = 'j' };

static const struct argp_option own_options[] = {
    {"domain", KEY_DOMAIN, "NAME", 0, "only the operators of this domain (ai.onnx, ai.onnx.ml …)",
     1},
    {"json", KEY_JSON, NULL, 0, "write JSON", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct ops_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->plugins; return 0;
    case KEY_DOMAIN: options->domain = argument; return 0;
    case KEY_JSON: options->json = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

struct row {
    hinge_op_info op;
    hinge_plugin_info plugin;
    size_t plugin_index;
};

/* By domain and name; of one name newest first, and then in the order in which plugins are asked.
 */
static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(x->op.domain, y->op.domain);
    if (order == 0)
        order = strcmp(x->op.name, y->op.name);
    if (order == 0)
        order = (x->op.since < y->op.since) - (x->op.since > y->op.since);
    if (order == 0)
        order = (x->plugin_index > y->plugin_index) - (x->plugin_index < y->plugin_index);
    return order;
}

/* The rows of the domain wanted, sorted; NULL where there is no memory. */
static struct row *collect(const hinge_registry *registry, const char *domain, size_t *n)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    size_t capacity = 0;
    for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
        capacity += plugin.n_ops;
    struct row *rows = calloc(capacity + 1, sizeof *rows);
    *n = 0;
    for (size_t p = 0; rows && hinge_get_plugin(registry, p, &plugin); p++)
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++)
            if (*n < capacity && (!domain || strcmp(listing_domain(op.domain), domain) == 0))
                rows[(*n)++] = (struct row){op, plugin, p};
    if (rows)
        qsort(rows, *n, sizeof *rows, compare_rows);
    return rows;
}

static void print_rows(const struct row *rows, size_t n)
{
    char opsets[LISTING_OPSETS_SIZE], types[LISTING_TYPES_SIZE];
    printf("%-12s %-28s %-8s %-12s %s\n", "DOMAIN", "OPERATOR", "OPSETS", "PLUGIN", "TYPES");
    for (size_t i = 0; i < n; i++) {
        const char *cells[] = {listing_domain(rows[i].op.domain), rows[i].op.name,
                               listing_opsets(opsets, &rows[i].op, &rows[i].plugin),
                               rows[i].plugin.name};
        static const int widths[] = {12, 28, 8, 12};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            int space = widths[c] - (int)strlen(cells[c]);
            text_print(stdout, cells[c], 0);
            printf("%*s ", space > 0 ? space : 0, "");
        }
        puts(listing_types(types, &rows[i].op));
    }
}

static int list(const hinge_registry *registry, const struct ops_options *options)
{
    size_t n;
    hinge_error error;
    struct row *rows = collect(registry, options->domain, &n);
    if (!rows) {
        error_no_memory(&error);
        return options_fail(&error);
    }
    int status = 0;
    if (n == 0 && options->domain) {
        error_set(&error, HINGE_BAD_ARGUMENT, "no plugin has operators of the domain \"%.200s\"",
                  options->domain);
        status = options_fail(&error);
    } else if (options->json) {
        bool good = true;
        json_t *root = json_object(), *array = json_array();
        for (size_t i = 0; i < n; i++)
            json_add(array, listing_op_json(&rows[i].op, &rows[i].plugin), &good);
        json_put(root, "ops", array, &good);
        status = json_finish(root, good, NULL);
    } else {
        print_rows(rows, n);
    }
    free(rows);
    return status;
}

int command_ops(int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_plugins_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Lists the operators that the plugins offer: since which opset and until which, for which "
        "element types, by which plugin.",
        children,
        NULL,
        NULL};
    struct ops_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_registry *registry = NULL;
    hinge_error error;
    int status = options_open_registry(&options.plugins, &registry, &error)
                     ? list(registry, &options)
                     : options_fail(&error);
    hinge_registry_close(registry);
    options_free_plugins(&options.plugins);
    return status;
}
