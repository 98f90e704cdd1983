#include "operators/generation/beam.h"

#define MAX_BEAMS 128

/* One int32, known by now or HINGE_NEEDS_DATA; left out, value stays as it is. */
static hinge_status read_count(const struct hinge_node *node, unsigned input, const char *name,
                               int64_t least, int64_t *value)
{
    const hinge_tensor *x = op_input(node, input);
    if (!x)
        return HINGE_OK;
    if (hinge_count(x) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number", name);
    if (!x->data)
        return HINGE_NEEDS_DATA;
    *value = *(const int32_t *)x->data;
    if (*value < least)
        return OP_FAIL(node, HINGE_BAD_VALUE, "%s is %lld", name, (long long)*value);
    return HINGE_OK;
}

static hinge_status check_shape(const struct hinge_node *node, unsigned input, const char *name,
                                int32_t rank, int64_t first, int64_t last)
{
    const hinge_tensor *x = op_input(node, input);
    char text[OP_TEXT_SIZE];
    if (x && (x->rank != rank || x->dims[0] != first || x->dims[rank - 1] != last))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has the shape %s", name, op_dims_text(x, text));
    return HINGE_OK;
}

static hinge_status read_counts(const struct hinge_node *node, struct beam_plan *plan)
{
    hinge_status status = read_count(node, BEAM_MAX_LENGTH, "max_length", 1, &plan->max_length);
    if (!status)
        status = read_count(node, BEAM_MIN_LENGTH, "min_length", 0, &plan->min_length);
    if (!status)
        status = read_count(node, BEAM_NUM_BEAMS, "num_beams", 1, &plan->n_beams);
    if (!status)
        status = read_count(node, BEAM_NUM_RETURN_SEQUENCES, "num_return_sequences", 1,
                            &plan->n_returned);
    if (status)
        return status;
    if (plan->n_beams > MAX_BEAMS)
        return OP_FAIL(node, HINGE_LIMIT, "num_beams is %lld, more than %d",
                       (long long)plan->n_beams, MAX_BEAMS);
    if (plan->n_returned > plan->n_beams)
        return OP_FAIL(node, HINGE_BAD_VALUE, "num_return_sequences is %lld, num_beams %lld",
                       (long long)plan->n_returned, (long long)plan->n_beams);
    if (plan->max_length <= plan->length)
        return OP_FAIL(node, HINGE_BAD_VALUE, "max_length is %lld for %lld of input_ids",
                       (long long)plan->max_length, (long long)plan->length);
    return HINGE_OK;
}

static hinge_status read_vocabulary(const struct hinge_node *node, struct beam_plan *plan)
{
    const hinge_tensor *logits = op_body_declared_output(node, BEAM_DECODER, 0);
    plan->vocabulary = node->attributes[BEAM_VOCAB_SIZE].i;
    if (plan->vocabulary <= 0 && logits && logits->rank == 3)
        plan->vocabulary = logits->dims[2];
    if (plan->vocabulary < 2 || plan->vocabulary > INT32_MAX)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "neither vocab_size nor the decoder's logits say how many words there are");
    return HINGE_OK;
}

/* What the shape of input_ids says, and where words are given that the decoder begins with. */
static hinge_status read_prompt(const struct hinge_node *node, struct beam_plan *plan)
{
    const hinge_tensor *ids = node->inputs[BEAM_INPUT_IDS];
    const hinge_tensor *words = op_input(node, BEAM_DECODER_INPUT_IDS);
    char text[OP_TEXT_SIZE];
    if (ids->rank != (plan->kind == BEAM_WHISPER ? 3 : 2) || ids->dims[1] < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input_ids has the shape %s",
                       op_dims_text(ids, text));
    plan->batch = ids->dims[0];
    plan->length = plan->kind == BEAM_GPT ? ids->dims[1] : 1;
    if (plan->kind != BEAM_GPT)
        plan->n_source = ids->dims[1];
    if (plan->kind != BEAM_WHISPER)
        return HINGE_OK;
    if (__builtin_mul_overflow(ids->dims[1], ids->dims[2], &plan->n_source))
        return OP_FAIL(node, HINGE_LIMIT, "input_ids is too large");
    if (words && (words->rank != 2 || words->dims[0] != plan->batch || words->dims[1] < 1))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "decoder_input_ids has the shape %s",
                       op_dims_text(words, text));
    if (words)
        plan->length = words->dims[1];
    return HINGE_OK;
}

hinge_status beam_read_plan(const struct hinge_node *node, struct beam_plan *plan)
{
    const enum beam_kind kind = (enum beam_kind)node->attributes[BEAM_MODEL_TYPE].i;
    *plan = (struct beam_plan){.kind = kind,
                               .n_beams = 1,
                               .n_returned = 1,
                               .n_pasts = beam_n_pasts(node),
                               .row_axis = kind == BEAM_GPT};
    hinge_status status = read_prompt(node, plan);
    if (!status)
        status = read_counts(node, plan);
    if (!status)
        status = read_vocabulary(node, plan);
    if (!status)
        status =
            check_shape(node, BEAM_VOCAB_MASK, "vocab_mask", 1, plan->vocabulary, plan->vocabulary);
    if (!status)
        status = check_shape(node, BEAM_PREFIX_VOCAB_MASK, "prefix_vocab_mask", 2, plan->batch,
                             plan->vocabulary);
    if (!status && kind != BEAM_WHISPER)
        status = check_shape(node, BEAM_ATTENTION_MASK, "attention_mask", 2, plan->batch,
                             node->inputs[BEAM_INPUT_IDS]->dims[1]);
    if (!status && __builtin_mul_overflow(plan->batch, plan->n_beams, &plan->rows))
        return OP_FAIL(node, HINGE_LIMIT, "too many beams");
    return status;
}

/* Memory */

struct carving {
    char *memory; /* NULL: counting */
    int64_t size;
    bool is_too_large;
};

/* Memory for count things of a size; NULL while counting, or where that is too large. */
static void *carve(struct carving *carving, int64_t count, size_t size)
{
    const int64_t begin = carving->size;
    int64_t bytes;
    carving->is_too_large |= __builtin_mul_overflow(count, (int64_t)size, &bytes) ||
                             __builtin_add_overflow(bytes, 63, &bytes) ||
                             __builtin_add_overflow(begin, bytes / 64 * 64, &carving->size);
    return carving->memory && !carving->is_too_large ? carving->memory + begin : NULL;
}

static int64_t multiply(struct carving *carving, int64_t a, int64_t b)
{
    int64_t product = 0;
    carving->is_too_large |= __builtin_mul_overflow(a, b, &product);
    return product;
}

/* Room for each past at its longest, [2, rows, heads, max_length, size of a head], behind an
 * encoder without the 2; as it is at first it has no positions. */
static hinge_status lay_out_pasts(struct beam_search *search, struct carving *carving)
{
    const struct beam_plan *plan = &search->plan;
    const int32_t axis = plan->row_axis, rank = axis + 4;
    const uint32_t first =
        plan->kind == BEAM_GPT
            ? BEAM_N_LEADING
            : search->node->attributes[BEAM_DECODER].graph.n_inputs - 2 * plan->n_pasts;
    search->pasts = carve(carving, plan->n_pasts, sizeof *search->pasts);
    search->past_inputs = carve(carving, plan->n_pasts, sizeof *search->past_inputs);
    for (uint32_t i = 0; i < plan->n_pasts; i++) {
        const hinge_tensor *declared =
            op_body_declared_input(search->node, BEAM_DECODER, first + i);
        if (!declared || declared->rank != rank || declared->dims[axis + 1] < 1 ||
            declared->dims[axis + 3] < 1)
            return OP_FAIL(search->node, HINGE_BAD_MODEL,
                           "the decoder does not say how many heads past %u has, and their size",
                           (unsigned)i);
        const int64_t heads = multiply(carving, plan->rows, declared->dims[axis + 1]);
        const int64_t columns = multiply(carving, plan->max_length, declared->dims[axis + 3]);
        const int64_t count = multiply(carving, axis + 1, multiply(carving, heads, columns));
        void *data = carve(carving, count, hinge_size(declared->type, 1));
        if (!carving->memory)
            continue;
        search->pasts[i] = (hinge_tensor){declared->type, rank, {2}, data};
        search->pasts[i].dims[axis] = plan->rows;
        search->pasts[i].dims[axis + 1] = declared->dims[axis + 1];
        search->pasts[i].dims[axis + 3] = declared->dims[axis + 3];
        search->past_inputs[i] = &search->pasts[i];
    }
    return HINGE_OK;
}

hinge_status beam_lay_out(struct beam_search *search, const struct hinge_node *node, void *memory,
                          size_t *size)
{
    const struct beam_plan *plan = &search->plan;
    struct carving carving = {.memory = memory};
    const int64_t prompts = multiply(&carving, plan->rows, plan->length);
    const int64_t longest = multiply(&carving, plan->rows, plan->max_length);
    const int64_t words = multiply(&carving, plan->rows, plan->vocabulary);
    search->node = node;
    search->sequences = carve(&carving, longest, sizeof(int32_t));
    search->next_sequences = carve(&carving, longest, sizeof(int32_t));
    search->sums = carve(&carving, plan->rows, sizeof(float));
    search->parents = carve(&carving, plan->rows, sizeof(int64_t));
    search->prompt_mask = carve(&carving, prompts, sizeof(int32_t));
    search->tokens = carve(&carving, longest, sizeof(int32_t));
    search->positions = carve(&carving, prompts, sizeof(int32_t));
    search->next_positions = carve(&carving, plan->rows, sizeof(int32_t));
    const int64_t sources = multiply(&carving, plan->rows, plan->n_source);
    search->mask = carve(&carving, plan->kind == BEAM_T5 ? sources : longest, sizeof(int32_t));
    search->source = carve(&carving, sources, hinge_size(node->inputs[BEAM_INPUT_IDS]->type, 1));
    search->scores = carve(&carving, words, sizeof(float));
    search->marks = carve(&carving, plan->vocabulary, sizeof(uint32_t));
    search->candidates = carve(&carving, 2 * plan->n_beams, sizeof *search->candidates);
    search->hypotheses = carve(&carving, plan->rows, sizeof *search->hypotheses);
    search->n_hypotheses = carve(&carving, plan->batch, sizeof(int64_t));
    search->is_done = carve(&carving, plan->batch, sizeof(bool));
    int32_t *ended = carve(&carving, longest, sizeof(int32_t));
    for (int64_t r = 0; r < plan->rows && ended; r++)
        search->hypotheses[r].tokens = ended + r * plan->max_length;
    void *decoder = carve(&carving, 1, op_body_size(node, BEAM_DECODER));
    void *init_decoder = carve(&carving, 1, op_body_size(node, BEAM_INIT_DECODER));
    void *encoder = carve(&carving, 1, op_body_size(node, BEAM_ENCODER));
    if (memory) {
        op_body_open(&search->encoder, node, BEAM_ENCODER, encoder);
        op_body_open(&search->decoder, node, BEAM_DECODER, decoder);
        op_body_open(&search->init_decoder, node, BEAM_INIT_DECODER, init_decoder);
    }
    hinge_status status = lay_out_pasts(search, &carving);
    if (!status && carving.is_too_large)
        return OP_FAIL(node, HINGE_LIMIT, "what the search needs is too large");
    *size = (size_t)carving.size;
    return status;
}
