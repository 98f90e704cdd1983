/* Scores of the words that may come next, and the best of them. */
#include "operators/generation/beam.h"
#include "operators/kernels/half.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct scoring {
    const struct beam_search *search;
    const hinge_tensor *logits;
};

/* Logits to the logarithms of their softmax. libm's exponential is several times as fast as that of
 * vectors in the one plugin that this is in. */
static void take_logarithms(float *scores, int64_t n)
{
    float most = -INFINITY;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = scores[i] > most ? scores[i] : most;
    for (int64_t i = 0; i < n; i++)
        sum += (double)expf(scores[i] - most);
    const float all = most + (float)log(sum);
    for (int64_t i = 0; i < n; i++)
        scores[i] -= all;
}

/* Logarithms of the probabilities behind the last position of each row. */
static void score_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct scoring *scoring = argument;
    const hinge_tensor *logits = scoring->logits;
    const int64_t n = scoring->search->plan.vocabulary, width = logits->dims[2];
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        float *scores = scoring->search->scores + r * n;
        const int64_t at = ((r + 1) * logits->dims[1] - 1) * width;
        if (half_is(logits->type))
            half_load(logits->type, scores, (const uint16_t *)logits->data + at, n);
        else
            memcpy(scores, (const float *)logits->data + at, (size_t)n * sizeof *scores);
        take_logarithms(scores, n);
    }
}

/* Words that a sequence has: scores below 0 times the penalty, others over it, each once. */
static void penalize(struct beam_search *search, float *scores, const int32_t *sequence)
{
    search->mark++;
    for (int64_t i = 0; i < search->length; i++) {
        const uint32_t word = (uint32_t)sequence[i];
        if (word >= search->plan.vocabulary || search->marks[word] == search->mark)
            continue;
        search->marks[word] = search->mark;
        scores[word] = scores[word] < 0 ? scores[word] * search->repetition_penalty
                                        : scores[word] / search->repetition_penalty;
    }
}

/* Words that would make n words follow each other that have done so before. */
static void forbid_repeats(const struct beam_search *search, float *scores, const int32_t *sequence,
                           int64_t n)
{
    const int32_t *last = sequence + search->length - (n - 1);
    for (int64_t i = 0; i + n <= search->length; i++) {
        const uint32_t word = (uint32_t)sequence[i + n - 1];
        if (word < search->plan.vocabulary &&
            memcmp(sequence + i, last, (size_t)(n - 1) * sizeof *last) == 0)
            scores[word] = -FLT_MAX;
    }
}

static void forbid_masked(const struct beam_search *search, float *scores, const int32_t *mask)
{
    for (int64_t i = 0; i < search->plan.vocabulary; i++)
        if (mask[i] == 0)
            scores[i] = -FLT_MAX;
}

static void process_row(struct beam_search *search, int64_t row)
{
    const struct beam_plan *plan = &search->plan;
    const struct hinge_node *node = search->node;
    const hinge_tensor *words = op_input(node, BEAM_VOCAB_MASK);
    const hinge_tensor *first_words = op_input(node, BEAM_PREFIX_VOCAB_MASK);
    const int64_t n = node->attributes[BEAM_NO_REPEAT_NGRAM_SIZE].i;
    const int32_t *sequence = search->sequences + row * plan->max_length;
    float *scores = search->scores + row * plan->vocabulary;
    if (search->repetition_penalty != 1)
        penalize(search, scores, sequence);
    if (n > 0 && n <= search->length)
        forbid_repeats(search, scores, sequence, n);
    if (words)
        forbid_masked(search, scores, words->data);
    if (first_words && search->length == plan->length)
        forbid_masked(search, scores,
                      (const int32_t *)first_words->data + row / plan->n_beams * plan->vocabulary);
    if (search->length < plan->min_length && (uint32_t)search->eos < plan->vocabulary)
        scores[search->eos] = -FLT_MAX;
    for (int64_t i = 0; i < plan->vocabulary; i++)
        scores[i] += search->sums[row];
}

hinge_status beam_score(struct beam_search *search, const hinge_tensor *logits)
{
    const struct beam_plan *plan = &search->plan;
    struct scoring scoring = {search, logits};
    char text[OP_TEXT_SIZE];
    if (logits->type != HINGE_FLOAT && !half_is(logits->type))
        return OP_FAIL(search->node, HINGE_UNSUPPORTED, "the decoder's logits are %s",
                       op_type_text(logits->type, text));
    if (logits->rank != 3 || logits->dims[0] != plan->rows || logits->dims[1] < 1 ||
        logits->dims[2] < plan->vocabulary)
        return OP_FAIL(search->node, HINGE_BAD_SHAPE,
                       "the decoder's logits have the shape %s for %lld sequences and %lld words",
                       op_dims_text(logits, text), (long long)plan->rows,
                       (long long)plan->vocabulary);
    search->node->host->parallel(search->node, plan->rows, op_grain(4096, plan->vocabulary),
                                 score_rows, &scoring);
    for (int64_t r = 0; r < plan->rows; r++)
        process_row(search, r);
    return HINGE_OK;
}

hinge_status beam_find_candidates(struct beam_search *search, int64_t image)
{
    const struct beam_plan *plan = &search->plan;
    const int64_t most = 2 * plan->n_beams;
    const float *scores = search->scores + image * plan->n_beams * plan->vocabulary;
    struct beam_candidate *best = search->candidates;
    int64_t n = 0;
    for (int64_t beam = 0; beam < plan->n_beams; beam++, scores += plan->vocabulary)
        for (int64_t word = 0; word < plan->vocabulary; word++) {
            if (isnan(scores[word]) || (n == most && !(scores[word] > best[most - 1].score)))
                continue;
            int64_t at = n < most ? n++ : most - 1;
            for (; at > 0 && scores[word] > best[at - 1].score; at--)
                best[at] = best[at - 1];
            best[at] = (struct beam_candidate){scores[word], (int32_t)word, (int32_t)beam};
        }
    if (n < most)
        return OP_FAIL(search->node, HINGE_BAD_VALUE, "the decoder's logits are not numbers");
    return HINGE_OK;
}
