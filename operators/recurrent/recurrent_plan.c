#include "operators/recurrent/recurrent_plan.h"

#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/kernels/half.h"
#include "operators/op/copy.h"

/* Gates of a chunk: as many as stay in a second-level cache, but rows enough for a good product. */
#define CHUNK_COUNT ((int64_t)1 << 17)
enum { CHUNK_ROWS = 32 };

/* Multiply-adds of a step that are worth waking threads for at each one. */
#define STEP_WORK ((int64_t)1 << 19)

struct gemm_call recurrent_input_product(const struct hinge_node *node,
                                         const struct recurrent_plan *plan, int64_t n_steps)
{
    return (struct gemm_call){.node = node,
                              .type = plan->real,
                              .batch = 1,
                              .rows = n_steps * plan->shape.batch,
                              .columns = plan->columns,
                              .depth = plan->shape.input,
                              .a_row = plan->shape.input,
                              .a_depth = 1,
                              .b_depth = 1,
                              .b_column = plan->shape.input,
                              .packed_b = plan};
}

/* Room for count things of a size; false where that cannot be. */
static bool reserve(struct recurrent_plan *plan, size_t *offset, int64_t count, int64_t each)
{
    int64_t bytes;
    *offset = plan->size;
    if (!op_multiply(count, each, &bytes) || bytes > INT64_MAX / 2 - (int64_t)plan->size)
        return false;
    plan->size += ((size_t)bytes + 63) / 64 * 64;
    return true;
}

static bool reserve_all(const struct hinge_node *node, struct recurrent_plan *plan)
{
    const struct recurrent_shape *s = &plan->shape;
    const struct recurrent_state *state = node->state;
    const int64_t real = plan->real == HINGE_DOUBLE ? sizeof(double) : sizeof(float);
    const int64_t n = s->n_directions;
    const hinge_tensor *peepholes = plan->kind->has_cell ? op_input(node, 7) : NULL;
    int64_t rows, gates, strips, states, input;
    if (!op_multiply(s->batch, plan->chunk, &rows) || !op_multiply(rows, plan->columns, &gates) ||
        !op_multiply(rows, s->input, &input) || s->batch > INT64_MAX - GEMM_ROWS ||
        !op_multiply(s->batch, s->hidden, &states) ||
        !op_multiply(round_up(s->batch, GEMM_ROWS), s->hidden, &strips))
        return false;
    plan->w_size = recurrent_packed_size(plan->type, s->hidden, 1, &plan->kind->n_gates, s->input);
    plan->r_size = recurrent_packed_size(plan->type, s->hidden, plan->kind->n_parts,
                                         plan->kind->part_gates, s->hidden);
    return reserve(plan, &plan->w, state->w ? 0 : n, (int64_t)plan->w_size) &&
           reserve(plan, &plan->r, state->r ? 0 : n, (int64_t)plan->r_size) &&
           reserve(plan, &plan->bias, n * real, plan->columns) &&
           reserve(plan, &plan->recurrent_bias, n * real, plan->columns) &&
           reserve(plan, &plan->peepholes, peepholes ? n * real : 0, 3 * s->hidden) &&
           reserve(plan, &plan->h, n * real, states) && reserve(plan, &plan->c, n * real, states) &&
           reserve(plan, &plan->gates, n * real, gates) &&
           reserve(plan, &plan->strips, s->batch > GEMM_FEW_ROWS ? n * real : 0, strips) &&
           reserve(plan, &plan->x, plan->copies_x ? real : 0, input);
}

static void choose_tasks(const struct hinge_node *node, struct recurrent_plan *plan)
{
    const struct recurrent_shape *s = &plan->shape;
    const int64_t n_threads = node->n_threads;
    const double work = (double)s->batch * (double)plan->columns * (double)s->hidden;
    plan->group = ceil_div(s->batch, ceil_div(n_threads, s->n_directions));
    if (plan->group > GEMM_FEW_ROWS)
        plan->group = round_up(plan->group, GEMM_ROWS);
    plan->n_groups = ceil_div(s->batch, plan->group);
    plan->splits_columns = n_threads > plan->n_groups * s->n_directions && work >= STEP_WORK;
}

hinge_status recurrent_prepare(struct hinge_node *node, size_t *scratch)
{
    const struct recurrent_kind *kind = ((const struct recurrent_state *)node->state)->kind;
    struct recurrent_plan *plan = node->host->alloc(node, sizeof *plan);
    if (!plan)
        return HINGE_NO_MEMORY;
    node->prepared = plan;
    *plan = (struct recurrent_plan){
        .kind = kind,
        .type = node->inputs[0]->type,
        .own = kind->own_since && node->opset >= kind->own_since &&
               node->attributes[RECURRENT_OWN].i != 0,
    };
    struct recurrent_shape *s = &plan->shape;
    hinge_status status = recurrent_read_shape(node, kind, s);
    if (status || s->batch == 0 || s->hidden == 0)
        return status;
    plan->real = recurrent_real(plan->type);
    plan->columns = kind->n_gates * s->hidden;
    plan->chunk = max_i64(max_i64(CHUNK_ROWS, CHUNK_COUNT / plan->columns) / s->batch, 1);
    plan->chunk = min_i64(plan->chunk, s->length);
    plan->copies_x =
        half_is(plan->type) || (s->is_batch_first && s->batch > 1 && plan->chunk < s->length);
    choose_tasks(node, plan);
    if (!reserve_all(node, plan))
        return OP_FAIL(node, HINGE_LIMIT, "a run would take too much memory");
    *scratch = plan->gemm = plan->size;
    if (s->length == 0)
        return HINGE_OK;
    const int64_t rest = s->length % plan->chunk;
    const struct gemm_call call = recurrent_input_product(node, plan, plan->chunk);
    const struct gemm_call last = recurrent_input_product(node, plan, rest);
    const size_t size = gemm_scratch(&call), last_size = gemm_scratch(&last);
    *scratch = plan->size + (size > last_size ? size : last_size);
    return HINGE_OK;
}
