/* The graphs that beamsearch.c searches with: a decoder of GPT-2's kind that keeps each word and
 * its position in its pasts, and an encoder with its decoder. */
#ifndef TESTS_OPERATORS_GENERATION_BEAM_GRAPHS_H
#define TESTS_OPERATORS_GENERATION_BEAM_GRAPHS_H

#include "tests/operators/values.h"

#include <math.h>
#include <string.h>

#define WORDS 11
#define PROMPT 3
#define EOS 2

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

/* Behind an encoder, pasts without the 2. What is read has its part of the state in the encoder's
 * keys; the decoder's own are a word + 1, and the values its place + 1. */

static double source_part(double word, double mask, int64_t at)
{
    return 0.3 * (word + 1) * mask * (double)(at + 1);
}

static float *half_cell(const hinge_tensor *past, int64_t row, int64_t at)
{
    return (float *)past->data + ((row * 2 + 1) * past->dims[2] + at) * 2 + 1;
}

static void empty_past(struct values_call *call, uint32_t output, int64_t rows, int64_t n)
{
    const int64_t dims[] = {rows, 2, n, 2};
    memset(values_tensor(call, output, HINGE_FLOAT, 4, dims), 0,
           (size_t)(4 * rows * n) * sizeof(float));
}

/* Logits of what the keys and values say. */
static void finish_row(struct values_call *call, int64_t row, const hinge_tensor *cross)
{
    double state = 0;
    for (int64_t i = 0; i < cross->dims[2]; i++)
        state += (double)*half_cell(cross, row, i);
    for (int64_t at = 0; at < call->outputs[call->n_outputs > 3 ? 2 : 1].dims[2]; at++) {
        const hinge_tensor *own = &call->outputs[call->n_outputs > 3 ? 2 : 1];
        state += (double)*half_cell(&own[0], row, at) * (double)*half_cell(&own[1], row, at) *
                 (1 + 0.1 * (double)at);
    }
    for (int word = 0; word < WORDS; word++)
        ((float *)call->outputs[0].data)[row * WORDS + word] = logit(state, word);
}

static hinge_status encode(struct values_call *call)
{
    const hinge_tensor *source = call->inputs[0], *words = call->inputs[call->n_inputs - 1];
    const bool is_text = call->n_inputs == 3;
    const int64_t rows = source->dims[0], n = words->dims[1];
    values_tensor(call, 0, HINGE_FLOAT, 3, (const int64_t[]){rows, 1, WORDS});
    memset(values_tensor(call, 1, HINGE_FLOAT, 3, (const int64_t[]){rows, PROMPT, 1}), 0,
           (size_t)(rows * PROMPT) * sizeof(float));
    for (uint32_t i = 2; i < 6; i++)
        empty_past(call, i, rows, i < 4 ? n : PROMPT);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < PROMPT; i++)
            *half_cell(&call->outputs[4], r, i) =
                (float)source_part(harness_get(source, r * PROMPT + i),
                                   is_text ? harness_get(call->inputs[1], r * PROMPT + i) : 1, i);
        for (int64_t at = 0; at < n; at++) {
            *half_cell(&call->outputs[2], r, at) = (float)harness_get(words, r * n + at) + 1;
            *half_cell(&call->outputs[3], r, at) = (float)(at + 1);
        }
        finish_row(call, r, &call->outputs[4]);
    }
    return HINGE_OK;
}

static hinge_status decode_behind(struct values_call *call)
{
    const hinge_tensor *ids = call->inputs[0], *const *pasts = call->inputs + call->n_inputs - 4;
    const int64_t rows = ids->dims[0], n = ids->dims[1], before = pasts[0]->dims[2];
    if (n != 1 && n != before + 1)
        return HINGE_BAD_VALUE;
    values_tensor(call, 0, HINGE_FLOAT, 3, (const int64_t[]){rows, 1, WORDS});
    for (uint32_t i = 1; i < 3; i++)
        empty_past(call, i, rows, before + 1);
    for (int64_t r = 0; r < rows; r++) {
        for (int i = 0; i < 2; i++)
            for (int64_t at = 0; at < before; at++)
                *half_cell(&call->outputs[1 + i], r, at) = *half_cell(pasts[i], r, at);
        *half_cell(&call->outputs[1], r, before) = (float)harness_get(ids, r * n + n - 1) + 1;
        *half_cell(&call->outputs[2], r, before) = (float)(before + 1);
        finish_row(call, r, pasts[2]);
    }
    return HINGE_OK;
}

#endif
