#include "media/modules/sound_sndfile.h"

#include "base/module.h"
#include "base/number.h"
#include "files/file.h"
#include "media/sound.h"

#include <inttypes.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

/* A file in memory, as libsndfile reads it. */
struct bytes {
    unsigned char *data;
    sf_count_t size, at;
};

static sf_count_t get_size(void *user)
{
    return ((struct bytes *)user)->size;
}

static sf_count_t tell(void *user)
{
    return ((struct bytes *)user)->at;
}

static sf_count_t seek(sf_count_t offset, int whence, void *user)
{
    struct bytes *bytes = user;
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? bytes->at : bytes->size;
    if (offset < -from || offset > bytes->size - from)
        return -1;
    bytes->at = from + offset;
    return bytes->at;
}

static sf_count_t get(void *to, sf_count_t size, void *user)
{
    struct bytes *bytes = user;
    sf_count_t n = size < bytes->size - bytes->at ? size : bytes->size - bytes->at;
    if (n <= 0)
        return 0;
    memcpy(to, bytes->data + bytes->at, (size_t)n);
    bytes->at += n;
    return n;
}

/* The library reads what there is of a WAV file that is shorter than it says; all ones is what
 * programs write that do not know the size. */
static bool is_cut(const struct bytes *bytes)
{
    const unsigned char *p = bytes->data;
    if (bytes->size < 12 || memcmp(p, "RIFF", 4) != 0)
        return false;
    uint32_t size =
        (uint32_t)p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
    return size != UINT32_MAX && size > bytes->size - 8;
}

/* Samples as they are in the file, a frame after the other. */
struct samples_of {
    double *values; /* owned */
    int64_t n_frames;
};

static bool read_all(SNDFILE *file, const SF_INFO *sound, struct samples_of *samples,
                     hinge_error *error)
{
    enum { FRAMES = 4096 };
    int64_t capacity = 0, n;
    do {
        if (samples->n_frames + FRAMES > capacity) {
            capacity = 2 * capacity + FRAMES;
            if (capacity > 2 * SOUND_MAX_SAMPLES / sound->channels + FRAMES)
                return error_set(error, HINGE_LIMIT, "it has more than %" PRId64 " samples",
                                 SOUND_MAX_SAMPLES);
            double *bigger =
                realloc(samples->values, (size_t)(capacity * sound->channels) * sizeof *bigger);
            if (!bigger)
                return error_no_memory(error);
            samples->values = bigger;
        }
        n = sf_readf_double(file, samples->values + samples->n_frames * sound->channels, FRAMES);
        samples->n_frames += n > 0 ? n : 0;
    } while (n > 0);
    if (sf_error(file) != SF_ERR_NO_ERROR || samples->n_frames < sound->frames)
        return error_set(error, HINGE_BAD_FORMAT, "the sound is broken or cut short");
    return samples->n_frames * sound->channels <= SOUND_MAX_SAMPLES ||
           error_set(error, HINGE_LIMIT, "it has more than %" PRId64 " samples", SOUND_MAX_SAMPLES);
}

static void put(hinge_tensor *tensor, int64_t index, double value)
{
    /* Files of floats may hold anything. */
    if (tensor->type == HINGE_FLOAT16 || tensor->type == HINGE_BFLOAT16)
        value = fmin(fmax(value, -65504), 65504);
    if (tensor->type == HINGE_INT16)
        value = fmin(fmax(rint(value * 32768), -32768), 32767);
    number_set_bits(tensor, index,
                    tensor->type == HINGE_INT16 ? (uint64_t)(int64_t)value
                                                : number_encode(tensor->type, value));
}

static bool convert(const struct samples_of *samples, int64_t n_channels, const hinge_tensor *info,
                    struct array *array, hinge_error *error)
{
    hinge_type type = info->type == HINGE_NO_TYPE ? HINGE_FLOAT : info->type;
    int32_t rank = info->rank < 0 ? 2 : info->rank;
    if (type != HINGE_FLOAT && type != HINGE_DOUBLE && type != HINGE_FLOAT16 &&
        type != HINGE_BFLOAT16 && type != HINGE_INT16)
        return error_set(error, HINGE_UNSUPPORTED, "no sound is made an input of type %s",
                         hinge_type_text(type));
    if (rank < 1 || rank > 3)
        return error_set(error, HINGE_BAD_SHAPE, "sound has 1 to 3 dimensions, and the input %d",
                         rank);
    int64_t wanted = rank == 1 ? 1 : info->rank < 0 ? -1 : info->dims[rank - 2];
    wanted = wanted < 0 ? n_channels : wanted;
    if (wanted != 1 && wanted != n_channels)
        return error_set(error, HINGE_BAD_SHAPE,
                         "the sound has %" PRId64 " channels, and the input %" PRId64, n_channels,
                         wanted);
    int64_t n = samples->n_frames, dims[3] = {1, 1, 1};
    dims[rank - 1] = n;
    if (rank > 1)
        dims[rank - 2] = wanted;
    if (!array_create(array, type, rank, dims, error))
        return false;
    for (int64_t i = 0; i < n; i++) {
        const double *frame = samples->values + i * n_channels;
        double sum = 0;
        for (int64_t c = 0; c < n_channels; c++) {
            sum += frame[c];
            if (wanted > 1)
                put(&array->tensor, c * n + i, frame[c]);
        }
        if (wanted == 1)
            put(&array->tensor, i, sum / (double)n_channels);
    }
    return true;
}

static bool parse(struct bytes *bytes, uint64_t rate, const hinge_tensor *info, struct array *array,
                  hinge_error *error)
{
    SF_VIRTUAL_IO access = {get_size, seek, get, NULL, tell};
    SF_INFO sound = {0};
    struct samples_of samples = {NULL, 0};
    if (is_cut(bytes))
        return error_set(error, HINGE_BAD_FORMAT, "the sound is broken or cut short");
    SNDFILE *file = sf_open_virtual(&access, SFM_READ, &sound, bytes);
    if (!file)
        return error_set(error, HINGE_BAD_FORMAT, "%.200s", sf_strerror(NULL));
    bool good = sound.channels > 0 || error_set(error, HINGE_BAD_FORMAT, "it has no channels");
    if (good && rate && (uint64_t)sound.samplerate != rate)
        good = error_set(error, HINGE_BAD_VALUE,
                         "it has %d samples a second, and --sample-rate is %" PRIu64,
                         sound.samplerate, rate);
    good = good && read_all(file, &sound, &samples, error) &&
           convert(&samples, sound.channels, info, array, error);
    sf_close(file);
    free(samples.values);
    return good;
}

static bool read_sound(const char *path, uint64_t rate, const hinge_tensor *info,
                       struct array *array, hinge_error *error)
{
    struct bytes bytes = {0};
    size_t size;
    *array = (struct array){0};
    if (!file_read(path, &bytes.data, &size, error))
        return false;
    bytes.size = (sf_count_t)size;
    bool good = parse(&bytes, rate, info, array, error);
    free(bytes.data);
    return good || error_prefix(error, "%.300s", path);
}

MODULE_EXPORT const struct sound_module hinge_sound = {MODULE_VERSION, read_sound};
