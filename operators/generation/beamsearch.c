/*
 * com.microsoft BeamSearch-1: sequences that go on word by word, the n_beams most probable ones of
 * them at a time, as a decoder says that gives logits and presents. Of model type 0, GPT-2's kind,
 * it takes input_ids, position_ids, attention_mask and a past for each layer, all of n_beams rows
 * for each image, and the sequences go on from input_ids. Where there is an init_decoder, it is
 * called the first time. Of types 1 (T5's) and 2 (Whisper's) an encoder reads input_ids, words or
 * features, and the sequences go on from decoder_start_token_id or, of type 2, from
 * decoder_input_ids.
 *
 * The logits of a word that is not to come are -FLT_MAX. Words count as often as they stand in a
 * sequence for min_length and the length that length_penalty is the exponent of, the prompt's too.
 *
 * Deviations: past and present in one buffer, which other devices have, encoders that give nothing
 * for the first words, and logits_processor are refused; sequences_scores and scores are float. The
 * encoder reads an image once for each of its beams. Unlike in ONNX Runtime, an image has ended by
 * its own best candidate, not by that of another image, and scores are 0 behind the last step.
 */
#include "operators/generation/beam.h"

#include <string.h>

static hinge_status check_decoder(const struct hinge_node *node, unsigned attribute,
                                  const char *name)
{
    hinge_type_code in[OP_BODY_MAX] = {HINGE_INT32, HINGE_INT32, HINGE_INT32}, out[OP_BODY_MAX];
    char text[2][OP_TEXT_SIZE];
    const uint32_t n_outputs = node->attributes[attribute].graph.n_outputs;
    const uint32_t n_inputs = n_outputs - BEAM_N_LOGITS + BEAM_N_LEADING;
    if (n_outputs <= BEAM_N_LOGITS || n_inputs > OP_BODY_MAX ||
        n_outputs != node->attributes[BEAM_DECODER].graph.n_outputs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %u outputs", name, (unsigned)n_outputs);
    for (uint32_t i = BEAM_N_LEADING; i < n_inputs; i++) {
        const hinge_tensor *declared = op_body_declared_input(node, BEAM_DECODER, i);
        if (!declared || !hinge_type_bits(declared->type) || hinge_type_bits(declared->type) < 8)
            return OP_FAIL(node, HINGE_BAD_MODEL, "the decoder does not say what its input %u is",
                           (unsigned)i);
        in[i] = declared->type;
    }
    hinge_status status = op_body_types(node, attribute, name, in, n_inputs, out, n_outputs);
    for (uint32_t i = BEAM_N_LOGITS; i < n_outputs && !status; i++) {
        const hinge_type_code past = in[BEAM_N_LEADING - BEAM_N_LOGITS + i];
        if (out[i] && out[i] != past)
            return OP_FAIL(node, HINGE_BAD_MODEL, "output %u of %s is %s, its past %s", (unsigned)i,
                           name, op_type_text(out[i], text[0]), op_type_text(past, text[1]));
    }
    return status;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const int64_t kind = node->attributes[BEAM_MODEL_TYPE].i;
    hinge_status status = HINGE_OK;
    if (kind < BEAM_GPT || kind > BEAM_WHISPER)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "model_type is %lld, not 0, 1 or 2",
                       (long long)kind);
    if (kind != BEAM_GPT)
        status = beam_check_encoder(node, inputs);
    else if (inputs[BEAM_INPUT_IDS] != HINGE_INT32)
        return OP_FAIL(node, HINGE_BAD_MODEL, "input_ids is not int32");
    else
        status = check_decoder(node, BEAM_DECODER, "decoder");
    if (!status && kind == BEAM_GPT && node->attributes[BEAM_INIT_DECODER].present)
        status = check_decoder(node, BEAM_INIT_DECODER, "init_decoder");
    for (uint32_t i = 0; i < node->n_outputs; i++)
        outputs[i] = i == BEAM_SEQUENCES ? HINGE_INT32 : HINGE_FLOAT;
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct beam_plan plan;
    hinge_status status = beam_read_plan(node, &plan);
    if (!status)
        status = op_set_dims(node, BEAM_SEQUENCES, 3,
                             (int64_t[]){plan.batch, plan.n_returned, plan.max_length});
    if (!status)
        status =
            op_set_dims(node, BEAM_SEQUENCES_SCORES, 2, (int64_t[]){plan.batch, plan.n_returned});
    if (!status)
        status = op_set_dims(
            node, BEAM_SCORES, 4,
            (int64_t[]){plan.max_length - plan.length, plan.batch, plan.n_beams, plan.vocabulary});
    return status;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct beam_search search;
    struct beam_plan *plan = node->host->alloc(node, sizeof *plan);
    if (!plan)
        return HINGE_NO_MEMORY;
    node->prepared = plan;
    hinge_status status = beam_read_plan(node, plan);
    search.plan = *plan;
    return status ? status : beam_lay_out(&search, node, NULL, scratch);
}

static hinge_status read_float(const struct hinge_node *node, unsigned input, const char *name,
                               float *value)
{
    const hinge_tensor *x = op_input(node, input);
    *value = 1;
    if (x && hinge_count(x) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number", name);
    if (x)
        *value = *(const float *)x->data;
    return HINGE_OK;
}

static hinge_status check_processor(const struct hinge_node *node)
{
    const hinge_tensor *processor = op_input(node, BEAM_LOGITS_PROCESSOR);
    const bool is_other =
        processor && hinge_count(processor) != 0 && *(const int32_t *)processor->data != 0;
    return is_other ? OP_FAIL(node, HINGE_UNSUPPORTED, "logits_processor is %d",
                              (int)*(const int32_t *)processor->data)
                    : HINGE_OK;
}

/* Rows as they are before the first step, each word masked that is pad or that the mask of the node
 * says; the first beam of each image alone has a chance at first. */
static void begin_rows(struct beam_search *search)
{
    const struct beam_plan *plan = &search->plan;
    const int32_t *ids = search->node->inputs[BEAM_INPUT_IDS]->data;
    const hinge_tensor *given = op_input(search->node, BEAM_ATTENTION_MASK);
    const int64_t n = plan->length;
    for (int64_t row = 0; row < plan->rows; row++) {
        const int64_t beam = row % plan->n_beams, from = row / plan->n_beams * n;
        int32_t *tokens = search->tokens + row * n, position = 0;
        const int32_t *source = beam ? tokens - n : ids + from;
        memcpy(tokens, source, (size_t)n * sizeof *tokens);
        memcpy(search->sequences + row * plan->max_length, tokens, (size_t)n * sizeof *tokens);
        search->sums[row] = beam ? -1e9F : 0;
        for (int64_t i = 0; i < n; i++) {
            const bool is_pad = tokens[i] == search->pad;
            search->positions[row * n + i] = is_pad ? 0 : position;
            position += !is_pad;
            if (!given)
                search->prompt_mask[row * n + i] = !is_pad;
        }
        if (given)
            memcpy(search->prompt_mask + row * n, (const int32_t *)given->data + from,
                   (size_t)n * sizeof *search->prompt_mask);
        search->next_positions[row] = position;
    }
}

static hinge_status begin(struct beam_search *search, const struct hinge_node *node)
{
    size_t size;
    *search = (struct beam_search){.plan = *(const struct beam_plan *)node->prepared,
                                   .eos = (int32_t)node->attributes[BEAM_EOS_TOKEN_ID].i,
                                   .pad = (int32_t)node->attributes[BEAM_PAD_TOKEN_ID].i};
    search->length = search->plan.length;
    hinge_status status = beam_lay_out(search, node, node->scratch, &size);
    if (!status)
        status = read_float(node, BEAM_LENGTH_PENALTY, "length_penalty", &search->length_penalty);
    if (!status)
        status = read_float(node, BEAM_REPETITION_PENALTY, "repetition_penalty",
                            &search->repetition_penalty);
    if (!status && search->plan.kind == BEAM_WHISPER)
        status = check_processor(node);
    if (!status && !(search->repetition_penalty > 0))
        return OP_FAIL(node, HINGE_BAD_VALUE, "repetition_penalty is %g",
                       (double)search->repetition_penalty);
    if (status)
        return status;
    memset(search->marks, 0, (size_t)search->plan.vocabulary * sizeof *search->marks);
    memset(search->n_hypotheses, 0, (size_t)search->plan.batch * sizeof *search->n_hypotheses);
    memset(search->is_done, 0, (size_t)search->plan.batch * sizeof *search->is_done);
    if (search->plan.kind == BEAM_GPT)
        begin_rows(search);
    else
        beam_begin_source(search);
    return HINGE_OK;
}

/* The last n words of each row, for the decoder. */
static void feed_words(struct beam_search *search, int64_t n)
{
    const struct beam_plan *plan = &search->plan;
    for (int64_t row = 0; row < plan->rows; row++)
        memcpy(search->tokens + row * n,
               search->sequences + row * plan->max_length + search->length - n,
               (size_t)n * sizeof *search->tokens);
}

/* What a decoder of GPT-2's kind takes besides pasts, with n words of each row. */
static void feed_mask(struct beam_search *search, struct op_body *body, int64_t n)
{
    const struct beam_plan *plan = &search->plan;
    int32_t *const data[] = {search->tokens, search->positions, search->mask};
    for (int64_t row = 0; row < plan->rows; row++)
        for (int64_t i = 0; i < search->length; i++)
            search->mask[row * search->length + i] =
                i < plan->length ? search->prompt_mask[row * plan->length + i] : 1;
    for (unsigned i = 0; i < BEAM_N_LEADING; i++) {
        search->leading[i] = (hinge_tensor){
            HINGE_INT32, 2, {plan->rows, i == BEAM_N_LEADING - 1 ? search->length : n}, data[i]};
        body->inputs[i] = &search->leading[i];
    }
}

/* The same for one behind an encoder, whose mask is that of what the encoder reads. */
static void feed_source_mask(struct beam_search *search, struct op_body *body, int64_t n)
{
    const struct beam_plan *plan = &search->plan;
    search->leading[0] = (hinge_tensor){HINGE_INT32, 2, {plan->rows, n}, search->tokens};
    search->leading[1] = (hinge_tensor){HINGE_INT32, 2, {plan->rows, plan->n_source}, search->mask};
    for (unsigned i = 0; i < beam_n_leading(search->node); i++)
        body->inputs[i] = &search->leading[i];
}

static hinge_status decode(struct beam_search *search, struct op_body *body, int64_t n)
{
    const struct beam_plan *plan = &search->plan;
    uint32_t first = BEAM_N_LEADING;
    if (plan->kind == BEAM_GPT) {
        feed_mask(search, body, n);
    } else {
        feed_source_mask(search, body, n);
        first = body->n_inputs - 2 * plan->n_pasts;
    }
    for (uint32_t i = 0; i < plan->n_pasts; i++)
        body->inputs[first + i] = search->past_inputs[i];
    return op_body_call(search->node, body, 0);
}

static hinge_status check_present(const struct beam_search *search, const hinge_tensor *present,
                                  const hinge_tensor *past)
{
    char text[OP_TEXT_SIZE];
    bool fits = present->type == past->type && present->rank == past->rank;
    for (int32_t d = 0; d < past->rank && fits; d++)
        fits = d == past->rank - 2 ? present->dims[d] <= search->plan.max_length
                                   : present->dims[d] == past->dims[d];
    return fits ? HINGE_OK
                : OP_FAIL(search->node, HINGE_BAD_SHAPE, "a present has the shape %s",
                          op_dims_text(present, text));
}

struct moving {
    const struct beam_search *search;
    const hinge_tensor *presents;
};

/* Rows of keys or values, one behind the other in each of the pasts. */
static void move_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct moving *moving = argument;
    const struct beam_search *search = moving->search;
    const int64_t rows = search->plan.rows, axis = search->plan.row_axis, each = rows * (axis + 1);
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const hinge_tensor *from = &moving->presents[i / each];
        const hinge_tensor *to = &search->pasts[i / each];
        const int64_t row = i % rows, first = i % each - row;
        const size_t size =
            hinge_size(to->type, to->dims[axis + 1] * to->dims[axis + 2] * to->dims[axis + 3]);
        if (size)
            memcpy((char *)to->data + (size_t)(first + row) * size,
                   (const char *)from->data + (size_t)(first + search->parents[row]) * size, size);
    }
}

/* Presents become pasts, their rows those that the beams go on from. */
static hinge_status hand_on(struct beam_search *search, const hinge_tensor *presents)
{
    const struct beam_plan *plan = &search->plan;
    struct moving moving = {search, presents};
    bool stays = true;
    for (int64_t row = 0; row < plan->rows; row++)
        stays &= search->parents[row] == row;
    for (uint32_t i = 0; i < plan->n_pasts; i++) {
        hinge_status status = check_present(search, &presents[i], &search->pasts[i]);
        if (status)
            return status;
        search->pasts[i].dims[plan->row_axis + 2] = presents[i].dims[plan->row_axis + 2];
        search->past_inputs[i] = stays ? &presents[i] : &search->pasts[i];
    }
    if (!stays)
        search->node->host->parallel(
            search->node, (plan->row_axis + 1) * plan->rows * plan->n_pasts, 1, move_rows, &moving);
    return HINGE_OK;
}

/* How many words the decoder wants of each row: behind an encoder all of them, unless it says that
 * it takes one. */
static int64_t count_words(const struct beam_search *search, bool is_first)
{
    const hinge_tensor *ids = op_body_declared_input(search->node, BEAM_DECODER, 0);
    const bool takes_all =
        search->plan.kind != BEAM_GPT && ids && ids->rank == 2 && ids->dims[1] != 1;
    return is_first || takes_all ? search->length : 1;
}

/* Calls what gives the logits of the next word. */
static hinge_status call(struct beam_search *search, bool is_first, struct op_body **body)
{
    const struct beam_plan *plan = &search->plan;
    const int64_t n = count_words(search, is_first);
    feed_words(search, n);
    if (is_first && plan->kind != BEAM_GPT) {
        *body = &search->encoder;
        return beam_encode(search);
    }
    const bool has_own = is_first && search->node->attributes[BEAM_INIT_DECODER].present;
    *body = has_own ? &search->init_decoder : &search->decoder;
    for (int64_t row = 0; row < plan->rows && !is_first && plan->kind == BEAM_GPT; row++)
        search->positions[row] = search->next_positions[row]++;
    return decode(search, *body, n);
}

static hinge_status step(struct beam_search *search, bool is_first)
{
    const struct beam_plan *plan = &search->plan;
    struct op_body *body;
    hinge_tensor *scores = op_output(search->node, BEAM_SCORES);
    const size_t size = (size_t)(plan->rows * plan->vocabulary) * sizeof *search->scores;
    hinge_status status = call(search, is_first, &body);
    if (!status)
        status = beam_score(search, &body->outputs[0]);
    if (!status && scores)
        memcpy((char *)scores->data + (size_t)(search->length - plan->length) * size,
               search->scores, size);
    if (!status)
        status = beam_choose(search);
    if (status || search->length == plan->max_length || beam_is_done(search))
        return status;
    return hand_on(search, body->outputs + (body == &search->encoder ? 2 : BEAM_N_LOGITS));
}

static hinge_status run(const struct hinge_node *node)
{
    struct beam_search search;
    const hinge_tensor *scores = op_output(node, BEAM_SCORES);
    hinge_status status = begin(&search, node);
    if (scores && !status)
        memset(scores->data, 0, hinge_size(HINGE_FLOAT, hinge_count(scores)));
    for (bool is_first = true; search.length < search.plan.max_length && !status;
         is_first = false) {
        if (beam_is_done(&search))
            break;
        status = step(&search, is_first);
    }
    if (!status)
        beam_finish(&search);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [BEAM_DECODER] = {.name = "decoder", .type = HINGE_ATTR_GRAPH, .required = true},
    [BEAM_INIT_DECODER] = {.name = "init_decoder", .type = HINGE_ATTR_GRAPH},
    [BEAM_ENCODER] = {.name = "encoder", .type = HINGE_ATTR_GRAPH},
    [BEAM_MODEL_TYPE] = {.name = "model_type", .type = HINGE_ATTR_INT},
    [BEAM_EOS_TOKEN_ID] = {.name = "eos_token_id", .type = HINGE_ATTR_INT, .required = true},
    [BEAM_PAD_TOKEN_ID] = {.name = "pad_token_id", .type = HINGE_ATTR_INT, .required = true},
    [BEAM_DECODER_START_TOKEN_ID] = {.name = "decoder_start_token_id",
                                     .type = HINGE_ATTR_INT,
                                     .i = -1},
    [BEAM_EARLY_STOPPING] = {.name = "early_stopping", .type = HINGE_ATTR_INT},
    [BEAM_NO_REPEAT_NGRAM_SIZE] = {.name = "no_repeat_ngram_size", .type = HINGE_ATTR_INT},
    [BEAM_VOCAB_SIZE] = {.name = "vocab_size", .type = HINGE_ATTR_INT, .i = -1},
    {.name = NULL}};

const struct hinge_op op_beamsearch[] = {
    {.name = "BeamSearch",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature =
         "(input_ids: F, max_length: I, min_length?: I, num_beams: I, num_return_sequences: I, "
         "length_penalty?: T, repetition_penalty?: T, vocab_mask?: I, prefix_vocab_mask?: I, "
         "attention_mask?: I, decoder_input_ids?: I, logits_processor?: I) -> "
         "(sequences: I, sequences_scores?: T, scores?: T); F: float int32 float16; I: int32; T: "
         "float",
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
