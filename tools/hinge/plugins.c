/* hinge plugins: which plugins there are, from where, with which operators, and which were refused.
 */
#include "base/text.h"
#include "commands.h"
#include "describe/listing.h"
#include "options/options.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <string.h>

struct plugins_options {
    struct common_options common;
    bool ops;
};

enum { KEY_OPS = 'o' };

static const struct argp_option own_options[] = {
    {"ops", KEY_OPS, NULL, 0, "list the operators of each plugin", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct plugins_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case KEY_OPS: options->ops = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct {
    uint64_t feature;
    const char *name;
} features[] = {
    {HINGE_CPU_AVX2, "avx2"},
    {HINGE_CPU_AVX512, "avx512"},
    {HINGE_CPU_AVX_VNNI, "avx_vnni"},
    {HINGE_CPU_AVX512_VNNI, "avx512_vnni"},
    {HINGE_CPU_AVX512_BF16, "avx512_bf16"},
    {HINGE_CPU_AVX512_FP16, "avx512_fp16"},
    {HINGE_CPU_AMX_INT8, "amx_int8"},
    {HINGE_CPU_AMX_BF16, "amx_bf16"},
    {HINGE_CPU_NEON, "neon"},
    {HINGE_CPU_NEON_DOT, "neon_dot"},
    {HINGE_CPU_NEON_FP16, "neon_fp16"},
    {HINGE_CPU_NEON_BF16, "neon_bf16"},
    {HINGE_CPU_NEON_I8MM, "neon_i8mm"},
    {HINGE_CPU_SVE, "sve"},
    {HINGE_CPU_SVE2, "sve2"},
};
#define N_FEATURES (sizeof features / sizeof *features)

static json_t *plugin_json(const hinge_registry *registry, size_t index,
                           const hinge_plugin_info *info)
{
    bool good = true;
    json_t *object = json_object(), *ops = json_array(), *needs = json_array();
    hinge_op_info op = {.size = sizeof op};
    json_put(object, "name", json_text(info->name, strlen(info->name)), &good);
    json_put(object, "path", json_text(info->path, strlen(info->path)), &good);
    json_put(object, "version", json_text(info->version, strlen(info->version)), &good);
    json_put(object, "builtin", json_boolean(info->is_builtin), &good);
    json_put(object, "abi", json_integer(info->abi), &good);
    json_put(object, "opset", info->opset ? json_integer(info->opset) : json_null(), &good);
    for (size_t i = 0; i < N_FEATURES; i++)
        if (info->cpu_features & features[i].feature)
            json_add(needs, json_string(features[i].name), &good);
    json_put(object, "cpu_features", needs, &good);
    json_put(object, "refused",
             info->refused ? json_text(info->refused, strlen(info->refused)) : json_null(), &good);
    for (size_t i = 0; hinge_get_op(registry, index, i, &op); i++)
        json_add(ops, listing_op_json(&op, NULL), &good);
    json_put(object, "ops", ops, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static void print_plugin(const hinge_registry *registry, size_t index,
                         const hinge_plugin_info *info, bool with_ops)
{
    hinge_op_info op = {.size = sizeof op};
    char opsets[LISTING_OPSETS_SIZE], types[LISTING_TYPES_SIZE];
    const char *path = *info->path ? info->path : "(linked in)";
    if (info->refused) {
        fputs("refused  ", stdout);
        text_print(stdout, path, 0);
        fputs("\n  ", stdout);
        text_print(stdout, info->refused, 0);
        putchar('\n');
        return;
    }
    text_print(stdout, info->name, 0);
    fputs(*info->version ? " " : "", stdout);
    text_print(stdout, info->version, 0);
    printf("  %zu operator entries, %s  ", info->n_ops, info->is_builtin ? "built in" : "user");
    text_print(stdout, path, 0);
    putchar('\n');
    for (size_t i = 0; with_ops && hinge_get_op(registry, index, i, &op); i++) {
        struct listing_types all = {.n = 0};
        fputs("  ", stdout);
        text_print(stdout, listing_domain(op.domain), 0);
        fputs("::", stdout);
        text_print(stdout, op.name, 0);
        listing_add_types(&all, &op);
        printf(" %s  ", listing_opsets(opsets, op.since, listing_last_opset(&op, info)));
        text_print(stdout, listing_types(types, &all), 0);
        putchar('\n');
    }
}

static int list(const hinge_registry *registry, const struct plugins_options *options)
{
    hinge_plugin_info info = {.size = sizeof info};
    bool good = true;
    json_t *array = options->common.json ? json_array() : NULL;
    for (size_t i = 0; hinge_get_plugin(registry, i, &info); i++) {
        if (options->common.json)
            json_add(array, plugin_json(registry, i, &info), &good);
        else
            print_plugin(registry, i, &info, options->ops);
    }
    if (!options->common.json)
        return 0;
    json_t *root = json_object();
    json_put(root, "plugins", array, &good);
    return json_finish(root, good, NULL);
}

int command_plugins(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Lists the plugins in the order in which they are asked for an operator, and those that "
        "were refused, with the reason.",
        options_common_children,
        NULL,
        NULL};
    struct plugins_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_registry *registry = NULL;
    hinge_error error;
    int status = hinge_registry_open(&options.common.open, &registry, &error)
                     ? error_fail(&error)
                     : list(registry, &options);
    hinge_registry_close(registry);
    options_free_common(&options.common);
    return status;
}
