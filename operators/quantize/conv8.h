/* Convolutions of 8-bit integers, whose sums are modulo 2^32: as products of the packed weights and
 * pieces of the image that are laid out for them, or, where each group has one channel, directly.
 * Padding is the input's zero point. */
#ifndef OPERATORS_QUANTIZE_CONV8_H
#define OPERATORS_QUANTIZE_CONV8_H

#include "operators/kernels/gemm/gemm_int8.h"
#include "operators/nn/window.h"

enum { CONV8_GROUP = WINDOW_N_ATTRIBUTES };
#define CONV8_ATTRIBUTES                                                                           \
    WINDOW_ATTRIBUTES,                                                                             \
    {                                                                                              \
        .name = "group", .type = HINGE_ATTR_INT, .i = 1                                            \
    }

/* Takes count sums of consecutive pixels of a map (of all groups' together), which addend is still
 * to be added to. */
typedef void conv8_finish(const void *argument, const int32_t *sums, uint32_t addend, int64_t image,
                          int64_t map, int64_t pixel, int64_t count);

struct conv8 {
    const hinge_tensor *x, *x_zero, *w, *w_zero; /* zero points of NULL are 0 */
    struct window window;
    struct conv_shape shape; /* type is not set */
    int64_t taps, depth, pixels;
    /* For the run. */
    conv8_finish *finish;
    const void *argument;
};

/* Checks the inputs that are set in *c, and sets the rest. */
hinge_status conv8_read(const struct hinge_node *node, struct conv8 *c);
/* What an operator reads its inputs by: conv8_read among others. */
typedef hinge_status conv8_reader(const struct hinge_node *node, struct conv8 *c);

/* Hooks. init packs the constant weights, which input index is, into node->state. */
hinge_status conv8_init(struct hinge_node *node, unsigned index);
hinge_status conv8_infer(const struct hinge_node *node, conv8_reader *read);
hinge_status conv8_prepare(const struct hinge_node *node, conv8_reader *read, size_t *scratch);
/* Where y is not empty. */
void conv8_run(const struct hinge_node *node, const struct conv8 *c);

/* For the ways of computing it. */

/* Whether groups of so many channels are summed by depthwise8. */
static inline bool conv8_is_depthwise(int64_t channels)
{
    return channels == 1;
}

int32_t conv8_weight_point(const struct conv8 *c, int64_t map);
static inline int32_t conv8_x_point(const struct conv8 *c)
{
    if (!c->x_zero)
        return 0;
    return c->x->type == HINGE_INT8 ? *(const int8_t *)c->x_zero->data
                                    : *(const uint8_t *)c->x_zero->data;
}

/* Position in the input for one of the output, along an axis, which may be outside. */
static inline int64_t conv8_source(const struct conv_shape *s, int axis, int64_t tap, int64_t at)
{
    return at * s->stride[axis] + tap * s->dilation[axis] - s->pad[axis];
}

/* A line of a channel's image, NULL where it is outside. */
const uint8_t *conv8_input_line(const struct conv_shape *s, const uint8_t *image, int64_t z,
                                int64_t y);
/* What count pixels of an output line, from the first on, see of an input line, or of none, at a
 * column of the kernel: bytes, of which those outside are zero. */
void conv8_lay_line(const struct conv_shape *s, const uint8_t *line, int64_t column, int64_t first,
                    int64_t count, uint8_t zero, uint8_t *to);

/* Whether what output lines see at a tap lies in the input as it does there, but for a shift. */
bool conv8_is_shift(const struct conv_shape *s);
/* Then, the same of as many lines as count pixels take, the first at x and line y of the input. */
void conv8_lay_shifted(const struct conv_shape *s, const uint8_t *plane, int64_t y, int64_t x,
                       int64_t column, int64_t count, uint8_t zero, uint8_t *to);

#endif
