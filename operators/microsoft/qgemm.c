/* QGemm-1 of com.microsoft: alpha A B, whose sums of products of 8-bit integers C is added to as it
 * is, times the scales of A and B (one, or one for each column) over that of Y, or, where Y has
 * none, in float32. Source: docs/ContribOperators.md of ONNX Runtime. */
#include "operators/quantize/matmul8.h"
#include "operators/quantize/quantize.h"

enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, C, Y_SCALE, Y_ZERO };
enum { ALPHA, TRANS_A, TRANS_B };

struct job {
    int64_t rows, columns, depth;
    float scale, y_scale; /* alpha times that of A; 1 where Y has none */
    const float *b_scales;
    int64_t b_step;
    const int32_t *c;
    int64_t c_row, c_column; /* steps; 0 along what C is broadcast over */
    int32_t y_zero;
    float least, largest;
    hinge_tensor *y;
};

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const hinge_type_code zero = node->n_inputs > Y_ZERO ? inputs[Y_ZERO] : 0;
    const hinge_type_code scale = node->n_inputs > Y_SCALE ? inputs[Y_SCALE] : 0;
    if (!zero != !scale)
        return OP_FAIL(node, HINGE_BAD_MODEL, "only one of Y's scale and zero point is there");
    outputs[0] = zero ? zero : HINGE_FLOAT;
    return HINGE_OK;
}

static bool is_turned(const struct hinge_node *node, unsigned attribute)
{
    return node->attributes[attribute].i != 0;
}

/* Sets what shapes tell. */
static hinge_status read_job(const struct hinge_node *node, struct job *job)
{
    const hinge_tensor *const *in = node->inputs, *c = op_input(node, C);
    static const unsigned single[] = {A_SCALE, A_ZERO, Y_SCALE, Y_ZERO};
    *job = (struct job){.y_scale = 1};
    if (in[A]->rank != 2 || in[B]->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "A and B have rank %d and %d, not 2",
                       (int)in[A]->rank, (int)in[B]->rank);
    const bool a = is_turned(node, TRANS_A), b = is_turned(node, TRANS_B);
    job->rows = in[A]->dims[a];
    job->columns = in[B]->dims[!b];
    job->depth = in[A]->dims[!a];
    if (in[B]->dims[b] != job->depth)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "A has %lld columns, B %lld rows",
                       (long long)job->depth, (long long)in[B]->dims[b]);
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (op_input(node, single[i]) && hinge_count(in[single[i]]) != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld elements, not one", single[i],
                           (long long)hinge_count(in[single[i]]));
    for (unsigned i = B_SCALE; i <= B_ZERO; i++)
        if (hinge_count(in[i]) != 1 && (in[i]->rank != 1 || in[i]->dims[0] != job->columns))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is neither one number nor %lld", i,
                           (long long)job->columns);
    job->b_step = hinge_count(in[B_SCALE]) != 1;
    if (!c)
        return HINGE_OK;
    const int64_t height = c->rank > 1 ? c->dims[c->rank - 2] : 1;
    const int64_t width = c->rank > 0 ? c->dims[c->rank - 1] : 1;
    if (c->rank > 2 || (height != 1 && height != job->rows) ||
        (width != 1 && width != job->columns))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "C does not broadcast to %lld x %lld",
                       (long long)job->rows, (long long)job->columns);
    job->c_row = height == 1 ? 0 : width;
    job->c_column = width == 1 ? 0 : 1;
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    return matmul8_init(node, B, is_turned(node, TRANS_B));
}

static hinge_status infer(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = read_job(node, &job);
    return status ? status : op_set_dims(node, 0, 2, (int64_t[]){job.rows, job.columns});
}

static void finish(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                   int64_t column, int64_t count)
{
    (void)step;
    const struct job *job = argument;
    const int64_t at = row * job->columns + column;
    int32_t values[QUANTIZE_BLOCK], zeros[QUANTIZE_BLOCK];
    float scales[QUANTIZE_BLOCK];
    const struct quantize_by by = {scales, zeros, 1};
    for (int64_t i = 0; i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        for (int64_t k = 0; k < n; k++) {
            const int64_t j = column + i + k;
            const int32_t c = job->c ? job->c[row * job->c_row + j * job->c_column] : 0;
            values[k] = (int32_t)((uint32_t)sums[i + k] + (uint32_t)c);
            scales[k] = job->scale * job->b_scales[j * job->b_step] / job->y_scale;
            zeros[k] = job->y_zero;
        }
        if (job->y->type == HINGE_FLOAT) {
            for (int64_t k = 0; k < n; k++)
                ((float *)job->y->data)[at + i + k] = (float)values[k] * scales[k];
            continue;
        }
        quantize_sums((uint8_t *)job->y->data + at + i, values, 0, &by, job->least, job->largest,
                      n);
    }
}

static struct gemm_int8_call call_of(const struct hinge_node *node, const struct job *job)
{
    const hinge_tensor *const *in = node->inputs;
    const bool a = is_turned(node, TRANS_A);
    return (struct gemm_int8_call){
        .node = node,
        .batch = 1,
        .rows = job->rows,
        .columns = job->columns,
        .depth = job->depth,
        .a = {.is_signed = in[A]->type == HINGE_INT8,
              .x = in[A]->data,
              .row_stride = a ? 1 : job->depth,
              .depth_stride = a ? job->rows : 1},
        .b = matmul8_right(in[B], job->columns, job->depth, is_turned(node, TRANS_B)),
        .a_points = {.x = in[A_ZERO]->data},
        .b_points = {.x = in[B_ZERO]->data, .step = hinge_count(in[B_ZERO]) != 1},
        .packed_b = node->state,
        .finish = finish,
        .finish_argument = job,
        .scratch = node->scratch,
    };
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct job job;
    hinge_status status = read_job(node, &job);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const struct gemm_int8_call call = call_of(node, &job);
    *scratch = gemm_int8_scratch(&call);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *const *in = node->inputs;
    struct job job;
    hinge_status status = read_job(node, &job);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    job.y = node->outputs[0];
    job.scale = node->attributes[ALPHA].f * *(const float *)in[A_SCALE]->data;
    job.b_scales = in[B_SCALE]->data;
    job.c = op_input(node, C) ? in[C]->data : NULL;
    if (job.y->type != HINGE_FLOAT) {
        job.y_scale = *(const float *)in[Y_SCALE]->data;
        quantize_load(job.y->type, &job.y_zero, in[Y_ZERO]->data, 0, 1);
        quantize_range(job.y->type, &job.least, &job.largest);
    }
    const struct gemm_int8_call call = call_of(node, &job);
    gemm_int8_run(&call);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "transA", .type = HINGE_ATTR_INT},
    {.name = "transB", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

const struct hinge_op op_qgemm[] = {
    {.name = "QGemm",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: TA, a_scale: T, a_zero_point: TA, B: TB, b_scale: T, b_zero_point: TB, "
                  "C?: TC, y_scale?: T, y_zero_point?: TYZ) -> (Y: TY); TA: uint8 int8; T: float; "
                  "TB: uint8 int8; TC: int32; TYZ: uint8 int8; TY: float uint8 int8",
     .attributes = attributes,
     .types = types,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_UINT8, run}, {HINGE_INT8, run})},
    OP_END,
};
