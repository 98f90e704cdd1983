#include "operators/trees/trees.h"

#include <string.h>

#include "operators/kernels/convert.h"

#define LANES 8
#define BLOCK 64 /* rows that go down a tree together, a multiple of LANES */
#define FEW 16   /* rows that are taken tree by tree */
#define GRAIN 512
#define ALIGN 64

struct job {
    const struct hinge_node *node;
    const struct trees *trees;
    const hinge_tensor *tensor; /* X */
    const void *x;              /* few rows, in the trees' type */
    int64_t n_rows, n_features;
    enum trees_aggregate aggregate;
    trees_finish *finish;
    uint32_t *leaves; /* of pairs */
    char *scratch;
    int64_t scratch_each;
};

/* Parts of a thread's scratch. */
struct scratch {
    double *scores;
    void *sums, *converted;
    uint8_t *has;
};

static bool is_converted(const hinge_tensor *x, const struct trees *trees)
{
    return x->type != trees->type;
}

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Adds n × each bytes, rounded up, to *size; returns false where that is too much. */
static bool add_room(int64_t *size, int64_t n, int64_t each)
{
    int64_t room;
    if (!op_multiply(n, each, &room) || room > INT64_MAX / 4 - *size)
        return false;
    *size = (*size + room + ALIGN - 1) / ALIGN * ALIGN;
    return true;
}

/* What a thread needs for a number of rows at a time, its parts in this order. */
static bool room_for_rows(const hinge_tensor *x, const struct trees *trees, int64_t n,
                          int64_t *size)
{
    const int64_t number = (int64_t)hinge_size(trees->type, 1);
    int64_t n_sums, n_converted;
    *size = 0;
    return op_multiply(n, trees->n_targets, &n_sums) &&
           op_multiply(n, is_converted(x, trees) ? x->dims[x->rank - 1] : 0, &n_converted) &&
           add_room(size, trees->n_targets + 1, sizeof(double)) && add_room(size, n_sums, number) &&
           add_room(size, n_converted, number) && add_room(size, n_sums, 1);
}

static int64_t rows_at_once(const hinge_tensor *x)
{
    return x->rank == 2 && x->dims[0] > FEW ? min(x->dims[0], BLOCK) : 1;
}

static struct scratch scratch_of(const struct job *job, unsigned thread)
{
    const int64_t number = (int64_t)hinge_size(job->trees->type, 1);
    const int64_t n = rows_at_once(job->tensor);
    char *at = job->scratch + thread * job->scratch_each;
    struct scratch s = {.scores = (double *)at};
    int64_t size = 0;
    add_room(&size, job->trees->n_targets + 1, sizeof(double));
    s.sums = at + size;
    add_room(&size, n * job->trees->n_targets, number);
    s.converted = at + size;
    add_room(&size, is_converted(job->tensor, job->trees) ? n * job->n_features : 0, number);
    s.has = (uint8_t *)at + size;
    return s;
}

/* Rows of X in the trees' type: themselves, or converted. */
static const void *rows_of(const struct job *job, int64_t first, int64_t n, void *converted)
{
    const hinge_tensor *x = job->tensor;
    const int64_t size = (int64_t)hinge_size(x->type, 1);
    const char *from = (const char *)x->data + first * job->n_features * size;
    if (!is_converted(x, job->trees))
        return from;
    double chunk[BLOCK];
    for (int64_t at = 0; at < n * job->n_features; at += BLOCK) {
        const int64_t count = min(n * job->n_features - at, BLOCK);
        const int64_t number = (int64_t)hinge_size(job->trees->type, 1);
        convert_to_double(x->type, chunk, from + at * size, count);
        convert_from_double(job->trees->type, (char *)converted + at * number, chunk, count);
    }
    return converted;
}

static bool is_member(const double *members, int64_t n, double x)
{
    int64_t begin = 0, end = n;
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if (members[middle] < x)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin < n && members[begin] == x;
}

#define NUMBER float
#define SPLIT struct trees_split_f32
#define NAME(name) name##_f32
#include "operators/trees/trees_tmpl.c"

#define NUMBER double
#define SPLIT struct trees_split_f64
#define NAME(name) name##_f64
#include "operators/trees/trees_tmpl.c"

/* Behind the threads' parts, where there are few rows: those rows converted, and the leaves. */
struct room {
    int64_t each, converted, leaves, size;
};

static bool find_room(const struct hinge_node *node, const struct trees *trees, struct room *room)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, number = (int64_t)sizeof(double);
    const bool few = n_rows <= FEW;
    int64_t n_converted = 0, n_leaves = 0;
    if (!room_for_rows(x, trees, rows_at_once(x), &room->each))
        return false;
    if (few &&
        (!op_multiply(n_rows, trees->n_trees, &n_leaves) ||
         !op_multiply(n_rows, is_converted(x, trees) ? x->dims[x->rank - 1] : 0, &n_converted)))
        return false;
    room->size = 0;
    if (!add_room(&room->size, few ? 1 : node->n_threads, room->each))
        return false;
    room->converted = room->size;
    if (!add_room(&room->size, n_converted, number))
        return false;
    room->leaves = room->size;
    return add_room(&room->size, n_leaves, sizeof(uint32_t));
}

hinge_status trees_scratch(const struct hinge_node *node, const struct trees *trees,
                           size_t *scratch)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n_features = x->dims[x->rank - 1];
    struct room room;
    if (trees->max_feature >= n_features)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a split is by feature %lld, but X has %lld features",
                       (long long)trees->max_feature, (long long)n_features);
    if (!find_room(node, trees, &room))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)room.size;
    return HINGE_OK;
}

void trees_run(const struct hinge_node *node, const struct trees *trees,
               enum trees_aggregate aggregate, trees_finish *finish)
{
    const hinge_tensor *x = node->inputs[0];
    const bool is_float = trees->type == HINGE_FLOAT;
    struct room room;
    struct job job = {.node = node,
                      .trees = trees,
                      .tensor = x,
                      .n_rows = x->rank == 2 ? x->dims[0] : 1,
                      .n_features = x->dims[x->rank - 1],
                      .aggregate = aggregate,
                      .finish = finish,
                      .scratch = node->scratch};
    if (job.n_rows == 0 || !find_room(node, trees, &room))
        return;
    job.scratch_each = room.each;
    if (job.n_rows > FEW) {
        node->host->parallel(node, job.n_rows, op_grain(GRAIN, trees->n_trees),
                             is_float ? blocks_f32 : blocks_f64, &job);
        return;
    }
    job.leaves = (uint32_t *)(void *)(job.scratch + room.leaves);
    job.x = rows_of(&job, 0, job.n_rows, job.scratch + room.converted);
    node->host->parallel(node, job.n_rows * trees->n_trees, GRAIN, is_float ? pairs_f32 : pairs_f64,
                         &job);
    if (is_float)
        count_f32(&job);
    else
        count_f64(&job);
}
