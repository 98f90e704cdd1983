/*
 * Beam search as com.microsoft's BeamSearch does it: beam_plan.c reads the node and lays out the
 * memory, beam_encoder.c calls the encoder where there is one, beam_scores.c makes candidates of
 * logits, beam_choose.c makes beams and finished sequences of candidates; beamsearch.c calls the
 * decoder.
 *
 * A row is a beam of an image of the batch: n_beams adjoining ones for each.
 */
#ifndef OPERATORS_GENERATION_BEAM_H
#define OPERATORS_GENERATION_BEAM_H

#include "operators/op/body.h"

/* Attributes, inputs and outputs. */
enum {
    BEAM_DECODER,
    BEAM_INIT_DECODER,
    BEAM_ENCODER,
    BEAM_MODEL_TYPE,
    BEAM_EOS_TOKEN_ID,
    BEAM_PAD_TOKEN_ID,
    BEAM_DECODER_START_TOKEN_ID,
    BEAM_EARLY_STOPPING,
    BEAM_NO_REPEAT_NGRAM_SIZE,
    BEAM_VOCAB_SIZE
};
enum {
    BEAM_INPUT_IDS,
    BEAM_MAX_LENGTH,
    BEAM_MIN_LENGTH,
    BEAM_NUM_BEAMS,
    BEAM_NUM_RETURN_SEQUENCES,
    BEAM_LENGTH_PENALTY,
    BEAM_REPETITION_PENALTY,
    BEAM_VOCAB_MASK,
    BEAM_PREFIX_VOCAB_MASK,
    BEAM_ATTENTION_MASK,
    BEAM_DECODER_INPUT_IDS,
    BEAM_LOGITS_PROCESSOR
};
enum { BEAM_SEQUENCES, BEAM_SEQUENCES_SCORES, BEAM_SCORES };

/* The attribute model_type: a decoder alone, one behind an encoder of words, of features. */
enum beam_kind { BEAM_GPT, BEAM_T5, BEAM_WHISPER };

/* What a decoder of a kind takes before hidden states and pasts, at most, and what it gives before
 * presents. */
#define BEAM_N_LEADING 3
#define BEAM_N_LOGITS 1

static inline uint32_t beam_n_leading(const struct hinge_node *node)
{
    return BEAM_N_LEADING - (uint32_t)node->attributes[BEAM_MODEL_TYPE].i;
}

static inline uint32_t beam_n_pasts(const struct hinge_node *node)
{
    return node->attributes[BEAM_DECODER].graph.n_outputs - BEAM_N_LOGITS;
}

/* What shapes and counts say. */
struct beam_plan {
    enum beam_kind kind;
    int64_t batch, n_beams, rows;           /* rows: batch n_beams */
    int64_t length, min_length, max_length; /* of the prompt; of what is generated with it */
    int64_t n_returned, vocabulary;
    int64_t n_source; /* elements of an image that its encoder reads; 0 without one */
    uint32_t n_pasts;
    int32_t row_axis; /* of pasts, [2, rows, heads, length, size] or without the 2 */
};

/* A sequence that has ended, without the token that ends it. */
struct beam_hypothesis {
    float score;
    int64_t length;
    int32_t *tokens;
};

struct beam_candidate {
    float score;
    int32_t token, beam;
};

struct beam_search {
    const struct hinge_node *node;
    struct beam_plan plan;
    float length_penalty, repetition_penalty;
    int32_t eos, pad;

    int64_t length;                      /* so far */
    int32_t *sequences, *next_sequences; /* of each row, max_length apart */
    float *sums;                         /* of each row's logarithms */
    int64_t *parents;                    /* the row that each row goes on from */

    int32_t *prompt_mask;               /* [batch, length of the prompt] */
    int32_t *tokens, *positions, *mask; /* for the decoder */
    void *source;                       /* for the encoder, [rows, ...] */
    int32_t *next_positions;
    hinge_tensor leading[BEAM_N_LEADING];
    hinge_tensor *pasts;              /* in memory of the search's */
    const hinge_tensor **past_inputs; /* these, or presents as they are */
    struct op_body decoder, init_decoder, encoder;

    float *scores;   /* [rows, vocabulary] */
    uint32_t *marks; /* of words: when they were met last */
    uint32_t mark;
    struct beam_candidate *candidates; /* 2 n_beams */

    struct beam_hypothesis *hypotheses; /* n_beams for each image, the best first */
    int64_t *n_hypotheses;
    bool *is_done;
};

/* beam_plan.c. May return HINGE_NEEDS_DATA. */
hinge_status beam_read_plan(const struct hinge_node *node, struct beam_plan *plan);
/* Lays out the search's arrays in memory, 64-byte aligned, all but their contents; with NULL just
 * counts its bytes. Fails where these are too many. */
hinge_status beam_lay_out(struct beam_search *search, const struct hinge_node *node, void *memory,
                          size_t *size);

/* beam_encoder.c. For types: checks the encoder, and the decoder behind it. inputs: the
 * node's types. */
hinge_status beam_check_encoder(const struct hinge_node *node, const hinge_type_code *inputs);
/* What the encoder reads, and each row's first words. */
void beam_begin_source(struct beam_search *search);
/* Calls the encoder on tokens, and hands what it gives once to the decoder. */
hinge_status beam_encode(struct beam_search *search);

/* beam_scores.c: scores of each row's next word from the logits, [rows, any, at least vocabulary].
 */
hinge_status beam_score(struct beam_search *search, const hinge_tensor *logits);
/* The best candidates of an image, the best first; fails where there are too few numbers. */
hinge_status beam_find_candidates(struct beam_search *search, int64_t image);

/* beam_choose.c: goes on with the best candidates; what ends becomes a hypothesis. */
hinge_status beam_choose(struct beam_search *search);
bool beam_is_done(const struct beam_search *search);
/* Writes sequences and their scores. */
void beam_finish(struct beam_search *search);

#endif
