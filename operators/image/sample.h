/* Reading images between their elements: where a position falls between the elements of each axis,
 * the weights of those around it, and weighted sums over planes of any number type. The places and
 * weights of a tile of samples are found once and serve the planes of all channels. */
#ifndef OPERATORS_IMAGE_SAMPLE_H
#define OPERATORS_IMAGE_SAMPLE_H

#include <hinge/plugin.h>

enum sample_mode { SAMPLE_NEAREST, SAMPLE_LINEAR, SAMPLE_CUBIC };
enum sample_padding { SAMPLE_ZEROS, SAMPLE_BORDER, SAMPLE_REFLECTION };

enum {
    SAMPLE_TILE = 128,     /* samples at a time */
    SAMPLE_MAX_TAPS = 256, /* elements that a sample is made of */
};

/* Planes have this many elements at most. */
#define SAMPLE_MAX_PLANE INT32_MAX

struct sample_plane {
    enum sample_mode mode;
    enum sample_padding padding;
    bool align_corners; /* reflects at the outer elements' centres, not at their edges */
    int32_t n_axes;
    int64_t dims[HINGE_MAX_RANK]; /* none 0 but where padding is of zeros */
};

/* Elements of a sample; more than SAMPLE_MAX_TAPS: too many. */
int64_t sample_n_taps(const struct sample_plane *plane);

/* Tap k of sample i stands at [k * SAMPLE_TILE + i]. */
struct sample_tile {
    int64_t n_taps, count;
    int32_t *at; /* index of an element; -1: a zero */
    double *weights;
    float *weights_f32;
    bool inside; /* no index is -1 */
};

/* Bytes of a tile's memory, a multiple of 64. */
size_t sample_size(int64_t n_taps);
void sample_open(struct sample_tile *tile, int64_t n_taps, void *memory);
/* Sample i is at that position, along each axis in elements: 0 is the first one's centre. */
void sample_set(struct sample_tile *tile, int64_t i, const struct sample_plane *plane,
                const double *position);
/* There are that many samples. */
void sample_close(struct sample_tile *tile, int64_t count);

/* Sums are made in float for float and the halves, in double for double and integers. */
union sample_row {
    float f32[SAMPLE_TILE];
    double f64[SAMPLE_TILE];
};
bool sample_in_float(hinge_type type);

/* The samples of a plane: their sums, or the largest of their weighted elements. */
void sample_sums(hinge_type type, const struct sample_tile *tile, const void *plane,
                 union sample_row *y);
void sample_maxima(hinge_type type, const struct sample_tile *tile, const void *plane,
                   union sample_row *y);
/* Such numbers as elements. */
void sample_store(hinge_type type, void *y, const union sample_row *row, int64_t count);

/* The elements at the first taps, of so many bytes, which must be nearest ones; zero bytes for a
 * zero. */
void sample_elements(size_t element_size, const struct sample_tile *tile, const void *plane,
                     void *y);

#endif
