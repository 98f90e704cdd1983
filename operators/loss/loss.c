#include "operators/loss/loss.h"

#include <string.h>

#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#define BLOCK 256   /* labels whose losses are added up in one piece */
#define GRAIN 16384 /* elements that are worth a thread */

const struct hinge_attribute_def loss_attributes[] = {
    [LOSS_IGNORE_INDEX] = {.name = "ignore_index", .type = HINGE_ATTR_INT},
    [LOSS_REDUCTION] = {.name = "reduction", .type = HINGE_ATTR_STRING, .s = "mean"},
    {.name = NULL}};

static bool is_reduction(const struct hinge_node *node, const char *name)
{
    const hinge_string s = node->attributes[LOSS_REDUCTION].s;
    return s.size == strlen(name) && !memcmp(s.bytes, name, s.size);
}

bool loss_is_ignored(const struct loss *loss, int64_t label)
{
    const struct hinge_attribute *ignored = &loss->node->attributes[LOSS_IGNORE_INDEX];
    return ignored->present && label == ignored->i;
}

int64_t loss_label(const struct loss *loss, int64_t i)
{
    const int64_t label = op_index_raw(loss->labels, i);
    return loss_is_ignored(loss, label) || (label >= 0 && label < loss->classes) ? label : 0;
}

hinge_status loss_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *labels = node->inputs[1];
    const hinge_tensor *weights = op_input(node, 2);
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has rank %d, no classes", (int)x->rank);
    if (labels->rank != x->rank - 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the labels have rank %d, not %d", (int)labels->rank,
                       (int)x->rank - 1);
    for (int32_t d = 0; d < labels->rank; d++) {
        const int64_t wanted = x->dims[d == 0 ? 0 : d + 1];
        if (labels->dims[d] != wanted)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the labels is %lld, not %lld",
                           (int)d, (long long)labels->dims[d], (long long)wanted);
    }
    if (weights && (weights->rank != 1 || weights->dims[0] != x->dims[1]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the weights are not one for each of %lld classes",
                       (long long)x->dims[1]);
    if (is_reduction(node, "none"))
        return op_set_dims(node, 0, labels->rank, labels->dims);
    if (!is_reduction(node, "mean") && !is_reduction(node, "sum"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "reduction is \"%.*s\", not none, sum or mean",
                       (int)min_i64((int64_t)node->attributes[LOSS_REDUCTION].s.size, 40),
                       node->attributes[LOSS_REDUCTION].s.bytes);
    return op_set_dims(node, 0, 0, NULL);
}

hinge_status loss_prepare(struct hinge_node *node, size_t *scratch)
{
    if (!is_reduction(node, "none"))
        *scratch = (size_t)ceil_div(hinge_count(node->inputs[1]), BLOCK) * 2 * sizeof(double);
    return HINGE_OK;
}

void loss_read(const struct hinge_node *node, struct loss *loss)
{
    const hinge_tensor *x = node->inputs[0];
    *loss = (struct loss){.node = node,
                          .scores = x,
                          .labels = node->inputs[1],
                          .weights = op_input(node, 2),
                          .classes = x->dims[1],
                          .pixels = op_dims_count(x, 2, x->rank),
                          .partial = is_reduction(node, "none") ? NULL : node->scratch};
}

static hinge_status check_labels(const struct loss *loss)
{
    const int64_t n = hinge_count(loss->labels);
    for (int64_t i = 0; i < n; i++) {
        const int64_t label = op_index_raw(loss->labels, i);
        if ((label < 0 || label >= loss->classes) && !loss_is_ignored(loss, label))
            return OP_FAIL(loss->node, HINGE_BAD_VALUE, "label %lld at %lld is not in [0, %lld)",
                           (long long)label, (long long)i, (long long)loss->classes);
    }
    return HINGE_OK;
}

static double weight_of(const struct loss *loss, int64_t label)
{
    const hinge_tensor *w = loss->weights;
    double weight = 1;
    if (loss_is_ignored(loss, label))
        return 0;
    if (w)
        convert_to_double(w->type, &weight,
                          (const char *)w->data + (size_t)label * op_element_size(w), 1);
    return weight;
}

static void blocks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct loss *loss = argument;
    const hinge_tensor *y = op_output(loss->node, 0);
    const int64_t n = hinge_count(loss->labels);
    double losses[BLOCK] = {0};
    (void)thread;
    for (int64_t block = begin; block < end; block++) {
        const int64_t first = block * BLOCK, count = min_i64(BLOCK, n - first);
        double sum = 0, weights = 0;
        loss->row(loss, first, count, losses);
        for (int64_t i = 0; i < count; i++) {
            const int64_t label = loss_label(loss, first + i);
            const double weight = weight_of(loss, label);
            losses[i] = loss_is_ignored(loss, label) ? 0 : losses[i] * weight;
            sum += losses[i];
            weights += weight;
        }
        if (loss->partial) {
            loss->partial[2 * block] = sum;
            loss->partial[2 * block + 1] = weights;
        } else if (y) {
            convert_from_double(y->type, (char *)y->data + (size_t)first * op_element_size(y),
                                losses, count);
        }
    }
}

hinge_status loss_run(struct loss *loss)
{
    const struct hinge_node *node = loss->node;
    const hinge_tensor *y = op_output(node, 0);
    const int64_t n_blocks = ceil_div(hinge_count(loss->labels), BLOCK);
    double sum = 0, weights = 0;
    hinge_status status = check_labels(loss);
    if (status)
        return status;
    node->host->parallel(node, n_blocks, op_grain(GRAIN, BLOCK * loss->work_each), blocks, loss);
    if (!loss->partial || !y)
        return HINGE_OK;
    for (int64_t block = 0; block < n_blocks; block++) {
        sum += loss->partial[2 * block];
        weights += loss->partial[2 * block + 1];
    }
    if (is_reduction(node, "mean"))
        sum /= weights;
    convert_from_double(y->type, y->data, &sum, 1);
    return HINGE_OK;
}
