#include "operators/matrix/einsum_plan.h"

#include <string.h>

struct planner {
    struct hinge_node *node;
    struct einsum_plan *plan;
    struct einsum_sizes sizes;
    uint32_t left[EINSUM_LABELS]; /* operands still to come, and the output, that have the label */
    bool converts;                /* the inputs' type is not what is computed in */
    hinge_status status;
};

static hinge_type computed_type(hinge_type type)
{
    switch (type) {
    case HINGE_FLOAT:
    case HINGE_FLOAT16: return HINGE_FLOAT;
    case HINGE_DOUBLE: return HINGE_DOUBLE;
    case HINGE_INT64:
    case HINGE_UINT64: return HINGE_INT64;
    default: return HINGE_INT32;
    }
}

static void too_large(struct planner *p)
{
    if (!p->status)
        p->status = OP_FAIL(p->node, HINGE_LIMIT, "an intermediate result is too large");
}

static int64_t reserve(struct planner *p, int64_t count, int64_t element_size)
{
    const int64_t at = p->plan->size;
    int64_t size;
    if (!op_multiply(count, element_size, &size) || size > INT64_MAX / 4 - at) {
        too_large(p);
        return 0;
    }
    p->plan->size += round_up(size, 64);
    return at;
}

static int32_t find(const struct einsum_view *v, int label)
{
    for (int32_t i = 0; i < v->rank; i++)
        if (v->labels[i] == label)
            return i;
    return -1;
}

static bool has(const struct einsum_view *v, int label)
{
    return find(v, label) >= 0;
}

static void append(struct planner *p, struct einsum_view *v, int label, int64_t extent,
                   int64_t stride)
{
    if (v->rank == EINSUM_MAX_RANK) {
        if (!p->status)
            p->status = OP_FAIL(p->node, HINGE_LIMIT, "an intermediate result has rank %d or more",
                                EINSUM_MAX_RANK);
        return;
    }
    v->labels[v->rank] = (uint8_t)label;
    v->extents[v->rank] = extent;
    v->strides[v->rank++] = stride;
}

/* Gives a view with labels and extents dense strides, and memory where it is not the output. */
static void make_dense(struct planner *p, struct einsum_view *v)
{
    int64_t count = 1;
    for (int32_t d = v->rank; d-- > 0;) {
        v->strides[d] = count;
        if (!op_multiply(count, v->extents[d], &count)) {
            too_large(p);
            return;
        }
    }
    if (v->where != EINSUM_OUTPUT)
        v->at = reserve(p, count, (int64_t)hinge_size(p->plan->type, 1));
}

static struct einsum_step *add_step(struct planner *p, enum einsum_kind kind)
{
    struct einsum_step *step = &p->plan->steps[p->plan->n_steps++];
    *step = (struct einsum_step){.kind = kind};
    return step;
}

/* An input's indices, those that are there more than once being its diagonal. */
static struct einsum_view view_input(struct planner *p, uint32_t input,
                                     const struct einsum_term *term)
{
    const hinge_tensor *x = p->node->inputs[input];
    struct einsum_view v = {.where = EINSUM_INPUT, .at = input};
    uint8_t labels[HINGE_MAX_RANK];
    int64_t strides[HINGE_MAX_RANK], stride = 1;
    einsum_labels(term, x->rank, labels);
    for (int32_t d = x->rank; d-- > 0; stride *= x->dims[d])
        strides[d] = stride;
    for (int32_t d = 0; d < x->rank; d++) {
        const int32_t there = find(&v, labels[d]);
        if (x->dims[d] == 1)
            continue;
        if (there < 0)
            append(p, &v, labels[d], x->dims[d], strides[d]);
        else
            v.strides[there] += strides[d];
    }
    return v;
}

static struct einsum_view next_operand(struct planner *p, struct einsum_reader *reader,
                                       uint32_t input)
{
    struct einsum_term term;
    struct einsum_view v = {0};
    p->status = einsum_next(reader, &term);
    if (p->status)
        return v;
    v = view_input(p, input, &term);
    if (p->converts) {
        struct einsum_step *step = add_step(p, EINSUM_CONVERT);
        step->x = v;
        v.where = EINSUM_SCRATCH;
        v.at =
            reserve(p, hinge_count(p->node->inputs[input]), (int64_t)hinge_size(p->plan->type, 1));
        step->to = v;
    }
    for (int32_t d = 0; d < v.rank; d++)
        p->left[v.labels[d]]--;
    return v;
}

/* Sums over what is not in order, and arranges the rest so, n labels of v. */
static void arrange(struct planner *p, struct einsum_view *v, const uint8_t *order, int32_t n,
                    bool to_output)
{
    struct einsum_step *step = add_step(p, EINSUM_SUM);
    step->to.where = to_output ? EINSUM_OUTPUT : EINSUM_SCRATCH;
    step->x.where = v->where;
    step->x.at = v->at;
    for (int32_t i = 0; i < n; i++) {
        const int32_t d = find(v, order[i]);
        append(p, &step->x, order[i], v->extents[d], v->strides[d]);
        append(p, &step->to, order[i], v->extents[d], 0);
    }
    for (int32_t d = 0; d < v->rank; d++)
        if (!has(&step->to, v->labels[d]))
            append(p, &step->x, v->labels[d], v->extents[d], v->strides[d]);
    make_dense(p, &step->to);
    *v = step->to;
}

/* Sums over the indices that neither the other operand nor anything later has. */
static void drop(struct planner *p, struct einsum_view *v, const struct einsum_view *other)
{
    uint8_t order[EINSUM_MAX_RANK];
    int32_t n = 0;
    for (int32_t d = 0; d < v->rank; d++)
        if (p->left[v->labels[d]] > 0 || has(other, v->labels[d]))
            order[n++] = v->labels[d];
    if (n < v->rank)
        arrange(p, v, order, n, false);
}

/* The output's labels but those of extent 1. */
static int32_t output_order(const struct planner *p, uint8_t *order)
{
    int32_t n = 0;
    for (int32_t d = 0; d < p->sizes.rank; d++)
        if (p->sizes.extents[p->sizes.output[d]] != 1)
            order[n++] = p->sizes.output[d];
    return n;
}

static bool in_output_order(const struct planner *p, const struct einsum_view *v)
{
    uint8_t order[HINGE_MAX_RANK];
    return output_order(p, order) == v->rank && !memcmp(order, v->labels, (size_t)v->rank);
}

/* Whether dimensions [begin, end) are one in memory, and the stride of that. */
static bool is_one(const struct einsum_view *v, int32_t begin, int32_t end, int64_t *stride)
{
    *stride = 1;
    for (int32_t d = begin; d + 1 < end; d++)
        if (v->strides[d] != v->strides[d + 1] * v->extents[d + 1])
            return false;
    if (end > begin)
        *stride = v->strides[end - 1];
    return true;
}

/* Whether it can be an operand of gemm as it lies, the batch apart. */
static bool is_matrix(const struct einsum_view *v, int32_t n_batch, int32_t n_first)
{
    int64_t first, second;
    return is_one(v, n_batch, n_batch + n_first, &first) &&
           is_one(v, n_batch + n_first, v->rank, &second) && (first == 1 || second == 1);
}

/* A view of v with its labels in that order. */
static struct einsum_view reordered(const struct einsum_view *v, const uint8_t *order)
{
    struct einsum_view to = *v;
    for (int32_t i = 0; i < v->rank; i++) {
        const int32_t d = find(v, order[i]);
        to.labels[i] = order[i];
        to.extents[i] = v->extents[d];
        to.strides[i] = v->strides[d];
    }
    return to;
}

struct kinds {
    uint8_t batch[EINSUM_MAX_RANK], rows[EINSUM_MAX_RANK], columns[EINSUM_MAX_RANK];
    uint8_t depth[EINSUM_MAX_RANK];
    int32_t n_batch, n_rows, n_columns, n_depth;
};

static struct kinds sort_labels(const struct planner *p, const struct einsum_view *x,
                                const struct einsum_view *y)
{
    struct kinds k = {.n_batch = 0};
    for (int32_t d = 0; d < x->rank; d++) {
        const uint8_t label = x->labels[d];
        if (!has(y, label))
            k.rows[k.n_rows++] = label;
        else if (p->left[label] > 0)
            k.batch[k.n_batch++] = label;
        else
            k.depth[k.n_depth++] = label;
    }
    for (int32_t d = 0; d < y->rank; d++)
        if (!has(x, y->labels[d]))
            k.columns[k.n_columns++] = y->labels[d];
    return k;
}

static int32_t join(uint8_t *order, int32_t n, const uint8_t *labels, int32_t n_labels)
{
    memcpy(order + n, labels, (size_t)n_labels);
    return n + n_labels;
}

static void as_matrices(struct planner *p, struct einsum_view *v, const uint8_t *order,
                        int32_t n_batch, int32_t n_first)
{
    const struct einsum_view view = reordered(v, order);
    if (is_matrix(&view, n_batch, n_first))
        *v = view;
    else
        arrange(p, v, order, v->rank, false);
}

/* One of both is a factor for each element of the other. */
static struct einsum_view multiply(struct planner *p, const struct einsum_view *x,
                                   const struct einsum_view *y, const uint8_t *order, int32_t n,
                                   bool to_output)
{
    struct einsum_step *step = add_step(p, EINSUM_MULTIPLY);
    step->x.where = x->where;
    step->x.at = x->at;
    step->y.where = y->where;
    step->y.at = y->at;
    step->to.where = to_output ? EINSUM_OUTPUT : EINSUM_SCRATCH;
    for (int32_t i = 0; i < n; i++) {
        const int32_t in_x = find(x, order[i]), in_y = find(y, order[i]);
        const int64_t extent = in_x < 0 ? y->extents[in_y] : x->extents[in_x];
        append(p, &step->x, order[i], extent, in_x < 0 ? 0 : x->strides[in_x]);
        append(p, &step->y, order[i], extent, in_y < 0 ? 0 : y->strides[in_y]);
        append(p, &step->to, order[i], extent, 0);
    }
    make_dense(p, &step->to);
    return step->to;
}

static struct einsum_view product(struct planner *p, struct einsum_view x, struct einsum_view y,
                                  const struct kinds *k, bool to_output)
{
    uint8_t order[2 * EINSUM_MAX_RANK];
    int32_t n = join(order, 0, k->batch, k->n_batch);
    n = join(order, n, k->rows, k->n_rows);
    join(order, n, k->depth, k->n_depth);
    as_matrices(p, &x, order, k->n_batch, k->n_rows);
    n = join(order, k->n_batch, k->depth, k->n_depth);
    join(order, n, k->columns, k->n_columns);
    as_matrices(p, &y, order, k->n_batch, k->n_depth);
    n = join(order, k->n_batch, k->rows, k->n_rows);
    n = join(order, n, k->columns, k->n_columns);

    struct einsum_step *step = add_step(p, EINSUM_GEMM);
    step->x = x;
    step->y = y;
    step->n_batch = k->n_batch;
    step->n_rows = k->n_rows;
    step->n_columns = k->n_columns;
    step->n_depth = k->n_depth;
    for (int32_t i = 0; i < n; i++) {
        const struct einsum_view *of = has(&x, order[i]) ? &x : &y;
        append(p, &step->to, order[i], of->extents[find(of, order[i])], 0);
    }
    step->to.where = to_output && in_output_order(p, &step->to) ? EINSUM_OUTPUT : EINSUM_SCRATCH;
    make_dense(p, &step->to);
    if (k->n_batch && !p->status)
        step->offsets_at = reserve(p, einsum_count(x.extents, 0, k->n_batch), 2 * sizeof(int64_t));
    return step->to;
}

/* Whether the output begins, behind the batch, with an index that y alone has. */
static bool is_swapped(const struct planner *p, const struct kinds *k)
{
    uint8_t order[HINGE_MAX_RANK];
    const int32_t n = output_order(p, order);
    for (int32_t i = 0; i < n; i++)
        if (!memchr(k->batch, order[i], (size_t)k->n_batch))
            return memchr(k->columns, order[i], (size_t)k->n_columns) != NULL;
    return false;
}

static struct einsum_view combine(struct planner *p, struct einsum_view x, struct einsum_view y,
                                  bool last)
{
    uint8_t order[2 * EINSUM_MAX_RANK];
    const bool to_output = last && !p->converts;
    drop(p, &x, &y);
    drop(p, &y, &x);
    struct kinds k = sort_labels(p, &x, &y);
    if (last && is_swapped(p, &k)) {
        const struct einsum_view first = x;
        x = y;
        y = first;
        k = sort_labels(p, &x, &y);
    }
    if (k.n_depth > 0 || (k.n_rows > 0 && k.n_columns > 0))
        return product(p, x, y, &k, to_output);
    int32_t n = join(order, 0, k.batch, k.n_batch);
    n = join(order, n, k.rows, k.n_rows);
    n = join(order, n, k.columns, k.n_columns);
    return multiply(p, &x, &y, order, last ? output_order(p, order) : n, to_output);
}

static void finish(struct planner *p, struct einsum_view *v, bool is_dense)
{
    uint8_t order[HINGE_MAX_RANK];
    const int32_t n = output_order(p, order);
    if (v->where == EINSUM_OUTPUT)
        return;
    if (!p->converts || !is_dense || !in_output_order(p, v))
        arrange(p, v, order, n, !p->converts);
    if (p->converts)
        add_step(p, EINSUM_STORE)->x = *v;
}

static void count_labels(struct planner *p)
{
    struct einsum_reader reader;
    einsum_open(p->node, &reader);
    for (uint32_t i = 0; i < p->node->n_inputs && !p->status; i++) {
        struct einsum_term term;
        p->status = einsum_next(&reader, &term);
        if (p->status)
            return;
        const struct einsum_view v = view_input(p, i, &term);
        for (int32_t d = 0; d < v.rank; d++)
            p->left[v.labels[d]]++;
    }
    for (int32_t d = 0; d < p->sizes.rank; d++)
        p->left[p->sizes.output[d]]++;
}

/* What products need besides their operands, one after the other in the same place. */
static void reserve_products(struct planner *p)
{
    int64_t most = 0;
    for (int32_t i = 0; i < p->plan->n_steps; i++)
        if (p->plan->steps[i].kind == EINSUM_GEMM) {
            const struct gemm_call call = einsum_call(p->node, p->plan, &p->plan->steps[i]);
            most = max_i64(most, (int64_t)gemm_scratch(&call));
        }
    p->plan->gemm_at = reserve(p, most, 1);
}

static void make_steps(struct planner *p)
{
    struct einsum_reader reader;
    const uint32_t n = p->node->n_inputs;
    count_labels(p);
    einsum_open(p->node, &reader);
    if (p->status)
        return;
    struct einsum_view v = next_operand(p, &reader, 0);
    for (uint32_t i = 1; i < n && !p->status; i++) {
        const struct einsum_view next = next_operand(p, &reader, i);
        if (!p->status)
            v = combine(p, v, next, i == n - 1);
    }
    if (!p->status)
        finish(p, &v, n > 1);
    if (!p->status)
        reserve_products(p);
}

hinge_status einsum_plan(struct hinge_node *node, struct einsum_plan **plan)
{
    const hinge_type type = node->inputs[0]->type;
    struct planner p = {.node = node,
                        .converts = computed_type(type) == HINGE_FLOAT
                                        ? type != HINGE_FLOAT
                                        : hinge_type_bits(type) < 32};
    hinge_status status = einsum_measure(node, &p.sizes);
    if (status)
        return status;
    /* An operand converted, arranged and summed; what there is arranged, summed and multiplied. */
    const size_t n_steps = 6 * (size_t)node->n_inputs + 2;
    p.plan = node->host->alloc(node, sizeof *p.plan + n_steps * sizeof *p.plan->steps);
    if (!p.plan)
        return HINGE_NO_MEMORY;
    *p.plan = (struct einsum_plan){.type = computed_type(type)};
    for (int label = 0; label < EINSUM_LABELS; label++)
        p.plan->zero |= p.sizes.extents[label] == 0;
    if (!p.plan->zero)
        make_steps(&p);
    *plan = p.plan;
    return p.status;
}

struct gemm_call einsum_call(const struct hinge_node *node, const struct einsum_plan *plan,
                             const struct einsum_step *step)
{
    const struct einsum_view *x = &step->x, *y = &step->y;
    const int32_t n_batch = step->n_batch, x_middle = n_batch + step->n_rows;
    const int32_t y_middle = n_batch + step->n_depth;
    struct gemm_call call = {.node = node,
                             .type = plan->type,
                             .batch = einsum_count(x->extents, 0, n_batch),
                             .rows = einsum_count(x->extents, n_batch, x_middle),
                             .columns = einsum_count(y->extents, y_middle, y->rank),
                             .depth = einsum_count(x->extents, x_middle, x->rank)};
    is_one(x, n_batch, x_middle, &call.a_row);
    is_one(x, x_middle, x->rank, &call.a_depth);
    is_one(y, n_batch, y_middle, &call.b_depth);
    is_one(y, y_middle, y->rank, &call.b_column);
    return call;
}
