/* TensorScatter-24: a cache with an update written over a stretch of its sequence dimension, for
 * each sample of the batch from an index of its own on; circular ones go on at the beginning. */
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#define GRAIN_SIZE 65536

enum { AXIS, MODE };

static bool is_mode(const struct hinge_node *node, const char *name)
{
    const hinge_string mode = node->attributes[MODE].s;
    return mode.size == strlen(name) && !memcmp(mode.bytes, name, mode.size);
}

static hinge_status sequence_axis(const struct hinge_node *node, int32_t *axis)
{
    hinge_status status =
        op_axis(node, "axis", node->attributes[AXIS].i, node->inputs[0]->rank, axis);
    if (!status && *axis == 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "axis is that of the batch");
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *past = node->inputs[0], *update = node->inputs[1];
    const hinge_tensor *indices = op_input(node, 2);
    int32_t axis;
    hinge_status status = sequence_axis(node, &axis);
    if (status)
        return status;
    if (!is_mode(node, "linear") && !is_mode(node, "circular"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is not linear or circular");
    if (update->rank != past->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the update has rank %d, the cache %d",
                       (int)update->rank, (int)past->rank);
    for (int32_t d = 0; d < past->rank; d++)
        if (d == axis ? update->dims[d] > past->dims[d] : update->dims[d] != past->dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "dimension %d of the update is %lld, of the cache %lld", (int)d,
                           (long long)update->dims[d], (long long)past->dims[d]);
    if (indices && (indices->rank != 1 || indices->dims[0] != past->dims[0]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "write_indices are not one for each of %lld samples",
                       (long long)past->dims[0]);
    return op_infer_same(node);
}

/* Both sides seen as [batch, outer, length, inner], inner in units. */
struct job {
    const hinge_tensor *update;
    const int64_t *indices; /* NULL: 0 */
    hinge_tensor *y;
    int64_t outer, length, update_length, inner;
};

static int64_t write_index(const struct job *job, int64_t sample)
{
    const int64_t index = job->indices ? job->indices[sample] % job->length : 0;
    return index < 0 ? index + job->length : index;
}

static void write_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        const int64_t first = write_index(job, row / job->outer);
        const int64_t straight = min_i64(job->update_length, job->length - first);
        const int64_t to = row * job->length, from = row * job->update_length;
        op_move_run(job->y->type, job->y->data, (to + first) * job->inner, job->update->data,
                    from * job->inner, straight * job->inner);
        op_move_run(job->y->type, job->y->data, to * job->inner, job->update->data,
                    (from + straight) * job->inner, (job->update_length - straight) * job->inner);
    }
}

/* In linear mode the update must lie within the cache. */
static hinge_status check_indices(const struct hinge_node *node, const struct job *job)
{
    const int64_t n = node->inputs[0]->dims[0], last = job->length - job->update_length;
    for (int64_t i = 0; i < n && job->indices && is_mode(node, "linear"); i++)
        if (job->indices[i] < 0 || job->indices[i] > last)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "write index %lld of sample %lld is not in [0, %lld]",
                           (long long)job->indices[i], (long long)i, (long long)last);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *past = node->inputs[0], *indices = op_input(node, 2);
    struct job job = {.update = node->inputs[1],
                      .indices = indices ? indices->data : NULL,
                      .y = node->outputs[0]};
    int32_t axis;
    hinge_status status = sequence_axis(node, &axis);
    if (status)
        return status;
    job.outer = op_dims_count(past, 1, axis);
    job.length = past->dims[axis];
    job.update_length = job.update->dims[axis];
    job.inner = op_dims_count(past, axis + 1, past->rank) * (int64_t)op_element_size(past);
    status = check_indices(node, &job);
    if (status || hinge_count(past) == 0)
        return status;
    op_copy_bytes(node, job.y->data, past->data, hinge_size(past->type, hinge_count(past)));
    if (job.update_length == 0)
        return HINGE_OK;
    op_move_parallel(node, job.y, past->dims[0] * job.outer,
                     op_grain(GRAIN_SIZE, job.update_length * job.inner), write_rows, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [AXIS] = {.name = "axis", .type = HINGE_ATTR_INT, .i = -2},
    [MODE] = {.name = "mode", .type = HINGE_ATTR_STRING, .s = "linear"},
    {.name = NULL}};

const struct hinge_op op_tensorscatter[] = {
    {.name = "TensorScatter",
     .since = 24,
     .signature = "(past_cache: T, update: T, write_indices?: int64) -> (present_cache: T); "
                  "T: " OP_TYPES_ALL_IR13,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
