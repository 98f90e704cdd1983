/* What a search with an encoder does before its decoder goes on: the encoder reads what is given,
 * repeated for each beam, with the first words, and gives logits, its hidden states, the presents
 * of these words, and as many keys and values of its own, which the decoder takes every time. */
#include "operators/generation/beam.h"

#include <string.h>

/* Types of the encoder's inputs; returns how many there are. */
static uint32_t encoder_inputs(const struct hinge_node *node, hinge_type_code source,
                               hinge_type_code in[BEAM_N_LEADING])
{
    const bool is_text = node->attributes[BEAM_MODEL_TYPE].i == BEAM_T5;
    in[0] = source;
    in[1] = in[2] = HINGE_INT32;
    return is_text ? 3 : 2;
}

static hinge_status check_given(const struct hinge_node *node, const hinge_type_code *inputs)
{
    const bool is_text = node->attributes[BEAM_MODEL_TYPE].i == BEAM_T5;
    const bool has_words = !is_text && node->n_inputs > BEAM_DECODER_INPUT_IDS &&
                           inputs[BEAM_DECODER_INPUT_IDS] != HINGE_NO_TYPE;
    const hinge_type_code source = inputs[BEAM_INPUT_IDS];
    char text[OP_TEXT_SIZE];
    if (!node->attributes[BEAM_ENCODER].present)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there is no encoder");
    if ((source == HINGE_INT32) != is_text)
        return OP_FAIL(node, HINGE_BAD_MODEL, "input_ids is %s", op_type_text(source, text));
    if (!has_words && node->attributes[BEAM_DECODER_START_TOKEN_ID].i < 0)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "there is no decoder_start_token_id");
    return HINGE_OK;
}

/* The layers have two pasts of their own each, and two that are the encoder's. */
static hinge_status check_decoder_inputs(const struct hinge_node *node,
                                         hinge_type_code in[OP_BODY_MAX])
{
    const uint32_t n = node->attributes[BEAM_DECODER].graph.n_inputs;
    const uint32_t n_pasts = beam_n_pasts(node), first = beam_n_leading(node);
    if (n_pasts < 2 || n_pasts % 2 || n > OP_BODY_MAX || n < first + 2 * n_pasts)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the decoder has %u inputs for %u pasts", (unsigned)n,
                       (unsigned)n_pasts);
    for (uint32_t i = 0; i < n; i++) {
        const hinge_tensor *declared = op_body_declared_input(node, BEAM_DECODER, i);
        const hinge_type_code type = declared ? declared->type : HINGE_NO_TYPE;
        if (i >= first && type == HINGE_INT32)
            return OP_FAIL(node, HINGE_UNSUPPORTED,
                           "past and present in one buffer are of decoders for other devices");
        if (i >= first && type != HINGE_FLOAT && type != HINGE_FLOAT16)
            return OP_FAIL(node, HINGE_BAD_MODEL, "the decoder does not say what its input %u is",
                           (unsigned)i);
        in[i] = i < first ? HINGE_INT32 : type;
    }
    return n > first + 2 * n_pasts + 1
               ? OP_FAIL(node, HINGE_BAD_MODEL, "the decoder has %u inputs for %u pasts",
                         (unsigned)n, (unsigned)n_pasts)
               : HINGE_OK;
}

hinge_status beam_check_encoder(const struct hinge_node *node, const hinge_type_code *inputs)
{
    hinge_type_code in[OP_BODY_MAX], out[OP_BODY_MAX], given[BEAM_N_LEADING];
    const uint32_t n_pasts = beam_n_pasts(node), first = beam_n_leading(node);
    hinge_status status = check_given(node, inputs);
    if (!status)
        status = check_decoder_inputs(node, in);
    if (status)
        return status;
    const uint32_t n = node->attributes[BEAM_DECODER].graph.n_inputs, fixed = n - 2 * n_pasts;
    status = op_body_types(node, BEAM_DECODER, "decoder", in, n, out, 1 + n_pasts);
    for (uint32_t i = 0; i < n_pasts && !status; i++)
        if (out[1 + i] && out[1 + i] != in[fixed + i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "a present of the decoder is not as its past");
    if (status)
        return status;
    const uint32_t n_given = encoder_inputs(node, inputs[BEAM_INPUT_IDS], given);
    status = op_body_types(node, BEAM_ENCODER, "encoder", given, n_given, out, 2 + 2 * n_pasts);
    for (uint32_t i = first; i < n && !status; i++) {
        const uint32_t from = i < fixed ? 1 : 2 + i - fixed;
        if (out[from] && out[from] != in[i])
            return OP_FAIL(node, HINGE_BAD_MODEL,
                           "output %u of the encoder is not as input %u of the decoder",
                           (unsigned)from, (unsigned)i);
    }
    return status;
}

/* Words that pad the left are not to be seen. */
static void mask_source(const struct beam_search *search, const int32_t *ids, int32_t *mask)
{
    bool is_left = true;
    for (int64_t i = 0; i < search->plan.n_source; i++) {
        is_left = is_left && ids[i] == search->pad;
        mask[i] = !is_left;
    }
}

void beam_begin_source(struct beam_search *search)
{
    const struct beam_plan *plan = &search->plan;
    const struct hinge_node *node = search->node;
    const hinge_tensor *source = node->inputs[BEAM_INPUT_IDS];
    const hinge_tensor *seen = op_input(node, BEAM_ATTENTION_MASK);
    const hinge_tensor *words = op_input(node, BEAM_DECODER_INPUT_IDS);
    const size_t size = hinge_size(source->type, plan->n_source);
    for (int64_t row = 0; row < plan->rows; row++) {
        const int64_t image = row / plan->n_beams;
        const char *from = (const char *)source->data + (size_t)image * size;
        int32_t *sequence = search->sequences + row * plan->max_length;
        if (size)
            memcpy((char *)search->source + (size_t)row * size, from, size);
        if (plan->kind == BEAM_T5 && seen)
            memcpy(search->mask + row * plan->n_source,
                   (const int32_t *)seen->data + image * plan->n_source, size);
        else if (plan->kind == BEAM_T5)
            mask_source(search, (const int32_t *)(const void *)from,
                        search->mask + row * plan->n_source);
        if (plan->kind == BEAM_WHISPER && words)
            memcpy(sequence, (const int32_t *)words->data + image * plan->length,
                   (size_t)plan->length * sizeof *sequence);
        else
            sequence[0] = (int32_t)node->attributes[BEAM_DECODER_START_TOKEN_ID].i;
        search->sums[row] = row % plan->n_beams ? -1e9F : 0;
    }
}

static hinge_status check_rows(const struct beam_search *search, const hinge_tensor *given)
{
    char text[OP_TEXT_SIZE];
    return given->rank >= 1 && given->dims[0] == search->plan.rows
               ? HINGE_OK
               : OP_FAIL(search->node, HINGE_BAD_SHAPE,
                         "the encoder gives the shape %s for %lld sequences",
                         op_dims_text(given, text), (long long)search->plan.rows);
}

hinge_status beam_encode(struct beam_search *search)
{
    const struct beam_plan *plan = &search->plan;
    const hinge_tensor *given = search->node->inputs[BEAM_INPUT_IDS];
    struct op_body *body = &search->encoder;
    const uint32_t n = plan->kind == BEAM_T5 ? 3 : 2;
    const uint32_t fixed = search->decoder.n_inputs - 2 * plan->n_pasts;
    hinge_tensor inputs[BEAM_N_LEADING] = {[0] = *given};
    inputs[0].dims[0] = plan->rows;
    inputs[0].data = search->source;
    inputs[1] = (hinge_tensor){HINGE_INT32, 2, {plan->rows, given->dims[1]}, search->mask};
    inputs[n - 1] = (hinge_tensor){HINGE_INT32, 2, {plan->rows, plan->length}, search->tokens};
    for (uint32_t i = 0; i < n; i++)
        body->inputs[i] = &inputs[i];
    hinge_status status = op_body_call(search->node, body, 0);
    for (uint32_t i = 1; i < 2 + 2 * plan->n_pasts && !status; i++)
        status = check_rows(search, &body->outputs[i]);
    if (status)
        return status;
    if (fixed > beam_n_leading(search->node))
        search->decoder.inputs[fixed - 1] = &body->outputs[1];
    for (uint32_t i = 0; i < plan->n_pasts; i++)
        search->decoder.inputs[fixed + plan->n_pasts + i] = &body->outputs[2 + plan->n_pasts + i];
    return HINGE_OK;
}
