/* BeamSearch, with a decoder that keeps each word and its position in its pasts, against a search
 * without pasts that sorts all candidates. */
#include "tests/operators/values.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 11
#define IMAGES 2
#define PROMPT 3
#define MAX_BEAMS 4
#define MAX_LENGTH 9
#define EOS 2
#define PAD 10
#define NEVER (-(double)FLT_MAX)

/* What is asked for; 0: left out, or the default. */
struct wish {
    int max_length, min_length, n_beams, n_returned;
    double length_penalty, repetition_penalty;
    const double *vocab_mask, *prefix_vocab_mask, *attention_mask;
    int early_stopping, ngram;
    bool init_decoder, all_scores;
};

/* How likely the decoder makes the word that ends a sequence. */
static double end_bias;

/* What a word adds to what the decoder knows, and what comes of that. */
static double known(double word, double position, double mask, int64_t at)
{
    return (word + 1) * (position + 1) * mask * (1 + 0.1 * (double)at);
}

static float logit(double state, int word)
{
    return (float)(3 * sin(1.3 * state + 2.1 * word) + (word == EOS ? end_bias : 0));
}

/* The decoder: past 0 has (word + 1) in its second head and column, of two, among keys; past 1 what
 * is left of known() among values. */
static float *cell(const hinge_tensor *past, int half, int64_t row, int64_t at)
{
    const int64_t n = past->dims[3];
    return (float *)past->data + ((((half * past->dims[1] + row) * 2 + 1) * n + at) * 2 + 1);
}

static hinge_status decode(struct values_call *call)
{
    const hinge_tensor *ids = call->inputs[0], *positions = call->inputs[1];
    const hinge_tensor *mask = call->inputs[2], *pasts[] = {call->inputs[3], call->inputs[4]};
    const int64_t rows = ids->dims[0], n = ids->dims[1], before = pasts[0]->dims[3];
    const int64_t all = before + n, dims[] = {2, rows, 2, all, 2};
    if (positions->dims[1] != n || mask->dims[0] != rows || mask->dims[1] != all)
        return HINGE_BAD_VALUE;
    float *logits = values_tensor(call, 0, HINGE_FLOAT, 3, (const int64_t[]){rows, n, WORDS});
    for (uint32_t i = 0; i < 2; i++)
        memset(values_tensor(call, 1 + i, HINGE_FLOAT, 5, dims), 0,
               (size_t)(8 * rows * all) * sizeof(float));
    for (int64_t r = 0; r < rows; r++) {
        double state = 0;
        for (int64_t at = 0; at < all; at++) {
            const bool is_new = at >= before;
            const int64_t i = r * n + at - before;
            const double key = is_new ? harness_get(ids, i) + 1 : (double)*cell(pasts[0], 0, r, at);
            const double value =
                is_new ? (harness_get(positions, i) + 1) * harness_get(mask, r * all + at)
                       : (double)*cell(pasts[1], 1, r, at);
            *cell(&call->outputs[1], 0, r, at) = (float)key;
            *cell(&call->outputs[2], 1, r, at) = (float)value;
            state += key * value * (1 + 0.1 * (double)at);
            for (int word = 0; word < WORDS && is_new; word++)
                logits[i * WORDS + word] = logit(state, word);
        }
    }
    return HINGE_OK;
}

/* The reference */

static const double prompts[IMAGES * PROMPT] = {PAD, 4, 7, 1, 8, 3};

struct sequence {
    double words[MAX_LENGTH], sum;
    int length;
};

struct image {
    struct sequence beams[MAX_BEAMS], ended[MAX_BEAMS + 1];
    int n_ended;
    bool is_done;
};

struct candidate {
    double score;
    int index;
};

static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->score > y->score ? -1 : x->score < y->score ? 1 : x->index - y->index;
}

static double mean(const struct wish *wish, double sum, int length)
{
    return sum / pow(length, wish->length_penalty != 0 ? wish->length_penalty : 1);
}

static int by_mean(const void *a, const void *b)
{
    const struct sequence *x = a, *y = b;
    return x->sum > y->sum ? -1 : x->sum < y->sum;
}

static void end(const struct wish *wish, struct image *image, const struct sequence *sequence,
                double sum)
{
    struct sequence *to = &image->ended[image->n_ended++];
    *to = *sequence;
    to->sum = mean(wish, sum, sequence->length);
    qsort(image->ended, (size_t)image->n_ended, sizeof *image->ended, by_mean);
    if (image->n_ended > wish->n_beams)
        image->n_ended = wish->n_beams;
}

static bool repeats(const struct sequence *sequence, int word, int n)
{
    for (int i = 0; i + n <= sequence->length; i++) {
        bool same = sequence->words[i + n - 1] == word;
        for (int k = 0; k < n - 1; k++)
            same = same && sequence->words[i + k] == sequence->words[sequence->length - n + 1 + k];
        if (same)
            return true;
    }
    return false;
}

static void score_words(const struct wish *wish, const struct sequence *sequence, int number,
                        double *scores)
{
    double state = 0, total = 0;
    for (int at = 0, position = 0; at < sequence->length; at++) {
        const bool is_prompt = at < PROMPT, is_pad = is_prompt && sequence->words[at] == PAD;
        const double mask = !is_prompt             ? 1
                            : wish->attention_mask ? wish->attention_mask[number * PROMPT + at]
                                                   : !is_pad;
        state += known(sequence->words[at], is_pad ? 0 : position, mask, at);
        position += !is_pad;
    }
    for (int word = 0; word < WORDS; word++)
        total += exp((double)logit(state, word));
    for (int word = 0; word < WORDS; word++) {
        double score = (double)logit(state, word) - log(total);
        if (wish->repetition_penalty != 0 && repeats(sequence, word, 1))
            score *= wish->repetition_penalty;
        if ((wish->ngram && repeats(sequence, word, wish->ngram)) ||
            (wish->vocab_mask && wish->vocab_mask[word] == 0) ||
            (wish->prefix_vocab_mask && sequence->length == PROMPT &&
             wish->prefix_vocab_mask[number * WORDS + word] == 0) ||
            (word == EOS && sequence->length < wish->min_length))
            score = NEVER;
        scores[word] = score + sequence->sum;
    }
}

static void advance(const struct wish *wish, struct image *image, const double *scores)
{
    const int n = wish->n_beams;
    struct candidate candidates[MAX_BEAMS * WORDS];
    struct sequence next[MAX_BEAMS];
    int n_next = 0;
    if (image->is_done)
        return;
    for (int i = 0; i < n * WORDS; i++)
        candidates[i] = (struct candidate){scores[i], i};
    qsort(candidates, (size_t)(n * WORDS), sizeof *candidates, by_score);
    for (int i = 0; i < 2 * n && n_next < n; i++) {
        const struct sequence *from = &image->beams[candidates[i].index / WORDS];
        const int word = candidates[i].index % WORDS;
        if (word == EOS && i < n)
            end(wish, image, from, candidates[i].score);
        if (word == EOS)
            continue;
        next[n_next] = *from;
        next[n_next].words[next[n_next].length++] = word;
        next[n_next++].sum = candidates[i].score;
    }
    image->is_done =
        image->n_ended == n &&
        (wish->early_stopping ||
         image->ended[n - 1].sum >= mean(wish, candidates[0].score, image->beams[0].length));
    memcpy(image->beams, next, (size_t)n * sizeof *next);
}

struct results {
    double sequences[IMAGES * MAX_BEAMS * MAX_LENGTH], sums[IMAGES * MAX_BEAMS];
    double scores[(MAX_LENGTH - PROMPT) * IMAGES * MAX_BEAMS * WORDS];
    int64_t n_calls;
};

static void collect(const struct wish *wish, struct image *images, struct results *results)
{
    for (int number = 0; number < IMAGES; number++) {
        struct image *image = &images[number];
        for (int beam = 0; beam < wish->n_beams && !image->is_done; beam++)
            end(wish, image, &image->beams[beam], image->beams[beam].sum);
        for (int k = 0; k < wish->n_returned; k++) {
            const int at = number * wish->n_returned + k;
            results->sums[at] = image->ended[k].sum;
            for (int i = 0; i < wish->max_length; i++)
                results->sequences[at * wish->max_length + i] =
                    i < image->ended[k].length ? image->ended[k].words[i] : PAD;
        }
    }
}

static void search(const struct wish *wish, struct results *results)
{
    struct image images[IMAGES] = {{.n_ended = 0}};
    *results = (struct results){.n_calls = 0};
    for (int number = 0; number < IMAGES; number++)
        for (int beam = 0; beam < wish->n_beams; beam++) {
            struct sequence *sequence = &images[number].beams[beam];
            *sequence = (struct sequence){.length = PROMPT, .sum = beam ? -1e9 : 0};
            memcpy(sequence->words, prompts + number * PROMPT, PROMPT * sizeof(double));
        }
    for (int length = PROMPT; length < wish->max_length; length++) {
        double *scores = results->scores + results->n_calls++ * IMAGES * wish->n_beams * WORDS;
        bool all_done = true;
        for (int number = 0; number < IMAGES; number++)
            for (int beam = 0; beam < wish->n_beams; beam++)
                score_words(wish, &images[number].beams[beam], number,
                            scores + (number * wish->n_beams + beam) * WORDS);
        for (int number = 0; number < IMAGES; number++) {
            advance(wish, &images[number], scores + number * wish->n_beams * WORDS);
            all_done = all_done && images[number].is_done;
        }
        if (all_done)
            break;
    }
    collect(wish, images, results);
}

/* The node */

static const hinge_tensor declared_inputs[] = {{HINGE_INT32, 2, {-1, -1}, NULL},
                                               {HINGE_INT32, 2, {-1, -1}, NULL},
                                               {HINGE_INT32, 2, {-1, -1}, NULL},
                                               {HINGE_FLOAT, 5, {2, -1, 2, -1, 2}, NULL},
                                               {HINGE_FLOAT, 5, {2, -1, 2, -1, 2}, NULL}};
static const hinge_tensor declared_outputs[] = {{HINGE_FLOAT, 3, {-1, -1, WORDS}, NULL},
                                                {HINGE_FLOAT, -1, {0}, NULL},
                                                {HINGE_FLOAT, -1, {0}, NULL}};

static struct values_attribute graph(const char *name, values_body *run)
{
    return (struct values_attribute){
        .name = name,
        .type = HINGE_ATTR_GRAPH,
        .graph = {
            run, 5, 3, {HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT}, declared_inputs, declared_outputs}};
}

static struct values_attribute integer(const char *name, int64_t value)
{
    return (struct values_attribute){.name = name, .type = HINGE_ATTR_INT, .i = value};
}

static struct value one(hinge_type type, const double *number, bool is_there)
{
    return is_there ? (struct value){.type = type, .numbers = number} : (struct value){.type = 0};
}

static struct value list(int rank, int64_t first, int64_t last, const double *numbers)
{
    struct value value = {
        .type = HINGE_INT32, .rank = rank, .dims = {first, last}, .numbers = numbers};
    return numbers ? value : (struct value){.type = 0};
}

static void check(const struct wish *wish)
{
    static struct results results;
    const double counts[] = {wish->max_length, wish->min_length,     wish->n_beams,
                             wish->n_returned, wish->length_penalty, wish->repetition_penalty};
    search(wish, &results);
    struct values_case c = {
        .op = "BeamSearch",
        .domain = "com.microsoft",
        .opset = 1,
        .attributes = {graph("decoder", decode), integer("eos_token_id", EOS),
                       integer("pad_token_id", PAD),
                       integer("early_stopping", wish->early_stopping),
                       integer("no_repeat_ngram_size", wish->ngram)},
        .inputs = {list(2, IMAGES, PROMPT, prompts), one(HINGE_INT32, &counts[0], true),
                   one(HINGE_INT32, &counts[1], wish->min_length != 0),
                   one(HINGE_INT32, &counts[2], true), one(HINGE_INT32, &counts[3], true),
                   one(HINGE_FLOAT, &counts[4], wish->length_penalty != 0),
                   one(HINGE_FLOAT, &counts[5], wish->repetition_penalty != 0),
                   list(1, WORDS, 0, wish->vocab_mask),
                   list(2, IMAGES, WORDS, wish->prefix_vocab_mask),
                   list(2, IMAGES, PROMPT, wish->attention_mask)},
        .outputs = {list(3, IMAGES, wish->n_returned, results.sequences),
                    {.type = HINGE_FLOAT,
                     .rank = 2,
                     .dims = {IMAGES, wish->n_returned},
                     .numbers = results.sums}},
        .n_calls = results.n_calls,
        .tolerance = 1e-5};
    c.outputs[0].dims[2] = wish->max_length;
    if (wish->init_decoder)
        c.attributes[5] = graph("init_decoder", decode);
    if (wish->all_scores)
        c.outputs[2] =
            (struct value){.type = HINGE_FLOAT,
                           .rank = 4,
                           .dims = {wish->max_length - PROMPT, IMAGES, wish->n_beams, WORDS},
                           .numbers = results.scores};
    values_check(__FILE__, __LINE__, &c);
}

static void check_wishes(void)
{
    static const double some[] = {1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1}, mask[] = {1, 1, 0, 0, 1, 1};
    static const double first[] = {1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1,
                                   1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    static const struct wish wishes[] = {
        {.max_length = 7, .n_beams = 1, .n_returned = 1},
        {.max_length = 9, .n_beams = 2, .n_returned = 1, .all_scores = true},
        {.max_length = 9, .n_beams = 3, .n_returned = 2, .length_penalty = 0.5},
        {.max_length = 9, .n_beams = 4, .n_returned = 4, .early_stopping = 1, .all_scores = true},
        {.max_length = 9, .n_beams = 4, .n_returned = 2, .length_penalty = -1.5},
        {.max_length = 9, .n_beams = 3, .n_returned = 3, .repetition_penalty = 1.75},
        {.max_length = 9, .n_beams = 2, .n_returned = 2, .ngram = 1},
        {.max_length = 9, .n_beams = 3, .n_returned = 1, .ngram = 2, .repetition_penalty = 0.25},
        {.max_length = 8, .min_length = 7, .n_beams = 4, .n_returned = 4},
        {.max_length = 8, .n_beams = 3, .n_returned = 2, .vocab_mask = some},
        {.max_length = 8, .n_beams = 3, .n_returned = 2, .prefix_vocab_mask = first},
        {.max_length = 8, .n_beams = 2, .n_returned = 2, .attention_mask = mask},
        {.max_length = 8, .n_beams = 3, .n_returned = 2, .init_decoder = true},
        {.max_length = 4, .n_beams = 3, .n_returned = 3},
    };
    static const double biases[] = {0, 2, 6};
    for (size_t b = 0; b < sizeof biases / sizeof *biases; b++) {
        end_bias = biases[b];
        for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
            check(&wishes[i]);
    }
}

/* What is refused */

static hinge_status without_words(struct values_call *call)
{
    hinge_status status = decode(call);
    call->outputs[0].dims[2] = WORDS - 1;
    return status;
}

static hinge_status without_numbers(struct values_call *call)
{
    hinge_status status = decode(call);
    for (int64_t i = 0; i < hinge_count(&call->outputs[0]); i++)
        harness_set(&call->outputs[0], i, (double)NAN);
    return status;
}

static hinge_status with_long_presents(struct values_call *call)
{
    hinge_status status = decode(call);
    values_tensor(call, 1, HINGE_FLOAT, 5, (const int64_t[]){2, 2, 2, 100, 2});
    return status;
}

/* Of two words; behind the counts may come the inputs from length_penalty on. */
#define REFUSED(function, status, text, max_length, n_beams, n_returned, ...)                      \
    CHECK_VALUES(.op = "BeamSearch", .domain = "com.microsoft", .opset = 1,                        \
                 .attributes = {graph("decoder", function), integer("eos_token_id", EOS),          \
                                integer("pad_token_id", PAD), integer("model_type", model_type)},  \
                 .inputs = {TENSOR_OF(HINGE_INT32, 2, DIMS(1, 2), 1, 3),                           \
                            NUMBER(HINGE_INT32, max_length),                                       \
                            {0},                                                                   \
                            NUMBER(HINGE_INT32, n_beams),                                          \
                            NUMBER(HINGE_INT32, n_returned),                                       \
                            __VA_ARGS__},                                                          \
                 .fails = status, .says = text)

static void check_refusals(void)
{
    int64_t model_type = 1;
    REFUSED(decode, HINGE_UNSUPPORTED, "model_type is 1", 4, 1, 1, {0});
    model_type = 0;
    REFUSED(decode, HINGE_BAD_VALUE, "max_length is 2 for 2", 2, 1, 1, {0});
    REFUSED(decode, HINGE_BAD_VALUE, "num_beams is 0", 4, 0, 1, {0});
    REFUSED(decode, HINGE_LIMIT, "num_beams is 129", 4, 129, 1, {0});
    REFUSED(decode, HINGE_BAD_VALUE, "num_return_sequences is 2", 4, 1, 2, {0});
    REFUSED(decode, HINGE_BAD_SHAPE, "length_penalty is not one", 4, 1, 1, FLOATS(1, 1));
    REFUSED(decode, HINGE_BAD_VALUE, "penalty is 0", 4, 1, 1, {0}, NUMBER(HINGE_FLOAT, 0));
    REFUSED(decode, HINGE_BAD_SHAPE, "vocab_mask has the shape [2]", 4, 1, 1, {0}, {0},
            LIST_OF(HINGE_INT32, 1, 1));
    REFUSED(without_words, HINGE_BAD_SHAPE, "logits have the shape [2, 2, 10]", 4, 2, 1, {0});
    REFUSED(without_numbers, HINGE_BAD_VALUE, "logits are not numbers", 4, 2, 1, {0});
    REFUSED(with_long_presents, HINGE_BAD_SHAPE, "shape [2, 2, 2, 100, 2]", 4, 2, 1, {0});
}

void test_beamsearch(void)
{
    check_wishes();
    check_refusals();
}
