/*
 * Scan-8, -9, -11, -16, -19, -21, -23, -24, -25: a graph run for each slice of the scan inputs, its
 * states handed from one iteration to the next, its further outputs gathered slice by slice.
 *
 * Scan-8 does so for each entry of a batch, the slices being along axis 1: seen from here its
 * inputs and outputs are [batch x length] slices, and those of a sequence shorter than the others
 * are the first of its row, in reverse order too where the direction says so. What is behind its
 * end in an output is zero. Where there is no iteration, the dimensions that the graph leaves open
 * in what is gathered are 0.
 */
#include "operators/control/scan_shape.h"
#include "operators/op/slices.h"

#include <string.h>

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    hinge_type_code out[OP_BODY_MAX];
    char text[2][OP_TEXT_SIZE];
    hinge_status status = scan_check_attributes(node);
    if (status)
        return status;
    const hinge_type_code *in = inputs + scan_n_leading(node);
    uint32_t n_in = node->n_inputs - scan_n_leading(node);
    for (uint32_t i = 0; i < n_in; i++)
        if (!in[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out",
                           (unsigned)(i + scan_n_leading(node)));
    uint32_t wanted = node->n_outputs > scan_n_states(node) ? node->n_outputs : scan_n_states(node);
    status = op_body_types(node, SCAN_BODY, "body", in, n_in, out, wanted);
    for (uint32_t i = 0; i < wanted && !status; i++) {
        if (i < scan_n_states(node) && out[i] && out[i] != in[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "state %u is %s, and %s after an iteration",
                           (unsigned)i, op_type_text(in[i], text[0]),
                           op_type_text(out[i], text[1]));
        if (hinge_is_container((hinge_type)(out[i] & 0xff)))
            return OP_FAIL(node, HINGE_BAD_MODEL, "output %u gathers %s, which is no tensor",
                           (unsigned)i, op_type_text(out[i], text[0]));
        if (i < node->n_outputs)
            outputs[i] = i < scan_n_states(node) ? in[i] : out[i];
    }
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = scan_check_attributes(node);
    for (uint32_t i = 0; i < node->n_outputs; i++)
        op_open_output(node, i);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (status || (node->inputs[i] && node->inputs[i]->rank < 0))
            return status;
    int64_t n_batch, length;
    status = scan_lengths(node, &n_batch, &length);
    for (uint32_t i = 0; i < node->n_outputs && !status; i++) {
        hinge_tensor *y = node->outputs[i], shape;
        const hinge_tensor *declared = op_body_declared_output(node, SCAN_BODY, i);
        int32_t axis;
        if (!y || (i >= scan_n_states(node) && (!declared || declared->rank < 0)))
            continue;
        if (i < scan_n_states(node))
            shape = *scan_state_input(node, i);
        else
            status = scan_gathered_shape(node, i - scan_n_states(node), declared, &shape, &axis);
        if (status)
            break;
        y->rank = shape.rank;
        memcpy(y->dims, shape.dims, sizeof y->dims);
    }
    return status;
}

/* A scan input and the slice of it that is at work. */
struct scanned {
    struct op_slices slices;
    bool backward, in_place; /* in_place: a slice is one piece of the input */
    hinge_tensor slice;
};

static hinge_status describe(const struct hinge_node *node, uint32_t i, struct scanned *scanned)
{
    const hinge_tensor *x = scan_scanned_input(node, i);
    int32_t axis, rank = 0;
    hinge_status status = scan_input_axis(node, i, &axis);
    if (status)
        return status;
    *scanned =
        (struct scanned){.slices = {.type = x->type,
                                    .outer = scan_is_batched(node) ? 1 : op_dims_count(x, 0, axis),
                                    .inner = op_dims_count(x, axis + 1, x->rank),
                                    .n = 1,
                                    .to_length = 1,
                                    .from_length = x->dims[axis]},
                         .backward = scan_listed(node, SCAN_INPUT_DIRECTIONS, i) == 1,
                         .slice = {.type = x->type}};
    if (scan_is_batched(node))
        scanned->slices.from_length *= x->dims[0];
    for (int32_t d = (int32_t)scan_n_leading(node); d < x->rank; d++)
        if (d != axis)
            scanned->slice.dims[rank++] = x->dims[d];
    scanned->slice.rank = rank;
    scanned->in_place =
        scanned->slices.outer == 1 && scanned->slices.inner * hinge_type_bits(x->type) % 8 == 0;
    return HINGE_OK;
}

static size_t slice_memory(const struct scanned *scanned)
{
    return scanned->in_place
               ? 0
               : op_round_up(hinge_size(scanned->slice.type, hinge_count(&scanned->slice)));
}

struct scan {
    const struct hinge_node *node;
    struct op_body body;
    struct scanned *scanned;
    hinge_tensor *initial; /* Scan-8: an entry of the batch of each state */
    int64_t n_batch, length;
    bool begun; /* an iteration has been */
};

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    hinge_status status = HINGE_OK;
    *scratch = op_body_size(node, SCAN_BODY) +
               op_round_up(scan_n_scanned(node) * sizeof(struct scanned)) +
               op_round_up(scan_n_states(node) * sizeof(hinge_tensor));
    for (uint32_t i = 0; i < scan_n_scanned(node) && !status; i++) {
        struct scanned scanned;
        status = describe(node, i, &scanned);
        if (!status)
            *scratch += slice_memory(&scanned);
    }
    return status;
}

static hinge_status open_scan(struct scan *scan, const struct hinge_node *node)
{
    char *memory = node->scratch;
    *scan = (struct scan){.node = node};
    hinge_status status = scan_lengths(node, &scan->n_batch, &scan->length);
    op_body_open(&scan->body, node, SCAN_BODY, memory);
    memory += op_body_size(node, SCAN_BODY);
    scan->scanned = (struct scanned *)(void *)memory;
    memory += op_round_up(scan_n_scanned(node) * sizeof(struct scanned));
    scan->initial = (hinge_tensor *)(void *)memory;
    memory += op_round_up(scan_n_states(node) * sizeof(hinge_tensor));
    for (uint32_t i = 0; i < scan_n_scanned(node) && !status; i++) {
        status = describe(node, i, &scan->scanned[i]);
        scan->scanned[i].slice.data = memory;
        scan->body.inputs[scan_n_states(node) + i] = &scan->scanned[i].slice;
        memory += slice_memory(&scan->scanned[i]);
    }
    return status;
}

static void begin_states(struct scan *scan, int64_t batch)
{
    for (uint32_t i = 0; i < scan_n_states(scan->node); i++) {
        const hinge_tensor *state = scan_state_input(scan->node, i);
        scan->body.inputs[i] = state;
        if (!scan_is_batched(scan->node))
            continue;
        hinge_tensor *initial = &scan->initial[i];
        *initial = (hinge_tensor){.type = state->type, .rank = state->rank - 1};
        memcpy(initial->dims, state->dims + 1, (size_t)initial->rank * sizeof *initial->dims);
        initial->data =
            (char *)state->data + batch * (int64_t)hinge_size(state->type, hinge_count(initial));
        scan->body.inputs[i] = initial;
    }
}

/* Makes the slices of step the graph's inputs; first and length are where the sequence lies in what
 * is scanned. */
static void load_slices(struct scan *scan, int64_t first, int64_t length, int64_t step)
{
    for (uint32_t i = 0; i < scan_n_scanned(scan->node); i++) {
        struct scanned *scanned = &scan->scanned[i];
        char *data = scan_scanned_input(scan->node, i)->data;
        int64_t at = first + (scanned->backward ? length - 1 - step : step);
        if (scanned->in_place) {
            size_t size = hinge_size(scanned->slice.type, hinge_count(&scanned->slice));
            scanned->slice.data = data + at * (int64_t)size;
        } else {
            scanned->slices.from_first = at;
            op_slices_copy(scan->node, &scanned->slices, scanned->slice.data, data);
        }
    }
}

static hinge_status check_states(const struct scan *scan, int64_t step)
{
    char text[2][OP_TEXT_SIZE];
    for (uint32_t i = 0; i < scan_n_states(scan->node); i++) {
        const hinge_tensor *before = scan->body.inputs[i], *after = &scan->body.outputs[i];
        if (!op_same_dims(before, after))
            return OP_FAIL(scan->node, HINGE_BAD_SHAPE,
                           "state %u has the shape %s, and %s after iteration %lld", (unsigned)i,
                           op_dims_text(before, text[0]), op_dims_text(after, text[1]),
                           (long long)step);
    }
    return HINGE_OK;
}

static void fill_with_nothing(hinge_tensor *y)
{
    int64_t count = hinge_count(y);
    for (int64_t i = 0; y->type == HINGE_STRING && i < count; i++)
        ((hinge_string *)y->data)[i] = (hinge_string){"", 0};
    if (y->type != HINGE_STRING && count)
        memset(y->data, 0, hinge_size(y->type, count));
}

/* Gives gathered output k its memory where it has none yet. Called with its first slice, or where
 * there is none with what is known of it. */
static hinge_status begin_gathered(const struct hinge_node *node, uint32_t k,
                                   const hinge_tensor *slice)
{
    uint32_t output = scan_n_states(node) + k;
    hinge_status status = HINGE_OK;
    if (op_is_open(node->outputs[output])) {
        hinge_tensor known = *slice, shape = known;
        int32_t axis;
        for (int32_t d = 0; d < known.rank; d++)
            if (known.dims[d] < 0)
                known.dims[d] = 0;
        status = scan_gathered_shape(node, k, &known, &shape, &axis);
        if (!status)
            status = node->host->resize(node, output, shape.rank, shape.dims);
    }
    if (!status && scan_is_batched(node) && node->inputs[0])
        fill_with_nothing(node->outputs[output]);
    return status;
}

static hinge_status gather(const struct scan *scan, uint32_t k, int64_t first, int64_t step)
{
    const struct hinge_node *node = scan->node;
    const hinge_tensor *slice = &scan->body.outputs[scan_n_states(node) + k];
    hinge_tensor *y = node->outputs[scan_n_states(node) + k], shape;
    char text[2][OP_TEXT_SIZE];
    int32_t axis;
    hinge_status status = scan->begun ? HINGE_OK : begin_gathered(node, k, slice);
    if (!status)
        status = scan_gathered_shape(node, k, slice, &shape, &axis);
    if (status)
        return status;
    if (!op_same_dims(&shape, y))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "iteration %lld has the shape %s for scan output %u, which is to be %s",
                       (long long)step, op_dims_text(slice, text[0]), (unsigned)k,
                       op_dims_text(y, text[1]));
    bool backward = !scan_is_batched(node) && scan_listed(node, SCAN_OUTPUT_DIRECTIONS, k) == 1;
    struct op_slices slices = {.type = y->type,
                               .outer = scan_is_batched(node) ? 1 : op_dims_count(y, 0, axis),
                               .inner = op_dims_count(y, axis + 1, y->rank),
                               .n = 1,
                               .to_length = scan->n_batch * scan->length,
                               .to_first = first + (backward ? scan->length - 1 - step : step),
                               .from_length = 1};
    return op_slices_keep(node, &slices, y->data, slice->data);
}

static hinge_status iterate(struct scan *scan, int64_t first, int64_t length)
{
    const struct hinge_node *node = scan->node;
    for (int64_t step = 0; step < length; step++) {
        load_slices(scan, first, length, step);
        hinge_status status = op_body_call(node, &scan->body, 0);
        if (!status)
            status = check_states(scan, step);
        for (uint32_t i = scan_n_states(node); i < node->n_outputs && !status; i++)
            if (node->outputs[i])
                status = gather(scan, i - scan_n_states(node), first, step);
        if (status)
            return status;
        scan->begun = true;
        for (uint32_t i = 0; i < scan_n_states(node); i++)
            scan->body.inputs[i] = &scan->body.outputs[i];
    }
    return HINGE_OK;
}

/* The states as they are now become outputs, or an entry of the batch in them. */
static hinge_status finish_states(const struct scan *scan, int64_t batch)
{
    const struct hinge_node *node = scan->node;
    hinge_status status = HINGE_OK;
    for (uint32_t i = 0; i < scan_n_states(node) && i < node->n_outputs && !status; i++) {
        const hinge_tensor *state = scan->body.inputs[i];
        if (!node->outputs[i])
            continue;
        struct op_slices slices = {.type = state->type,
                                   .outer = 1,
                                   .inner = hinge_count(state),
                                   .n = 1,
                                   .to_length = scan->n_batch,
                                   .to_first = batch,
                                   .from_length = 1};
        status = scan_is_batched(node)
                     ? op_slices_keep(node, &slices, node->outputs[i]->data, state->data)
                     : node->host->share(node, node->outputs[i], state);
    }
    return status;
}

/* Gathered outputs that no iteration has begun. */
static hinge_status finish_gathered(const struct scan *scan)
{
    const struct hinge_node *node = scan->node;
    hinge_status status = HINGE_OK;
    for (uint32_t i = scan_n_states(node); i < node->n_outputs && !scan->begun && !status; i++) {
        const hinge_tensor *declared = op_body_declared_output(node, SCAN_BODY, i);
        int64_t axis = scan_is_batched(node)
                           ? 0
                           : scan_listed(node, SCAN_OUTPUT_AXES, i - scan_n_states(node));
        hinge_tensor least = {.rank = (int32_t)(axis < 0 ? -axis - 1 : axis)};
        if (node->outputs[i])
            status = begin_gathered(node, i - scan_n_states(node),
                                    declared && declared->rank >= 0 ? declared : &least);
    }
    return status;
}

static hinge_status sequence_length(const struct scan *scan, int64_t batch, int64_t *length)
{
    const hinge_tensor *lens = scan_is_batched(scan->node) ? scan->node->inputs[0] : NULL;
    *length = lens ? ((const int64_t *)lens->data)[batch] : scan->length;
    if (*length < 0 || *length > scan->length)
        return OP_FAIL(scan->node, HINGE_BAD_VALUE,
                       "entry %lld of sequence_lens is %lld, not in "
                       "[0, %lld]",
                       (long long)batch, (long long)*length, (long long)scan->length);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    struct scan scan;
    hinge_status status = open_scan(&scan, node);
    for (int64_t batch = 0; batch < scan.n_batch && !status; batch++) {
        int64_t length;
        status = sequence_length(&scan, batch, &length);
        if (status)
            break;
        begin_states(&scan, batch);
        status = iterate(&scan, batch * scan.length, length);
        if (!status)
            status = finish_states(&scan, batch);
    }
    return status ? status : finish_gathered(&scan);
}

static const struct hinge_attribute_def attributes_8[] = {
    [SCAN_BODY] = {.name = "body", .type = HINGE_ATTR_GRAPH, .required = true},
    [SCAN_NUM_INPUTS] = {.name = "num_scan_inputs", .type = HINGE_ATTR_INT, .required = true},
    [SCAN_INPUT_DIRECTIONS] = {.name = "directions", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_9[] = {
    [SCAN_BODY] = {.name = "body", .type = HINGE_ATTR_GRAPH, .required = true},
    [SCAN_NUM_INPUTS] = {.name = "num_scan_inputs", .type = HINGE_ATTR_INT, .required = true},
    [SCAN_INPUT_DIRECTIONS] = {.name = "scan_input_directions", .type = HINGE_ATTR_INTS},
    [SCAN_OUTPUT_DIRECTIONS] = {.name = "scan_output_directions", .type = HINGE_ATTR_INTS},
    [SCAN_INPUT_AXES] = {.name = "scan_input_axes", .type = HINGE_ATTR_INTS},
    [SCAN_OUTPUT_AXES] = {.name = "scan_output_axes", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

#define SCAN                                                                                       \
    .name = "Scan", .types = types, .infer = infer, .prepare = prepare,                            \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SCAN_SIGNATURE                                                                             \
    "(initial_state_and_scan_inputs*: V) -> (final_state_and_scan_outputs*: V); V: "

const struct hinge_op op_scan[] = {
    {SCAN, .since = 8, .until = 8, .attributes = attributes_8,
     .signature = "(sequence_lens?: I, initial_state_and_scan_inputs*: V) -> "
                  "(final_state_and_scan_outputs*: V); I: int64; V: " OP_TYPES_ALL_IR3},
    {SCAN, .since = 9, .until = 15, .attributes = attributes_9,
     .signature = SCAN_SIGNATURE OP_TYPES_ALL_IR3},
    {SCAN, .since = 16, .attributes = attributes_9, .signature = SCAN_SIGNATURE OP_TYPES_ALL_IR13},
    OP_END,
};
