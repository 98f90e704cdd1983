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
    return b > a || b != b ? b : a;
}

INLINE void POOL(combine_row)(bool mean, POOL_NUMBER *line, const POOL_STORED *row, int64_t count)
{
    int64_t i = 0;
    for (; i + POOL_LANES <= count; i += POOL_LANES)
        POOL_V(store)(line + i, POOL(combine)(mean, POOL_V(load)(line + i), POOL_LOAD(row + i)));
    /* One by one: the line is read as single numbers next, which would wait for a masked store. */
    POOL_NUMBER spare[POOL_LANES];
    const POOL_NUMBER *rest = POOL_NUMBERS(row + i, spare, count - i);
    for (int64_t k = 0; i + k < count; k++)
        line[i + k] = POOL(combine1)(mean, line[i + k], rest[k]);
}

/* Along the line: stride as a constant argument makes its loads regular. */
INLINE void POOL(combine_columns)(bool mean, const struct pool_shape *shape, int64_t stride,
                                  const POOL_NUMBER *line, POOL_NUMBER *y)
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

INLINE void POOL(row)(bool mean, const struct pool_shape *shape, const POOL_STORED *x, int64_t oz,
                      int64_t oy, POOL_NUMBER *y, POOL_NUMBER *line)
{
    const int64_t z0 = oz * shape->stride[0] - shape->pad[0];
    const int64_t y0 = oy * shape->stride[1] - shape->pad[1];
    const int64_t width = shape->input[2];
    const struct pool_range zs =
        pool_clip(z0, shape->kernel[0], shape->dilation[0], 0, shape->input[0]);
    const struct pool_range ys =
        pool_clip(y0, shape->kernel[1], shape->dilation[1], 0, shape->input[1]);
    POOL_NUMBER *inside = line + shape->pad[2];
    for (int64_t i = 0; i < width; i++)
        inside[i] = mean ? 0 : -(POOL_NUMBER)INFINITY;
    for (int64_t z = zs.begin; z < zs.end; z++)
        for (int64_t k = ys.begin; k < ys.end; k++)
            POOL(combine_row)
    (mean, inside,
     x + ((z0 + z * shape->dilation[0]) * shape->input[1] + y0 + k * shape->dilation[1]) * width,
     width);
    if (shape->stride[2] == 1)
        POOL(combine_columns)(mean, shape, 1, line, y);
    else if (shape->stride[2] == 2)
        POOL(combine_columns)(mean, shape, 2, line, y);
    else
        POOL(combine_columns)(mean, shape, shape->stride[2], line, y);
}

/* Sums of an output row divided by how many positions each is made of: the same number between the
 * first and the last window that are cut off by an edge. */
static void POOL(divide_row)(const struct pool_shape *shape, int64_t rows, POOL_NUMBER *y)
{
    const int64_t width = shape->output[2], kernel = shape->kernel[2];
    int64_t begin = 0, end = width;
    while (begin < width && counted(shape, 2, begin) < kernel)
        begin++;
    while (end > begin && counted(shape, 2, end - 1) < kernel)
        end--;
    for (int64_t i = 0; i < begin; i++)
        y[i] /= (POOL_NUMBER)(rows * counted(shape, 2, i));
    const POOL_NUMBER whole = (POOL_NUMBER)(rows * kernel);
    for (int64_t i = begin; i < end; i++)
        y[i] /= whole;
    for (int64_t i = end; i < width; i++)
        y[i] /= (POOL_NUMBER)(rows * counted(shape, 2, i));
}

INLINE void POOL(channel)(bool mean, const struct pool_shape *shape, const void *from, void *to,
                          void *scratch)
{
    const POOL_STORED *x = from;
    POOL_STORED *y = to;
    POOL_NUMBER *line = scratch;
    const int64_t count = line_count(shape);
    for (int64_t i = 0; i < count; i++)
        line[i] = mean ? 0 : -(POOL_NUMBER)INFINITY;
    for (int64_t z = 0; z < shape->output[0]; z++)
        for (int64_t h = 0; h < shape->output[1]; h++, y += shape->output[2]) {
            POOL_NUMBER *row = POOL_ROW(y, line + count);
            POOL(row)(mean, shape, x, z, h, row, line);
            if (mean)
                POOL(divide_row)(shape, counted(shape, 0, z) * counted(shape, 1, h), row);
            POOL_STORE(y, row, shape->output[2]);
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
