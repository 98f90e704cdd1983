/* The loops of pool.c, included once for each type of elements with these macros, which end here:
 *
 * POOL(name)                   the name of the type's function
 * POOL_STORED, POOL_NUMBER     elements as they lie in memory, and what they are computed in
 * POOL_VECTOR, POOL_LANES      a vector of numbers; POOL_V(word) its words of kernels/simd
 * POOL_LOAD, POOL_LOAD_N       a vector of stored elements
 * POOL_NUMBERS(x, spare, n)    fewer than POOL_LANES stored elements as numbers
 * POOL_ROW(y, spare)           where a row of numbers is made that is to be stored at y
 * POOL_STORE(y, row, count)    which that does (nothing, where the row is y) */

static inline POOL_VECTOR POOL(combine)(bool mean, POOL_VECTOR a, POOL_VECTOR b)
{
    return mean ? POOL_V(add)(a, b) : POOL_V(max_nan)(a, b);
}

static inline POOL_NUMBER POOL(combine1)(bool mean, POOL_NUMBER a, POOL_NUMBER b)
{
    if (mean)
        return a + b;
    return ((b > a) | (b != b)) ? b : a;
}

/* The rows of x that a window is made of, from element first on. */
struct POOL(window) {
    const POOL_STORED *x;
    int64_t first, planes, plane, rows, row; /* how many, and elements between them */
};

static inline POOL_VECTOR POOL(combine_rows)(bool mean, const struct POOL(window) * w, int64_t at,
                                             int n)
{
    POOL_VECTOR all = POOL_V(set1)(mean ? 0 : -(POOL_NUMBER)INFINITY);
    for (int64_t z = 0; z < w->planes; z++)
        for (int64_t k = 0; k < w->rows; k++) {
            const POOL_STORED *x = w->x + w->first + z * w->plane + k * w->row + at;
            all = POOL(combine)(mean, all, n == POOL_LANES ? POOL_LOAD(x) : POOL_LOAD_N(x, n));
        }
    return all;
}

/* Along the line: stride as a constant argument makes its loads regular. */
INLINE void POOL(combine_columns)(bool mean, const struct pool_shape *shape, int64_t stride,
                                  const POOL_NUMBER *restrict line, POOL_NUMBER *restrict y)
{
    const int64_t width = shape->output[2];
    for (int64_t i = 0; i < width; i++)
        y[i] = line[i * stride];
    for (int64_t k = 1; k < shape->kernel[2]; k++) {
        const POOL_NUMBER *from = line + k * shape->dilation[2];
        for (int64_t i = 0; i < width; i++)
            y[i] = POOL(combine1)(mean, y[i], from[i * stride]);
    }
}

/* What sums of a row are divided by: how many positions each is made of. */
struct POOL(counts) {
    POOL_VECTOR rows;
    const POOL_NUMBER *columns;
};

static inline POOL_VECTOR POOL(divide)(const struct POOL(counts) * counts, POOL_VECTOR sums,
                                       int64_t i, int n)
{
    return POOL_V(div)(sums, POOL_V(mul)(counts->rows, POOL_V(load_n)(counts->columns + i, n)));
}

INLINE void POOL(combine_neighbours)(bool mean, const struct pool_shape *shape,
                                     const struct POOL(counts) * counts, const POOL_NUMBER *line,
                                     POOL_NUMBER *y)
{
    const int64_t width = shape->output[2], kernel = shape->kernel[2];
    for (int64_t i = 0; i < width; i += POOL_LANES) {
        const int n = width - i < POOL_LANES ? (int)(width - i) : POOL_LANES;
        POOL_VECTOR all = POOL_V(load_n)(line + i, n);
        for (int64_t k = 1; k < kernel; k++)
            all = POOL(combine)(mean, all, POOL_V(load_n)(line + i + k * shape->dilation[2], n));
        POOL_V(store_n)(y + i, mean ? POOL(divide)(counts, all, i, n) : all, n);
    }
}

/* Over the kernel's rows, into the inside of a line. */
INLINE void POOL(fill_line)(bool mean, const struct pool_shape *shape, const POOL_STORED *x,
                            int64_t oz, int64_t oy, POOL_NUMBER *line)
{
    const int64_t z0 = oz * shape->stride[0] - shape->pad[0];
    const int64_t y0 = oy * shape->stride[1] - shape->pad[1];
    const int64_t width = shape->input[2];
    const struct pool_range zs =
        pool_clip(z0, shape->kernel[0], shape->dilation[0], 0, shape->input[0]);
    const struct pool_range ys =
        pool_clip(y0, shape->kernel[1], shape->dilation[1], 0, shape->input[1]);
    POOL_NUMBER *inside = line + shape->pad[2];
    const struct POOL(window)
        window = {.x = x,
                  .first = ((z0 + zs.begin * shape->dilation[0]) * shape->input[1] + y0 +
                            ys.begin * shape->dilation[1]) *
                           width,
                  .planes = zs.end - zs.begin,
                  .plane = shape->dilation[0] * shape->input[1] * width,
                  .rows = ys.end - ys.begin,
                  .row = shape->dilation[1] * width};
    for (int64_t i = 0; i < width; i += POOL_LANES) {
        const int n = width - i < POOL_LANES ? (int)(width - i) : POOL_LANES;
        POOL_V(store_n)(inside + i, POOL(combine_rows)(mean, &window, i, n), n);
    }
}

INLINE void POOL(combine_line)(bool mean, const struct pool_shape *shape,
                               const struct POOL(counts) * counts, const POOL_NUMBER *line,
                               POOL_NUMBER *y)
{
    const int64_t width = shape->output[2];
    if (shape->stride[2] == 1) {
        POOL(combine_neighbours)(mean, shape, counts, line, y);
        return;
    }
    if (shape->stride[2] == 2)
        POOL(combine_columns)(mean, shape, 2, line, y);
    else
        POOL(combine_columns)(mean, shape, shape->stride[2], line, y);
    for (int64_t i = 0; i < width && mean; i += POOL_LANES) {
        const int n = width - i < POOL_LANES ? (int)(width - i) : POOL_LANES;
        POOL_V(store_n)(y + i, POOL(divide)(counts, POOL_V(load_n)(y + i, n), i, n), n);
    }
}

INLINE void POOL(channel)(bool mean, const struct pool_shape *shape, const void *from, void *to,
                          void *scratch)
{
    const POOL_STORED *x = from;
    POOL_STORED *y = to;
    POOL_NUMBER *line = scratch;
    const int64_t count = line_count(shape), height = shape->output[1], width = shape->output[2];
    POOL_NUMBER *columns = line + LINES * count, *spare = columns + width;
    for (int64_t i = 0; i < width && mean; i++)
        columns[i] = (POOL_NUMBER)counted(shape, 2, i);
    for (int64_t i = 0; i < LINES * count; i++)
        line[i] = mean ? 0 : -(POOL_NUMBER)INFINITY;
    for (int64_t z = 0; z < shape->output[0]; z++)
        for (int64_t h = 0; h < height; h += LINES) {
            const int64_t n = height - h < LINES ? height - h : LINES;
            for (int64_t i = 0; i < n; i++)
                POOL(fill_line)(mean, shape, x, z, h + i, line + i * count);
            for (int64_t i = 0; i < n; i++, y += width) {
                POOL_NUMBER *row = POOL_ROW(y, spare);
                const int64_t rows = mean ? counted(shape, 0, z) * counted(shape, 1, h + i) : 1;
                const struct POOL(counts) counts = {POOL_V(set1)((POOL_NUMBER)rows), columns};
                POOL(combine_line)(mean, shape, &counts, line + i * count, row);
                POOL_STORE(y, row, width);
            }
        }
}

static void POOL(max)(const struct pool_shape *shape, const void *x, void *y, void *line)
{
    POOL(channel)(false, shape, x, y, line);
}

static void POOL(mean)(const struct pool_shape *shape, const void *x, void *y, void *line)
{
    POOL(channel)(true, shape, x, y, line);
}

static void POOL(mean_all)(const void *from, int64_t count, void *to)
{
    const POOL_STORED *x = from;
    POOL_STORED *y = to;
    POOL_VECTOR sum[4] = {POOL_V(zero)(), POOL_V(zero)(), POOL_V(zero)(), POOL_V(zero)()};
    int64_t i = 0;
    for (; i + 4 * POOL_LANES <= count; i += 4 * POOL_LANES)
        for (int v = 0; v < 4; v++)
            sum[v] = POOL_V(add)(sum[v], POOL_LOAD(x + i + v * POOL_LANES));
    for (; i < count; i += POOL_LANES)
        sum[0] = POOL_V(add)(
            sum[0], POOL_LOAD_N(x + i, count - i < POOL_LANES ? (int)(count - i) : POOL_LANES));
    POOL_NUMBER number = 0, *row = POOL_ROW(y, &number);
    *row =
        POOL_V(reduce_add)(POOL_V(add)(POOL_V(add)(sum[0], sum[1]), POOL_V(add)(sum[2], sum[3])));
    *row /= (POOL_NUMBER)count;
    POOL_STORE(y, row, 1);
}

static void POOL(max_all)(const void *from, int64_t count, void *to)
{
    const POOL_STORED *x = from;
    POOL_STORED *y = to;
    POOL_VECTOR most = POOL_V(set1)(-(POOL_NUMBER)INFINITY);
    int64_t i = 0;
    for (; i + POOL_LANES <= count; i += POOL_LANES)
        most = POOL_V(max_nan)(most, POOL_LOAD(x + i));
    POOL_NUMBER spare[POOL_LANES], number = 0, *row = POOL_ROW(y, &number);
    const POOL_NUMBER *rest = POOL_NUMBERS(x + i, spare, count - i);
    *row = POOL_V(reduce_max)(most);
    for (int64_t k = 0; i + k < count; k++)
        *row = POOL(combine1)(false, *row, rest[k]);
    POOL_STORE(y, row, 1);
}

#undef POOL
#undef POOL_STORED
#undef POOL_NUMBER
#undef POOL_VECTOR
#undef POOL_LANES
#undef POOL_V
#undef POOL_LOAD
#undef POOL_LOAD_N
#undef POOL_NUMBERS
#undef POOL_ROW
#undef POOL_STORE
