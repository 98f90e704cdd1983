#include "operators/kernels/extremum.h"

#include <hinge/plugin.h>

#include <string.h>

#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"

#define BLOCK 512 /* elements of neighbouring columns that are looked at together */
#define PART 128  /* and of a line */
#define SPAN 8192 /* rows whose numbers fit the type of any key */

/* Elements are compared as keys: integers of the same order, or the reverse where the smallest one
 * is sought, so that the largest key is the extremum. */
/* The bits of a float are sign and magnitude; -0 + 0 is 0. */
#define KEYS_FLOAT(name, key, type, magnitude)                                                     \
    static void name(key *restrict keys, const type *x, int64_t count, key flip, key of_nan)       \
    {                                                                                              \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type value = x[i] + 0;                                                           \
            key bits;                                                                              \
            memcpy(&bits, &value, sizeof bits);                                                    \
            const key ordered = bits ^ (bits < 0 ? (magnitude) : 0) ^ flip;                        \
            keys[i] = value != value ? of_nan : ordered;                                           \
        }                                                                                          \
    }

KEYS_FLOAT(keys_f32, int32_t, float, INT32_MAX)
KEYS_FLOAT(keys_f64, int64_t, double, INT64_MAX)

static const void *elements(const struct extremum *e, int64_t from)
{
    return (const char *)e->x + hinge_size(e->type, from);
}

static void load_keys_32(const struct extremum *e, int64_t from, int64_t count, int32_t *keys)
{
    const int32_t flip = e->smallest ? -1 : 0, of_nan = e->nan_loses ? INT32_MIN : INT32_MAX;
    float floats[BLOCK];
    if (e->type == HINGE_FLOAT) {
        keys_f32(keys, elements(e, from), count, flip, of_nan);
        return;
    }
    half_load(e->type, floats, elements(e, from), count);
    keys_f32(keys, floats, count, flip, of_nan);
}

static void load_keys_64(const struct extremum *e, int64_t from, int64_t count, int64_t *keys)
{
    const int64_t flip = e->smallest ? -1 : 0, of_nan = e->nan_loses ? INT64_MIN : INT64_MAX;
    if (e->type == HINGE_DOUBLE) {
        keys_f64(keys, elements(e, from), count, flip, of_nan);
        return;
    }
    const int64_t sign = e->type == HINGE_UINT64 ? INT64_MIN : 0;
    convert_to_int(e->type, keys, elements(e, from), count);
    for (int64_t i = 0; i < count; i++)
        keys[i] ^= flip ^ sign;
}

#define EXTREMUM(name) name##_32
#define EXTREMUM_KEY int32_t
#include "operators/kernels/extremum_tmpl.c"

#define EXTREMUM(name) name##_64
#define EXTREMUM_KEY int64_t
#include "operators/kernels/extremum_tmpl.c"

void extremum_find(const struct extremum *e, int64_t begin, int64_t end, int64_t *at)
{
    if (e->type == HINGE_FLOAT || half_is(e->type))
        find_32(e, begin, end, at);
    else
        find_64(e, begin, end, at);
}
