#include "operators/attention/heads.h"

#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <math.h>

#define GRAIN 16384 /* elements that are worth a thread */

int64_t heads_scratch(const struct hinge_node *node, int64_t size)
{
    int64_t bytes;
    if (size > INT64_MAX / 64 ||
        !op_multiply(3 * round_up(size, 16) * (int64_t)sizeof(float), node->n_threads, &bytes))
        return -1;
    return bytes;
}

hinge_status heads_pairs(const struct hinge_node *node, int64_t turned, int64_t head,
                         int64_t *pairs)
{
    turned = turned ? turned : head;
    if (turned < 0 || turned % 2 || turned > head)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "%lld of %lld elements of a head cannot be turned in pairs",
                       (long long)turned, (long long)head);
    *pairs = turned / 2;
    return HINGE_OK;
}

bool heads_take(size_t *end, size_t *at, int64_t count, size_t size)
{
    int64_t bytes;
    *at = *end;
    return op_multiply(count, (int64_t)size, &bytes) && bytes <= INT64_MAX - 64 &&
           !__builtin_add_overflow(*end, ((size_t)bytes + 63) / 64 * 64, end) && *end <= INT64_MAX;
}

struct attention_matrix heads_matrix(const hinge_tensor *x, int64_t heads, int64_t length,
                                     int64_t size)
{
    return (struct attention_matrix){.type = x->type,
                                     .data = x->data,
                                     .batch = length * heads * size,
                                     .head = size,
                                     .row = heads * size};
}

struct attention_matrix heads_cache(hinge_type type, void *data, int64_t heads, int64_t capacity,
                                    int64_t size)
{
    return (struct attention_matrix){.type = type,
                                     .data = data,
                                     .batch = heads * capacity * size,
                                     .head = capacity * size,
                                     .row = size};
}

static char *row_of(const struct attention_matrix *m, int64_t batch, int64_t head, int64_t row)
{
    const int64_t at = batch * m->batch + head * m->head + row * m->row;
    return m->data + hinge_size(m->type, at);
}

static const char *element_at(const hinge_tensor *x, int64_t i)
{
    return (const char *)x->data + hinge_size(x->type, i);
}

static int64_t position_of(const struct heads *h, int64_t batch, int64_t s)
{
    const struct heads_turn *turn = h->turn;
    const int64_t row = batch * h->length + s, last = turn->n_rows - 1;
    switch (turn->which) {
    case HEADS_BEHIND_OFFSET:
        return min_i64(s + h->spans[batch].offset + h->spans[batch].skipped, last);
    case HEADS_BEHIND_FIRST: return min_i64(op_index(turn->positions, 0, turn->n_rows) + s, last);
    case HEADS_AT_POSITIONS: return op_index(turn->positions, row, turn->n_rows);
    default: return row;
    }
}

/* What a thread works in, each as long as a row; angles hold the row of the caches at position, -1
 * for none, where these are not of float. */
struct workspace {
    float *row, *numbers, *angles;
    int64_t position;
};

static const float *angles_at(const hinge_tensor *cache, int64_t pairs, int64_t position,
                              float *angles, bool known)
{
    const char *row = element_at(cache, position * pairs);
    if (cache->type == HINGE_FLOAT)
        return (const float *)(const void *)row;
    if (!known)
        convert_to_float(cache->type, angles, row, pairs);
    return angles;
}

/* Pairs that lie step apart, 1 or 2. */
static void turn(float *first, float *second, const float *cosine, const float *sine, int64_t step,
                 int64_t count)
{
    for (int64_t i = 0; step == 1 && i < count; i += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, count - i);
        const vf32 a = vf32_load_n(first + i, n), b = vf32_load_n(second + i, n);
        const vf32 c = vf32_load_n(cosine + i, n), s = vf32_load_n(sine + i, n);
        vf32_store_n(first + i, vf32_sub(vf32_mul(c, a), vf32_mul(s, b)), n);
        vf32_store_n(second + i, vf32_add(vf32_mul(s, a), vf32_mul(c, b)), n);
    }
    for (int64_t i = 0; step != 1 && i < count; i++) {
        const float a = first[i * step], b = second[i * step];
        first[i * step] = cosine[i] * a - sine[i] * b;
        second[i * step] = sine[i] * a + cosine[i] * b;
    }
}

static void turn_row(const struct heads *h, int64_t position, float *row, struct workspace *w)
{
    const struct heads_turn *t = h->turn;
    const bool known = w->position == position;
    const float *cosine = angles_at(t->cosine, t->pairs, position, w->angles, known);
    const float *sine = angles_at(t->sine, t->pairs, position, w->angles + t->pairs, known);
    w->position = position;
    if (t->interleaved)
        turn(row, row + 1, cosine, sine, 2, t->pairs);
    else
        turn(row, row + t->pairs, cosine, sine, 1, t->pairs);
}

static void normalize_row(const struct heads *h, float *row, float *weights)
{
    float sum = 0;
    for (int64_t i = 0; i < h->size; i++)
        sum += row[i] * row[i];
    const float factor = 1 / sqrtf(sum / (float)h->size + h->epsilon);
    convert_to_float(h->norm->type, weights, h->norm->data, h->size);
    for (int64_t i = 0; i < h->size; i++)
        row[i] *= factor * weights[i];
}

static void change_row(const struct heads *h, int64_t batch, int64_t head, int64_t s, float *row,
                       struct workspace *w)
{
    if (h->bias) {
        convert_to_float(h->bias->type, w->numbers,
                         element_at(h->bias, h->bias_first + head * h->size), h->size);
        for (int64_t i = 0; i < h->size; i++)
            row[i] += w->numbers[i];
    }
    if (h->norm)
        normalize_row(h, row, w->numbers);
    if (h->turn)
        turn_row(h, position_of(h, batch, s), row, w);
}

static void place_row(const struct heads *h, int64_t batch, int64_t head, int64_t s,
                      struct workspace *w)
{
    const char *from = row_of(&h->from, batch, head, s);
    char *to = row_of(&h->to, batch, head, s + (h->behind ? h->spans[batch].offset : 0));
    if (h->from.type == h->to.type && !h->bias && !h->norm && !h->turn) {
        memcpy(to, from, hinge_size(h->to.type, h->size));
        return;
    }
    const bool direct = h->to.type == HINGE_FLOAT;
    float *row = direct ? (float *)(void *)to : w->row;
    convert_to_float(h->from.type, row, from, h->size);
    change_row(h, batch, head, s, row, w);
    if (!direct)
        convert_from_float(h->to.type, NULL, to, row, h->size);
}

/* Heads run fastest, as they turn by the same angles. */
static void place_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct heads *h = argument;
    const int64_t width = round_up(h->size, 16);
    float *memory = h->rows + thread * 3 * width;
    struct workspace w = {memory, memory + width, memory + 2 * width, -1};
    int64_t head = begin % h->n_heads, s = begin / h->n_heads % h->length;
    int64_t batch = begin / h->n_heads / h->length;
    for (int64_t i = begin; i < end; i++) {
        place_row(h, batch, head, s, &w);
        if (++head < h->n_heads)
            continue;
        head = 0;
        if (++s == h->length) {
            s = 0;
            batch++;
        }
    }
}

void heads_place(const struct heads *heads)
{
    struct heads copy = *heads;
    heads->node->host->parallel(heads->node, heads->n_batch * heads->n_heads * heads->length,
                                op_grain(GRAIN, heads->size), place_rows, &copy);
}

static hinge_type type_of(const struct heads *heads, const struct heads_past *past)
{
    return past->type ? past->type : heads->from.type;
}

struct keeping {
    const struct heads *heads;
    const struct heads_past *past;
};

/* The rows of a past, each from the beam that it was computed for. */
static void keep_beams(const struct keeping *k, int64_t batch, int64_t head, int64_t rows, char *to)
{
    const struct heads_past *p = k->past;
    const size_t size = hinge_size(p->past->type, k->heads->size);
    const int64_t first = batch / p->n_beams * p->n_beams;
    for (int64_t t = 0; t < rows; t++) {
        const int64_t beam = op_index_count(p->beams, batch * rows + t, p->n_beams - 1);
        const int64_t row = ((first + beam) * k->heads->n_heads + head) * rows + t;
        memcpy(to + (size_t)t * size, (const char *)p->past->data + (size_t)row * size, size);
    }
}

static void keep_rows(const struct keeping *k, const char *from, int64_t count, char *to)
{
    const hinge_type type = k->past->past->type;
    if (type == k->heads->from.type)
        memcpy(to, from, hinge_size(type, count));
    else
        convert_to_float(type, (float *)(void *)to, from, count);
}

static void keep_heads(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct keeping *k = argument;
    const struct heads *h = k->heads;
    const struct heads_past *p = k->past;
    const size_t size = hinge_size(type_of(h, p), h->size);
    const int64_t rows = p->past ? p->past->dims[2] : 0;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const int64_t batch = i / h->n_heads, kept = h->spans ? h->spans[batch].offset : rows;
        char *to = p->to + (size_t)(i * p->capacity) * size;
        if (p->beams)
            keep_beams(k, batch, i % h->n_heads, rows, to);
        else if (p->past && kept > 0)
            keep_rows(k, element_at(p->past, i * rows * h->size), kept * h->size, to);
        const int64_t behind = kept + h->length;
        if (h->spans && behind < p->capacity)
            memset(to + (size_t)behind * size, 0, (size_t)(p->capacity - behind) * size);
    }
}

struct attention_matrix heads_append(const struct heads *heads, const struct heads_past *past)
{
    struct keeping keeping = {heads, past};
    struct heads added = *heads;
    const struct attention_matrix all =
        heads_cache(type_of(heads, past), past->to, heads->n_heads, past->capacity, heads->size);
    if (past->past || heads->spans)
        heads->node->host->parallel(heads->node, heads->n_batch * heads->n_heads,
                                    op_grain(4 * GRAIN, past->capacity * heads->size), keep_heads,
                                    &keeping);
    added.to = all;
    added.behind = heads->spans != NULL;
    if (!added.behind)
        added.to.data += hinge_size(all.type, past->first * heads->size);
    heads_place(&added);
    return all;
}
