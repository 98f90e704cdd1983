/* Rows of floats of 8 and 4 bits to float32, which holds them all exactly, and back. */
#ifndef KERNELS_MINIFLOAT_H
#define KERNELS_MINIFLOAT_H

#include <hinge/tensor.h>

/* What the standard's Cast lets a model decide; zeros are its defaults. */
struct minifloat_rule {
    /* Whether what is out of a float8 type's range becomes infinity, or NaN where the type has
     * none; otherwise it becomes the nearest finite number. float4e2m1 has neither. */
    bool no_saturate;
    /* To which power of two a number between two of them goes, as float8e8m0. */
    enum { MINIFLOAT_UP, MINIFLOAT_DOWN, MINIFLOAT_NEAREST } e8m0;
};

/* Whether the type is float8 of any kind or float4e2m1. */
static inline bool minifloat_is(hinge_type type)
{
    return (type >= HINGE_FLOAT8E4M3FN && type <= HINGE_FLOAT8E5M2FNUZ) ||
           type == HINGE_FLOAT8E8M0 || type == HINGE_FLOAT4E2M1;
}

/* float4e2m1 is packed, from the first element of a byte on; a last byte is filled up with zeros.
 */
void minifloat_load(hinge_type type, float *to, const void *from, int64_t count);

/* Rounds to nearest even, after which [x] beyond the largest number is out of range. NaN keeps its
 * sign where the type has NaN of both, and as float4e2m1 becomes -0.
 *
 * float8e8m0 has neither a sign, which is dropped, nor a zero: what is out of range is so before it
 * is rounded; a tie goes up. */
void minifloat_store(hinge_type type, const struct minifloat_rule *rule, void *to,
                     const float *from, int64_t count);

#endif
