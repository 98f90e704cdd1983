/* An operator's node over a case's tensors: bound, initialised, run and verified as a runtime
 * would, only less kindly. */
#include "tests/operators/harness/harness_internal.h"

#include <math.h>
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
        for (size_t i = 0; i < from->count && i < 8; i++)
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

static void bind_inputs(struct node *node, const struct variant *variant)
{
    for (unsigned i = 0; i < node->call->n_inputs; i++) {
        const hinge_tensor *x = node->call->inputs[i];
        if (!x)
            continue;
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
        for (int32_t d = 0; d < spec->rank; d++) {
            int64_t dim = node->call->inputs[i]->dims[d];
            node->inputs[i].dims[d] =
                other && spec->dims[d] == HARNESS_N && !spec->constant ? (dim == 5 ? 6 : 5) : dim;
        }
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

static hinge_status infer(struct node *node)
{
    for (unsigned k = 0; k < node->abi.n_outputs; k++)
        node->outputs[k] = (hinge_tensor){.rank = -1};
    if (node->op->infer)
        return node->op->infer(&node->abi);
    if (node->output_list[0]) {
        node->outputs[0] = node->inputs[0];
        node->outputs[0].data = NULL;
    }
    return HINGE_OK;
}

static hinge_status init(struct node *node)
{
    if (!node->op->init)
        return HINGE_OK;
    node->host.in_init = true;
    hinge_status status = node->op->init(&node->abi);
    node->host.in_init = false;
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
                                    .epilogue = &call->c->epilogue};
    hinge_status status = bind_attributes(node);
    if (status)
        return status;
    bind_inputs(node, variant);
    for (unsigned k = 0; k < call->n_outputs; k++)
        node->output_list[k] = call->c->unwanted >> k & 1 ? NULL : &node->outputs[k];
    reshape_inputs(node, variant->other_shape);
    show_inputs(node, variant, KNOWN_CONSTANTS);
    status = infer(node);
    if (status && status != HINGE_NEEDS_DATA)
        return hook_status(node, "infer", status);
    return hook_status(node, "init", init(node));
}

static hinge_status open_outputs(struct node *node, const struct variant *variant)
{
    for (unsigned k = 0; k < node->abi.n_outputs; k++) {
        hinge_tensor *y = node->output_list[k];
        if (!y)
            continue;
        bool open = false;
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
    node->host.in_run = true;
    hinge_status status = node->kernel->run(&node->abi);
    node->host.in_run = false;
    return status;
}

hinge_status node_run(struct node *node, const struct variant *variant)
{
    reshape_inputs(node, false);
    show_inputs(node, variant, KNOWN_CONSTANTS);
    hinge_status status = infer(node);
    if (status == HINGE_NEEDS_DATA) {
        show_inputs(node, variant, KNOWN_ALL);
        status = infer(node);
    }
    show_inputs(node, variant, KNOWN_ALL);
    if (status)
        return hook_status(node, "infer", status);
    if (node->call->c->fails == HINGE_OK)
        for (unsigned k = 0; k < node->abi.n_outputs; k++)
            if (node->output_list[k] &&
                !compare_shape(node->call, k, &node->outputs[k], true, node->why, sizeof node->why))
                return HINGE_BAD_SHAPE;
    open_outputs(node, variant);
    if (node->op->scratch) {
        size_t size = 0;
        status = node->op->scratch(&node->abi, &size);
        if (status)
            return hook_status(node, "scratch", status);
        guard_close(&node->scratch);
        guard_open(&node->scratch, size, 64, variant->side, variant->poison);
        node->abi.scratch = node->scratch.data;
    }
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

static bool verify_affine(struct node *node)
{
    const hinge_tensor *y = node->call->outputs[0];
    int64_t n_channels = y->rank > 1 ? y->dims[1] : 0;
    const struct hinge_epilogue *epilogue = &node->call->c->epilogue;
    if (!node->op->affine || n_channels < 1 || epilogue->addend ||
        epilogue->activation.kind != HINGE_ACT_NONE)
        return true;
    float *scale = malloc((size_t)n_channels * sizeof *scale);
    float *shift = malloc((size_t)n_channels * sizeof *shift);
    unsigned input = 0;
    bool right = scale && shift;
    for (int64_t c = 0; c < n_channels && right; c++) {
        scale[c] = 1;
        shift[c] = 0;
    }
    if (right && node->op->affine(&node->abi, y->rank, 1, n_channels, scale, shift, &input)) {
        const hinge_tensor *x = input < node->call->n_inputs ? node->call->inputs[input] : NULL;
        right = x && hinge_count(x) == hinge_count(y) && !node->inputs[input].data;
        int64_t inner = 1;
        for (int32_t d = 2; d < y->rank; d++)
            inner *= y->dims[d];
        for (int64_t i = 0; right && i < hinge_count(y); i++) {
            int64_t c = i / inner % n_channels;
            double product = harness_get(x, i) * (double)scale[c];
            double is = product + (double)shift[c], should = harness_get(y, i);
            double bound = 1e-6 * (fabs(product) + fabs((double)shift[c]));
            right = fabs(is - should) <= bound || (isnan(is) && isnan(should)) || is == should;
        }
    }
    free(scale);
    free(shift);
    if (!right)
        snprintf(node->why, sizeof node->why, "what affine says is not what the operator computes");
    return right;
}

bool node_verify_claims(struct node *node)
{
    const struct harness_call *call = node->call;
    if (call->types[0] != HINGE_FLOAT && !node->op->is_identity)
        return true;
    if (node->op->is_identity && node->op->is_identity(&node->abi)) {
        const hinge_tensor *x = call->inputs[0];
        bool same = compare_shape(call, 0, x, false, node->why, sizeof node->why);
        bool floating = same && harness_is_floating(x->type);
        for (int64_t i = 0; same && i < hinge_count(x); i++)
            same = floating ? harness_get(x, i) == harness_get(call->outputs[0], i) ||
                                  isnan(harness_get(x, i))
                            : x->type == HINGE_STRING ||
                                  harness_get_int(x, i) == harness_get_int(call->outputs[0], i);
        if (!same) {
            snprintf(node->why, sizeof node->why, "is_identity says so of what is none");
            return false;
        }
    }
    return call->types[0] != HINGE_FLOAT || (verify_affine(node) && node_verify_derivative(node));
}

void node_close(struct node *node)
{
    if (node->initialised && node->op->fini)
        node->op->fini(&node->abi);
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++)
        guard_close(&node->input_memory[i]);
    for (unsigned i = 0; i < HARNESS_MAX_ATTRIBUTES; i++)
        free(node->attribute_tensors[i].data);
    guard_close(&node->scratch);
    host_close(&node->host);
}
