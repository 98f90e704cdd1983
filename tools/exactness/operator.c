#include "tools/exactness/operator.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

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

static void fill_attributes(const struct hinge_op *op, const struct reference *reference,
                            struct hinge_attribute *attributes)
{
    for (size_t i = 0; op->attributes && op->attributes[i].name && i < OPERATOR_MAX_ATTRIBUTES;
         i++) {
        const struct hinge_attribute_def *def = &op->attributes[i];
        const struct reference *r = reference;
        attributes[i].type = def->type;
        if (def->type == HINGE_ATTR_FLOAT) {
            attributes[i].f = def->f;
            if (r->alpha_name && strcmp(def->name, r->alpha_name) == 0)
                attributes[i].f = r->alpha;
            if (r->beta_name && strcmp(def->name, r->beta_name) == 0)
                attributes[i].f = r->beta;
        } else if (def->type == HINGE_ATTR_INT) {
            attributes[i].i = def->i;
        } else if (def->type == HINGE_ATTR_STRING) {
            const bool is_set = r->attribute && strcmp(def->name, r->attribute) == 0;
            const char *text = is_set ? r->string : def->s;
            if (text)
                attributes[i].s = (hinge_string){text, strlen(text)};
        }
    }
}

/* A number that every type holds: normal, with at most 7 bits behind the first. */
static uint32_t encode(hinge_type type, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (type == HINGE_BFLOAT16)
        return bits >> 16;
    if (type == HINGE_FLOAT16)
        return (bits >> 16 & 0x8000) | ((bits & 0x7fffffff) - (112U << 23)) >> 13;
    return bits;
}

/* data is only read, but the field is not const. */
static hinge_tensor tensor_of(hinge_type type, int32_t rank, int64_t count, const void *data)
{
    hinge_tensor tensor = {.type = type, .rank = rank, .dims = {count}};
    memcpy(&tensor.data, &data, sizeof tensor.data);
    return tensor;
}

static bool run_derivative(const struct hinge_op *op, const struct hinge_node *node)
{
    struct hinge_activation activation = {.kind = HINGE_ACT_NONE};
    const hinge_tensor *x = node->inputs[0];
    if (!op->activation || !op->derivative || x->type != HINGE_FLOAT)
        return false;
    op->activation(node, &activation);
    op->derivative(&activation, x->data, node->outputs[0]->data, x->dims[0]);
    return activation.kind != HINGE_ACT_NONE;
}

bool operator_prepare(struct operator_call *call, operator_parallel *service, unsigned n_threads,
                      const struct hinge_op *op, const struct reference *reference, hinge_type type,
                      const void *x, const void *seconds, void *y, int64_t count)
{
    static const uint32_t n_inputs[] = {
        [REFERENCE_X] = 1, [REFERENCE_SLOPE] = 2, [REFERENCE_BOUNDS] = 3, [REFERENCE_PAIRS] = 2};
    const bool pairs = reference->inputs == REFERENCE_PAIRS;
    *call = (struct operator_call){
        .host = {.size = sizeof call->host, .parallel = service},
        .alpha = encode(type, reference->alpha),
        .beta = encode(type, reference->beta),
        .first = tensor_of(type, 1, count, x),
        .second = pairs ? tensor_of(type, 1, count, seconds) : tensor_of(type, 0, 0, &call->alpha),
        .third = tensor_of(type, 0, 0, &call->beta),
        .output = tensor_of(type, 1, count, y),
        .inputs = {&call->first, &call->second, &call->third},
        .outputs = {&call->output},
        .epilogue = {.activation = &call->none},
    };
    fill_attributes(op, reference, call->attributes);
    const struct hinge_node node = {.size = sizeof node,
                                    .opset = UINT16_MAX,
                                    .n_inputs = n_inputs[reference->inputs],
                                    .n_outputs = 1,
                                    .n_threads = n_threads,
                                    .host = &call->host,
                                    .inputs = call->inputs,
                                    .outputs = call->outputs,
                                    .attributes = call->attributes,
                                    .epilogue = &call->epilogue};
    memcpy(&call->node, &node, sizeof node);
    for (const struct hinge_kernel *kernel = op->kernels; kernel->run && !call->run; kernel++)
        if (kernel->type == type)
            call->run = kernel->run;
    return call->run != NULL;
}

bool operator_apply(const struct hinge_op *op, const struct reference *reference, hinge_type type,
                    const void *x, const void *seconds, void *y, int64_t count)
{
    struct operator_call call;
    const bool has_type =
        operator_prepare(&call, parallel, 1, op, reference, type, x, seconds, y, count);
    if (reference->derivative)
        return run_derivative(op, &call.node);
    return has_type && call.run(&call.node) == HINGE_OK;
}
