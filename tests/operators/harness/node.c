/* An operator's node over a case's tensors: bound, initialised, run and verified as a runtime
 * would, only less kindly. */
#include "tests/operators/harness/harness_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hinge_status bad_use(struct node *node, const char *what, const char *name)
{
    snprintf(node->why, sizeof node->why, "%s '%s'", what, name);
    return HINGE_BAD_ARGUMENT;
}

static hinge_string string_of(const char *text)
{
    return (hinge_string){text, strlen(text)};
}

static hinge_status bind_attribute(struct node *node, unsigned n,
                                   const struct hinge_attribute_def *def)
{
    struct hinge_attribute *to = &node->attributes[n];
    const struct harness_attribute *from = harness_attr(node->call, def->name);
    *to = (struct hinge_attribute){.type = def->type, .present = from != NULL};
    if (!from) {
        if (def->required)
            return bad_use(node, "the case lacks the required attribute", def->name);
        if (def->type == HINGE_ATTR_FLOAT)
            to->f = def->f;
        else if (def->type == HINGE_ATTR_INT)
            to->i = def->i;
        else if (def->type == HINGE_ATTR_STRING && def->s)
            to->s = string_of(def->s);
        return HINGE_OK;
    }
    if (from->type != def->type)
        return bad_use(node, "the operator declares another type of attribute", def->name);
    to->count = from->count;
    switch (def->type) {
    case HINGE_ATTR_FLOAT: to->f = from->f; break;
    case HINGE_ATTR_INT: to->i = from->i; break;
    case HINGE_ATTR_STRING: to->s = string_of(from->s); break;
    case HINGE_ATTR_FLOATS: to->floats = from->floats; break;
    case HINGE_ATTR_INTS: to->ints = from->ints; break;
    case HINGE_ATTR_STRINGS:
        node->attribute_strings[n] = calloc(from->count + 1, sizeof *node->attribute_strings[n]);
        for (size_t i = 0; i < from->count && node->attribute_strings[n]; i++)
            node->attribute_strings[n][i] = string_of(from->strings[i]);
        to->strings = node->attribute_strings[n];
        break;
    case HINGE_ATTR_TENSOR:
        tensor_open(&node->attribute_tensors[n], from->tensor->type, from->tensor->rank,
                    from->tensor->dims);
        tensor_fill(&node->attribute_tensors[n], from->tensor, false);
        to->tensor = &node->attribute_tensors[n];
        break;
    default: return bad_use(node, "the harness has no attributes of the type of", def->name);
    }
    return HINGE_OK;
}

static hinge_status bind_attributes(struct node *node)
{
    unsigned n = 0;
    for (const struct hinge_attribute_def *def = node->op->attributes; def && def->name; def++) {
        if (n == HARNESS_MAX_ATTRIBUTES)
            return bad_use(node, "too many attributes in", node->op->name);
        hinge_status status = bind_attribute(node, n++, def);
        if (status)
            return status;
    }
    const struct harness_attribute *stated = node->call->c->attributes;
    for (int i = 0; i < HARNESS_MAX_ATTRIBUTES && stated[i].name; i++) {
        const struct hinge_attribute_def *def = node->op->attributes;
        while (def && def->name && strcmp(def->name, stated[i].name))
            def++;
        if (!def || !def->name)
            return bad_use(node, "the operator does not declare the attribute", stated[i].name);
    }
    return HINGE_OK;
}

static void bind_inputs(struct node *node, const struct variant *variant, bool constants)
{
    for (unsigned i = 0; i < node->call->n_inputs; i++) {
        const hinge_tensor *x = node->call->inputs[i];
        if (!x || (!constants && node->call->c->inputs[i].constant))
            continue;
        guard_close(&node->input_memory[i]);
        size_t size = hinge_size(x->type, hinge_count(x));
        unsigned bits = hinge_type_bits(x->type);
        size_t alignment = bits < 8 ? 1 : bits == 128 ? 8 : bits / 8;
        guard_open(&node->input_memory[i], size, alignment, variant->side, 0);
        memcpy(node->input_memory[i].data, x->data, size);
        if ((int)i != variant->in_place)
            guard_protect(&node->input_memory[i]);
        node->inputs[i] = *x;
        node->input_list[i] = &node->inputs[i];
    }
}

enum known { KNOWN_CONSTANTS, KNOWN_ALL };

/* What a hook may see of the inputs' data. */
static void show_inputs(struct node *node, const struct variant *variant, enum known known)
{
    for (unsigned i = 0; i < node->call->n_inputs; i++) {
        bool constant = variant->constants && node->call->c->inputs[i].constant;
        if (node->input_list[i])
            node->inputs[i].data =
                known == KNOWN_ALL || constant ? node->input_memory[i].data : NULL;
    }
}

/* The inputs' dimensions with another number for HARNESS_N; those with known data stay. */
static void reshape_inputs(struct node *node, bool other)
{
    for (unsigned i = 0; i < node->call->n_inputs; i++) {
        const struct harness_tensor *spec = &node->original->inputs[i];
        if (!node->input_list[i])
            continue;
        node->inputs[i].rank = spec->rank;
        for (int32_t d = 0; d < spec->rank; d++) {
            int64_t dim = node->call->inputs[i]->dims[d];
            node->inputs[i].dims[d] =
                other && spec->dims[d] == HARNESS_N && !spec->constant ? (dim == 5 ? 6 : 5) : dim;
        }
    }
}

/* For init: shapes that belong to a run. */
static void hide_shapes(struct node *node, enum node_shapes shapes)
{
    for (unsigned i = 0; i < node->call->n_inputs && shapes != NODE_SHAPES_FIXED; i++) {
        hinge_tensor *x = &node->inputs[i];
        if (x->data)
            continue;
        for (int32_t d = 0; d < x->rank; d++)
            x->dims[d] = -1;
        if (shapes == NODE_SHAPES_UNKNOWN)
            x->rank = -1;
    }
}

/* A status as a hook must give it: with a sentence, unless it needs none. */
static hinge_status hook_status(struct node *node, const char *hook, hinge_status status)
{
    bool silent = status == HINGE_OK || status == HINGE_NO_MEMORY ||
                  (status == HINGE_NEEDS_DATA && !strcmp(hook, "infer"));
    if (status == HINGE_OK && node->host.said)
        snprintf(node->why, sizeof node->why, "%s succeeded but said '%s'", hook,
                 node->host.sentence);
    else if (!silent && !node->host.said)
        snprintf(node->why, sizeof node->why, "%s failed without a sentence", hook);
    else if (status == HINGE_OK)
        return HINGE_OK;
    else if (!node->why[0])
        snprintf(node->why, sizeof node->why, "%s failed (%d): %s", hook, (int)status,
                 node->host.said ? node->host.sentence : "");
    return status ? status : HINGE_BAD_ARGUMENT;
}

/* The type that an attribute names: of a number, or of a tensor. */
static hinge_type_code attribute_type(const struct node *node, const char *name)
{
    unsigned i = 0;
    for (const struct hinge_attribute_def *def = node->op->attributes; def && def->name; def++, i++)
        if (!strcmp(def->name, name)) {
            const struct hinge_attribute *a = &node->attributes[i];
            if (def->type == HINGE_ATTR_TENSOR)
                return a->present ? a->tensor->type : 0;
            return def->type == HINGE_ATTR_INT && a->i > 0 && a->i < HINGE_N_TYPES
                       ? (hinge_type_code)a->i
                       : 0;
        }
    return 0;
}

/* Types that no hook is asked for: those of the variables that inputs or attributes bind. */
static hinge_status bind_types(struct node *node, struct signature *s, hinge_type_code *inputs,
                               hinge_type_code *bound)
{
    char why[128];
    for (unsigned i = 0; i < node->call->n_inputs; i++)
        inputs[i] = node->call->inputs[i] ? (hinge_type_code)node->call->inputs[i]->type : 0;
    if (!signature_read(s, node->op->signature, why, sizeof why))
        return bad_use(node, "the signature is none:", why);
    bool allowed = signature_allows(s, inputs, signature_n_inputs(s, node->op, node->call),
                                    node->call->n_outputs, bound, why, sizeof why);
    for (int v = 0; v < s->n_variables && allowed; v++) {
        const struct signature_variable *variable = &s->variables[v];
        if (!variable->attribute[0] || bound[v])
            continue;
        bound[v] = attribute_type(node, variable->attribute);
        if (!bound[v] && !harness_attr(node->call, variable->attribute))
            bound[v] = inputs[0];
        allowed = bound[v] && signature_lists(s, v, (hinge_type)bound[v]);
        if (!allowed)
            snprintf(why, sizeof why, "attribute %s: the signature does not allow its type",
                     variable->attribute);
    }
    return allowed ? HINGE_OK : node->host.table.fail(&node->abi, HINGE_BAD_MODEL, "%s", why);
}

/* As at open: no input's shape is known. */
static hinge_status infer_types(struct node *node)
{
    struct signature s;
    hinge_type_code inputs[HARNESS_MAX_INPUTS] = {0}, bound[SIGNATURE_MAX_VARIABLES];
    hinge_type_code *types = node->output_types;
    hinge_status status = bind_types(node, &s, inputs, bound);
    if (status)
        return status;
    for (unsigned k = 0; k < node->call->n_outputs; k++)
        types[k] = signature_output(&s, k, bound);
    for (unsigned i = 0; i < node->call->n_inputs; i++) {
        node->inputs[i].rank = -1;
        node->inputs[i].data = NULL;
    }
    if (node->op->types) {
        node->host.hook = HOST_TYPES;
        status = hook_status(node, "types", node->op->types(&node->abi, inputs, types));
        node->host.hook = HOST_NONE;
    }
    for (unsigned i = 0; i < node->call->n_inputs; i++)
        if (node->input_list[i])
            node->inputs[i].rank = node->call->inputs[i]->rank;
    for (unsigned k = 0; k < node->call->n_outputs && !status; k++)
        if (!types[k] || !signature_bind_output(&s, k, types[k], bound)) {
            snprintf(node->why, sizeof node->why, "output %u has none of the signature's types", k);
            status = HINGE_BAD_ARGUMENT;
        }
    return status;
}

static hinge_status infer(struct node *node)
{
    hinge_status status = HINGE_OK;
    for (unsigned k = 0; k < node->abi.n_outputs; k++)
        node->outputs[k] =
            (hinge_tensor){.type = (hinge_type)(node->output_types[k] & 0xff), .rank = -1};
    node->host.hook = HOST_INFER;
    if (node->op->infer) {
        status = node->op->infer(&node->abi);
    } else if (node->output_list[0]) {
        node->outputs[0].rank = node->inputs[0].rank;
        memcpy(node->outputs[0].dims, node->inputs[0].dims, sizeof node->inputs[0].dims);
    }
    node->host.hook = HOST_NONE;
    for (unsigned k = 0; k < node->abi.n_outputs && !status; k++)
        if (node->outputs[k].type != (hinge_type)(node->output_types[k] & 0xff) ||
            node->outputs[k].data) {
            snprintf(node->why, sizeof node->why, "infer gives output %u another type, or data", k);
            status = HINGE_BAD_ARGUMENT;
        }
    return status;
}

static hinge_status init(struct node *node)
{
    if (!node->op->init)
        return HINGE_OK;
    node->host.hook = HOST_INIT;
    hinge_status status = node->op->init(&node->abi);
    node->host.hook = HOST_NONE;
    node->initialised = status == HINGE_OK;
    for (int r = 0; r < node->host.n_released && status == HINGE_OK; r++) {
        struct guard *memory = &node->input_memory[node->host.released[r].input];
        guard_unprotect(memory);
        memset(memory->data + node->host.released[r].offset, 0xFF, node->host.released[r].size);
        guard_protect(memory);
    }
    return status;
}

hinge_status node_open(struct node *node, const struct harness_case *original,
                       const struct harness_call *call, const struct hinge_op *op,
                       const struct hinge_kernel *kernel, const struct variant *variant)
{
    memset(node, 0, sizeof *node);
    host_open(&node->host, variant->threading, variant->side, variant->poison);
    node->host.fail_allocation = variant->fail_allocation;
    node->original = original;
    node->call = call;
    node->op = op;
    node->kernel = kernel;
    node->abi = (struct hinge_node){.size = sizeof node->abi,
                                    .opset = call->opset,
                                    .n_inputs = call->n_inputs,
                                    .n_outputs = call->n_outputs,
                                    .n_threads = host_n_threads(variant->threading),
                                    .host = &node->host.table,
                                    .inputs = node->input_list,
                                    .outputs = node->output_list,
                                    .attributes = node->attributes,
                                    .epilogue = &node->epilogue,
                                    .cpu_features = host_cpu_features(variant->threading)};
    node->epilogue =
        (struct hinge_epilogue){&call->c->epilogue.activation, call->c->epilogue.addend};
    hinge_status status = bind_attributes(node);
    if (status)
        return status;
    bind_inputs(node, variant, true);
    for (unsigned k = 0; k < call->n_outputs; k++)
        node->output_list[k] = call->c->unwanted >> k & 1 ? NULL : &node->outputs[k];
    status = infer_types(node);
    if (status)
        return status;
    reshape_inputs(node, variant->other_shape);
    show_inputs(node, variant, KNOWN_CONSTANTS);
    status = infer(node);
    if (status && status != HINGE_NEEDS_DATA)
        return hook_status(node, "infer", status);
    hide_shapes(node, variant->shapes);
    status = hook_status(node, "init", init(node));
    reshape_inputs(node, false);
    return status;
}

void node_rebind(struct node *node, const struct harness_call *call, const struct variant *variant)
{
    node->call = call;
    bind_inputs(node, variant, false);
}

static hinge_status open_outputs(struct node *node, const struct variant *variant)
{
    for (unsigned k = 0; k < node->abi.n_outputs; k++) {
        hinge_tensor *y = node->output_list[k];
        if (!y)
            continue;
        bool open = y->rank < 0;
        for (int32_t d = 0; d < y->rank; d++)
            open |= y->dims[d] < 0;
        guard_close(&node->host.outputs[k]);
        y->data = NULL;
        if (k == 0 && variant->in_place >= 0) {
            y->data = node->input_memory[variant->in_place].data;
        } else if (!open) {
            unsigned bits = hinge_type_bits(y->type);
            guard_open(&node->host.outputs[k], hinge_size(y->type, hinge_count(y)),
                       bits < 8      ? 1
                       : bits == 128 ? 8
                                     : bits / 8,
                       variant->side, variant->poison);
            y->data = node->host.outputs[k].data;
        }
    }
    return HINGE_OK;
}

hinge_status node_rerun(struct node *node)
{
    node->host.hook = HOST_RUN;
    hinge_status status = node->kernel->run(&node->abi);
    node->host.hook = HOST_NONE;
    return status;
}

/* Once for each shape, with what is known by then; a run may come long after. */
static hinge_status prepare(struct node *node, const struct variant *variant)
{
    size_t size = 0;
    hinge_status status = HINGE_OK;
    node->abi.scratch = node->abi.prepared = NULL;
    host_forget_prepared(&node->host);
    if (node->op->prepare) {
        node->host.hook = HOST_PREPARE;
        status = hook_status(node, "prepare", node->op->prepare(&node->abi, &size));
        node->host.hook = HOST_NONE;
    }
    guard_close(&node->scratch);
    guard_open(&node->scratch, size, 64, variant->side, variant->poison);
    node->abi.scratch = node->scratch.data;
    return status;
}

hinge_status node_prepare(struct node *node, const struct variant *variant)
{
    reshape_inputs(node, false);
    show_inputs(node, variant, KNOWN_CONSTANTS);
    hinge_status status = infer(node);
    if (status == HINGE_NEEDS_DATA) {
        show_inputs(node, variant, KNOWN_ALL);
        status = infer(node);
    }
    if (status)
        return hook_status(node, "infer", status);
    if (node->call->c->fails == HINGE_OK)
        for (unsigned k = 0; k < node->abi.n_outputs; k++)
            if (node->output_list[k] &&
                !compare_shape(node->call, k, &node->outputs[k], true, node->why, sizeof node->why))
                return HINGE_BAD_SHAPE;
    return prepare(node, variant);
}

hinge_status node_run(struct node *node, const struct variant *variant)
{
    hinge_status status = node_prepare(node, variant);
    if (status)
        return status;
    show_inputs(node, variant, KNOWN_ALL);
    open_outputs(node, variant);
    return hook_status(node, "run", node_rerun(node));
}

bool node_verify(struct node *node)
{
    const char *bad = NULL;
    if (node->host.misuse[0])
        bad = node->host.misuse;
    else if (!host_intact(&node->host))
        bad = "memory beside an output or the state was written";
    else if (!guard_intact(&node->scratch))
        bad = "memory beside scratch was written";
    for (unsigned i = 0; i < node->abi.n_inputs; i++)
        if (!guard_intact(&node->input_memory[i]))
            bad = "memory beside an input was written";
    if (bad) {
        snprintf(node->why, sizeof node->why, "%s", bad);
        return false;
    }
    for (unsigned k = 0; k < node->abi.n_outputs; k++)
        if (node->output_list[k] &&
            !compare_output(node->call, k, &node->outputs[k], node->why, sizeof node->why))
            return false;
    return true;
}

void node_close(struct node *node)
{
    if (node->initialised && node->op->fini)
        node->op->fini(&node->abi);
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++)
        guard_close(&node->input_memory[i]);
    for (unsigned i = 0; i < HARNESS_MAX_ATTRIBUTES; i++) {
        free(node->attribute_tensors[i].data);
        free(node->attribute_strings[i]);
    }
    guard_close(&node->scratch);
    host_close(&node->host);
}
