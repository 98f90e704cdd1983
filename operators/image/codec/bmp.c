/* BMP of Windows and OS/2 1: 1, 4, 8 (also run-length encoded), 16, 24 and 32 bits a pixel. What a
 * run-length encoded image leaves out is of colour 0; indices beyond the palette are black. */
#include "operators/image/codec/codec.h"

enum compression { NONE, RLE8, RLE4, MASKS, MASKS_ALPHA = 6 };

enum { FILE_HEADER = 14, OS2_HEADER = 12, WINDOWS_HEADER = 40 };

struct bmp {
    struct codec_stream stream;
    uint32_t header_size, compression, bits, n_colours;
    int64_t width, height;
    bool from_top;
    size_t palette, pixels; /* where they begin */
    uint32_t masks[3];      /* of red, green, blue */
};

/* Little-endian, 0 beyond the end. */
static uint32_t number(const struct bmp *bmp, uint64_t at, unsigned n_bytes)
{
    uint32_t value = 0;
    for (unsigned k = 0; k < n_bytes; k++)
        if (at + k < bmp->stream.size)
            value |= (uint32_t)bmp->stream.bytes[at + k] << 8 * k;
    return value;
}

static bool read_masks(struct bmp *bmp)
{
    const bool given = bmp->compression == MASKS || bmp->compression == MASKS_ALPHA;
    for (unsigned c = 0; c < 3; c++)
        bmp->masks[c] = given             ? number(bmp, FILE_HEADER + WINDOWS_HEADER + 4 * c, 4)
                        : bmp->bits == 16 ? UINT32_C(31) << (10 - 5 * c)
                                          : UINT32_C(255) << (16 - 8 * c);
    return !given || bmp->bits == 16 || bmp->bits == 32;
}

static bool read_header(struct bmp *bmp)
{
    bmp->header_size = number(bmp, FILE_HEADER, 4);
    bmp->pixels = number(bmp, 10, 4);
    if (bmp->header_size == OS2_HEADER) {
        bmp->width = number(bmp, 18, 2);
        bmp->height = number(bmp, 20, 2);
        bmp->bits = number(bmp, 24, 2);
    } else {
        const int32_t height = (int32_t)number(bmp, 22, 4);
        bmp->width = (int32_t)number(bmp, 18, 4);
        bmp->height = height < 0 ? -(int64_t)height : height;
        bmp->from_top = height < 0;
        bmp->bits = number(bmp, 28, 2);
        bmp->compression = number(bmp, 30, 4);
        bmp->n_colours = number(bmp, 46, 4);
    }
    const bool masks_follow = bmp->header_size == WINDOWS_HEADER;
    bmp->palette = FILE_HEADER + (size_t)bmp->header_size +
                   (!masks_follow                     ? 0
                    : bmp->compression == MASKS       ? 12
                    : bmp->compression == MASKS_ALPHA ? 16
                                                      : 0);
    if (bmp->bits <= 8 && (bmp->n_colours == 0 || bmp->n_colours > 1U << bmp->bits))
        bmp->n_colours = 1U << bmp->bits;
    const bool known_bits = bmp->bits == 1 || bmp->bits == 4 || bmp->bits == 8 || bmp->bits == 16 ||
                            bmp->bits == 24 || bmp->bits == 32;
    return known_bits && bmp->width > 0 && bmp->height > 0 && read_masks(bmp) &&
           (bmp->header_size == OS2_HEADER || bmp->header_size >= WINDOWS_HEADER) &&
           bmp->header_size < 1024 && bmp->pixels <= bmp->stream.size;
}

static void put_index(const struct bmp *bmp, uint32_t index, uint8_t *rgb)
{
    const unsigned size = bmp->header_size == OS2_HEADER ? 3 : 4;
    const uint32_t colour =
        index < bmp->n_colours ? number(bmp, bmp->palette + (uint64_t)index * size, 3) : 0;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)(colour >> (16 - 8 * c));
}

static void put_masked(const struct bmp *bmp, uint32_t value, uint8_t *rgb)
{
    for (int c = 0; c < 3; c++) {
        uint32_t mask = bmp->masks[c], part = value & mask;
        for (; mask && !(mask & 1); mask >>= 1)
            part >>= 1;
        rgb[c] = (uint8_t)(mask ? (uint64_t)part * 255 / mask : 0);
    }
}

static uint8_t *row_of(const struct bmp *bmp, struct codec_image *image, int64_t y)
{
    return image->rgb + 3 * bmp->width * (bmp->from_top ? y : bmp->height - 1 - y);
}

static enum codec_result read_rows(const struct bmp *bmp, struct codec_image *image)
{
    const uint64_t stride = ((uint64_t)bmp->width * bmp->bits + 31) / 32 * 4;
    const uint64_t used = ((uint64_t)bmp->width * bmp->bits + 7) / 8;
    for (int64_t y = 0; y < bmp->height; y++) {
        const uint64_t begin = bmp->pixels + (uint64_t)y * stride;
        uint8_t *rgb = row_of(bmp, image, y);
        if (begin + used > bmp->stream.size)
            return CODEC_BROKEN;
        for (uint64_t x = 0; x < (uint64_t)bmp->width; x++, rgb += 3) {
            if (bmp->bits > 8) {
                const unsigned size = bmp->bits / 8;
                put_masked(bmp, number(bmp, begin + x * size, size), rgb);
            } else {
                const uint64_t bit = x * bmp->bits;
                const uint32_t byte = bmp->stream.bytes[begin + bit / 8];
                const uint32_t shifted = byte >> (8 - bmp->bits - bit % 8);
                put_index(bmp, shifted & ((1U << bmp->bits) - 1), rgb);
            }
        }
    }
    return CODEC_OK;
}

struct cursor {
    int64_t x, y;
};

/* n pixels of the one or two indices in a byte, as far as the row goes. */
static void put_run(const struct bmp *bmp, struct codec_image *image, struct cursor *at,
                    uint32_t byte, int64_t n)
{
    for (int64_t k = 0; k < n && at->x < bmp->width && at->y < bmp->height; k++, at->x++) {
        const bool low = k % 2 == 1;
        const uint32_t index = bmp->bits == 8 ? byte : low ? byte & 15 : byte >> 4;
        put_index(bmp, index, row_of(bmp, image, at->y) + 3 * at->x);
    }
}

static enum codec_result read_runs(const struct bmp *bmp, struct codec_image *image)
{
    struct cursor at = {0, 0};
    for (int64_t y = 0; y < bmp->height; y++)
        for (int64_t x = 0; x < bmp->width; x++)
            put_index(bmp, 0, row_of(bmp, image, y) + 3 * x);
    for (size_t i = bmp->pixels; i + 2 <= bmp->stream.size;) {
        const uint32_t n = bmp->stream.bytes[i], what = bmp->stream.bytes[i + 1];
        i += 2;
        if (n) {
            put_run(bmp, image, &at, what, n);
        } else if (what == 0) {
            at = (struct cursor){0, at.y + 1};
        } else if (what == 1) {
            return CODEC_OK;
        } else if (what == 2) {
            at.x += number(bmp, i, 1);
            at.y += number(bmp, i + 1, 1);
            i += 2;
        } else {
            const size_t in_byte = 8 / bmp->bits, size = (what + in_byte - 1) / in_byte;
            for (size_t k = 0; k < size && i + k < bmp->stream.size; k++) {
                const size_t left = what - k * in_byte;
                put_run(bmp, image, &at, bmp->stream.bytes[i + k],
                        (int64_t)(left < in_byte ? left : in_byte));
            }
            i += (size + 1) / 2 * 2;
        }
        if (at.y >= bmp->height)
            return CODEC_OK;
    }
    return CODEC_BROKEN;
}

enum codec_result codec_bmp(struct codec_stream stream, struct codec_image *image)
{
    struct bmp bmp = {.stream = stream};
    if (!read_header(&bmp))
        return CODEC_BROKEN;
    const bool has_runs =
        (bmp.compression == RLE8 && bmp.bits == 8) || (bmp.compression == RLE4 && bmp.bits == 4);
    if (!has_runs && bmp.compression != NONE && bmp.compression != MASKS &&
        bmp.compression != MASKS_ALPHA)
        return CODEC_BROKEN;
    const enum codec_result result = codec_open(image, (uint64_t)bmp.width, (uint64_t)bmp.height);
    if (result)
        return result;
    return has_runs ? read_runs(&bmp, image) : read_rows(&bmp, image);
}
