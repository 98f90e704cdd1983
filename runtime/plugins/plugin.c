#include "plugins/plugin.h"

#include <dlfcn.h>
#include <string.h>

const struct hinge_op *plugin_next(const struct hinge_plugin *table, struct plugin_cursor *cursor)
{
    while (table->ops[cursor->group]) {
        const unsigned char *first = (const unsigned char *)table->ops[cursor->group];
        const struct hinge_op *op = (const void *)(first + cursor->index * table->op_size);
        if (op->name) {
            cursor->index++;
            return op;
        }
        cursor->group++;
        cursor->index = 0;
    }
    return NULL;
}

static bool same_domain(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool share_a_type(const struct hinge_op *a, const struct hinge_op *b)
{
    for (size_t i = 0; i < HINGE_MAX_KERNELS && a->kernels[i].run; i++)
        for (size_t j = 0; j < HINGE_MAX_KERNELS && b->kernels[j].run; j++)
            if (a->kernels[i].type == b->kernels[j].type)
                return true;
    return false;
}

static bool overlap(const struct hinge_op *a, const struct hinge_op *b)
{
    uint32_t a_until = a->until ? a->until : UINT32_MAX;
    uint32_t b_until = b->until ? b->until : UINT32_MAX;
    return strcmp(a->name, b->name) == 0 && same_domain(a->domain, b->domain) &&
           a->since <= b_until && b->since <= a_until && share_a_type(a, b);
}

static hinge_status check_ops(const struct hinge_plugin *table, hinge_error *error)
{
    struct plugin_cursor at = {0, 0};
    for (const struct hinge_op *op; (op = plugin_next(table, &at));) {
        if (!op->kernels[0].run)
            return status_fail(error, HINGE_BAD_PLUGIN, "operator %s has no kernel", op->name);
        if (!op->infer && op->inputs.min == 0)
            return status_fail(error, HINGE_BAD_PLUGIN, "operator %s has neither input nor infer",
                               op->name);
        if (op->until && op->until < op->since)
            return status_fail(error, HINGE_BAD_PLUGIN, "operator %s ends before it begins",
                               op->name);
        struct plugin_cursor rest = at;
        for (const struct hinge_op *other; (other = plugin_next(table, &rest));)
            if (overlap(op, other))
                return status_fail(error, HINGE_BAD_PLUGIN,
                                   "operator %s is listed twice for opset %u", op->name,
                                   (unsigned)(op->since > other->since ? op->since : other->since));
    }
    return HINGE_OK;
}

hinge_status plugin_check(const struct hinge_plugin *table, uint32_t features, hinge_error *error)
{
    if (table->abi != HINGE_ABI)
        return status_fail(error, HINGE_BAD_PLUGIN, "made for ABI version %u, this is version %u",
                           (unsigned)table->abi, HINGE_ABI);
    if (table->size < sizeof *table || table->op_size < sizeof(struct hinge_op) ||
        table->node_size > sizeof(struct hinge_node) ||
        table->host_size > sizeof(struct hinge_host))
        return status_fail(error, HINGE_BAD_PLUGIN,
                           "made with headers whose structs do not fit this runtime's");
    if (!table->name || !table->version || !table->ops)
        return status_fail(error, HINGE_BAD_PLUGIN, "has no name, version or operators");
    if (table->cpu_features & ~features)
        return status_fail(error, HINGE_BAD_PLUGIN, "needs %s, which this CPU does not have",
                           table->cpu_features & ~features & HINGE_CPU_AVX512 ? "AVX-512"
                           : table->cpu_features & ~features & HINGE_CPU_AVX2
                               ? "AVX2"
                               : "an unknown CPU feature");
    return check_ops(table, error);
}

hinge_status plugin_open(const char *path, uint32_t features, struct plugin *plugin,
                         hinge_error *error)
{
    *plugin = (struct plugin){.path = path};
    plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->handle) {
        const char *reason = dlerror();
        return status_fail(error, HINGE_BAD_PLUGIN, "cannot be opened: %s",
                           reason ? reason : "unknown reason");
    }
    plugin->table = dlsym(plugin->handle, "hinge_plugin");
    hinge_status status =
        plugin->table ? plugin_check(plugin->table, features, error)
                      : status_fail(error, HINGE_BAD_PLUGIN,
                                    "is no Hinge plugin: it exports no symbol hinge_plugin");
    if (status)
        plugin_close(plugin);
    return status;
}

void plugin_close(struct plugin *plugin)
{
    if (plugin->handle)
        dlclose(plugin->handle);
    *plugin = (struct plugin){.path = ""};
}
