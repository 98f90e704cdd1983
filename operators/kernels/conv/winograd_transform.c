#include "operators/kernels/conv/winograd_transform.h"

/* The points of m = 4 are 0, +-P, +-Q and infinity, with P^2 = 1/2, Q^2 = 2. */
#define P 0.70710678118654752440
#define Q 1.41421356237309504880
#define PP 0.5
#define QQ 2.0

static const double g2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

/* Row of point x: (1, x, x^2) over the product of its distances to the other points. */
#define DP (2 * PP * (PP - QQ))
#define DQ (2 * QQ * (QQ - PP))
static const double g4[6][3] = {{1 / (PP * QQ), 0, 0},      {1 / DP, P / DP, PP / DP},
                                {1 / DP, -P / DP, PP / DP}, {1 / DQ, Q / DQ, QQ / DQ},
                                {1 / DQ, -Q / DQ, QQ / DQ}, {0, 0, 1}};

void winograd_weights(int64_t m, const float g[9], float *u)
{
    const double(*rows)[3] = m == 2 ? g2 : g4;
    const int64_t alpha = m + 2;
    for (int64_t i = 0; i < alpha; i++)
        for (int64_t j = 0; j < alpha; j++) {
            double sum = 0;
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++)
                    sum += rows[i][a] * (double)g[a * 3 + b] * rows[j][b];
            u[i * alpha + j] = (float)sum;
        }
}

void winograd_restore(int64_t m, const float *u, int64_t u_stride, int64_t count, int64_t width,
                      float *g)
{
    const int64_t alpha = m + 2;
    /* The points 0 and infinity hold the outer elements; the middle one is told by x and -x. */
    const double middle = m == 2 ? 1 : DP / (2 * P);
    for (int64_t i = 0; i < count; i++) {
        double rows[3][6];
        for (int64_t j = 0; j < alpha; j++) {
            const float *column = u + j * u_stride + i;
            rows[0][j] = (double)column[0];
            rows[1][j] =
                middle * ((double)column[alpha * u_stride] - (double)column[2 * alpha * u_stride]);
            rows[2][j] = (double)column[(alpha - 1) * alpha * u_stride];
        }
        float *to = g + i / width * 9 * width + i % width;
        for (int64_t a = 0; a < 3; a++) {
            to[3 * a * width] = (float)rows[a][0];
            to[(3 * a + 1) * width] = (float)(middle * (rows[a][1] - rows[a][2]));
            to[(3 * a + 2) * width] = (float)rows[a][alpha - 1];
        }
    }
}

void winograd_split(int64_t m, int64_t n_tiles, const float *line, float *to, int64_t stride)
{
    float *restrict a = to, *restrict b = to + stride;
    if (m == 2) {
        for (int64_t t = 0; t < n_tiles; t++) {
            a[t] = line[2 * t];
            b[t] = line[2 * t + 1];
        }
    } else {
        float *restrict c = b + stride, *restrict d = c + stride;
        for (int64_t t = 0; t < n_tiles; t++) {
            a[t] = line[4 * t];
            b[t] = line[4 * t + 1];
            c[t] = line[4 * t + 2];
            d[t] = line[4 * t + 3];
        }
    }
    /* The last two columns of a tile are the first two of its neighbour. */
    for (int64_t j = 0; j < 2; j++) {
        float *last = to + (m + j) * stride;
        for (int64_t t = 0; t + 1 < n_tiles; t++)
            last[t] = to[j * stride + t + 1];
        last[n_tiles - 1] = line[n_tiles * m + j];
    }
}

void winograd_merge(int64_t m, int64_t n_tiles, const float *from, int64_t stride,
                    float *restrict line)
{
    const float *a = from, *b = from + stride;
    if (m == 2) {
        for (int64_t t = 0; t < n_tiles; t++) {
            line[2 * t] = a[t];
            line[2 * t + 1] = b[t];
        }
    } else {
        const float *c = b + stride, *d = c + stride;
        for (int64_t t = 0; t < n_tiles; t++) {
            line[4 * t] = a[t];
            line[4 * t + 1] = b[t];
            line[4 * t + 2] = c[t];
            line[4 * t + 3] = d[t];
        }
    }
}

#define INLINE static inline __attribute__((always_inline))

/* One-dimensional transforms: s and r are the distances between in- and outputs. */

INLINE void input2(const vf32 *d, int s, vf32 *v, int r)
{
    v[0] = vf32_sub(d[0], d[2 * s]);
    v[r] = vf32_add(d[s], d[2 * s]);
    v[2 * r] = vf32_sub(d[2 * s], d[s]);
    v[3 * r] = vf32_sub(d[3 * s], d[s]);
}

INLINE void output2(const vf32 *p, int s, vf32 *y, int r)
{
    y[0] = vf32_add(vf32_add(p[0], p[s]), p[2 * s]);
    y[r] = vf32_add(vf32_sub(p[s], p[2 * s]), p[3 * s]);
}

INLINE void input4(const vf32 *d, int s, vf32 *v, int r)
{
    const vf32 pp = vf32_set1((float)PP), qq = vf32_set1((float)QQ);
    const vf32 sum = vf32_set1((float)(PP + QQ));
    const vf32 even_p = vf32_fnma(qq, d[2 * s], d[4 * s]);
    const vf32 odd_p = vf32_mul(vf32_set1((float)P), vf32_fnma(qq, d[s], d[3 * s]));
    const vf32 even_q = vf32_fnma(pp, d[2 * s], d[4 * s]);
    const vf32 odd_q = vf32_mul(vf32_set1((float)Q), vf32_fnma(pp, d[s], d[3 * s]));
    v[0] = vf32_fnma(sum, d[2 * s], vf32_add(d[0], d[4 * s]));
    v[r] = vf32_add(even_p, odd_p);
    v[2 * r] = vf32_sub(even_p, odd_p);
    v[3 * r] = vf32_add(even_q, odd_q);
    v[4 * r] = vf32_sub(even_q, odd_q);
    v[5 * r] = vf32_fnma(sum, d[3 * s], vf32_add(d[s], d[5 * s]));
}

INLINE void output4(const vf32 *p, int s, vf32 *y, int r)
{
    const vf32 sum_p = vf32_add(p[s], p[2 * s]), dif_p = vf32_sub(p[s], p[2 * s]);
    const vf32 sum_q = vf32_add(p[3 * s], p[4 * s]), dif_q = vf32_sub(p[3 * s], p[4 * s]);
    const vf32 pp = vf32_set1((float)PP), qq = vf32_set1((float)QQ);
    y[0] = vf32_add(vf32_add(p[0], sum_p), sum_q);
    y[r] = vf32_fma(vf32_set1((float)P), dif_p, vf32_mul(vf32_set1((float)Q), dif_q));
    y[2 * r] = vf32_fma(pp, sum_p, vf32_mul(qq, sum_q));
    y[3 * r] = vf32_fma(vf32_set1((float)(P * PP)), dif_p,
                        vf32_fma(vf32_set1((float)(Q * QQ)), dif_q, p[5 * s]));
}

/* v = B^T half, by columns */
INLINE void input_columns(int m, const vf32 *half, float *v, int64_t v_stride)
{
    const int alpha = m + 2;
    for (int i = 0; i < alpha; i++) {
        vf32 row[6];
        if (m == 2)
            input2(half + i * alpha, 1, row, 1);
        else
            input4(half + i * alpha, 1, row, 1);
        for (int j = 0; j < alpha; j++)
            vf32_store(v + (i * alpha + j) * v_stride, row[j]);
    }
}

INLINE void input(int m, const float *planes, int64_t stride, int64_t below, float *v,
                  int64_t v_stride)
{
    const int alpha = m + 2;
    vf32 half[WINOGRAD_MAX_POINTS];
    for (int j = 0; j < alpha; j++) {
        vf32 d[6];
        for (int i = 0; i < alpha; i++)
            d[i] = vf32_load(planes + (i % m * alpha + j) * stride + (i < m ? 0 : below));
        if (m == 2)
            input2(d, 1, half + j, alpha);
        else
            input4(d, 1, half + j, alpha);
    }
    input_columns(m, half, v, v_stride);
}

void winograd_input(int64_t m, const float *planes, int64_t stride, int64_t below, float *v,
                    int64_t v_stride)
{
    if (m == 2)
        input(2, planes, stride, below, v, v_stride);
    else
        input(4, planes, stride, below, v, v_stride);
}

INLINE vi32 input_channels(int m, const float *const *from, int64_t first, int n, float *v,
                           int64_t v_stride, vi32 size)
{
    const int alpha = m + 2;
    const vi32 magnitude = vi32_set1(INT32_MAX);
    vf32 half[WINOGRAD_MAX_POINTS];
    for (int j = 0; j < alpha; j++) {
        vf32 d[6];
        for (int i = 0; i < alpha; i++) {
            const float *p = from[i * alpha + j] + first;
            d[i] = n >= VF32_LANES ? vf32_load(p) : vf32_load_n(p, n);
            size = vi32_max(size, vi32_and(vf32_as_vi32(d[i]), magnitude));
        }
        if (m == 2)
            input2(d, 1, half + j, alpha);
        else
            input4(d, 1, half + j, alpha);
    }
    input_columns(m, half, v, v_stride);
    return size;
}

vi32 winograd_input_channels(int64_t m, const float *const *d, int64_t first, int n, float *v,
                             int64_t v_stride, vi32 size)
{
    return m == 2 ? input_channels(2, d, first, n, v, v_stride, size)
                  : input_channels(4, d, first, n, v, v_stride, size);
}

INLINE void output_maps(int m, const float *products, int64_t p_stride, vf32 *y)
{
    const int alpha = m + 2;
    vf32 half[24];
    for (int j = 0; j < alpha; j++) {
        vf32 p[6];
        for (int i = 0; i < alpha; i++)
            p[i] = vf32_load(products + (i * alpha + j) * p_stride);
        if (m == 2)
            output2(p, 1, half + j, alpha);
        else
            output4(p, 1, half + j, alpha);
    }
    for (int i = 0; i < m; i++)
        if (m == 2)
            output2(half + i * alpha, 1, y + i * m, 1);
        else
            output4(half + i * alpha, 1, y + i * m, 1);
}

void winograd_output_maps(int64_t m, const float *products, int64_t p_stride, vf32 *y)
{
    if (m == 2)
        output_maps(2, products, p_stride, y);
    else
        output_maps(4, products, p_stride, y);
}

/* The same of tiles in planes, with a bias. */
INLINE void output(int m, const float *products, int64_t p_stride, float bias, float *planes,
                   int64_t stride)
{
    vf32 y[16];
    output_maps(m, products, p_stride, y);
    for (int i = 0; i < m * m; i++)
        vf32_store(planes + i * stride, vf32_add(y[i], vf32_set1(bias)));
}

void winograd_output(int64_t m, const float *products, int64_t p_stride, float bias, float *planes,
                     int64_t stride)
{
    if (m == 2)
        output(2, products, p_stride, bias, planes, stride);
    else
        output(4, products, p_stride, bias, planes, stride);
}
