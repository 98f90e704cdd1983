/* BeamSearch, with a decoder that keeps each word and its position in its pasts, alone and behind
 * an encoder, against a search without pasts that sorts all candidates. */
#include "tests/operators/generation/beam_graphs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES 2
#define MAX_BEAMS 4
#define MAX_LENGTH 9
#define START 5
#define PAD 10
#define NEVER (-(double)FLT_MAX)

/* What is asked for; 0: left out, or the default. */
struct wish {
    int max_length, min_length, n_beams, n_returned;
    double length_penalty, repetition_penalty;
    const double *vocab_mask, *prefix_vocab_mask, *attention_mask;
    int early_stopping, ngram;
    bool init_decoder, all_scores;
    int model_type;
    bool takes_hidden, takes_all; /* the decoder: hidden states, all words every time */
    bool first_words;             /* decoder_input_ids */
};

/* The reference */

static const double prompts[IMAGES * PROMPT] = {PAD, 4, 7, 1, 8, 3};
static const double first_words[IMAGES * 2] = {START, 9, START, 3};

static int prompt_length(const struct wish *wish)
{
    return wish->model_type == 0 ? PROMPT : wish->first_words ? 2 : 1;
}

static double source_state(const struct wish *wish, int number)
{
    double state = 0;
    for (int i = 0; i < PROMPT && wish->model_type; i++) {
        const int at = number * PROMPT + i;
        state += source_part(prompts[at],
                             wish->model_type == 2  ? 1
                             : wish->attention_mask ? wish->attention_mask[at]
                                                    : prompts[at] != PAD,
                             i);
    }
    return state;
}

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
    double state = source_state(wish, number), total = 0;
    for (int at = 0, position = 0; at < sequence->length; at++) {
        const bool is_prompt = at < PROMPT && wish->model_type == 0,
                   is_pad = is_prompt && sequence->words[at] == PAD;
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
            (wish->prefix_vocab_mask && sequence->length == prompt_length(wish) &&
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
    for (int beam = 0; beam < n && image->is_done; beam++) {
        struct sequence *sequence = &image->beams[beam];
        sequence->words[sequence->length++] = PAD;
        sequence->sum = 0;
    }
    if (image->is_done)
        return;
    for (int i = 0; i < n * WORDS; i++)
        candidates[i] = (struct candidate){scores[i], i};
    qsort(candidates, (size_t)n * WORDS, sizeof *candidates, by_score);
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
    double scores[(MAX_LENGTH - 1) * IMAGES * MAX_BEAMS * WORDS];
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
            const int n = prompt_length(wish);
            *sequence = (struct sequence){.words = {START}, .length = n, .sum = beam ? -1e9 : 0};
            if (wish->model_type == 0 || wish->first_words)
                memcpy(sequence->words, (wish->model_type ? first_words : prompts) + number * n,
                       (size_t)n * sizeof(double));
        }
    for (int length = prompt_length(wish); length < wish->max_length; length++) {
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

static const hinge_tensor half_past = {HINGE_FLOAT, 4, {-1, 2, -1, 2}, NULL};
static const hinge_tensor hidden_states = {HINGE_FLOAT, 3, {-1, -1, 1}, NULL};

/* The decoder behind an encoder; its inputs as it declares them. */
static struct values_attribute decoder_behind(const struct wish *wish)
{
    static hinge_tensor inputs[7];
    uint32_t n = 0;
    inputs[n++] = (hinge_tensor){HINGE_INT32, 2, {-1, wish->takes_all ? -1 : 1}, NULL};
    if (wish->model_type == 1)
        inputs[n++] = declared_inputs[1];
    if (wish->takes_hidden)
        inputs[n++] = hidden_states;
    for (int i = 0; i < 4; i++)
        inputs[n++] = half_past;
    return (struct values_attribute){.name = "decoder",
                                     .type = HINGE_ATTR_GRAPH,
                                     .graph = {decode_behind,
                                               n,
                                               3,
                                               {HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT},
                                               inputs,
                                               declared_outputs}};
}

static struct values_attribute encoder(const struct wish *wish)
{
    return (struct values_attribute){
        .name = "encoder",
        .type = HINGE_ATTR_GRAPH,
        .graph = {encode,
                  wish->model_type == 1 ? 3 : 2,
                  6,
                  {HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT},
                  NULL,
                  NULL}};
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
        c.outputs[2] = (struct value){
            .type = HINGE_FLOAT,
            .rank = 4,
            .dims = {wish->max_length - prompt_length(wish), IMAGES, wish->n_beams, WORDS},
            .numbers = results.scores};
    if (wish->model_type) {
        c.attributes[0] = decoder_behind(wish);
        c.attributes[5] = encoder(wish);
        c.attributes[6] = integer("model_type", wish->model_type);
        c.attributes[7] = integer("decoder_start_token_id", START);
    }
    if (wish->model_type == 2) {
        c.inputs[0] = (struct value){
            .type = HINGE_FLOAT, .rank = 3, .dims = {IMAGES, 1, PROMPT}, .numbers = prompts};
        c.inputs[10] = list(2, IMAGES, 2, wish->first_words ? first_words : NULL);
    }
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
        {.max_length = 8, .n_beams = 1, .n_returned = 1, .model_type = 1},
        {.max_length = 2, .n_beams = 3, .n_returned = 3, .model_type = 1},
        {.max_length = 9, .n_beams = 3, .n_returned = 2, .model_type = 1, .all_scores = true},
        {.max_length = 9, .n_beams = 4, .n_returned = 4, .model_type = 1, .takes_hidden = true},
        {.max_length = 8, .n_beams = 3, .n_returned = 2, .model_type = 1, .takes_all = true},
        {.max_length = 8, .n_beams = 2, .n_returned = 2, .model_type = 1, .attention_mask = mask},
        {.max_length = 8,
         .n_beams = 3,
         .n_returned = 2,
         .model_type = 1,
         .prefix_vocab_mask = first},
        {.max_length = 9, .n_beams = 3, .n_returned = 3, .model_type = 1, .ngram = 2},
        {.max_length = 8, .n_beams = 3, .n_returned = 2, .model_type = 2, .takes_hidden = true},
        {.max_length = 9,
         .n_beams = 3,
         .n_returned = 3,
         .model_type = 2,
         .first_words = true,
         .all_scores = true},
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
    int64_t model_type = 3;
    REFUSED(decode, HINGE_UNSUPPORTED, "model_type is 3", 4, 1, 1, {0});
    model_type = 1;
    REFUSED(decode, HINGE_BAD_MODEL, "there is no encoder", 4, 1, 1, {0});
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

static hinge_status encode_one(struct values_call *call)
{
    hinge_status status = encode(call);
    call->outputs[4].dims[0] = 1;
    return status;
}

/* What is wrong with a search behind an encoder, besides what the wish says. */
struct wrong {
    const char *says;
    values_body *encoder;
    int64_t start; /* + 1; 0: none */
    int64_t words; /* rows of decoder_input_ids */
    hinge_status status;
    int processor;
    hinge_type last;
    hinge_type_code source;
};

static void refuse(const struct wish *wish, const struct wrong *wrong)
{
    static const double processor = 1;
    const bool is_text = wish->model_type == 1;
    struct values_attribute graphs[] = {decoder_behind(wish), encoder(wish)};
    hinge_tensor inputs[7];
    const uint32_t n = graphs[0].graph.n_inputs;
    memcpy(inputs, graphs[0].graph.declared_inputs, n * sizeof *inputs);
    inputs[n - 1].type = wrong->last;
    graphs[0].graph.declared_inputs = inputs;
    graphs[1].graph.run = wrong->encoder;
    CHECK_VALUES(.op = "BeamSearch", .domain = "com.microsoft", .opset = 1,
                 .attributes = {graphs[0], graphs[1], integer("eos_token_id", EOS),
                                integer("pad_token_id", PAD),
                                integer("model_type", wish->model_type),
                                integer("decoder_start_token_id", wrong->start - 1)},
                 .inputs = {{.type = wrong->source,
                             .rank = is_text ? 2 : 3,
                             .dims = {IMAGES, is_text ? PROMPT : 1, PROMPT},
                             .numbers = prompts},
                            NUMBER(HINGE_INT32, 6),
                            {0},
                            NUMBER(HINGE_INT32, 2),
                            NUMBER(HINGE_INT32, 1),
                            {0},
                            {0},
                            {0},
                            {0},
                            {0},
                            list(2, wrong->words, 2, wrong->words ? first_words : NULL),
                            one(HINGE_INT32, &processor, wrong->processor)},
                 .fails = wrong->status, .says = wrong->says);
}

static void check_encoder_refusals(void)
{
    static const struct wish text = {.model_type = 1}, features = {.model_type = 2};
    static const struct wrong texts[] = {
        {"gives the shape [1, 2, 3, 2] for 4", encode_one, 1, 0, HINGE_BAD_SHAPE, 0, HINGE_FLOAT,
         HINGE_INT32},
        {"no decoder_start_token_id", encode, 0, 0, HINGE_UNSUPPORTED, 0, HINGE_FLOAT, HINGE_INT32},
        {"in one buffer", encode, 1, 0, HINGE_UNSUPPORTED, 0, HINGE_INT32, HINGE_INT32},
        {"not say what its input 5 is", encode, 1, 0, HINGE_BAD_MODEL, 0, HINGE_INT64, HINGE_INT32},
        {"output 5 of the encoder is not as input 5", encode, 1, 0, HINGE_BAD_MODEL, 0,
         HINGE_FLOAT16, HINGE_INT32},
        {"input_ids is float", encode, 1, 0, HINGE_BAD_MODEL, 0, HINGE_FLOAT, HINGE_FLOAT}};
    static const struct wrong others[] = {
        {"input_ids is int32", encode, 1, 0, HINGE_BAD_MODEL, 0, HINGE_FLOAT, HINGE_INT32},
        {"no decoder_start_token_id", encode, 0, 0, HINGE_UNSUPPORTED, 0, HINGE_FLOAT, HINGE_FLOAT},
        {"decoder_input_ids has the shape [1, 2]", encode, 1, 1, HINGE_BAD_SHAPE, 0, HINGE_FLOAT,
         HINGE_FLOAT},
        {"logits_processor is 1", encode, 1, 0, HINGE_UNSUPPORTED, 1, HINGE_FLOAT, HINGE_FLOAT}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        refuse(&text, &texts[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        refuse(&features, &others[i]);
}

void test_beamsearch(void)
{
    check_wishes();
    check_refusals();
    check_encoder_refusals();
}
