#include "tests/fuzz/operators.h"

#include <stdlib.h>
#include <string.h>

static hinge_registry *registry; /* the one that serves the whole program */
static size_t n_ops;

static size_t plugin_ops(size_t plugin)
{
    hinge_plugin_info info = {.size = sizeof info};
    return hinge_get_plugin(registry, plugin, &info) ? info.n_ops : 0;
}

void operators_open(void)
{
    const hinge_options options = {.size = sizeof options};
    if (hinge_registry_open(&options, &registry, NULL))
        abort();
    for (size_t p = 0; p < hinge_n_plugins(registry); p++)
        n_ops += plugin_ops(p);
    if (!n_ops)
        abort();
}

size_t operators_count(void)
{
    return n_ops;
}

void operators_get(size_t index, hinge_op_info *op)
{
    size_t plugin = 0;
    while (index >= plugin_ops(plugin))
        index -= plugin_ops(plugin++);
    op->size = sizeof *op;
    hinge_get_op(registry, plugin, index, op);
}

bool operators_attribute(const char *name, size_t size, size_t draw, hinge_attribute_info *info)
{
    for (size_t p = 0; p < hinge_n_plugins(registry); p++)
        for (size_t o = 0; o < plugin_ops(p); o++) {
            hinge_op_info op = {.size = sizeof op};
            size_t n = 0;
            info->size = sizeof *info;
            if (!hinge_get_op(registry, p, o, &op) || strlen(op.name) != size ||
                memcmp(op.name, name, size) != 0)
                continue;
            while (hinge_get_op_attribute(registry, p, o, n, info))
                n++;
            if (n && hinge_get_op_attribute(registry, p, o, draw % n, info))
                return true;
        }
    return false;
}
