#include "diff/diff_measure.h"

#include "base/array.h"
#include "base/number.h"

#include <hinge/plugin.h>
#include <math.h>

/* A float's place among all of its type in ascending order; both zeros have the same. n_bits is
 * from 1 to 64. */
static int64_t place_of(uint64_t bits, unsigned n_bits)
{
    const uint64_t sign = (uint64_t)1 << ((n_bits - 1) & 63);
    return bits & sign ? -(int64_t)(bits & (sign - 1)) : (int64_t)bits;
}

/* As a double: exact up to 2^53. */
static double ulp_distance(const hinge_tensor *value, const hinge_tensor *other, int64_t i)
{
    unsigned n_bits = hinge_type_bits(value->type);
    int64_t a = place_of(number_bits(value, i), n_bits);
    int64_t b = place_of(number_bits(other, i), n_bits);
    return fabs((double)a - (double)b) < 0x1p53 ? fabs((double)(a - b))
                                                : fabs((double)a - (double)b);
}

static void take_larger(struct measure_extreme *extreme, struct measure_extreme one)
{
    if (extreme->at < 0 || one.size > extreme->size)
        *extreme = one;
}

struct measure measure_of(const hinge_tensor *value, const hinge_tensor *other)
{
    const struct measure_extreme none = {.at = -1};
    struct measure measure = {none, none, none, 0};
    if (value->type == HINGE_STRING)
        return measure;
    hinge_tensor a = number_parts(value), b = number_parts(other);
    /* Of exponents alone (float8e8m0) neighbours are not a unit apart. */
    const bool has_ulp = number_is_float(a.type) && a.type != HINGE_FLOAT8E8M0;
    int64_t count = array_count(&a);
    for (int64_t i = 0; i < count; i++) {
        double x = number_value(&a, i), y = number_value(&b, i);
        if (!isfinite(x) || !isfinite(y)) {
            measure.n_special += !(x == y || (isnan(x) && isnan(y)));
            continue;
        }
        take_larger(&measure.absolute, (struct measure_extreme){fabs(x - y), i, x, y});
        if (y != 0)
            take_larger(&measure.relative, (struct measure_extreme){fabs((x - y) / y), i, x, y});
        if (has_ulp)
            take_larger(&measure.ulp, (struct measure_extreme){ulp_distance(&a, &b, i), i, x, y});
    }
    return measure;
}
