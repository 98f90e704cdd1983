#include "ops/ops_model.h"

#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"
#include "describe/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Nodes of one operator with one plugin; those of a plugin and those of none are told apart. */
struct use {
    hinge_node_info node;
    size_t n;
};

static int compare_uses(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = strcmp(x->node.domain, y->node.domain);
    if (order == 0)
        order = strcmp(x->node.op, y->node.op);
    return order ? order : strcmp(x->node.plugin, y->node.plugin);
}

/* One for each node, sorted, and those that are the same joined. NULL where there is no memory. */
static struct use *collect(const hinge_session *session, size_t *n)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_get_model(session, &model);
    struct use *uses = calloc(model.n_all_nodes + 1, sizeof *uses);
    size_t n_joined = 0;
    for (size_t i = 0; uses && i < model.n_all_nodes; i++) {
        uses[i] = (struct use){{.size = sizeof uses[i].node}, 1};
        hinge_get_node(session, i, &uses[i].node);
    }
    if (uses)
        qsort(uses, model.n_all_nodes, sizeof *uses, compare_uses);
    for (size_t i = 0; uses && i < model.n_all_nodes; i++)
        if (n_joined && compare_uses(&uses[n_joined - 1], &uses[i]) == 0)
            uses[n_joined - 1].n++;
        else
            uses[n_joined++] = uses[i];
    *n = n_joined;
    return uses;
}

/* Whether the phrase of hinge_missing, "DOMAIN::OPERATOR" or more, is about the operator. */
static bool is_about(const char *phrase, const hinge_node_info *node)
{
    const char *domain = listing_domain(node->domain);
    size_t domain_size = strlen(domain), op_size = strlen(node->op);
    return strncmp(phrase, domain, domain_size) == 0 &&
           strncmp(phrase + domain_size, "::", 2) == 0 &&
           strncmp(phrase + domain_size + 2, node->op, op_size) == 0 &&
           (phrase[domain_size + 2 + op_size] == '\0' || phrase[domain_size + 2 + op_size] == ' ');
}

/* Operators that are called nearly so, where none is called so. */
static const char *suggestion(char text[SUGGEST_SIZE], const hinge_registry *registry,
                              const hinge_node_info *node)
{
    hinge_op_info op = {.size = sizeof op};
    struct suggest suggest = {.wanted = node->op};
    bool is_known = false;
    *text = '\0';
    for (size_t p = 0; p < hinge_n_plugins(registry); p++)
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++) {
            is_known |= strcmp(op.name, node->op) == 0 && strcmp(op.domain, node->domain) == 0;
            suggest_look(&suggest, op.name, *op.domain ? op.domain : NULL);
        }
    return is_known ? text : suggest_text(text, &suggest);
}

/* What is missing, with a suggestion. */
static const char *missing(char *text, size_t size, const hinge_session *session,
                           const hinge_registry *registry, const struct use *uses, size_t n,
                           size_t index)
{
    char near[SUGGEST_SIZE] = "";
    const char *phrase = hinge_missing(session, index);
    if (!phrase)
        return NULL;
    for (size_t u = 0; u < n && !*near; u++)
        if (!*uses[u].node.plugin && is_about(phrase, &uses[u].node))
            suggestion(near, registry, &uses[u].node);
    snprintf(text, size, "%s%s", phrase, near);
    return text;
}

#define MISSING_SIZE 2048

static void print(const hinge_session *session, const hinge_registry *registry,
                  const struct use *uses, size_t n)
{
    char text[MISSING_SIZE];
    int width = 6;
    for (size_t u = 0; u < n; u++)
        if ((int)strlen(uses[u].node.plugin) > width)
            width = (int)strlen(uses[u].node.plugin);
    printf("%5s  %5s  %-*s %s\n", "NODES", "OPSET", width, "PLUGIN", "OPERATOR");
    for (size_t u = 0; u < n; u++) {
        const hinge_node_info *node = &uses[u].node;
        printf("%5zu  %5" PRIu32 "  ", uses[u].n, node->opset);
        text_cell(stdout, *node->plugin ? node->plugin : "none", width);
        text_print(stdout, listing_domain(node->domain), 0);
        fputs("::", stdout);
        text_print(stdout, node->op, 0);
        putchar('\n');
    }
    for (size_t i = 0; missing(text, sizeof text, session, registry, uses, n, i); i++) {
        fputs(i ? "  " : "missing\n  ", stdout);
        text_print(stdout, text, 0);
        putchar('\n');
    }
}

static int write_json(const hinge_session *session, const hinge_registry *registry,
                      const struct use *uses, size_t n)
{
    char text[MISSING_SIZE];
    bool good = true;
    json_t *root = json_object(), *ops = json_array(), *lacking = json_array();
    for (size_t u = 0; u < n; u++) {
        const hinge_node_info *node = &uses[u].node;
        const char *domain = listing_domain(node->domain), *plugin = node->plugin;
        json_t *op = json_object();
        json_put(op, "domain", json_text(domain, strlen(domain)), &good);
        json_put(op, "name", json_text(node->op, strlen(node->op)), &good);
        json_put(op, "opset", json_integer(node->opset), &good);
        json_put(op, "nodes", json_integer((json_int_t)uses[u].n), &good);
        json_put(op, "plugin", *plugin ? json_text(plugin, strlen(plugin)) : json_null(), &good);
        json_add(ops, op, &good);
    }
    for (size_t i = 0; missing(text, sizeof text, session, registry, uses, n, i); i++)
        json_add(lacking, json_text(text, strlen(text)), &good);
    json_put(root, "runs", json_boolean(!hinge_missing(session, 0)), &good);
    json_put(root, "ops", ops, &good);
    json_put(root, "missing", lacking, &good);
    return json_finish(root, good, NULL);
}

static int report(const hinge_session *session, const hinge_registry *registry, bool json)
{
    hinge_error error;
    size_t n;
    struct use *uses = collect(session, &n);
    int status = 0;
    if (!uses) {
        error_no_memory(&error);
        return error_fail(&error);
    }
    if (json)
        status = write_json(session, registry, uses, n);
    else
        print(session, registry, uses, n);
    free(uses);
    return status ? status : options_tell_missing(session);
}

int ops_model(const struct common_options *common, const char *model)
{
    struct model_options options = {*common, model};
    struct input_options inputs = {0};
    hinge_registry *registry = NULL;
    hinge_session *session = NULL;
    hinge_error error;
    const char **passes = options_all_passes();
    options.common.open.allow_missing = true;
    options.common.open.disabled_passes = passes;
    for (size_t i = 0; passes && passes[i]; i++)
        options.common.open.n_disabled_passes = i + 1;
    bool ok = (passes || error_no_memory(&error)) &&
              options_open(&options, &inputs, &session, &error) &&
              options_open_registry(common, &registry, &error);
    int status = ok ? report(session, registry, common->json) : error_fail(&error);
    hinge_close(session);
    hinge_registry_close(registry);
    free(passes);
    return status;
}
