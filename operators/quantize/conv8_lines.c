/* Lines of the input as taps of the kernel see them. */
#include <string.h>

#include "operators/quantize/conv8.h"

#define CHUNK 16

static int64_t clamp(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* ceil_div of a count, which is slow beside the few bytes of a line. */
static int64_t steps(int64_t count, int64_t stride)
{
    return stride == 1 ? count : stride == 2 ? (count + 1) >> 1 : ceil_div(count, stride);
}

/* The output positions along an axis, of count, that the tap reaches the input from: [*begin,
 * *end). */
static void reach(const struct conv_shape *s, int axis, int64_t tap, int64_t *begin, int64_t *end)
{
    const int64_t shift = tap * s->dilation[axis] - s->pad[axis], stride = s->stride[axis];
    *begin = clamp(shift >= 0 ? 0 : steps(-shift, stride), s->output[axis]);
    *end = s->input[axis] - shift <= 0 ? 0 : steps(s->input[axis] - shift, stride);
    *end = max_i64(*begin, min_i64(*end, s->output[axis]));
}

/* Every second of 2 CHUNK bytes, from the first (shift 0) or from the second on (8). */
static void halve(const uint8_t *from, int shift, uint8_t *to)
{
    uint16_t pairs[CHUNK];
    memcpy(pairs, from, sizeof pairs);
    for (int i = 0; i < CHUNK; i++)
        to[i] = (uint8_t)(pairs[i] >> shift);
}

/* Byte 2 i of from, for every i below count; reads nothing beside these and what lies between. */
static void take_every_second(const uint8_t *from, int64_t count, uint8_t *to)
{
    int64_t i = 0;
    for (; i + CHUNK < count; i += CHUNK)
        halve(from + 2 * i, 0, to + i);
    if (i > 0)
        halve(from + 2 * (count - CHUNK) - 1, 8, to + count - CHUNK);
    else
        for (; i < count; i++)
            to[i] = from[2 * i];
}

void conv8_lay_line(const struct conv_shape *s, const uint8_t *line, int64_t column, int64_t first,
                    int64_t count, uint8_t zero, uint8_t *to)
{
    const int64_t stride = s->stride[2];
    int64_t begin, end;
    reach(s, 2, column, &begin, &end);
    const int64_t left = clamp(begin - first, count), right = clamp(end - first, count);
    if (!line || left >= right) {
        memset(to, zero, (size_t)count);
        return;
    }
    const uint8_t *from = line + conv8_source(s, 2, column, first + left);
    if (left > 0)
        memset(to, zero, (size_t)left);
    if (stride == 1)
        memcpy(to + left, from, (size_t)(right - left));
    else if (stride == 2)
        take_every_second(from, right - left, to + left);
    else
        for (int64_t i = 0; i < right - left; i++)
            to[left + i] = from[i * stride];
    if (right < count)
        memset(to + right, zero, (size_t)(count - right));
}

const uint8_t *conv8_input_line(const struct conv_shape *s, const uint8_t *image, int64_t z,
                                int64_t y)
{
    const bool inside = z >= 0 && z < s->input[0] && y >= 0 && y < s->input[1];
    return inside ? image + (z * s->input[1] + y) * s->input[2] : NULL;
}

bool conv8_is_shift(const struct conv_shape *s)
{
    return s->stride[1] == 1 && s->stride[2] == 1 && s->input[2] == s->output[2] && s->input[1] > 0;
}

void conv8_lay_shifted(const struct conv_shape *s, const uint8_t *plane, int64_t y, int64_t x,
                       int64_t column, int64_t count, uint8_t zero, uint8_t *to)
{
    const int64_t width = s->output[2], shift = conv8_source(s, 2, column, 0);
    const int64_t from = y * width + x + shift;
    const int64_t begin = clamp(-from, count);
    const int64_t end = max_i64(begin, clamp(s->input[1] * width - from, count));
    memset(to, zero, (size_t)begin);
    if (end > begin)
        memcpy(to + begin, plane + from + begin, (size_t)(end - begin));
    memset(to + end, zero, (size_t)(count - end));
    const int64_t outside = min_i64(width, shift < 0 ? -shift : shift);
    for (int64_t i = 0; i < outside; i++) {
        const int64_t first = (shift < 0 ? i : width - outside + i) - x;
        for (int64_t at = first < 0 ? first + width : first; at < count; at += width)
            to[at] = zero;
    }
}
