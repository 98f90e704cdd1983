/* The loops over numbers of rows.c, included once for float and once for double with these macros,
 * which end here:
 *
 * ROWS(name)           the name of the type's function
 * ROWS_NUMBER          the type
 * ROWS_LANES, ROWS_V   a vector of numbers and its words of kernels/simd */

/* The sum of the numbers or of their magnitudes. */
static ROWS_NUMBER ROWS(total)(const ROWS_NUMBER *x, int64_t count, bool magnitudes)
{
    const ROWS_V() sign = magnitudes ? ROWS_V(_set1)((ROWS_NUMBER)-0.0) : ROWS_V(_zero)();
    ROWS_V() sums[4] = {ROWS_V(_zero)(), ROWS_V(_zero)(), ROWS_V(_zero)(), ROWS_V(_zero)()};
    int64_t i = 0;
    for (; i + 4 * ROWS_LANES <= count; i += 4 * ROWS_LANES)
        for (int k = 0; k < 4; k++)
            sums[k] = ROWS_V(_add)(
                sums[k], ROWS_V(_andnot)(sign, ROWS_V(_load)(x + i + (int64_t)k * ROWS_LANES)));
    for (; i < count; i += ROWS_LANES) {
        const int n = count - i < ROWS_LANES ? (int)(count - i) : ROWS_LANES;
        sums[0] = ROWS_V(_add)(sums[0], ROWS_V(_andnot)(sign, ROWS_V(_load_n)(x + i, n)));
    }
    return ROWS_V(_reduce_add)(
        ROWS_V(_add)(ROWS_V(_add)(sums[0], sums[1]), ROWS_V(_add)(sums[2], sums[3])));
}

/* The sum of squared differences from center, and in *differences that of the differences. */
static ROWS_NUMBER ROWS(squares)(const ROWS_NUMBER *x, int64_t count, ROWS_NUMBER center,
                                 ROWS_NUMBER *differences)
{
    const ROWS_V() c = ROWS_V(_set1)(center);
    ROWS_V() first[2] = {ROWS_V(_zero)(), ROWS_V(_zero)()};
    ROWS_V() second[4] = {ROWS_V(_zero)(), ROWS_V(_zero)(), ROWS_V(_zero)(), ROWS_V(_zero)()};
    int64_t i = 0;
    for (; i + 4 * ROWS_LANES <= count; i += 4 * ROWS_LANES)
        for (int k = 0; k < 4; k++) {
            const ROWS_V() d = ROWS_V(_sub)(ROWS_V(_load)(x + i + (int64_t)k * ROWS_LANES), c);
            first[k % 2] = ROWS_V(_add)(first[k % 2], d);
            second[k] = ROWS_V(_fma)(d, d, second[k]);
        }
    for (; i < count; i += ROWS_LANES) {
        const int n = count - i < ROWS_LANES ? (int)(count - i) : ROWS_LANES;
        const ROWS_V() d = ROWS_V(_select)(
            ROWS_FIRST(n), ROWS_V(_sub)(ROWS_V(_load_n)(x + i, n), c), ROWS_V(_zero)());
        first[0] = ROWS_V(_add)(first[0], d);
        second[0] = ROWS_V(_fma)(d, d, second[0]);
    }
    *differences = ROWS_V(_reduce_add)(ROWS_V(_add)(first[0], first[1]));
    return ROWS_V(_reduce_add)(
        ROWS_V(_add)(ROWS_V(_add)(second[0], second[1]), ROWS_V(_add)(second[2], second[3])));
}

static struct part ROWS(part)(const void *numbers, int64_t count, enum rows_moment moment)
{
    const ROWS_NUMBER *x = numbers;
    if (moment == ROWS_MAGNITUDES)
        return (struct part){(double)count, 0, (double)ROWS(total)(x, count, true)};
    ROWS_NUMBER center = 0, differences;
    if (moment == ROWS_DEVIATION)
        center = ROWS(total)(x, count, false) / (ROWS_NUMBER)count;
    const double sum = (double)ROWS(squares)(x, count, center, &differences);
    if (moment == ROWS_SQUARES)
        return (struct part){(double)count, 0, sum};
    if (!isfinite(sum))
        return (struct part){(double)count, (double)center, sum};
    /* The center was rounded; the differences tell by how much. */
    const double off = (double)differences / (double)count;
    return (struct part){(double)count, (double)center + off,
                         fmax(sum - off * (double)differences, 0)};
}

/* y = (x - mean) factor + shift */
static void ROWS(apply)(void *to, const void *from, int64_t count, struct line line)
{
    const ROWS_NUMBER *x = from;
    ROWS_NUMBER *y = to;
    const ROWS_V() mean = ROWS_V(_set1)((ROWS_NUMBER)line.mean);
    const ROWS_V() factor = ROWS_V(_set1)((ROWS_NUMBER)line.factor);
    const ROWS_V() shift = ROWS_V(_set1)((ROWS_NUMBER)line.shift);
    int64_t i = 0;
    for (; i + ROWS_LANES <= count; i += ROWS_LANES)
        ROWS_V(_store)
    (y + i, ROWS_V(_fma)(ROWS_V(_sub)(ROWS_V(_load)(x + i), mean), factor, shift));
    if (i < count) {
        const int n = (int)(count - i);
        ROWS_V(_store_n)
        (y + i, ROWS_V(_fma)(ROWS_V(_sub)(ROWS_V(_load_n)(x + i, n), mean), factor, shift), n);
    }
}

/* y = ((x - mean) factor + shift) scale + bias, scale and bias (or NULL) having an element each. */
static void ROWS(apply_each)(void *to, const void *from, int64_t count, struct line line,
                             const void *scale_at, const void *bias_at)
{
    const ROWS_NUMBER *x = from, *scale = scale_at, *bias = bias_at;
    ROWS_NUMBER *y = to;
    const ROWS_V() mean = ROWS_V(_set1)((ROWS_NUMBER)line.mean);
    const ROWS_V() factor = ROWS_V(_set1)((ROWS_NUMBER)line.factor);
    const ROWS_V() shift = ROWS_V(_set1)((ROWS_NUMBER)line.shift);
    int64_t i = 0;
    for (; i + ROWS_LANES <= count; i += ROWS_LANES) {
        const ROWS_V() z = ROWS_V(_fma)(ROWS_V(_sub)(ROWS_V(_load)(x + i), mean), factor, shift);
        const ROWS_V() s = ROWS_V(_load)(scale + i);
        ROWS_V(_store)
        (y + i, bias ? ROWS_V(_fma)(z, s, ROWS_V(_load)(bias + i)) : ROWS_V(_mul)(z, s));
    }
    if (i < count) {
        const int n = (int)(count - i);
        const ROWS_V() z =
            ROWS_V(_fma)(ROWS_V(_sub)(ROWS_V(_load_n)(x + i, n), mean), factor, shift);
        const ROWS_V() s = ROWS_V(_load_n)(scale + i, n);
        ROWS_V(_store_n)
        (y + i, bias ? ROWS_V(_fma)(z, s, ROWS_V(_load_n)(bias + i, n)) : ROWS_V(_mul)(z, s), n);
    }
}

#undef ROWS
#undef ROWS_NUMBER
#undef ROWS_LANES
#undef ROWS_V
#undef ROWS_FIRST
