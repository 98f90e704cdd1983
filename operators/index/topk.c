/* TopK-1, -10, -11, -24: the k largest or smallest elements along an axis and where they are. Equal
 * ones (0 and -0 are) come in the order of their indices; NaN is larger than any number. The result
 * is sorted where that is not asked for, too. */
#include "operators/kernels/heap.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#define GRAIN 16384 /* elements that are worth a thread */
#define CHUNK 128

enum { AXIS, K_OR_LARGEST };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK], k;
    size_t n_given = 1;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (status)
        return status;
    if (node->opset < 10)
        k = node->attributes[K_OR_LARGEST].i;
    else if ((status = op_input_ints(node, 1, &k, 1, &n_given)) != HINGE_OK)
        return status;
    if (n_given != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "K is not one number");
    if (k < 0 || k > x->dims[axis])
        return OP_FAIL(node, HINGE_BAD_VALUE, "k is %lld, not in [0, %lld]", (long long)k,
                       (long long)x->dims[axis]);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d == axis ? k : x->dims[d];
    status = op_set_output(node, 0, x->type, x->rank, dims);
    return status ? status : op_set_output(node, 1, HINGE_INT64, x->rank, dims);
}

/* The input as outer × count × inner. */
struct job {
    const hinge_tensor *x;
    void *values;     /* NULL: not wanted */
    int64_t *indices; /* NULL: not wanted */
    int64_t count, inner, k;
    uint64_t flip; /* what makes the smallest keys the largest */
    char *scratch;
    int64_t scratch_each;
};

/* Keys of count numbers, the first of them element at, inner apart. */
static void load_keys(const struct job *job, int64_t at, int64_t count, uint64_t *keys)
{
    const uint64_t zero = UINT64_C(1) << 63;
    const void *data = job->x->data;
#define KEYS(type, expression)                                                                     \
    for (int64_t i = 0; i < count; i++) {                                                          \
        const type v = ((const type *)data)[at + i * job->inner];                                  \
        keys[i] = (expression) ^ job->flip;                                                        \
    }                                                                                              \
    break
    switch (job->x->type) {
    case HINGE_FLOAT: KEYS(uint32_t, heap_key_of_float(v, UINT32_C(1) << 31, 0x7f800000));
    case HINGE_DOUBLE: KEYS(uint64_t, heap_key_of_float(v, zero, UINT64_C(0x7ff) << 52));
    case HINGE_FLOAT16: KEYS(uint16_t, heap_key_of_float(v, 0x8000, 0x7c00));
    case HINGE_BFLOAT16: KEYS(uint16_t, heap_key_of_float(v, 0x8000, 0x7f80));
    case HINGE_INT8: KEYS(int8_t, (uint64_t)v + zero);
    case HINGE_INT16: KEYS(int16_t, (uint64_t)v + zero);
    case HINGE_INT32: KEYS(int32_t, (uint64_t)v + zero);
    case HINGE_INT64: KEYS(int64_t, (uint64_t)v + zero);
    case HINGE_UINT8: KEYS(uint8_t, v);
    case HINGE_UINT16: KEYS(uint16_t, v);
    case HINGE_UINT32: KEYS(uint32_t, v);
    default: KEYS(uint64_t, v);
    }
#undef KEYS
}

/* Leaves the k best of a row in heap, sorted. */
static void select_best(const struct job *job, int64_t at, struct heap_entry *heap)
{
    uint64_t keys[CHUNK];
    int64_t n = 0;
    for (int64_t first = 0; first < job->count; first += CHUNK) {
        const int64_t n_keys = min_i64(CHUNK, job->count - first);
        load_keys(job, at + first * job->inner, n_keys, keys);
        for (int64_t i = 0; i < n_keys; i++) {
            const struct heap_entry entry = {keys[i], first + i};
            if (n < job->k) {
                heap[n++] = entry;
                if (n == job->k)
                    heap_make(heap, n);
            } else if (entry.key > heap[0].key) {
                heap[0] = entry;
                heap_sift(heap, n, 0);
            }
        }
    }
    heap_sort(heap, n);
}

static void rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    struct heap_entry *heap = (void *)(job->scratch + thread * job->scratch_each);
    const size_t size = op_element_size(job->x);
    for (int64_t row = begin; row < end; row++) {
        const int64_t outer = row / job->inner, inner = row % job->inner;
        const int64_t from = outer * job->count * job->inner + inner;
        const int64_t to = outer * job->k * job->inner + inner;
        select_best(job, from, heap);
        for (int64_t i = 0; i < job->k; i++) {
            const int64_t at = to + i * job->inner;
            if (job->indices)
                job->indices[at] = heap[i].index;
            if (job->values)
                memcpy((char *)job->values + (size_t)at * size,
                       (const char *)job->x->data +
                           (size_t)(from + heap[i].index * job->inner) * size,
                       size);
        }
    }
}

static const hinge_tensor *any_output(const struct hinge_node *node)
{
    return op_output(node, 0) ? op_output(node, 0) : op_output(node, 1);
}

static hinge_status scratch_each(const struct hinge_node *node, int32_t *axis, int64_t *size)
{
    hinge_status status =
        op_axis(node, "axis", node->attributes[AXIS].i, node->inputs[0]->rank, axis);
    if (status)
        return status;
    const int64_t k = any_output(node)->dims[*axis];
    return op_multiply(k, sizeof(struct heap_entry), size) ? HINGE_OK : HINGE_NO_MEMORY;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    int32_t axis;
    int64_t each, size;
    if (!any_output(node))
        return HINGE_OK;
    hinge_status status = scratch_each(node, &axis, &each);
    if (status)
        return status;
    if (!op_multiply(each, node->n_threads, &size))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)size;
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *y = any_output(node);
    const bool largest = node->opset < 11 || node->attributes[K_OR_LARGEST].i;
    struct job job = {.x = x,
                      .values = op_output(node, 0) ? node->outputs[0]->data : NULL,
                      .indices = op_output(node, 1) ? node->outputs[1]->data : NULL,
                      .flip = largest ? 0 : UINT64_MAX,
                      .scratch = node->scratch};
    int32_t axis;
    if (!y || hinge_count(y) == 0)
        return HINGE_OK;
    hinge_status status = scratch_each(node, &axis, &job.scratch_each);
    if (status)
        return status;
    job.k = y->dims[axis];
    job.count = x->dims[axis];
    job.inner = op_dims_count(x, axis + 1, x->rank);
    node->host->parallel(node, op_dims_count(x, 0, axis) * job.inner, op_grain(GRAIN, job.count),
                         rows, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "k", .type = HINGE_ATTR_INT, .required = true},
    {.name = NULL}};

static const struct hinge_attribute_def attributes_10[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1}, {.name = NULL}};

static const struct hinge_attribute_def attributes_11[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "largest", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "sorted", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

#define TOPK                                                                                       \
    .name = "TopK", .gradient = "topk:", .infer = infer, .prepare = prepare,                       \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types) "(X: T, K: int64) -> (Values: T, Indices: int64); T: " types

const struct hinge_op op_topk[] = {
    {TOPK, .since = 1, .until = 9, .attributes = attributes_1,
     .signature = "(X: T) -> (Values: T, Indices: int64); T: float16 float double"},
    {TOPK, .since = 10, .until = 10, .attributes = attributes_10,
     .signature = SIGNATURE("float16 float double")},
    {TOPK, .since = 11, .attributes = attributes_11, .signature = SIGNATURE(OP_TYPES_NUMBER)},
    OP_END,
};
