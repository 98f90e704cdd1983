/* hinge ops: the operators that can be used, one a line, with versions, plugins and types. */
#include "base/suggest.h"
#include "base/text.h"
#include "commands.h"
#include "describe/listing.h"
#include "ops/ops_model.h"
#include "options/options.h"

#include <stdlib.h>
#include <string.h>

struct ops_options {
    struct common_options common;
    const char *domain, *model;
    const char **names; /* the operators asked for; all where there are none */
    size_t n_names;
};

enum { KEY_DOMAIN = 'd', KEY_MODEL = 'm' };

static const struct argp_option own_options[] = {
    {"domain", KEY_DOMAIN, "NAME", 0, "only the operators of this domain (ai.onnx, ai.onnx.ml …)",
     1},
    {"model", KEY_MODEL, "MODEL.onnx", 0,
     "the operators of a model instead, and what it needs that is not there; exit status 1 where "
     "that is anything",
     1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct ops_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case KEY_DOMAIN: options->domain = argument; return 0;
    case KEY_MODEL: options->model = argument; return 0;
    case ARGP_KEY_END:
        if (options->model && (options->domain || options->n_names))
            argp_error(state, "--model goes without --domain and names of operators");
        return 0;
    case ARGP_KEY_ARG:
        options->names =
            options_grown(options->names, options->n_names, sizeof *options->names, state);
        options->names[options->n_names++] = argument;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* One entry of a plugin's table. */
struct entry {
    hinge_op_info op;
    hinge_plugin_info plugin;
    size_t plugin_index;
};

/* By domain and name; of one name oldest first, and then in the order in which plugins are asked.
 */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->op.domain, y->op.domain);
    if (order == 0)
        order = strcmp(x->op.name, y->op.name);
    if (order == 0)
        order = (x->op.since > y->op.since) - (x->op.since < y->op.since);
    if (order == 0)
        order = (x->plugin_index > y->plugin_index) - (x->plugin_index < y->plugin_index);
    return order;
}

static bool in_domain(const hinge_op_info *op, const struct ops_options *options)
{
    return !options->domain || strcmp(listing_domain(op->domain), options->domain) == 0;
}

/* "Conv", or "com.acme::Snake". */
static bool is_named(const hinge_op_info *op, const char *wanted)
{
    const char *domain = listing_domain(op->domain);
    size_t size = strlen(domain);
    return strcmp(op->name, wanted) == 0 ||
           (strncmp(wanted, domain, size) == 0 && strncmp(wanted + size, "::", 2) == 0 &&
            strcmp(wanted + size + 2, op->name) == 0);
}

static bool is_wanted(const hinge_op_info *op, const struct ops_options *options)
{
    bool wanted = options->n_names == 0;
    for (size_t i = 0; i < options->n_names && !wanted; i++)
        wanted = is_named(op, options->names[i]);
    return wanted && in_domain(op, options);
}

/* The entries wanted, sorted; NULL where there is no memory. */
static struct entry *collect(const hinge_registry *registry, const struct ops_options *options,
                             size_t *n)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    size_t capacity = 0;
    for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
        capacity += plugin.n_ops;
    struct entry *entries = calloc(capacity + 1, sizeof *entries);
    *n = 0;
    for (size_t p = 0; entries && hinge_get_plugin(registry, p, &plugin); p++)
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++)
            if (*n < capacity && is_wanted(&op, options))
                entries[(*n)++] = (struct entry){op, plugin, p};
    if (entries)
        qsort(entries, *n, sizeof *entries, compare_entries);
    return entries;
}

/* How many of the n entries are of the first one's operator. */
static size_t count_same(const struct entry *entries, size_t n)
{
    size_t same = 1;
    while (same < n && strcmp(entries[same].op.name, entries->op.name) == 0 &&
           strcmp(entries[same].op.domain, entries->op.domain) == 0)
        same++;
    return same;
}

#define OPSETS_SIZE 128

/* "1-10, 13+": the opsets that some of the entries have. */
static const char *opsets_of(char *text, const struct entry *entries, size_t n)
{
    char range[LISTING_OPSETS_SIZE];
    *text = '\0';
    for (size_t i = 0; i < n;) {
        uint32_t since = entries[i].op.since;
        uint32_t last = listing_last_opset(&entries[i].op, &entries[i].plugin);
        for (i++; i < n && (last == 0 || entries[i].op.since <= last + 1); i++) {
            uint32_t next = listing_last_opset(&entries[i].op, &entries[i].plugin);
            last = last == 0 || next == 0 ? 0 : next > last ? next : last;
        }
        text_append(text, OPSETS_SIZE, "%s%s", *text ? ", " : "",
                    listing_opsets(range, since, last));
    }
    return text;
}

static struct listing_types types_of(const struct entry *entries, size_t n)
{
    struct listing_types types = {.n = 0};
    for (size_t i = 0; i < n; i++)
        listing_add_types(&types, &entries[i].op);
    return types;
}

/* The plugins that have one of the entries, in the order in which they are asked: each time the
 * next one after *index (begin with SIZE_MAX); NULL at the end. */
static const hinge_plugin_info *next_plugin(const struct entry *entries, size_t n, size_t *index)
{
    const struct entry *next = NULL;
    for (size_t i = 0; i < n; i++)
        if ((*index == SIZE_MAX || entries[i].plugin_index > *index) &&
            (!next || entries[i].plugin_index < next->plugin_index))
            next = &entries[i];
    *index = next ? next->plugin_index : *index;
    return next ? &next->plugin : NULL;
}

#define PLUGINS_SIZE 256

/* "acme*, avx2, scalar". */
static const char *plugins_of(char *text, const struct entry *entries, size_t n)
{
    size_t index = SIZE_MAX;
    *text = '\0';
    for (const hinge_plugin_info *plugin; (plugin = next_plugin(entries, n, &index));)
        text_append(text, PLUGINS_SIZE, "%s%.80s%s", *text ? ", " : "", plugin->name,
                    plugin->is_builtin ? "" : "*");
    return text;
}

struct widths {
    int domain, plugins;
};

static int at_least(int width, const char *text)
{
    const int needed = (int)strlen(text);
    return needed > width ? needed : width;
}

/* Columns that domains and plugins of any row need: nothing is left out of a table. */
static struct widths widths_of(const struct entry *entries, size_t n)
{
    char plugins[PLUGINS_SIZE];
    struct widths widths = {13, 24};
    for (size_t i = 0, same; i < n; i += same) {
        same = count_same(entries + i, n - i);
        widths.domain = at_least(widths.domain, listing_domain(entries[i].op.domain));
        widths.plugins = at_least(widths.plugins, plugins_of(plugins, entries + i, same));
    }
    return widths;
}

static void print_row(const struct entry *entries, size_t n, struct widths widths)
{
    char opsets[OPSETS_SIZE], plugins[PLUGINS_SIZE], types[LISTING_TYPES_SIZE];
    struct listing_types all = types_of(entries, n);
    text_cell(stdout, listing_domain(entries->op.domain), widths.domain);
    text_cell(stdout, entries->op.name, 28);
    text_cell(stdout, opsets_of(opsets, entries, n), 10);
    text_cell(stdout, plugins_of(plugins, entries, n), widths.plugins);
    text_print(stdout, listing_types(types, &all), 0);
    putchar('\n');
}

/* A row for each version, where plugins have it for other types one for each of these. */
static void print_versions(const struct entry *entries, size_t n, struct widths widths)
{
    char opsets[OPSETS_SIZE], plugins[PLUGINS_SIZE];
    for (size_t v = 0, alike; v < n; v += alike) {
        const hinge_op_info *op = &entries[v].op;
        alike = 1;
        while (v + alike < n && entries[v + alike].op.since == op->since &&
               entries[v + alike].op.until == op->until &&
               strcmp(entries[v + alike].op.signature, op->signature) == 0)
            alike++;
        printf("%*s ", widths.domain + 29, "");
        text_cell(stdout, opsets_of(opsets, entries + v, alike), 10);
        text_cell(stdout, plugins_of(plugins, entries + v, alike), widths.plugins);
        text_print(stdout, op->signature, 0);
        putchar('\n');
    }
}

static void print_rows(const struct entry *entries, size_t n, bool with_versions)
{
    bool any_user = false;
    const struct widths widths = widths_of(entries, n);
    printf("%-*s %-28s %-10s %-*s %s\n", widths.domain, "DOMAIN", "OPERATOR", "OPSETS",
           widths.plugins, "PLUGINS", "TYPES");
    for (size_t i = 0, same; i < n; i += same) {
        same = count_same(entries + i, n - i);
        print_row(entries + i, same, widths);
        if (with_versions)
            print_versions(entries + i, same, widths);
    }
    for (size_t i = 0; i < n; i++)
        any_user |= !entries[i].plugin.is_builtin;
    if (any_user)
        puts("* a plugin of yours (--plugin, HINGE_PLUGIN_PATH)");
}

static json_t *op_json(const struct entry *entries, size_t n)
{
    bool good = true;
    char opsets[OPSETS_SIZE];
    struct listing_types types = types_of(entries, n);
    const char *domain = listing_domain(entries->op.domain);
    json_t *object = json_object(), *plugins = json_array(), *versions = json_array();
    json_put(object, "domain", json_text(domain, strlen(domain)), &good);
    json_put(object, "name", json_text(entries->op.name, strlen(entries->op.name)), &good);
    json_put(object, "opsets", json_string(opsets_of(opsets, entries, n)), &good);
    json_put(object, "types", listing_types_json(&types), &good);
    size_t index = SIZE_MAX;
    for (const hinge_plugin_info *plugin; (plugin = next_plugin(entries, n, &index));) {
        json_t *one = json_object();
        json_put(one, "name", json_text(plugin->name, strlen(plugin->name)), &good);
        json_put(one, "builtin", json_boolean(plugin->is_builtin), &good);
        json_add(plugins, one, &good);
    }
    json_put(object, "plugins", plugins, &good);
    for (size_t i = 0; i < n; i++)
        json_add(versions, listing_op_json(&entries[i].op, &entries[i].plugin), &good);
    json_put(object, "entries", versions, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

/* Every name that was asked for is one of the entries found. */
static bool check_names(const hinge_registry *registry, const struct ops_options *options,
                        const struct entry *entries, size_t n, hinge_error *error)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    if (n == 0 && options->domain && options->n_names == 0)
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "no plugin has operators of the domain \"%.200s\"", options->domain);
    for (size_t i = 0; i < options->n_names; i++) {
        bool found = false;
        for (size_t e = 0; e < n && !found; e++)
            found = is_named(&entries[e].op, options->names[i]);
        if (found)
            continue;
        char near[SUGGEST_SIZE];
        struct suggest suggest = {.wanted = options->names[i]};
        for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
            for (size_t o = 0; hinge_get_op(registry, p, o, &op); o++)
                suggest_look(&suggest, op.name, *op.domain ? op.domain : NULL);
        return error_set(error, HINGE_BAD_ARGUMENT, "no plugin has an operator \"%.80s\"%s%.80s%s",
                         options->names[i], options->domain ? " of " : "",
                         options->domain ? options->domain : "", suggest_text(near, &suggest));
    }
    return true;
}

static int list(const hinge_registry *registry, const struct ops_options *options)
{
    size_t n;
    hinge_error error;
    struct entry *entries = collect(registry, options, &n);
    int status = 0;
    if (!entries) {
        error_no_memory(&error);
        status = error_fail(&error);
    } else if (!check_names(registry, options, entries, n, &error)) {
        status = error_fail(&error);
    } else if (options->common.json) {
        bool good = true;
        json_t *root = json_object(), *array = json_array();
        for (size_t i = 0, same; i < n; i += same) {
            same = count_same(entries + i, n - i);
            json_add(array, op_json(entries + i, same), &good);
        }
        json_put(root, "ops", array, &good);
        status = json_finish(root, good, NULL);
    } else {
        print_rows(entries, n, options->n_names > 0);
    }
    free(entries);
    return status;
}

int command_ops(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        "[OPERATOR…]",
        "Lists the operators that the plugins offer: for which opsets, by which plugins (in the "
        "order in which they are asked), for which types. Of operators that are named, each "
        "version with its parameters as well.",
        options_common_children,
        NULL,
        NULL};
    struct ops_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_registry *registry = NULL;
    hinge_error error;
    int status;
    if (options.model)
        status = ops_model(&options.common, options.model);
    else if (options_open_registry(&options.common, &registry, &error))
        status = list(registry, &options);
    else
        status = error_fail(&error);
    hinge_registry_close(registry);
    options_free_common(&options.common);
    free(options.names);
    return status;
}
