/*
 * Resize and Upsample in all their versions. resize_plan.c says what a node asks for: output
 * dimensions and, for each axis, where in the input an output position lies; resize_run.c does it.
 */
#ifndef RESIZE_PLAN_H
#define RESIZE_PLAN_H

#include "operators/op/op.h"

enum resize_mode { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC };

enum resize_coordinates {
    RESIZE_HALF_PIXEL,
    RESIZE_HALF_PIXEL_SYMMETRIC,
    RESIZE_PYTORCH_HALF_PIXEL,
    RESIZE_ALIGN_CORNERS,
    RESIZE_ASYMMETRIC,
    RESIZE_TF_CROP_AND_RESIZE,
    RESIZE_TF_HALF_PIXEL_FOR_NN
};

enum resize_rounding {
    RESIZE_ROUND_PREFER_FLOOR,
    RESIZE_ROUND_PREFER_CEIL,
    RESIZE_FLOOR,
    RESIZE_CEIL
};

struct resize_plan {
    enum resize_mode mode;
    enum resize_coordinates coordinates;
    enum resize_rounding rounding;
    bool antialias, exclude_outside;
    bool before_11; /* nearest: down when enlarging, up when shrinking */
    double cubic_a;
    float extrapolation;
    int64_t dims[HINGE_MAX_RANK];  /* of the output */
    double scales[HINGE_MAX_RANK]; /* output positions for one of the input */
    /* scales as quotients of whole numbers, 0 / 0 where they are none or too large for positions
     * to be computed in int64_t. */
    int64_t numerator[HINGE_MAX_RANK], denominator[HINGE_MAX_RANK];
    double begin[HINGE_MAX_RANK], end[HINGE_MAX_RANK]; /* region of interest, 0 to 1 */
};

/* May return HINGE_NEEDS_DATA. */
hinge_status resize_plan(const struct hinge_node *node, struct resize_plan *plan);

/* The resize_n_taps input positions and weights that make an output position. Returns false where
 * it lies outside of the input and is to be extrapolated. */
int64_t resize_n_taps(const struct resize_plan *plan, int32_t d);
bool resize_taps(const struct resize_plan *plan, int32_t d, int64_t n_from, int64_t i,
                 int64_t *from, double *weights);

/* The hooks. */
hinge_status resize_infer(const struct hinge_node *node);
hinge_status resize_prepare(struct hinge_node *node, size_t *scratch);
hinge_status resize_run(const struct hinge_node *node);

#endif
