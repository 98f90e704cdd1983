#include "media/orientation.h"

#include <stdlib.h>
#include <string.h>

#define UPRIGHT 1u
#define ORIENTATION_TAG 0x0112u
#define TYPE_SHORT 3u

static const char exif_name[6] = "Exif\0";

/* An unsigned number of n bytes at offset; 0 where the stream ends before. */
static uint32_t number(struct codec_stream stream, size_t offset, unsigned n, bool little)
{
    uint32_t value = 0;
    if (offset > stream.size || n > stream.size - offset)
        return 0;
    for (unsigned i = 0; i < n; i++)
        value = value << 8 | stream.bytes[offset + (little ? n - 1 - i : i)];
    return value;
}

/* The segment APP1 with Exif's TIFF structure; empty where the image begins without. */
static struct codec_stream find_exif(struct codec_stream stream)
{
    const struct codec_stream none = {NULL, 0};
    size_t at = 2;
    if (number(stream, 0, 2, false) != 0xffd8)
        return none;
    for (;;) {
        uint32_t marker = number(stream, at, 2, false), size = number(stream, at + 2, 2, false);
        if (marker == 0xffff) { /* a marker may have more of them in front */
            at++;
            continue;
        }
        if (marker < 0xffc0 || marker == 0xffda || size < 2 || size > stream.size - at - 2)
            return none;
        const uint8_t *data = stream.bytes + at + 4;
        if (marker == 0xffe1 && size >= 2 + sizeof exif_name &&
            memcmp(data, exif_name, sizeof exif_name) == 0)
            return (struct codec_stream){data + sizeof exif_name, size - 2 - sizeof exif_name};
        at += 2 + size;
    }
}

unsigned orientation_of(struct codec_stream stream)
{
    struct codec_stream tiff = find_exif(stream);
    uint32_t order = number(tiff, 0, 2, false);
    bool little = order == 0x4949;
    if ((!little && order != 0x4d4d) || number(tiff, 2, 2, little) != 42)
        return UPRIGHT;
    size_t directory = number(tiff, 4, 4, little);
    uint32_t n = number(tiff, directory, 2, little);
    for (uint32_t i = 0; i < n; i++) {
        size_t entry = directory + 2 + 12 * (size_t)i;
        if (number(tiff, entry, 2, little) != ORIENTATION_TAG)
            continue;
        uint32_t value = number(tiff, entry + 8, 2, little);
        bool good = number(tiff, entry + 2, 2, little) == TYPE_SHORT &&
                    number(tiff, entry + 4, 4, little) == 1 && value >= 1 && value <= 8;
        return good ? value : UPRIGHT;
    }
    return UPRIGHT;
}

bool orientation_undo(struct codec_image *image, unsigned orientation, hinge_error *error)
{
    bool is_turned = orientation >= 5, from_right = false, from_below = false;
    switch (orientation) {
    case 2:
    case 8: from_right = true; break;
    case 4:
    case 6: from_below = true; break;
    case 3:
    case 7: from_right = from_below = true; break;
    default: break;
    }
    if (orientation == UPRIGHT)
        return true;
    int64_t width = image->width, height = image->height;
    uint8_t *upright = malloc(3 * (size_t)width * (size_t)height + 1), *to = upright;
    if (!upright)
        return error_no_memory(error);
    int64_t step_x = from_right ? -3 : 3, step_y = (from_below ? -3 : 3) * width;
    const uint8_t *first =
        image->rgb + 3 * ((from_right ? width - 1 : 0) + (from_below ? height - 1 : 0) * width);
    int64_t n_rows = is_turned ? width : height, n_columns = is_turned ? height : width;
    int64_t step_row = is_turned ? step_x : step_y, step_column = is_turned ? step_y : step_x;
    for (int64_t y = 0; y < n_rows; y++)
        for (int64_t x = 0; x < n_columns; x++, to += 3)
            memcpy(to, first + y * step_row + x * step_column, 3);
    free(image->rgb);
    *image = (struct codec_image){n_columns, n_rows, upright};
    return true;
}
