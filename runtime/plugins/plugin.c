#include "plugins/plugin.h"

#include "plugins/cpu.h"
#include "plugins/formula.h"
#include "plugins/integer_form.h"
#include "plugins/signature.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the first header of ABI 2 had of a struct, by its last field: fields are only added behind.
 */
#define FIRST_SIZE(type, last) (offsetof(struct type, last) + sizeof(((struct type *)0)->last))

/* Far above any struct: a table that says more is broken, and is not walked. */
#define MOST_SIZE 4096u

/* One array of the plugin's structs, with the size that they have there and here. */
struct array {
    const unsigned char *first;
    size_t theirs, ours;
};

static const void *element(const struct array *array, size_t index)
{
    return array->first + index * array->theirs;
}

/* Copies element index; false where the plugin uses a field that this runtime does not know. */
static bool copy_element(const struct array *array, size_t index, void *to)
{
    const unsigned char *from = element(array, index);
    size_t common = array->theirs < array->ours ? array->theirs : array->ours;
    memset(to, 0, array->ours);
    memcpy(to, from, common);
    for (size_t i = common; i < array->theirs; i++)
        if (from[i])
            return false;
    return true;
}

static hinge_status fail_newer(hinge_error *error, const char *op)
{
    return status_fail(error, HINGE_BAD_PLUGIN,
                       "operator %s uses what only a newer version of Hinge has", op);
}

/* The op's list in this runtime's size, in arena, ended by a zero element. count excludes it. */
static hinge_status copy_list(const struct array *array, size_t count, struct arena *arena,
                              const char *op, const void **list, hinge_error *error)
{
    unsigned char *copy = arena_array(arena, count + 1, array->ours);
    if (!copy)
        return status_no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (!copy_element(array, i, copy + i * array->ours))
            return fail_newer(error, op);
    *list = copy;
    return HINGE_OK;
}

static hinge_status copy_op(const struct hinge_plugin *table, const struct array *ops, size_t index,
                            struct arena *arena, const struct hinge_op **result, hinge_error *error)
{
    struct hinge_op *op = arena_alloc(arena, sizeof *op);
    if (!op)
        return status_no_memory(error);
    if (!copy_element(ops, index, op))
        return fail_newer(error, op->name);
    *result = op;
    struct array kernels = {(const void *)op->kernels, table->kernel_size, sizeof *op->kernels};
    struct array attributes = {(const void *)op->attributes, table->attribute_def_size,
                               sizeof *op->attributes};
    size_t n_kernels = 0, n_attributes = 0;
    while (op->kernels && ((const struct hinge_kernel *)element(&kernels, n_kernels))->run)
        n_kernels++;
    while (op->attributes &&
           ((const struct hinge_attribute_def *)element(&attributes, n_attributes))->name)
        n_attributes++;
    const void *list = NULL;
    hinge_status status = copy_list(&kernels, n_kernels, arena, op->name, &list, error);
    if (status)
        return status;
    op->kernels = list;
    status = copy_list(&attributes, n_attributes, arena, op->name, &list, error);
    op->attributes = list;
    return status;
}

static hinge_status collect_ops(struct plugin *plugin, struct arena *arena, hinge_error *error)
{
    const struct hinge_plugin *table = plugin->table;
    bool same = table->op_size == sizeof(struct hinge_op) &&
                table->kernel_size == sizeof(struct hinge_kernel) &&
                table->attribute_def_size == sizeof(struct hinge_attribute_def);
    for (size_t g = 0; table->ops[g]; g++) {
        struct array ops = {(const void *)table->ops[g], table->op_size, sizeof(struct hinge_op)};
        for (size_t i = 0; ((const struct hinge_op *)element(&ops, i))->name; i++)
            plugin->n_ops++;
    }
    plugin->ops = arena_array(arena, plugin->n_ops, sizeof(struct hinge_op *));
    if (!plugin->ops)
        return status_no_memory(error);
    size_t n = 0;
    for (size_t g = 0; table->ops[g]; g++) {
        struct array ops = {(const void *)table->ops[g], table->op_size, sizeof(struct hinge_op)};
        for (size_t i = 0; ((const struct hinge_op *)element(&ops, i))->name; i++, n++) {
            hinge_status status = HINGE_OK;
            if (same)
                plugin->ops[n] = element(&ops, i);
            else
                status = copy_op(table, &ops, i, arena, &plugin->ops[n], error);
            if (status)
                return status;
        }
    }
    return HINGE_OK;
}

static hinge_status check_op(const struct hinge_op *op, hinge_error *error)
{
    size_t at;
    if (!op->kernels || !op->kernels[0].run)
        return status_fail(error, HINGE_BAD_PLUGIN, "operator %s has no kernel", op->name);
    if (!op->signature)
        return status_fail(error, HINGE_BAD_PLUGIN, "operator %s has no signature", op->name);
    if (!signature_check(op->signature, &at))
        return status_fail(error, HINGE_BAD_PLUGIN,
                           "operator %s has a signature that cannot be read at \"%.40s\"", op->name,
                           op->signature + at);
    const char *bad;
    struct integer_form form;
    if (op->integers && !integer_form_read(op->integers, &form))
        return status_fail(error, HINGE_BAD_PLUGIN,
                           "operator %s has a form for integers that cannot be read: \"%.60s\"",
                           op->name, op->integers);
    if (op->gradient && !formula_check(op, &bad))
        return status_fail(error, HINGE_BAD_PLUGIN,
                           "operator %s has a gradient that cannot be read at \"%.40s\"", op->name,
                           bad);
    if (op->until && op->until < op->since)
        return status_fail(error, HINGE_BAD_PLUGIN, "operator %s ends before it begins", op->name);
    return HINGE_OK;
}

static bool is_twice(const struct hinge_op *a, const struct hinge_op *b)
{
    uint32_t a_until = a->until ? a->until : UINT32_MAX;
    uint32_t b_until = b->until ? b->until : UINT32_MAX;
    return a->since <= b_until && b->since <= a_until && strcmp(a->name, b->name) == 0 &&
           strcmp(a->domain ? a->domain : "", b->domain ? b->domain : "") == 0 &&
           strcmp(a->signature, b->signature) == 0;
}

static hinge_status check_ops(const struct plugin *plugin, hinge_error *error)
{
    for (size_t i = 0; i < plugin->n_ops; i++) {
        const struct hinge_op *op = plugin->ops[i];
        hinge_status status = check_op(op, error);
        if (status)
            return status;
        /* A table's entries for one name stand together, or nearly so; all of a user's are
         * compared. */
        for (size_t j = i + 1; j < plugin->n_ops && (!plugin->built_in || j < i + 8); j++)
            if (is_twice(op, plugin->ops[j]))
                return status_fail(
                    error, HINGE_BAD_PLUGIN, "operator %s is listed twice for opset %u", op->name,
                    (unsigned)(op->since > plugin->ops[j]->since ? op->since
                                                                 : plugin->ops[j]->since));
    }
    return HINGE_OK;
}

/* The sizes that a table states. Structs that the plugin makes may be of any header. Those that the
 * host makes must be there as the plugin knows them. */
static hinge_status check_sizes(const struct hinge_plugin *table, hinge_error *error)
{
    const struct {
        const char *name;
        size_t stated, first, alignment, most;
    } sizes[] = {
#define MADE_THERE(type, last) FIRST_SIZE(type, last), _Alignof(struct type), MOST_SIZE
#define MADE_HERE(type, last) FIRST_SIZE(type, last), _Alignof(struct type), sizeof(struct type)
        {"hinge_plugin", table->size, MADE_THERE(hinge_plugin, ops)},
        {"hinge_op", table->op_size, MADE_THERE(hinge_op, is_identity)},
        {"hinge_kernel", table->kernel_size, MADE_THERE(hinge_kernel, run)},
        {"hinge_attribute_def", table->attribute_def_size, MADE_THERE(hinge_attribute_def, s)},
        {"hinge_node", table->node_size, MADE_HERE(hinge_node, scratch)},
        {"hinge_host", table->host_size, MADE_HERE(hinge_host, call)},
        {"hinge_epilogue", table->epilogue_size, MADE_HERE(hinge_epilogue, addend)},
        {"hinge_activation", table->activation_size, MADE_HERE(hinge_activation, derivative)},
        {"hinge_linear", table->linear_size, MADE_HERE(hinge_linear, n_groups)},
#undef MADE_THERE
#undef MADE_HERE
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i].stated < sizes[i].first)
            return status_fail(error, HINGE_BAD_PLUGIN,
                               "says that its struct %s has %zu bytes, less than in any header",
                               sizes[i].name, sizes[i].stated);
        if (sizes[i].stated % sizes[i].alignment || sizes[i].stated > MOST_SIZE)
            return status_fail(error, HINGE_BAD_PLUGIN,
                               "says that its struct %s has %zu bytes, which cannot be",
                               sizes[i].name, sizes[i].stated);
        if (sizes[i].stated > sizes[i].most)
            return status_fail(error, HINGE_BAD_PLUGIN,
                               "made for a newer version of Hinge, whose struct %s is larger",
                               sizes[i].name);
    }
    return HINGE_OK;
}

/* The table in this runtime's size. */
static hinge_status take_table(struct plugin *plugin, struct arena *arena, hinge_error *error)
{
    struct array tables = {(const void *)plugin->table, plugin->table->size, sizeof *plugin->table};
    if (tables.theirs == tables.ours)
        return HINGE_OK;
    struct hinge_plugin *table = arena_alloc(arena, sizeof *table);
    if (!table)
        return status_no_memory(error);
    if (!copy_element(&tables, 0, table))
        return status_fail(error, HINGE_BAD_PLUGIN, "uses what only a newer version of Hinge has");
    plugin->table = table;
    return HINGE_OK;
}

static hinge_status check(struct plugin *plugin, uint64_t features, struct arena *arena,
                          hinge_error *error)
{
    const struct hinge_plugin *table = plugin->table;
    if (table->abi != HINGE_ABI)
        return status_fail(error, HINGE_BAD_PLUGIN, "made for ABI version %u, this is version %u",
                           (unsigned)table->abi, HINGE_ABI);
    hinge_status status = check_sizes(table, error);
    if (!status)
        status = take_table(plugin, arena, error);
    if (status)
        return status;
    table = plugin->table;
    if (!table->name || !table->version || !table->ops)
        return status_fail(error, HINGE_BAD_PLUGIN, "has no name, version or operators");
    if (table->cpu_features & ~features) {
        char text[128];
        return status_fail(error, HINGE_BAD_PLUGIN, "needs %s, which this CPU does not have",
                           cpu_features_text(table->cpu_features & ~features, text, sizeof text));
    }
    status = collect_ops(plugin, arena, error);
    return status ? status : check_ops(plugin, error);
}

/* A name without a slash would be looked for in the system's folders of libraries. */
static void *open_object(const char *path)
{
    char local[4096];
    if (strchr(path, '/'))
        return dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int size = snprintf(local, sizeof local, "./%s", path);
    return size > 0 && (size_t)size < sizeof local ? dlopen(local, RTLD_NOW | RTLD_LOCAL) : NULL;
}

hinge_status plugin_open(const char *path, uint64_t features, struct arena *arena,
                         struct plugin *plugin, hinge_error *error)
{
    bool built_in = plugin->built_in;
    *plugin = (struct plugin){.path = path, .built_in = built_in};
    plugin->handle = open_object(path);
    if (!plugin->handle) {
        const char *reason = access(path, F_OK) ? strerror(errno) : dlerror();
        return status_fail(error, HINGE_BAD_PLUGIN, "cannot be opened: %s",
                           reason ? reason : "unknown reason");
    }
    plugin->table = dlsym(plugin->handle, "hinge_plugin");
    hinge_status status =
        plugin->table ? check(plugin, features, arena, error)
                      : status_fail(error, HINGE_BAD_PLUGIN,
                                    "is no Hinge plugin: it exports no symbol hinge_plugin");
    if (status)
        plugin_close(plugin);
    return status;
}

hinge_status plugin_link(const struct hinge_plugin *table, uint64_t features, struct arena *arena,
                         struct plugin *plugin, hinge_error *error)
{
    *plugin = (struct plugin){.table = table, .path = "", .built_in = true};
    return check(plugin, features, arena, error);
}

void plugin_close(struct plugin *plugin)
{
    if (plugin->handle)
        dlclose(plugin->handle);
    *plugin = (struct plugin){.path = ""};
}
