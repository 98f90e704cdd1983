/* The walk: see recurrent.h. */
#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/kernels/half.h"
#include "operators/recurrent/recurrent_plan.h"

#include <math.h>
#include <string.h>

enum { X, W, R, B, LENGTHS, INITIAL_H, INITIAL_C, P };
enum { Y, Y_H, Y_C };

struct recurrent_run {
    const struct hinge_node *node;
    const struct recurrent_plan *plan;
    const char *w, *r;      /* packed */
    const int32_t *lengths; /* NULL: all are as long as X */
    int64_t longest;
    /* The chunk: its steps are first[direction] to first[direction] + n_steps - 1. */
    int64_t first[2], n_steps;
};

/* Element at of an array in the scratch memory. */
static void *scratch(const struct recurrent_run *run, size_t offset, int64_t at)
{
    return (char *)run->node->scratch + offset + hinge_size(run->plan->real, at);
}

/* Elements of a tensor to the real type, and back. */
static void load(hinge_type type, void *to, const void *from, int64_t at, int64_t count)
{
    if (half_is(type))
        half_load(type, to, (const uint16_t *)from + at, count);
    else
        memcpy(to, (const char *)from + hinge_size(type, at), hinge_size(type, count));
}

static void store(hinge_type type, void *to, int64_t at, const void *from, int64_t count)
{
    if (half_is(type))
        half_store(type, (uint16_t *)to + at, from, count);
    else
        memcpy((char *)to + hinge_size(type, at), from, hinge_size(type, count));
}

static bool is_backward(const struct recurrent_plan *plan, int direction)
{
    return direction == 1 || plan->shape.is_reverse;
}

/* Where row (direction, entry) of initial_h, Y_h and the like begins. */
static int64_t last_at(const struct recurrent_shape *s, int direction, int64_t entry)
{
    return (s->is_batch_first ? entry * s->n_directions + direction
                              : direction * s->batch + entry) *
           s->hidden;
}

/* The states as they begin: from the input, or 0. */
static void load_states(const struct recurrent_run *run, unsigned input, size_t offset)
{
    const struct recurrent_shape *s = &run->plan->shape;
    const hinge_tensor *initial = op_input(run->node, input);
    for (int d = 0; d < s->n_directions; d++)
        for (int64_t b = 0; b < s->batch; b++) {
            void *to = scratch(run, offset, (d * s->batch + b) * s->hidden);
            if (initial)
                load(run->plan->type, to, initial->data, last_at(s, d, b), s->hidden);
            else
                memset(to, 0, hinge_size(run->plan->real, s->hidden));
        }
}

static void store_states(const struct recurrent_run *run, unsigned output, size_t offset)
{
    const struct recurrent_shape *s = &run->plan->shape;
    const hinge_tensor *last = op_output(run->node, output);
    for (int d = 0; last && d < s->n_directions; d++)
        for (int64_t b = 0; b < s->batch; b++)
            store(run->plan->type, last->data, last_at(s, d, b),
                  scratch(run, offset, (d * s->batch + b) * s->hidden), s->hidden);
}

static void add(const struct recurrent_plan *plan, void *y, const void *x, int64_t count)
{
    if (plan->real == HINGE_DOUBLE)
        recurrent_add_f64(y, x, count);
    else
        recurrent_add_f32(y, x, count);
}

/* The biases of W, those of R added but for what a step adds itself; and the peepholes. */
static void load_biases(const struct recurrent_run *run)
{
    const struct recurrent_plan *plan = run->plan;
    const hinge_tensor *b = op_input(run->node, B);
    const hinge_tensor *p = plan->kind->has_cell ? op_input(run->node, P) : NULL;
    const int64_t n = plan->columns, n_peepholes = 3 * plan->shape.hidden;
    for (int d = 0; d < plan->shape.n_directions; d++) {
        char *bias = scratch(run, plan->bias, d * n);
        char *recurrent_bias = scratch(run, plan->recurrent_bias, d * n);
        if (p)
            load(plan->type, scratch(run, plan->peepholes, d * n_peepholes), p->data,
                 d * n_peepholes, n_peepholes);
        if (!b) {
            memset(bias, 0, hinge_size(plan->real, n));
            memset(recurrent_bias, 0, hinge_size(plan->real, n));
            continue;
        }
        load(plan->type, bias, b->data, 2 * d * n, n);
        load(plan->type, recurrent_bias, b->data, (2 * d + 1) * n, n);
        const int64_t kept = plan->own && plan->kind->bias_gate >= 0
                                 ? plan->kind->bias_gate * plan->shape.hidden
                                 : n;
        add(plan, bias, recurrent_bias, kept);
    }
}

struct packing {
    const struct recurrent_run *run;
    bool packs_w, packs_r;
};

/* Weights that are not constant: of direction i / 2 W or R. */
static void pack(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct packing *packing = argument;
    const struct recurrent_run *run = packing->run;
    const struct recurrent_plan *plan = run->plan;
    const int64_t hidden = plan->shape.hidden, input = plan->shape.input;
    for (int64_t i = begin; i < end; i++) {
        const int64_t d = i / 2;
        if (i % 2 == 0 && packing->packs_w)
            recurrent_pack(plan->type, hidden, 1, &plan->kind->n_gates, input,
                           (const char *)run->node->inputs[W]->data +
                               hinge_size(plan->type, d * plan->columns * input),
                           (char *)run->node->scratch + plan->w + (size_t)d * plan->w_size);
        if (i % 2 == 1 && packing->packs_r)
            recurrent_pack(plan->type, hidden, plan->kind->n_parts, plan->kind->part_gates, hidden,
                           (const char *)run->node->inputs[R]->data +
                               hinge_size(plan->type, d * plan->columns * hidden),
                           (char *)run->node->scratch + plan->r + (size_t)d * plan->r_size);
    }
}

static void load_weights(struct recurrent_run *run)
{
    const struct recurrent_state *state = run->node->state;
    struct packing packing = {run, !state->w, !state->r};
    const char *memory = run->node->scratch;
    run->w = state->w ? state->w : memory + run->plan->w;
    run->r = state->r ? state->r : memory + run->plan->r;
    if (packing.packs_w || packing.packs_r)
        run->node->host->parallel(run->node, 2 * run->plan->shape.n_directions, 1, pack, &packing);
}

struct finish {
    hinge_type real;
    const char *bias;
};

static void add_bias(const void *argument, void *c, int64_t index, int64_t row, int64_t column,
                     int64_t count)
{
    (void)index, (void)row;
    const struct finish *finish = argument;
    const void *bias = finish->bias + hinge_size(finish->real, column);
    if (finish->real == HINGE_DOUBLE)
        recurrent_add_f64(c, bias, count);
    else
        recurrent_add_f32(c, bias, count);
}

/* The chunk's part of X, one row after the other as its gates are to lie. */
static const void *chunk_of_x(const struct recurrent_run *run, int64_t first)
{
    const struct recurrent_plan *plan = run->plan;
    const struct recurrent_shape *s = &plan->shape;
    const void *x = run->node->inputs[X]->data;
    const int64_t n_rows = s->is_batch_first ? run->n_steps : run->n_steps * s->batch;
    if (!plan->copies_x)
        return (const char *)x +
               hinge_size(plan->type, first * (s->is_batch_first ? 1 : s->batch) * s->input);
    for (int64_t b = 0; b < (s->is_batch_first ? s->batch : 1); b++) {
        const int64_t from = s->is_batch_first ? b * s->length + first : first * s->batch;
        load(plan->type, scratch(run, plan->x, b * n_rows * s->input), x, from * s->input,
             n_rows * s->input);
    }
    return scratch(run, plan->x, 0);
}

/* Gates of the chunk: X W^T and the biases. */
static void multiply_inputs(const struct recurrent_run *run, int direction)
{
    const struct recurrent_plan *plan = run->plan;
    if (run->first[direction] >= run->longest)
        return;
    const struct finish finish = {plan->real, scratch(run, plan->bias, direction * plan->columns)};
    struct gemm_call call = recurrent_input_product(run->node, plan, run->n_steps);
    call.a = chunk_of_x(run, run->first[direction]);
    call.packed_b = run->w + (size_t)direction * plan->w_size;
    call.c = scratch(run, plan->gates, direction * plan->chunk * plan->shape.batch * plan->columns);
    call.finish = add_bias;
    call.finish_argument = &finish;
    call.scratch = (char *)run->node->scratch + plan->gemm;
    gemm_run(&call);
}

bool recurrent_is_active(const struct recurrent_rows *rows, int64_t row)
{
    const int32_t *lengths = rows->run->lengths;
    return !lengths || rows->step < lengths[rows->first + row];
}

struct columns_job {
    const struct recurrent_product *product;
    bool is_double;
};

static void multiply_panels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct columns_job *job = argument;
    if (job->is_double)
        recurrent_panels_f64(job->product, begin, end);
    else
        recurrent_panels_f32(job->product, begin, end);
}

void recurrent_multiply(const struct recurrent_rows *rows, int part, const void *a, void *c,
                        int64_t c_stride)
{
    const struct recurrent_plan *plan = rows->run->plan;
    const struct recurrent_kind *kind = plan->kind;
    const struct recurrent_shape *s = &plan->shape;
    const bool is_double = plan->real == HINGE_DOUBLE;
    const struct recurrent_product product = {
        .n_rows = rows->n_rows,
        .columns = kind->part_gates[part] * s->hidden,
        .depth = s->hidden,
        .a = a,
        .panels = rows->run->r + (size_t)rows->direction * plan->r_size +
                  recurrent_packed_size(plan->type, s->hidden, part, kind->part_gates, s->hidden),
        .c = c,
        .c_stride = c_stride,
        .strips =
            scratch(rows->run, plan->strips,
                    (rows->direction * round_up(s->batch, GEMM_ROWS) + rows->first) * s->hidden)};
    const int64_t width = is_double ? GEMM_COLUMNS_F64 : GEMM_COLUMNS;
    const int64_t n_panels = ceil_div(product.columns, width);
    struct columns_job job = {&product, is_double};
    if (is_double)
        recurrent_pack_rows_f64(&product);
    else
        recurrent_pack_rows_f32(&product);
    if (plan->splits_columns)
        rows->run->node->host->parallel(rows->run->node, n_panels,
                                        gemm_grain(product.n_rows * width * product.depth),
                                        multiply_panels, &job);
    else
        multiply_panels(&job, 0, n_panels, 0);
}

static void store_rows(const struct recurrent_rows *rows)
{
    const struct recurrent_shape *s = &rows->run->plan->shape;
    const hinge_type type = rows->run->plan->type;
    const hinge_tensor *y = op_output(rows->run->node, Y);
    const int64_t n = s->n_directions;
    for (int64_t r = 0; y && r < rows->n_rows; r++) {
        const int64_t b = rows->first + r;
        const int64_t at = s->is_batch_first ? (b * s->length + rows->step) * n + rows->direction
                                             : (rows->step * n + rows->direction) * s->batch + b;
        if (recurrent_is_active(rows, r))
            store(type, y->data, at * s->hidden,
                  (const char *)rows->h + hinge_size(rows->run->plan->real, r * s->hidden),
                  s->hidden);
    }
}

/* Entries [first, first + n_rows) of the batch through the chunk. */
static void walk(const struct recurrent_run *run, int direction, int64_t first, int64_t n_rows)
{
    const struct recurrent_plan *plan = run->plan;
    const struct recurrent_shape *s = &plan->shape;
    const struct recurrent_state *state = run->node->state;
    const struct hinge_attribute *clip = &run->node->attributes[RECURRENT_CLIP];
    const bool backward = is_backward(plan, direction);
    const int64_t at = direction * s->batch + first;
    const bool has_peepholes = plan->kind->has_cell && op_input(run->node, P);
    struct recurrent_rows rows = {
        .run = run,
        .direction = direction,
        .first = first,
        .n_rows = n_rows,
        .hidden = s->hidden,
        .gates_stride = (s->is_batch_first ? run->n_steps : 1) * plan->columns,
        .h = scratch(run, plan->h, at * s->hidden),
        .c = scratch(run, plan->c, at * s->hidden),
        .peepholes =
            has_peepholes ? scratch(run, plan->peepholes, direction * 3 * s->hidden) : NULL,
        .bias = scratch(run, plan->recurrent_bias,
                        direction * plan->columns + max_i64(plan->kind->bias_gate, 0) * s->hidden),
        .activations = state->activations[direction],
        .clip = clip->present ? (double)clip->f : (double)INFINITY,
        .own = plan->own};
    for (int64_t i = 0; i < run->n_steps; i++) {
        const int64_t step = backward ? run->n_steps - 1 - i : i;
        const int64_t row =
            s->is_batch_first ? first * run->n_steps + step : step * s->batch + first;
        rows.step = run->first[direction] + step;
        if (rows.step >= run->longest)
            continue;
        rows.gates =
            scratch(run, plan->gates, (direction * plan->chunk * s->batch + row) * plan->columns);
        if (plan->real == HINGE_DOUBLE)
            plan->kind->step_f64(&rows);
        else
            plan->kind->step_f32(&rows);
        store_rows(&rows);
    }
}

static void walk_group(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct recurrent_run *run = argument;
    const struct recurrent_plan *plan = run->plan;
    for (int64_t i = begin; i < end; i++) {
        const int64_t first = i / plan->shape.n_directions * plan->group;
        walk(run, (int)(i % plan->shape.n_directions), first,
             min_i64(plan->group, plan->shape.batch - first));
    }
}

static void run_chunk(struct recurrent_run *run)
{
    const struct recurrent_plan *plan = run->plan;
    const struct recurrent_shape *s = &plan->shape;
    for (int d = 0; d < s->n_directions; d++)
        multiply_inputs(run, d);
    if (plan->splits_columns) {
        for (int d = 0; d < s->n_directions; d++)
            walk(run, d, 0, s->batch);
        return;
    }
    run->node->host->parallel(run->node, plan->n_groups * s->n_directions,
                              gemm_grain(run->n_steps * plan->group * plan->columns * s->hidden),
                              walk_group, run);
}

static hinge_status read_lengths(struct recurrent_run *run)
{
    const struct recurrent_shape *s = &run->plan->shape;
    run->longest = 0;
    for (int64_t b = 0; b < s->batch; b++) {
        if (run->lengths[b] < 0 || run->lengths[b] > s->length)
            return OP_FAIL(run->node, HINGE_BAD_VALUE,
                           "entry %lld of sequence_lens is %ld, not in [0, %lld]", (long long)b,
                           (long)run->lengths[b], (long long)s->length);
        run->longest = max_i64(run->longest, run->lengths[b]);
    }
    return HINGE_OK;
}

hinge_status recurrent_run(const struct hinge_node *node)
{
    const struct recurrent_plan *plan = node->prepared;
    const struct recurrent_shape *s = &plan->shape;
    const hinge_tensor *lengths = op_input(node, LENGTHS), *y = op_output(node, Y);
    struct recurrent_run run = {.node = node,
                                .plan = plan,
                                .lengths = lengths ? lengths->data : NULL,
                                .longest = s->length};
    if (s->batch == 0 || s->hidden == 0)
        return HINGE_OK;
    if (lengths) {
        hinge_status status = read_lengths(&run);
        if (status)
            return status;
        if (y)
            memset(y->data, 0, hinge_size(y->type, hinge_count(y)));
    }
    load_weights(&run);
    load_biases(&run);
    load_states(&run, INITIAL_H, plan->h);
    if (plan->kind->has_cell)
        load_states(&run, INITIAL_C, plan->c);
    for (int64_t done = 0; done < s->length; done += run.n_steps) {
        run.n_steps = min_i64(plan->chunk, s->length - done);
        for (int d = 0; d < s->n_directions; d++)
            run.first[d] = is_backward(plan, d) ? s->length - done - run.n_steps : done;
        run_chunk(&run);
    }
    store_states(&run, Y_H, plan->h);
    if (plan->kind->has_cell)
        store_states(&run, Y_C, plan->c);
    return HINGE_OK;
}
