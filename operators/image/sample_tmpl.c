/* The sums of sample.c in SAMPLE_NUMBER with the weights of that type, SAMPLE_WEIGHTS of a tile;
 * SAMPLE(name) is a name of its own. All end here. */

/* Takes tap k of all samples, of which x are the elements, into y. */
static void SAMPLE(add_tap)(const struct sample_tile *tile, int64_t k, const SAMPLE_NUMBER *x,
                            bool maxima, SAMPLE_NUMBER *y)
{
    const SAMPLE_NUMBER *weights = tile->SAMPLE_WEIGHTS + k * SAMPLE_TILE;
    for (int64_t i = 0; i < tile->count; i++) {
        const SAMPLE_NUMBER product = weights[i] * x[i];
        if (k == 0)
            y[i] = product;
        else if (!maxima)
            y[i] += product;
        else if (product > y[i] || product != product)
            y[i] = product;
    }
}

/* Four taps, none of which is a zero: the bilinear case. */
static void SAMPLE(four_inside)(const struct sample_tile *tile, const SAMPLE_NUMBER *x,
                                SAMPLE_NUMBER *y)
{
    const SAMPLE_NUMBER *weights = tile->SAMPLE_WEIGHTS;
    const int32_t *at = tile->at;
    for (int64_t i = 0; i < tile->count; i++)
        y[i] = weights[i] * x[at[i]] + weights[SAMPLE_TILE + i] * x[at[SAMPLE_TILE + i]] +
               weights[2 * SAMPLE_TILE + i] * x[at[2 * SAMPLE_TILE + i]] +
               weights[3 * SAMPLE_TILE + i] * x[at[3 * SAMPLE_TILE + i]];
}

static void SAMPLE(take)(const struct sample_tile *tile, const SAMPLE_NUMBER *x, bool maxima,
                         SAMPLE_NUMBER *y)
{
    SAMPLE_NUMBER elements[SAMPLE_TILE];
    if (tile->inside && tile->n_taps == 4 && !maxima) {
        SAMPLE(four_inside)(tile, x, y);
        return;
    }
    for (int64_t k = 0; k < tile->n_taps; k++) {
        const int32_t *at = tile->at + k * SAMPLE_TILE;
        if (tile->inside)
            for (int64_t i = 0; i < tile->count; i++)
                elements[i] = x[at[i]];
        else
            for (int64_t i = 0; i < tile->count; i++)
                elements[i] = at[i] < 0 ? 0 : x[at[i]];
        SAMPLE(add_tap)(tile, k, elements, maxima, y);
    }
}

#undef SAMPLE
#undef SAMPLE_NUMBER
#undef SAMPLE_WEIGHTS
