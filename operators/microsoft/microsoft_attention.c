/* com.microsoft Attention-1: input is projected to queries, keys and values by one matrix; of each
 * head, softmax(scale Q K' + mask + attention_bias) V. Computed in float32; constant weights of
 * float32 are packed once. Keys that come after a query are left out where unidirectional says so.
 * Of a mask_index of 3 * batch + 2 entries the first batch count, as the ends of keys; one of a
 * single column says nothing. Where past and present share a buffer, past_sequence_length rows of
 * it count, and those behind the new ones are as they were. A present of keys and values of
 * different size, which the text excludes, is not there; rotary_embedding_dim may be any that is
 * even. */
#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"
#include "operators/matrix/product.h"
#include "operators/microsoft/attention_node.h"
#include "operators/op/values.h"

/* The tensor's elements as float: themselves, or in memory at floats. */
static const float *floats_of(const struct hinge_node *node, const hinge_tensor *t, char **floats)
{
    float *converted = (float *)(void *)*floats;
    if (t->type == HINGE_FLOAT)
        return t->data;
    attention_convert(node, t, converted, false);
    *floats += (hinge_size(HINGE_FLOAT, hinge_count(t)) + 63) / 64 * 64;
    return converted;
}

static void add_bias(const void *argument, void *row, int64_t index, int64_t at_row, int64_t column,
                     int64_t count)
{
    const float *bias = argument;
    float *y = row;
    (void)index;
    (void)at_row;
    for (int64_t i = 0; bias && i < count; i += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, count - i);
        const vf32 sum = vf32_add(vf32_load_n(y + i, n), vf32_load_n(bias + column + i, n));
        vf32_store_n(y + i, sum, n);
    }
}

static struct gemm_call projection(const struct hinge_node *node, const struct attention_sizes *s)
{
    return (struct gemm_call){.node = node,
                              .type = HINGE_FLOAT,
                              .batch = 1,
                              .rows = s->batch * s->sequence,
                              .columns = s->width,
                              .depth = s->input_hidden,
                              .a_row = s->input_hidden,
                              .a_depth = 1,
                              .b_depth = s->width,
                              .b_column = 1,
                              .packed_b = node->state,
                              .finish = add_bias};
}

/* Bytes that the projection takes: input and weights as float where they are not, then scratch. */
static hinge_status project_size(const struct hinge_node *node, const struct attention_sizes *s,
                                 size_t *size)
{
    const struct gemm_call call = projection(node, s);
    size_t at;
    *size = 0;
    for (unsigned i = 0; i < 2; i++)
        if (node->inputs[i]->type != HINGE_FLOAT &&
            !heads_take(size, &at, hinge_count(node->inputs[i]), sizeof(float)))
            return OP_FAIL(node, HINGE_LIMIT, "input or weights are too large");
    *size += gemm_scratch(&call);
    return HINGE_OK;
}

static hinge_status plan(const struct hinge_node *node, int64_t past_length,
                         struct attention_sizes *s, struct attention_layout *layout)
{
    size_t project;
    hinge_status status = attention_read(node, past_length, s);
    layout->size = 0;
    if (status || attention_is_empty(node))
        return status;
    status = project_size(node, s, &project);
    return status ? status : attention_lay_out(node, s, project, layout);
}

static hinge_status run(const struct hinge_node *node)
{
    struct attention_sizes s;
    struct attention_layout at;
    int64_t past_length = -1;
    hinge_status status = HINGE_OK;
    if (attention_shares(node))
        status = op_input_int(node, 6, "past_sequence_length", &past_length);
    if (!status && attention_shares(node) && past_length < 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "past_sequence_length is %lld",
                       (long long)past_length);
    if (!status)
        status = plan(node, past_length, &s, &at);
    if (status || attention_is_empty(node))
        return status;
    char *memory = (char *)node->scratch + at.project;
    struct gemm_call call = projection(node, &s);
    call.a = floats_of(node, s.in.x, &memory);
    if (!node->state)
        call.b = floats_of(node, s.in.weights, &memory);
    call.c = (char *)node->scratch + at.projected;
    call.finish_argument = attention_bias(node, &s, &at);
    call.scratch = memory;
    gemm_run(&call);
    attention_attend(node, &s, &at);
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct attention_sizes s;
    struct attention_layout layout;
    hinge_status status = plan(node, -1, &s, &layout);
    *scratch = status ? 0 : layout.size;
    return status;
}

static hinge_status init(struct hinge_node *node)
{
    const hinge_tensor *weights = node->inputs[1];
    if (!gemm_packs(0, weights->type, false) || !weights->data || weights->rank != 2 ||
        hinge_count(weights) == 0)
        return HINGE_OK;
    return product_pack(node, weights->dims[1], weights->dims[0], false);
}

const struct hinge_op op_microsoft_attention[] = {
    {.name = "Attention",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(input: T, weights: T, bias?: T, mask_index?: M, past?: T, attention_bias?: T, "
                  "past_sequence_length?: M) -> (output: T, present?: T); "
                  "T: float float16 bfloat16; M: int32",
     .attributes = attention_attributes,
     .init = init,
     .infer = attention_infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
