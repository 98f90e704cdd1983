/* The loops of extremum.c for one type of keys, included once for each with these macros, which end
 * here:
 *
 * EXTREMUM(name)  the name of the type's function
 * EXTREMUM_KEY    the type: int32_t or int64_t */

static EXTREMUM_KEY EXTREMUM(largest)(const EXTREMUM_KEY *keys, int64_t count)
{
    EXTREMUM_KEY most = keys[0];
    for (int64_t i = 1; i < count; i++)
        most = keys[i] > most ? keys[i] : most;
    return most;
}

/* Of elements that lie side by side: first the part of the line that has it. */
static int64_t EXTREMUM(line)(const struct extremum *e, int64_t from)
{
    EXTREMUM_KEY keys[PART], best = 0;
    int64_t part = -1;
    for (int64_t i = 0, n; i < e->count; i += n) {
        n = min_i64(PART, e->count - i);
        EXTREMUM(load_keys)(e, from + i, n, keys);
        const EXTREMUM_KEY most = EXTREMUM(largest)(keys, n);
        if (part < 0 || most > best || (e->last && most == best)) {
            best = most;
            part = i;
        }
    }
    const int64_t n = min_i64(PART, e->count - part);
    int64_t k = 0;
    EXTREMUM(load_keys)(e, from + part, n, keys);
    /* The input may be memory that the caller has changed since. */
    while (k + 1 < n && keys[e->last ? n - 1 - k : k] != best)
        k++;
    return part + (e->last ? n - 1 - k : k);
}

/* Rows of keys against the best of each column, and the row that has it; -1: none of these. */
static void EXTREMUM(columns)(const EXTREMUM_KEY *keys, int64_t n_rows, int64_t width, bool last,
                              EXTREMUM_KEY first_row, EXTREMUM_KEY *restrict best,
                              EXTREMUM_KEY *restrict row)
{
    for (int64_t r = 0; r < n_rows; r++, keys += width) {
        const EXTREMUM_KEY number = first_row + (EXTREMUM_KEY)r;
        for (int64_t k = 0; k < width; k++) {
            const bool better = (keys[k] > best[k]) | (last & (keys[k] == best[k]));
            best[k] = better ? keys[k] : best[k];
            row[k] = better ? number : row[k];
        }
    }
}

/* Of width neighbouring columns, at most BLOCK, the first of which begins at this element. */
static void EXTREMUM(block)(const struct extremum *e, int64_t from, int64_t width, int64_t *at)
{
    EXTREMUM_KEY keys[BLOCK], best[BLOCK], row[BLOCK];
    const int64_t at_once = width == e->inner ? BLOCK / width : 1;
    EXTREMUM(load_keys)(e, from, width, best);
    for (int64_t k = 0; k < width; k++)
        at[k] = 0;
    for (int64_t span = 0; span < e->count; span += SPAN) {
        const int64_t end = min_i64(e->count, span + SPAN);
        for (int64_t k = 0; k < width; k++)
            row[k] = -1;
        for (int64_t i = max_i64(span, 1), n; i < end; i += n) {
            n = min_i64(at_once, end - i);
            EXTREMUM(load_keys)(e, from + i * e->inner, n * width, keys);
            EXTREMUM(columns)(keys, n, width, e->last, (EXTREMUM_KEY)(i - span), best, row);
        }
        for (int64_t k = 0; k < width; k++)
            at[k] = row[k] < 0 ? at[k] : span + row[k];
    }
}

static void EXTREMUM(find)(const struct extremum *e, int64_t begin, int64_t end, int64_t *at)
{
    const int64_t inner = e->inner;
    for (int64_t c = begin, width; c < end; c += width) {
        const int64_t from = (c - c % inner) * e->count + c % inner;
        width = min_i64(min_i64(inner - c % inner, BLOCK), end - c);
        if (inner == 1)
            at[c - begin] = EXTREMUM(line)(e, from);
        else
            EXTREMUM(block)(e, from, width, at + (c - begin));
    }
}

#undef EXTREMUM
#undef EXTREMUM_KEY
