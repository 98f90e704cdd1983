/*
 * Loop-1, -11, -13, -16, -19, -21, -23, -24, -25: a graph run again and again, its states handed
 * from one iteration to the next, its further outputs gathered along a new first axis.
 *
 * Without the input cond, what the graph returns for it ends nothing, as the standard says. The
 * graph is handed iteration and condition as scalars, or as lists of one where it declares rank 1.
 * States may change their shape; one that begins as an optional may go on as its element, and is
 * handed to the graph as an optional all the same. Where there is no iteration, the dimensions that
 * the graph leaves open in what is gathered are 0.
 */
#include "operators/op/body.h"
#include "operators/op/slices.h"

#include <string.h>

/* What the inputs M and cond, and the graph's output for cond, are besides the states. */
#define N_LEADING 2

static uint32_t n_states(const struct hinge_node *node)
{
    return node->n_inputs - N_LEADING;
}

static hinge_status state_type(const struct hinge_node *node, uint32_t i, hinge_type_code before,
                               hinge_type_code after)
{
    char text[2][OP_TEXT_SIZE];
    bool unwrapped = (before & 0xff) == HINGE_OPTIONAL && before >> 8 == after;
    if (after && after != before && !unwrapped)
        return OP_FAIL(node, HINGE_BAD_MODEL, "state %u is %s, and %s after an iteration",
                       (unsigned)i, op_type_text(before, text[0]), op_type_text(after, text[1]));
    return HINGE_OK;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    hinge_type_code in[OP_BODY_MAX] = {HINGE_INT64, HINGE_BOOL}, out[OP_BODY_MAX];
    char text[OP_TEXT_SIZE];
    uint32_t n_least = node->opset < 11 ? 3 : 2;
    if (node->n_inputs < n_least || node->n_inputs > OP_BODY_MAX)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u inputs, not %u to %d", (unsigned)node->n_inputs,
                       (unsigned)n_least, OP_BODY_MAX);
    for (uint32_t i = N_LEADING; i < node->n_inputs; i++) {
        if (!inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "the initial value of state %u is left out",
                           (unsigned)(i - N_LEADING));
        in[i] = inputs[i];
    }
    uint32_t wanted = node->n_outputs > n_states(node) ? node->n_outputs : n_states(node);
    hinge_status status = op_body_types(node, 0, "body", in, node->n_inputs, out, 1 + wanted);
    if (!status && out[0] && out[0] != HINGE_BOOL)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the body's condition is %s, not bool",
                       op_type_text(out[0], text));
    for (uint32_t i = 0; i < n_states(node) && !status; i++) {
        status = state_type(node, i, inputs[N_LEADING + i], out[1 + i]);
        if (i < node->n_outputs)
            outputs[i] = out[1 + i] ? out[1 + i] : inputs[N_LEADING + i];
    }
    for (uint32_t i = n_states(node); i < node->n_outputs && !status; i++) {
        if (hinge_is_container((hinge_type)(out[1 + i] & 0xff)))
            return OP_FAIL(node, HINGE_BAD_MODEL, "output %u gathers %s, which is no tensor",
                           (unsigned)i, op_type_text(out[1 + i], text));
        outputs[i] = out[1 + i];
    }
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        op_open_output(node, i);
    return HINGE_OK;
}

/* An output that grows by a slice with each iteration. */
struct gathered {
    int64_t n, capacity;
    hinge_tensor slice; /* what the first one was */
};

struct loop {
    const struct hinge_node *node;
    struct op_body body;
    int64_t trip_count; /* INT64_MAX: no limit */
    bool conditional;   /* whether the condition can end it */
    int64_t iteration;
    bool condition;
    hinge_tensor iteration_value, condition_value;
    hinge_tensor *wrapped; /* optionals around states */
    struct gathered *gathered;
};

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = op_body_size(node, 0) + op_round_up(n_states(node) * sizeof(hinge_tensor));
    if (node->n_outputs > n_states(node))
        *scratch += (node->n_outputs - n_states(node)) * sizeof(struct gathered);
    return HINGE_OK;
}

static hinge_tensor scalar_like(const hinge_tensor *declared, hinge_type type, void *data)
{
    hinge_tensor scalar = {type, declared && declared->rank == 1, {1}, data};
    return scalar;
}

static hinge_status read_condition(const struct hinge_node *node, const hinge_tensor *x,
                                   const char *name, bool *condition)
{
    char text[OP_TEXT_SIZE];
    if (hinge_count(x) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has the shape %s, not one element", name,
                       op_dims_text(x, text));
    *condition = *(const uint8_t *)x->data != 0;
    return HINGE_OK;
}

static hinge_status begin(struct loop *loop, const struct hinge_node *node)
{
    const hinge_tensor *condition = node->inputs[1];
    char *memory = node->scratch;
    hinge_status status = HINGE_OK;
    *loop = (struct loop){
        .node = node, .trip_count = INT64_MAX, .conditional = condition != NULL, .condition = true};
    op_body_open(&loop->body, node, 0, memory);
    memory += op_body_size(node, 0);
    loop->wrapped = (hinge_tensor *)(void *)memory;
    memory += op_round_up(n_states(node) * sizeof(hinge_tensor));
    loop->gathered = (struct gathered *)(void *)memory;
    for (uint32_t i = n_states(node); i < node->n_outputs; i++)
        loop->gathered[i - n_states(node)] = (struct gathered){.n = 0};
    if (node->inputs[0])
        status = op_input_int(node, 0, "M", &loop->trip_count);
    if (condition && !status)
        status = read_condition(node, condition, "cond", &loop->condition);
    loop->iteration_value =
        scalar_like(op_body_declared_input(node, 0, 0), HINGE_INT64, &loop->iteration);
    loop->condition_value =
        scalar_like(op_body_declared_input(node, 0, 1), HINGE_BOOL, &loop->condition);
    loop->body.inputs[0] = &loop->iteration_value;
    loop->body.inputs[1] = &loop->condition_value;
    for (uint32_t i = 0; i < n_states(node); i++)
        loop->body.inputs[N_LEADING + i] = node->inputs[N_LEADING + i];
    return status;
}

/* Makes what the last iteration returned the states of the next. */
static void hand_on(struct loop *loop)
{
    const struct hinge_node *node = loop->node;
    for (uint32_t i = 0; i < n_states(node); i++) {
        hinge_tensor *state = &loop->body.outputs[1 + i];
        bool wrap =
            node->inputs[N_LEADING + i]->type == HINGE_OPTIONAL && state->type != HINGE_OPTIONAL;
        loop->wrapped[i] = (hinge_tensor){HINGE_OPTIONAL, 1, {1}, state};
        loop->body.inputs[N_LEADING + i] = wrap ? &loop->wrapped[i] : state;
    }
}

/* Slices that an output has room for at first: all, where their number is certain, otherwise no
 * more than make 1 MiB, or 4; from there on the room doubles. */
static int64_t first_capacity(const struct loop *loop, const hinge_tensor *slice)
{
    int64_t size = (int64_t)hinge_size(slice->type, hinge_count(slice));
    int64_t capacity = ((int64_t)1 << 20) / (size ? size : 1);
    if (capacity < 4)
        capacity = 4;
    bool certain = !loop->conditional && loop->trip_count < INT64_MAX;
    return certain || loop->trip_count < capacity ? loop->trip_count : capacity;
}

static hinge_status set_length(const struct loop *loop, uint32_t output, int64_t length)
{
    const hinge_tensor *slice = &loop->gathered[output - n_states(loop->node)].slice;
    int64_t dims[HINGE_MAX_RANK] = {length};
    for (int32_t d = 0; d < slice->rank; d++)
        dims[1 + d] = slice->dims[d];
    return loop->node->host->resize(loop->node, output, slice->rank + 1, dims);
}

static hinge_status check_slice(const struct loop *loop, uint32_t output, const hinge_tensor *slice)
{
    const struct gathered *gathered = &loop->gathered[output - n_states(loop->node)];
    char text[2][OP_TEXT_SIZE];
    if (slice->rank == HINGE_MAX_RANK)
        return OP_FAIL(loop->node, HINGE_LIMIT, "output %u gathers tensors of rank %d",
                       (unsigned)output, HINGE_MAX_RANK);
    if (gathered->n && !op_same_dims(slice, &gathered->slice))
        return OP_FAIL(loop->node, HINGE_BAD_SHAPE,
                       "iteration %lld has the shape %s for output %u, the first had %s",
                       (long long)loop->iteration, op_dims_text(slice, text[0]), (unsigned)output,
                       op_dims_text(&gathered->slice, text[1]));
    return HINGE_OK;
}

static hinge_status gather(struct loop *loop, uint32_t output)
{
    struct gathered *gathered = &loop->gathered[output - n_states(loop->node)];
    const hinge_tensor *slice = &loop->body.outputs[1 + output];
    hinge_status status = check_slice(loop, output, slice);
    if (status)
        return status;
    if (gathered->n == gathered->capacity) {
        int64_t capacity = gathered->n == 0                     ? first_capacity(loop, slice)
                           : gathered->n > loop->trip_count / 2 ? loop->trip_count
                                                                : 2 * gathered->n;
        gathered->slice = *slice;
        gathered->capacity = capacity;
        status = set_length(loop, output, capacity);
        if (status)
            return status;
    }
    struct op_slices slices = {.type = slice->type,
                               .outer = 1,
                               .inner = hinge_count(slice),
                               .n = 1,
                               .to_length = gathered->capacity,
                               .to_first = gathered->n++,
                               .from_length = 1};
    return op_slices_keep(loop->node, &slices, loop->node->outputs[output]->data, slice->data);
}

/* The final value of a state that no iteration returned. */
static hinge_status share_initial(const struct hinge_node *node, uint32_t i)
{
    const hinge_tensor *state = node->inputs[N_LEADING + i];
    if (state->type == HINGE_OPTIONAL && node->outputs[i]->type != HINGE_OPTIONAL) {
        if (state->dims[0] != 1)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "state %u is an optional without element, and no iteration gives it one",
                           (unsigned)i);
        state = op_element(state, 0);
    }
    return node->host->share(node, node->outputs[i], state);
}

static hinge_status finish(struct loop *loop)
{
    const struct hinge_node *node = loop->node;
    hinge_status status = HINGE_OK;
    for (uint32_t i = 0; i < node->n_outputs && !status; i++) {
        if (!node->outputs[i])
            continue;
        if (i < n_states(node)) {
            status = loop->iteration
                         ? node->host->share(node, node->outputs[i], &loop->body.outputs[1 + i])
                         : share_initial(node, i);
            continue;
        }
        struct gathered *gathered = &loop->gathered[i - n_states(node)];
        const hinge_tensor *declared = op_body_declared_output(node, 0, 1 + i);
        if (gathered->n == 0 && declared && declared->rank >= 0 && declared->rank < HINGE_MAX_RANK)
            gathered->slice = *declared;
        for (int32_t d = 0; d < gathered->slice.rank; d++)
            if (gathered->slice.dims[d] < 0)
                gathered->slice.dims[d] = 0;
        if (gathered->n == 0 || gathered->n < gathered->capacity)
            status = set_length(loop, i, gathered->n);
    }
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    struct loop loop;
    hinge_status status = begin(&loop, node);
    if (status)
        return status;
    while (loop.iteration < loop.trip_count && (loop.condition || !loop.conditional)) {
        status = op_body_call(node, &loop.body, HINGE_CALL_MOVES);
        for (uint32_t i = n_states(node); i < node->n_outputs && !status; i++)
            if (node->outputs[i])
                status = gather(&loop, i);
        if (!status)
            status = read_condition(node, &loop.body.outputs[0], "the body's condition",
                                    &loop.condition);
        if (status)
            return status;
        hand_on(&loop);
        loop.iteration++;
    }
    return finish(&loop);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "body", .type = HINGE_ATTR_GRAPH, .required = true}, {.name = NULL}};

#define LOOP                                                                                       \
    .name = "Loop", .attributes = attributes, .types = types, .infer = infer, .prepare = prepare,  \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define LOOP_SIGNATURE                                                                             \
    "(M?: I, cond?: B, v_initial*: V) -> (v_final_and_scan_outputs*: V); I: int64; B: bool; V: "

const struct hinge_op op_loop[] = {
    {LOOP, .since = 1, .until = 12, .signature = LOOP_SIGNATURE OP_TYPES_ALL_IR3},
    {LOOP, .since = 13, .until = 15,
     .signature = LOOP_SIGNATURE OP_TYPES_ALL_IR3 " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3)},
    {LOOP, .since = 16,
     .signature = LOOP_SIGNATURE OP_TYPES_ALL_IR13
     " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR13) " " OP_TYPES_OPTIONAL(OP_TYPES_ALL_IR13)},
    OP_END,
};
