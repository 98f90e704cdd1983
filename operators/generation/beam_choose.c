/* Which candidates a search goes on with, and what it returns. */
#include "operators/generation/beam.h"

#include <math.h>
#include <string.h>

/* The mean, so to say, of a sequence's logarithms. */
static float final_score(const struct beam_search *search, float sum, int64_t length)
{
    return sum / powf((float)length, search->length_penalty);
}

/* Puts a row's sequence among its image's hypotheses if it is better than the worst of n_beams. */
static void add_hypothesis(struct beam_search *search, int64_t row, float sum)
{
    const struct beam_plan *plan = &search->plan;
    const int64_t image = row / plan->n_beams;
    struct beam_hypothesis *list = search->hypotheses + image * plan->n_beams;
    struct beam_hypothesis hypothesis = {.score = final_score(search, sum, search->length),
                                         .length = search->length};
    int64_t at = search->n_hypotheses[image];
    if (at < plan->n_beams)
        search->n_hypotheses[image]++;
    else if (hypothesis.score > list[--at].score)
        ;
    else
        return;
    hypothesis.tokens = list[at].tokens;
    memcpy(hypothesis.tokens, search->sequences + row * plan->max_length,
           (size_t)search->length * sizeof *hypothesis.tokens);
    for (; at > 0 && hypothesis.score > list[at - 1].score; at--)
        list[at] = list[at - 1];
    list[at] = hypothesis;
}

/* The row goes on from parent with a token. */
static void go_on(struct beam_search *search, int64_t row, int64_t parent, int32_t token, float sum)
{
    const int64_t max_length = search->plan.max_length;
    int32_t *sequence = search->next_sequences + row * max_length;
    memcpy(sequence, search->sequences + parent * max_length,
           (size_t)search->length * sizeof *sequence);
    sequence[search->length] = token;
    search->parents[row] = parent;
    search->sums[row] = sum;
}

/* Whether nothing that may still come can be among the best. */
static bool has_ended(const struct beam_search *search, int64_t image)
{
    const int64_t n = search->plan.n_beams;
    if (search->n_hypotheses[image] < n)
        return false;
    return search->node->attributes[BEAM_EARLY_STOPPING].i == 1 ||
           !(search->hypotheses[image * n + n - 1].score <
             final_score(search, search->candidates[0].score, search->length));
}

static hinge_status choose(struct beam_search *search, int64_t image)
{
    const int64_t n = search->plan.n_beams, first = image * n;
    if (search->is_done[image]) {
        for (int64_t row = first; row < first + n; row++)
            go_on(search, row, row, search->pad, 0);
        return HINGE_OK;
    }
    hinge_status status = beam_find_candidates(search, image);
    int64_t row = first;
    for (int64_t i = 0; i < 2 * n && row < first + n && !status; i++) {
        const struct beam_candidate *candidate = &search->candidates[i];
        if (candidate->token != search->eos)
            go_on(search, row++, first + candidate->beam, candidate->token, candidate->score);
        else if (i < n)
            add_hypothesis(search, first + candidate->beam, candidate->score);
    }
    if (!status)
        search->is_done[image] = has_ended(search, image);
    return status;
}

hinge_status beam_choose(struct beam_search *search)
{
    hinge_status status = HINGE_OK;
    for (int64_t image = 0; image < search->plan.batch && !status; image++)
        status = choose(search, image);
    int32_t *sequences = search->sequences;
    search->sequences = search->next_sequences;
    search->next_sequences = sequences;
    search->length++;
    return status;
}

bool beam_is_done(const struct beam_search *search)
{
    bool all = true;
    for (int64_t image = 0; image < search->plan.batch; image++)
        all &= search->is_done[image];
    return all;
}

void beam_finish(struct beam_search *search)
{
    const struct beam_plan *plan = &search->plan;
    int32_t *sequences = search->node->outputs[BEAM_SEQUENCES]->data;
    hinge_tensor *scores = op_output(search->node, BEAM_SEQUENCES_SCORES);
    for (int64_t row = 0; row < plan->rows; row++)
        if (!search->is_done[row / plan->n_beams])
            add_hypothesis(search, row, search->sums[row]);
    for (int64_t i = 0; i < plan->batch * plan->n_returned; i++) {
        const struct beam_hypothesis *from =
            &search->hypotheses[i / plan->n_returned * plan->n_beams + i % plan->n_returned];
        int32_t *to = sequences + i * plan->max_length;
        memcpy(to, from->tokens, (size_t)from->length * sizeof *to);
        for (int64_t k = from->length; k < plan->max_length; k++)
            to[k] = search->pad;
        if (scores)
            ((float *)scores->data)[i] = from->score;
    }
}
