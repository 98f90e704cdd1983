/* The host for operators on values made of values and on graphs, and what runs a case with it. */
#include "tests/operators/values.h"

#include "tests/operators/harness/harness_internal.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POISON 0xA5

/* Memory that is given back together. */
struct arena {
    struct arena *next;
    size_t size;
    max_align_t bytes[];
};

struct values_node {
    struct hinge_host host; /* first: services find the rest from node.host */
    struct hinge_node abi;
    const struct values_case *c;
    struct hinge_attribute attributes[HARNESS_MAX_ATTRIBUTES];
    const struct values_attribute *given[HARNESS_MAX_ATTRIBUTES];
    hinge_tensor inputs[VALUES_MAX], outputs[VALUES_MAX];
    const hinge_tensor *input_list[VALUES_MAX];
    hinge_tensor *output_list[VALUES_MAX];
    bool known[VALUES_MAX]; /* outputs whose shape infer told */
    struct arena *memory, *calls[HARNESS_MAX_ATTRIBUTES][2];
    int64_t n_calls[HARNESS_MAX_ATTRIBUTES], n_allocations, fail_allocation;
    char sentence[512], why[1024];
};

static void *arena_alloc(struct arena **arena, size_t size)
{
    struct arena *block = malloc(sizeof *block + size);
    if (!block) {
        fputs("no memory for the test\n", stderr);
        exit(2);
    }
    block->next = *arena;
    block->size = size;
    *arena = block;
    return memset(block->bytes, POISON, size);
}

static void arena_free(struct arena **arena)
{
    while (*arena) {
        struct arena *block = *arena;
        *arena = block->next;
        memset(block->bytes, POISON, block->size);
        free(block);
    }
}

static struct values_node *node_of(const struct hinge_node *node)
{
    return (struct values_node *)(uintptr_t)node->host;
}

/* An allocation that the operator asks for; NULL where this one is to fail. */
static void *host_memory(struct values_node *own, size_t size)
{
    return ++own->n_allocations == own->fail_allocation ? NULL : arena_alloc(&own->memory, size);
}

static void misuse(struct values_node *own, const char *what)
{
    if (!own->why[0])
        snprintf(own->why, sizeof own->why, "%s", what);
}

/* A copy of from, of which nothing is shared; lies in arena. */
static void copy_value(struct arena **arena, hinge_tensor *to, const hinge_tensor *from)
{
    int64_t count = hinge_count(from);
    *to = *from;
    if (hinge_is_container(from->type)) {
        hinge_tensor *elements = arena_alloc(arena, (size_t)count * sizeof *elements);
        for (int64_t i = 0; i < count; i++)
            copy_value(arena, &elements[i], (const hinge_tensor *)from->data + i);
        to->data = elements;
        return;
    }
    size_t size = hinge_size(from->type, count);
    to->data = arena_alloc(arena, size);
    if (size)
        memcpy(to->data, from->data, size);
    for (int64_t i = 0; i < count && from->type == HINGE_STRING; i++) {
        hinge_string *string = (hinge_string *)to->data + i;
        char *bytes = arena_alloc(arena, string->size);
        if (string->size)
            memcpy(bytes, string->bytes, string->size);
        string->bytes = bytes;
    }
}

static hinge_status host_fail(const struct hinge_node *node, hinge_status status,
                              const char *format, ...)
{
    struct values_node *own = node_of(node);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(own->sentence, sizeof own->sentence, format, arguments);
    va_end(arguments);
    return status;
}

static void host_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                          hinge_task *task, void *argument)
{
    (void)node, (void)grain;
    for (int64_t i = 0; i < count; i++)
        task(argument, i, i + 1, 0);
}

static hinge_status host_resize(const struct hinge_node *node, unsigned output, int32_t rank,
                                const int64_t *dims)
{
    struct values_node *own = node_of(node);
    hinge_tensor *y = node->outputs[output];
    if (own->known[output])
        misuse(own, "resize of an output whose shape infer told");
    hinge_tensor after = {.type = y->type, .rank = rank, .data = y->data};
    int64_t count = 1;
    for (int32_t d = 0; d < rank; d++) {
        if (dims[d] < 0)
            misuse(own, "resize with a negative dimension");
        if (dims[d] > INT64_C(1) << 32 || count > INT64_C(1) << 32)
            return host_fail(node, HINGE_LIMIT, "output %u is too large", output);
        count *= after.dims[d] = dims[d];
    }
    size_t size = hinge_size(y->type, count);
    size_t before = y->data ? hinge_size(y->type, hinge_count(y)) : 0;
    if (!y->data || size > before) {
        after.data = host_memory(own, size);
        if (!after.data)
            return HINGE_NO_MEMORY;
        if (before) {
            memcpy(after.data, y->data, before);
            memset(y->data, POISON, before);
        }
    }
    *y = after;
    return HINGE_OK;
}

static void *host_alloc(const struct hinge_node *node, size_t size)
{
    return host_memory(node_of(node), size);
}

static const void *host_pack(const struct hinge_node *node, size_t size, hinge_fill *fill,
                             void *argument)
{
    void *memory = host_alloc(node, size);
    if (memory)
        fill(argument, memory);
    return memory;
}

static char *host_alloc_string(const struct hinge_node *node, size_t size)
{
    return host_memory(node_of(node), size);
}

static hinge_tensor *host_elements(const struct hinge_node *node, hinge_tensor *value,
                                   hinge_type type, int64_t n)
{
    hinge_tensor *elements = host_memory(node_of(node), (size_t)n * sizeof *elements);
    if (elements)
        *value = (hinge_tensor){type, 1, {n}, elements};
    return elements;
}

static hinge_status host_tensor(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                                int32_t rank, const int64_t *dims)
{
    *value = (hinge_tensor){.type = type, .rank = rank};
    for (int32_t d = 0; d < rank; d++)
        value->dims[d] = dims[d];
    value->data = host_memory(node_of(node), hinge_size(type, hinge_count(value)));
    return value->data ? HINGE_OK : HINGE_NO_MEMORY;
}

static hinge_status host_share(const struct hinge_node *node, hinge_tensor *value,
                               const hinge_tensor *from)
{
    struct values_node *own = node_of(node);
    void *memory = value->data;
    if (++own->n_allocations == own->fail_allocation)
        return HINGE_NO_MEMORY;
    for (uint32_t k = 0; k < node->n_outputs; k++) {
        if (value != node->outputs[k] || !own->known[k])
            continue;
        if (value->rank != from->rank || memcmp(value->dims, from->dims, sizeof value->dims))
            misuse(own, "share with another shape than infer told");
        copy_value(&own->memory, value, from);
        if (hinge_count(value))
            memcpy(memory, value->data, hinge_size(value->type, hinge_count(value)));
        value->data = memory;
        return HINGE_OK;
    }
    copy_value(&own->memory, value, from);
    return HINGE_OK;
}

static hinge_status host_graph_types(const struct hinge_node *node, unsigned attribute,
                                     const hinge_type_code *inputs, uint32_t n_inputs,
                                     hinge_type_code *outputs, uint32_t n_outputs)
{
    struct values_node *own = node_of(node);
    const struct values_graph *graph = &own->given[attribute]->graph;
    if (n_inputs != graph->n_inputs || n_outputs != graph->n_outputs)
        misuse(own, "graph_types with another number of inputs or outputs than the graph has");
    for (uint32_t i = 0; i < n_inputs; i++)
        if (!inputs[i])
            misuse(own, "graph_types with an input without type");
    for (uint32_t i = 0; i < n_outputs; i++)
        outputs[i] = graph->outputs[i];
    return HINGE_OK;
}

static hinge_status host_call(const struct hinge_node *node, unsigned attribute,
                              const hinge_tensor *const *inputs, uint32_t n_inputs,
                              hinge_tensor *outputs, uint32_t n_outputs)
{
    struct values_node *own = node_of(node);
    struct arena **memory = &own->calls[attribute][own->n_calls[attribute] % 2];
    struct values_call call = {.attribute = attribute,
                               .n = own->n_calls[attribute]++,
                               .n_inputs = n_inputs,
                               .n_outputs = n_outputs,
                               .inputs = inputs,
                               .outputs = outputs,
                               .memory = memory};
    arena_free(memory);
    memset(outputs, POISON, n_outputs * sizeof *outputs);
    if (++own->n_allocations == own->fail_allocation)
        return HINGE_NO_MEMORY;
    return own->given[attribute]->graph.run(&call);
}

static hinge_status host_call_with(const struct hinge_node *node, unsigned attribute,
                                   uint32_t flags, const hinge_tensor *const *inputs,
                                   uint32_t n_inputs, hinge_tensor *outputs, uint32_t n_outputs)
{
    if (flags & ~(uint32_t)(HINGE_CALL_MOVES | HINGE_CALL_LAST))
        misuse(node_of(node), "call_with other flags than there are");
    return host_call(node, attribute, inputs, n_inputs, outputs, n_outputs);
}

static hinge_tensor *host_extend(const struct hinge_node *node, unsigned output, unsigned input,
                                 int64_t n)
{
    const hinge_tensor *from = node->inputs[input];
    if (from->type != HINGE_SEQUENCE || n < from->dims[0])
        misuse(node_of(node), "extend of what is no sequence of at most n elements");
    hinge_tensor *elements = host_elements(node, node->outputs[output], HINGE_SEQUENCE, n);
    if (elements && from->dims[0])
        memcpy(elements, from->data, (size_t)from->dims[0] * sizeof *elements);
    return elements;
}

void *values_tensor(struct values_call *call, uint32_t output, hinge_type type, int32_t rank,
                    const int64_t *dims)
{
    hinge_tensor *y = &call->outputs[output];
    *y = (hinge_tensor){.type = type, .rank = rank};
    for (int32_t d = 0; d < rank; d++)
        y->dims[d] = dims[d];
    return y->data = arena_alloc(call->memory, hinge_size(type, hinge_count(y)));
}

void values_number(struct values_call *call, uint32_t output, hinge_type type, double number)
{
    values_tensor(call, output, type, 0, NULL);
    harness_set(&call->outputs[output], 0, number);
}

hinge_tensor *values_elements(struct values_call *call, uint32_t output, hinge_type type, int64_t n)
{
    hinge_tensor *elements = arena_alloc(call->memory, (size_t)n * sizeof *elements);
    call->outputs[output] = (hinge_tensor){type, 1, {n}, elements};
    return elements;
}

void values_copy(struct values_call *call, hinge_tensor *value, const hinge_tensor *from)
{
    copy_value(call->memory, value, from);
}

static void make_value(struct arena **arena, hinge_tensor *to, const struct value *value)
{
    bool container = hinge_is_container((hinge_type)(value->type & 0xff));
    *to = (hinge_tensor){.type = (hinge_type)(value->type & 0xff),
                         .rank = container ? 1 : value->rank};
    memcpy(to->dims, value->dims, sizeof to->dims);
    int64_t count = hinge_count(to);
    if (container) {
        hinge_tensor *elements = to->data = arena_alloc(arena, (size_t)count * sizeof *elements);
        for (int64_t i = 0; i < count; i++)
            make_value(arena, &elements[i], &value->elements[i]);
        return;
    }
    to->data = arena_alloc(arena, hinge_size(to->type, count));
    memset(to->data, 0, hinge_size(to->type, count));
    for (int64_t i = 0; i < count; i++) {
        if (to->type == HINGE_STRING)
            ((hinge_string *)to->data)[i] =
                (hinge_string){value->strings[i], strlen(value->strings[i])};
        else
            harness_set(to, i, value->numbers[i]);
    }
}

/* Whether a is what was expected; otherwise why says where they differ. */
static bool same_value(const hinge_tensor *a, const hinge_tensor *expected, double tolerance,
                       char *why, size_t size)
{
    bool same = a->type == expected->type && a->rank == expected->rank;
    for (int32_t d = 0; d < expected->rank && same; d++)
        same = a->dims[d] == expected->dims[d];
    if (!same) {
        snprintf(why, size, "type %d, rank %d, dims %lld %lld, not %d, %d, %lld %lld", (int)a->type,
                 (int)a->rank, (long long)a->dims[0], (long long)a->dims[1], (int)expected->type,
                 (int)expected->rank, (long long)expected->dims[0], (long long)expected->dims[1]);
        return false;
    }
    for (int64_t i = 0; i < hinge_count(a) && same; i++) {
        if (hinge_is_container(a->type)) {
            same = same_value((const hinge_tensor *)a->data + i,
                              (const hinge_tensor *)expected->data + i, tolerance, why, size);
            continue;
        }
        if (a->type == HINGE_STRING) {
            hinge_string x = harness_get_string(a, i), y = harness_get_string(expected, i);
            same = x.size == y.size && !memcmp(x.bytes, y.bytes, x.size);
        } else {
            const double x = harness_get(a, i), y = harness_get(expected, i);
            same = x == y || fabs(x - y) <= tolerance * (1 + fabs(y));
        }
        if (!same)
            snprintf(why, size, "element %lld is %g, not %g", (long long)i,
                     a->type == HINGE_STRING ? 0 : harness_get(a, i),
                     a->type == HINGE_STRING ? 0 : harness_get(expected, i));
    }
    return same;
}

static bool bind_attributes(struct values_node *own, const struct hinge_op *op)
{
    unsigned n = 0, n_given = 0, n_bound = 0;
    while (n_given < HARNESS_MAX_ATTRIBUTES && own->c->attributes[n_given].name)
        n_given++;
    for (const struct hinge_attribute_def *def = op->attributes; def && def->name; def++, n++) {
        struct hinge_attribute *to = &own->attributes[n];
        const struct values_attribute *from = NULL;
        for (unsigned i = 0; i < n_given; i++)
            if (!strcmp(own->c->attributes[i].name, def->name))
                from = &own->c->attributes[i];
        *to = (struct hinge_attribute){.type = def->type, .present = from != NULL};
        own->given[n] = from;
        n_bound += from != NULL;
        if (def->type == HINGE_ATTR_INT)
            to->i = from ? from->i : def->i;
        const char *text = from ? from->s : def->s;
        if (def->type == HINGE_ATTR_STRING && text)
            to->s = (hinge_string){text, strlen(text)};
        if (!from)
            continue;
        to->count = from->count;
        switch (def->type) {
        case HINGE_ATTR_INTS: to->ints = from->ints; break;
        case HINGE_ATTR_STRINGS: to->strings = from->strings; break;
        case HINGE_ATTR_TYPE_PROTO: to->type_codes = &from->type_code; break;
        case HINGE_ATTR_GRAPH:
            to->graph.n_inputs = from->graph.n_inputs;
            to->graph.n_outputs = from->graph.n_outputs;
            to->graph.inputs = from->graph.declared_inputs;
            to->graph.outputs = from->graph.declared_outputs;
            break;
        default: break;
        }
        if (from->type != def->type)
            misuse(own, "an attribute that the operator declares with another type");
    }
    if (n_bound != n_given)
        misuse(own, "an attribute that the operator does not declare");
    return !own->why[0];
}

static void bind_values(struct values_node *own)
{
    const struct values_case *c = own->c;
    own->abi.n_inputs = c->n_inputs;
    own->abi.n_outputs = c->n_outputs;
    for (uint32_t i = 0; i < VALUES_MAX; i++) {
        if (c->inputs[i].type) {
            make_value(&own->memory, &own->inputs[i], &c->inputs[i]);
            own->input_list[i] = &own->inputs[i];
            if (own->abi.n_inputs <= i)
                own->abi.n_inputs = i + 1;
        }
        if (c->outputs[i].type) {
            own->output_list[i] = &own->outputs[i];
            if (own->abi.n_outputs <= i)
                own->abi.n_outputs = i + 1;
        }
    }
    if (!own->abi.n_outputs) { /* a case that fails */
        own->abi.n_outputs = 1;
        own->output_list[0] = &own->outputs[0];
    }
}

static void values_open(struct values_node *own, const struct values_case *c,
                        const struct hinge_op *op, uint32_t opset, int64_t fail_allocation)
{
    *own = (struct values_node){.c = c,
                                .host = {.size = sizeof own->host,
                                         .fail = host_fail,
                                         .parallel = host_parallel,
                                         .alloc = host_alloc,
                                         .resize = host_resize,
                                         .alloc_string = host_alloc_string,
                                         .elements = host_elements,
                                         .tensor = host_tensor,
                                         .share = host_share,
                                         .graph_types = host_graph_types,
                                         .call = host_call,
                                         .call_with = host_call_with,
                                         .extend = host_extend,
                                         .pack = host_pack},
                                .fail_allocation = fail_allocation};
    own->abi = (struct hinge_node){.size = sizeof own->abi,
                                   .opset = opset,
                                   .n_threads = 1,
                                   .host = &own->host,
                                   .inputs = own->input_list,
                                   .outputs = own->output_list,
                                   .attributes = own->attributes};
    bind_values(own);
    (void)bind_attributes(own, op);
}

static void values_close(struct values_node *own)
{
    free(own->abi.scratch);
    arena_free(&own->memory);
    for (unsigned a = 0; a < HARNESS_MAX_ATTRIBUTES; a++)
        for (unsigned i = 0; i < 2; i++)
            arena_free(&own->calls[a][i]);
}

/* Calls the types hook, as the host does where the signature is not enough, and sets the outputs'
 * types: as expected, which is what the hook must say. */
static hinge_status run_types(struct values_node *own, const struct hinge_op *op)
{
    hinge_type_code inputs[VALUES_MAX] = {0}, outputs[VALUES_MAX] = {0};
    for (uint32_t i = 0; i < own->abi.n_inputs; i++)
        inputs[i] = own->c->inputs[i].type;
    hinge_status status = op->types ? op->types(&own->abi, inputs, outputs) : HINGE_OK;
    for (uint32_t k = 0; k < own->abi.n_outputs && !status; k++) {
        hinge_type_code expected = own->c->outputs[k].type;
        if (op->types && expected && outputs[k] != expected)
            snprintf(own->why, sizeof own->why, "types says %llx for output %u, not %llx",
                     (unsigned long long)outputs[k], (unsigned)k, (unsigned long long)expected);
        hinge_type_code type = expected ? expected : outputs[k];
        own->outputs[k] = (hinge_tensor){.type = (hinge_type)(type & 0xff), .rank = -1};
        if (hinge_is_container(own->outputs[k].type))
            own->outputs[k] = (hinge_tensor){(hinge_type)(type & 0xff), 1, {-1}, NULL};
    }
    return status;
}

/* What init and infer see of a container is its type; of data nothing, unless infer needs it. */
static hinge_status run_init_and_infer(struct values_node *own, const struct hinge_op *op)
{
    hinge_tensor inputs[VALUES_MAX];
    memcpy(inputs, own->inputs, sizeof inputs);
    for (uint32_t i = 0; i < own->abi.n_inputs; i++) {
        own->inputs[i].data = NULL;
        if (hinge_is_container(inputs[i].type))
            own->inputs[i].dims[0] = -1;
    }
    hinge_status status = op->init ? op->init(&own->abi) : HINGE_OK;
    if (!status && op->infer)
        status = op->infer(&own->abi);
    memcpy(own->inputs, inputs, sizeof inputs);
    return status == HINGE_NEEDS_DATA ? op->infer(&own->abi) : status;
}

static hinge_status run_prepare(struct values_node *own, const struct hinge_op *op)
{
    size_t scratch = 0;
    hinge_status status = op->prepare ? op->prepare(&own->abi, &scratch) : HINGE_OK;
    if (status)
        return status;
    own->abi.scratch = malloc(scratch ? scratch : 1);
    if (!own->abi.scratch)
        exit(2);
    memset(own->abi.scratch, POISON, scratch);
    for (uint32_t k = 0; k < own->abi.n_outputs; k++) {
        hinge_tensor *y = own->output_list[k];
        own->known[k] = y && y->rank >= 0;
        for (int32_t d = 0; y && d < y->rank; d++)
            own->known[k] = own->known[k] && y->dims[d] >= 0;
        if (own->known[k])
            y->data = arena_alloc(&own->memory, hinge_size(y->type, hinge_count(y)));
    }
    return HINGE_OK;
}

static hinge_status run_hooks(struct values_node *own, const struct hinge_op *op)
{
    hinge_status status = run_types(own, op);
    if (!status && !own->why[0])
        status = run_init_and_infer(own, op);
    if (!status && !own->why[0])
        status = run_prepare(own, op);
    if (!status && !own->why[0])
        status = op->kernels[0].run(&own->abi);
    return status;
}

/* Says in own->why what is not as the case states it. */
static void judge(struct values_node *own, hinge_status status)
{
    const struct values_case *c = own->c;
    char why[512];
    int64_t n_calls = 0;
    for (unsigned a = 0; a < HARNESS_MAX_ATTRIBUTES; a++)
        n_calls += own->n_calls[a];
    if (status != c->fails || (c->says && !strstr(own->sentence, c->says)))
        snprintf(own->why, sizeof own->why, "status %d, not %d: '%s'", (int)status, (int)c->fails,
                 own->sentence);
    else if (!status && own->sentence[0])
        snprintf(own->why, sizeof own->why, "succeeded but said '%s'", own->sentence);
    else if (status && status != HINGE_NO_MEMORY && !own->sentence[0] && c->says)
        snprintf(own->why, sizeof own->why, "failed without a sentence");
    else if (!status && n_calls != c->n_calls)
        snprintf(own->why, sizeof own->why, "%lld calls of graphs, not %lld", (long long)n_calls,
                 (long long)c->n_calls);
    else if (c->most_allocations && own->n_allocations > c->most_allocations)
        snprintf(own->why, sizeof own->why, "%lld allocations, more than %lld",
                 (long long)own->n_allocations, (long long)c->most_allocations);
    for (uint32_t k = 0; k < own->abi.n_outputs && !status && !own->why[0]; k++) {
        hinge_tensor expected;
        if (!c->outputs[k].type)
            continue;
        make_value(&own->memory, &expected, &c->outputs[k]);
        if (!same_value(&own->outputs[k], &expected, c->tolerance, why, sizeof why))
            snprintf(own->why, sizeof own->why, "output %u: %s", (unsigned)k, why);
    }
}

void values_check(const char *file, int line, const struct values_case *c)
{
    uint32_t opset = c->opset;
    const struct hinge_op *op = check_find(c->op, c->domain, &opset);
    if (!op || op->kernels[0].type != HINGE_NO_TYPE) {
        check_failed(file, line, "there is no such operator with a kernel for all types");
        return;
    }
    for (int64_t n = 0;; n += 1 + n / 32) {
        struct values_node own;
        values_open(&own, c, op, opset, n);
        hinge_status status = own.why[0] ? HINGE_OK : run_hooks(&own, op);
        bool failed = n && own.n_allocations >= n;
        if (failed && status != HINGE_NO_MEMORY)
            snprintf(own.why, sizeof own.why, "allocation %lld failed, the run ended with %d",
                     (long long)n, (int)status);
        else if (!failed && !own.why[0])
            judge(&own, status);
        bool done = own.why[0] || (n && !failed) || c->fails;
        if (own.why[0])
            check_failed(file, line, own.why);
        values_close(&own);
        if (done)
            break;
    }
    check_passed(file, line);
}
