/* PBM, PGM and PPM, as text and as bytes (P1 to P6); samples are scaled to 255 and rounded. */
#include "operators/image/codec/codec.h"

struct reader {
    struct codec_stream stream;
    size_t at;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct reader *r)
{
    for (bool in_comment = false; r->at < r->stream.size; r->at++) {
        const uint8_t c = r->stream.bytes[r->at];
        if (c == '#')
            in_comment = true;
        else if (in_comment)
            in_comment = c != '\n' && c != '\r';
        else if (!is_space(c))
            return;
    }
}

/* A decimal number of at most digits; false where there is none, or one above 2^30. */
static bool read_number(struct reader *r, int digits, uint32_t *number)
{
    int n = 0;
    skip_space(r);
    for (*number = 0; n < digits && r->at < r->stream.size; n++, r->at++) {
        const uint8_t c = r->stream.bytes[r->at];
        if (c < '0' || c > '9')
            break;
        *number = *number * 10 + (c - '0');
        if (*number > UINT32_C(1) << 26)
            return false;
    }
    return n > 0;
}

static uint8_t scaled(uint32_t sample, uint32_t most)
{
    return (uint8_t)(sample >= most ? 255 : (sample * 255 + most / 2) / most);
}

struct layout {
    bool is_text, is_bits;
    uint32_t most, width, height, channels;
};

/* Of P1 and P4, 1 is black. */
static bool read_sample(struct reader *r, const struct layout *layout, uint64_t x, uint8_t *sample)
{
    uint32_t number;
    if (layout->is_text) {
        if (!read_number(r, layout->is_bits ? 1 : 9, &number))
            return false;
    } else {
        const size_t size = layout->most > 255 ? 2 : 1;
        if (r->stream.size - r->at < size)
            return false;
        const uint8_t *at = r->stream.bytes + r->at;
        number = size == 2 ? (uint32_t)at[0] << 8 | at[1] : at[0];
        if (layout->is_bits) {
            number = number >> (7 - x % 8) & 1;
            r->at += x % 8 == 7 || x + 1 == layout->width;
        } else {
            r->at += size;
        }
    }
    *sample = layout->is_bits ? (number ? 0 : 255) : scaled(number, layout->most);
    return true;
}

enum codec_result codec_pnm(struct codec_stream stream, struct codec_image *image)
{
    struct reader r = {stream, 2};
    const unsigned kind = stream.bytes[1] - '0';
    struct layout layout = {.is_text = kind <= 3,
                            .is_bits = kind % 3 == 1,
                            .most = 1,
                            .channels = kind % 3 == 0 ? 3 : 1};
    if (!read_number(&r, 9, &layout.width) || !read_number(&r, 9, &layout.height))
        return CODEC_BROKEN;
    if (!layout.is_bits &&
        (!read_number(&r, 5, &layout.most) || layout.most == 0 || layout.most > 65535))
        return CODEC_BROKEN;
    if (r.at >= stream.size || !is_space(stream.bytes[r.at]))
        return CODEC_BROKEN;
    r.at++;
    const enum codec_result result = codec_open(image, layout.width, layout.height);
    if (result)
        return result;
    uint8_t *to = image->rgb;
    for (uint64_t y = 0; y < layout.height; y++)
        for (uint64_t x = 0; x < layout.width; x++, to += 3)
            for (uint32_t c = 0; c < 3; c++) {
                if (c >= layout.channels)
                    to[c] = to[0];
                else if (!read_sample(&r, &layout, x, &to[c]))
                    return CODEC_BROKEN;
            }
    return CODEC_OK;
}
