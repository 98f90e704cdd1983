/* NonMaxSuppression-10, -11: for each batch and class the boxes of the highest scores, of equal
 * ones the first, without those that overlap one already chosen by more than iou_threshold. Where
 * score_threshold is there only scores above it count; NaN never does. */
#include "operators/kernels/heap.h"
#include "operators/op/copy.h"

#include <math.h>

enum { BOXES, SCORES, MAX_OUTPUT_BOXES, IOU_THRESHOLD, SCORE_THRESHOLD };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *boxes = node->inputs[BOXES], *scores = node->inputs[SCORES];
    const int64_t dims[2] = {-1, 3}, format = node->attributes[0].i;
    if (boxes->rank != 3 || scores->rank != 3 || boxes->dims[2] != 4)
        return OP_FAIL(
            node, HINGE_BAD_SHAPE,
            "boxes are not [batches, boxes, 4], or scores not [batches, classes, boxes]");
    if (boxes->dims[0] != scores->dims[0] || boxes->dims[1] != scores->dims[2])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "boxes are %lld batches of %lld, scores %lld of %lld",
                       (long long)boxes->dims[0], (long long)boxes->dims[1],
                       (long long)scores->dims[0], (long long)scores->dims[2]);
    if (format != 0 && format != 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "center_point_box is %lld, not 0 or 1",
                       (long long)format);
    for (unsigned i = MAX_OUTPUT_BOXES; i <= SCORE_THRESHOLD; i++) {
        const hinge_tensor *x = op_input(node, i);
        if (x && (x->rank > 1 || hinge_count(x) != 1))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not one number", i);
    }
    return op_set_output(node, 0, HINGE_INT64, 2, dims);
}

struct box {
    float low[2], high[2], area;
};

/* A job for each class of each batch. */
struct job {
    const struct hinge_node *node;
    int64_t n_boxes, n_classes, max;
    float iou_threshold;
    bool has_score_threshold, centers;
    float score_threshold;
    struct heap_entry *heaps; /* n_boxes each */
    int64_t *counts;          /* how many were chosen: they end their heap, the first one last */
    struct box *boxes;        /* n_boxes of each thread: those chosen */
};

/* As fminf and fmaxf, which are calls: of a number and NaN the number. */
static inline float lesser(float a, float b)
{
    return a < b || b != b ? a : b;
}

static inline float larger(float a, float b)
{
    return a > b || b != b ? a : b;
}

static struct box load_box(const struct job *job, const float *from)
{
    struct box box;
    for (int i = 0; i < 2; i++) {
        const float a = job->centers ? from[i] - from[i + 2] / 2 : from[i];
        const float b = job->centers ? from[i] + from[i + 2] / 2 : from[i + 2];
        box.low[i] = lesser(a, b);
        box.high[i] = larger(a, b);
    }
    box.area = (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]);
    return box;
}

static bool overlap(const struct box *a, const struct box *b, float threshold)
{
    float sides[2];
    for (int i = 0; i < 2; i++)
        sides[i] = lesser(a->high[i], b->high[i]) - larger(a->low[i], b->low[i]);
    if (!(sides[0] > 0 && sides[1] > 0 && a->area > 0 && b->area > 0))
        return false;
    const float both = sides[0] * sides[1];
    return both / (a->area + b->area - both) > threshold;
}

/* The boxes that count, in a heap whose root is the one to choose first: the last of the reverse of
 * heap.h's order. */
static int64_t fill_heap(const struct job *job, const float *scores, struct heap_entry *heap)
{
    int64_t n = 0;
    for (int64_t i = 0; i < job->n_boxes; i++) {
        uint32_t bits;
        if (job->has_score_threshold ? !(scores[i] > job->score_threshold) : isnan(scores[i]))
            continue;
        memcpy(&bits, scores + i, sizeof bits);
        heap[n].key = ~heap_key_of_float(bits, UINT32_C(1) << 31, 0x7f800000);
        heap[n++].index = -i;
    }
    heap_make(heap, n);
    return n;
}

static void suppress(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const float *boxes = job->node->inputs[BOXES]->data, *scores = job->node->inputs[SCORES]->data;
    struct box *kept = job->boxes + thread * job->n_boxes;
    for (int64_t i = begin; i < end; i++) {
        const float *from = boxes + i / job->n_classes * job->n_boxes * 4;
        struct heap_entry *heap = job->heaps + i * job->n_boxes;
        struct heap_entry *chosen = heap + job->n_boxes; /* grows downwards, behind the heap */
        int64_t n = fill_heap(job, scores + i * job->n_boxes, heap), count = 0;
        while (n > 0 && count < job->max) {
            const struct heap_entry best = heap[0];
            const struct box box = load_box(job, from - best.index * 4);
            heap[0] = heap[--n];
            if (n > 0)
                heap_sift(heap, n, 0);
            int64_t k = 0;
            while (k < count && !overlap(&box, &kept[k], job->iou_threshold))
                k++;
            if (k == count) {
                kept[count++] = box;
                chosen[-count] = best;
            }
        }
        job->counts[i] = count;
    }
}

/* Bytes of what a job has; false where they do not fit. */
static bool sizes(const struct hinge_node *node, int64_t *heaps, int64_t *counts, int64_t *boxes)
{
    const hinge_tensor *scores = node->inputs[SCORES];
    return op_multiply(hinge_count(scores), sizeof(struct heap_entry), heaps) &&
           op_multiply(op_dims_count(scores, 0, 2), sizeof(int64_t), counts) &&
           op_multiply(scores->dims[2], node->n_threads * (int64_t)sizeof(struct box), boxes) &&
           *heaps <= INT64_MAX / 4 && *counts <= INT64_MAX / 4 && *boxes <= INT64_MAX / 4;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    int64_t heaps, counts, boxes;
    if (!sizes(node, &heaps, &counts, &boxes))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)(heaps + counts + boxes);
    return HINGE_OK;
}

static hinge_status write_chosen(const struct job *job, int64_t n_pairs)
{
    int64_t dims[2] = {0, 3};
    for (int64_t i = 0; i < n_pairs; i++)
        dims[0] += job->counts[i];
    hinge_status status = job->node->host->resize(job->node, 0, 2, dims);
    if (status)
        return status;
    int64_t *y = job->node->outputs[0]->data;
    for (int64_t i = 0; i < n_pairs; i++)
        for (int64_t k = 1; k <= job->counts[i]; k++, y += 3) {
            y[0] = i / job->n_classes;
            y[1] = i % job->n_classes;
            y[2] = -job->heaps[(i + 1) * job->n_boxes - k].index;
        }
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *scores = node->inputs[SCORES], *max = op_input(node, MAX_OUTPUT_BOXES),
                       *iou = op_input(node, IOU_THRESHOLD),
                       *score = op_input(node, SCORE_THRESHOLD);
    struct job job = {.node = node,
                      .n_boxes = scores->dims[2],
                      .n_classes = scores->dims[1],
                      .max = max ? *(const int64_t *)max->data : 0,
                      .iou_threshold = iou ? *(const float *)iou->data : 0,
                      .has_score_threshold = score != NULL,
                      .score_threshold = score ? *(const float *)score->data : 0,
                      .centers = node->attributes[0].i == 1,
                      .heaps = node->scratch};
    int64_t heaps, counts, boxes, n_pairs = op_dims_count(scores, 0, 2);
    if (!(job.iou_threshold >= 0 && job.iou_threshold <= 1))
        return OP_FAIL(node, HINGE_BAD_VALUE, "iou_threshold is %g, not in [0, 1]",
                       (double)job.iou_threshold);
    if (!sizes(node, &heaps, &counts, &boxes))
        return HINGE_NO_MEMORY;
    if (job.max <= 0 || job.n_boxes == 0)
        n_pairs = 0;
    if (n_pairs) {
        job.counts = (void *)((char *)node->scratch + heaps);
        job.boxes = (void *)((char *)node->scratch + heaps + counts);
        memset(job.counts, 0, (size_t)counts); /* a cancelled run may leave pairs out */
        node->host->parallel(node, n_pairs, op_grain(4096, job.n_boxes), suppress, &job);
    }
    return write_chosen(&job, n_pairs);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "center_point_box", .type = HINGE_ATTR_INT}, {.name = NULL}};

const struct hinge_op op_nonmaxsuppression[] = {
    {.name = "NonMaxSuppression",
     .since = 10,
     .signature = "(boxes: float, scores: float, max_output_boxes_per_class?: int64, "
                  "iou_threshold?: float, score_threshold?: float) -> (selected_indices: int64)",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
