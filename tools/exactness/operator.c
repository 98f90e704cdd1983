#include "tools/exactness/operator.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define MAX_ATTRIBUTES 8

const struct hinge_op *operator_find(const char *path, const char *op)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct hinge_plugin *plugin = library ? dlsym(library, "hinge_plugin") : NULL;
    if (!plugin || plugin->abi != HINGE_ABI || plugin->op_size != sizeof(struct hinge_op)) {
        fprintf(stderr, "exactness: %s is no plugin of this ABI\n", path);
        return NULL;
    }
    for (const struct hinge_op *const *ops = plugin->ops; *ops; ops++)
        for (const struct hinge_op *entry = *ops; entry->name; entry++)
            if (!entry->domain && entry->until == 0 && strcmp(entry->name, op) == 0)
                return entry;
    fprintf(stderr, "exactness: %s has no operator %s\n", path, op);
    return NULL;
}

void operator_isas(const char *isas[OPERATOR_MAX_ISAS])
{
    int n = 0;
    isas[n++] = "scalar";
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        isas[n++] = "avx2";
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        isas[n++] = "avx512";
#endif
    isas[n] = NULL;
}

static void parallel(const struct hinge_node *node, int64_t count, int64_t grain, hinge_task *task,
                     void *argument)
{
    (void)node;
    (void)grain;
    task(argument, 0, count, 0);
}

void operator_apply(const struct hinge_op *op, const char *attribute, const char *string,
                    hinge_type type, const void *x, void *y, int64_t count)
{
    operator_apply_on(parallel, 1, op, attribute, string, type, x, y, count);
}

void operator_apply_on(operator_parallel *service, unsigned n_threads, const struct hinge_op *op,
                       const char *attribute, const char *string, hinge_type type, const void *x,
                       void *y, int64_t count)
{
    const struct hinge_host host = {.size = sizeof host, .parallel = service};
    struct hinge_attribute attributes[MAX_ATTRIBUTES] = {0};
    for (size_t i = 0; op->attributes && op->attributes[i].name && i < MAX_ATTRIBUTES; i++) {
        const struct hinge_attribute_def *def = &op->attributes[i];
        attributes[i].type = def->type;
        const char *text = attribute && strcmp(def->name, attribute) == 0 ? string : def->s;
        if (def->type == HINGE_ATTR_FLOAT)
            attributes[i].f = def->f;
        else if (def->type == HINGE_ATTR_INT)
            attributes[i].i = def->i;
        else if (def->type == HINGE_ATTR_STRING && text)
            attributes[i].s = (hinge_string){text, strlen(text)};
    }
    hinge_tensor input = {.type = type, .rank = 1, .dims = {count}};
    memcpy(&input.data, &x, sizeof input.data); /* only read, but the field is not const */
    hinge_tensor output = {.type = type, .rank = 1, .dims = {count}, .data = y};
    const hinge_tensor *inputs[] = {&input};
    hinge_tensor *outputs[] = {&output};
    const struct hinge_epilogue epilogue = {.addend = 0};
    const struct hinge_node node = {.size = sizeof node,
                                    .n_inputs = 1,
                                    .n_outputs = 1,
                                    .n_threads = n_threads,
                                    .host = &host,
                                    .inputs = inputs,
                                    .outputs = outputs,
                                    .attributes = attributes,
                                    .epilogue = &epilogue};
    for (const struct hinge_kernel *kernel = op->kernels; kernel->run; kernel++) {
        if (kernel->type == type) {
            kernel->run(&node);
            return;
        }
    }
}
