/* Rows of inner elements where these lie side by side, single elements where the axis is the last;
 * included once for each type with these macros, which end here:
 *
 * RESAMPLE(name)     the name of the type's function
 * RESAMPLE_ELEMENT   the type */

static void RESAMPLE(rows)(const struct resample_axis *axis, RESAMPLE_ELEMENT *y,
                           const RESAMPLE_ELEMENT *x, int64_t inner)
{
    for (int64_t o = 0; o < axis->n_to; o++, y += inner) {
        const int64_t *from = axis->from + o * axis->n_taps;
        const double *weights = axis->weights + o * axis->n_taps;
        const RESAMPLE_ELEMENT *a = x + from[0] * inner, *b = x + from[1] * inner;
        const RESAMPLE_ELEMENT wa = (RESAMPLE_ELEMENT)weights[0], wb = (RESAMPLE_ELEMENT)weights[1];
        for (int64_t i = 0; i < inner; i++)
            y[i] = wa * a[i] + wb * b[i];
        for (int64_t t = 2; t < axis->n_taps; t++) {
            const RESAMPLE_ELEMENT *c = x + from[t] * inner;
            const RESAMPLE_ELEMENT w = (RESAMPLE_ELEMENT)weights[t];
            for (int64_t i = 0; i < inner; i++)
                y[i] += w * c[i];
        }
    }
}

static void RESAMPLE(elements)(const struct resample_axis *axis, RESAMPLE_ELEMENT *y,
                               const RESAMPLE_ELEMENT *x)
{
    for (int64_t o = 0; o < axis->n_to; o++) {
        const int64_t *from = axis->from + o * axis->n_taps;
        const double *weights = axis->weights + o * axis->n_taps;
        RESAMPLE_ELEMENT sum =
            (RESAMPLE_ELEMENT)weights[0] * x[from[0]] + (RESAMPLE_ELEMENT)weights[1] * x[from[1]];
        for (int64_t t = 2; t < axis->n_taps; t++)
            sum += (RESAMPLE_ELEMENT)weights[t] * x[from[t]];
        y[o] = sum;
    }
}

void RESAMPLE(resample)(const struct resample_axis *axis, RESAMPLE_ELEMENT *y,
                        const RESAMPLE_ELEMENT *x, int64_t outer, int64_t inner)
{
    for (int64_t n = 0; n < outer; n++) {
        if (inner == 1)
            RESAMPLE(elements)(axis, y, x);
        else
            RESAMPLE(rows)(axis, y, x, inner);
        y += axis->n_to * inner;
        x += axis->n_from * inner;
    }
}

#undef RESAMPLE
#undef RESAMPLE_ELEMENT
