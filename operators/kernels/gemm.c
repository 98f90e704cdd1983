#include "operators/kernels/gemm.h"

#include <string.h>

void gemm_block(const struct gemm_block *block, const struct gemm_store *store)
{
    for (int64_t i = 0; i < block->rows; i += GEMM_ROWS) {
        const int64_t rows = block->rows - i < GEMM_ROWS ? block->rows - i : GEMM_ROWS;
        const float *a = block->a + i / GEMM_ROWS * block->a_strip_stride;
        for (int64_t j = 0; j < block->columns; j += GEMM_COLUMNS) {
            const int64_t columns =
                block->columns - j < GEMM_COLUMNS ? block->columns - j : GEMM_COLUMNS;
            const struct gemm_store tile_store = {
                .row_bias = store->row_bias ? store->row_bias + i : NULL,
                .addend = store->addend ? store->addend + i * block->c_stride + j : NULL,
                .accumulate = store->accumulate,
                .relu = store->relu,
            };
            gemm_tile((int)rows, (int)columns, block->depth, a,
                      block->b + j / GEMM_COLUMNS * block->b_panel_stride, block->b_stride,
                      block->c + i * block->c_stride + j, block->c_stride, &tile_store);
        }
    }
}

void gemm_pack(int64_t rows, int64_t depth, const float *x, int64_t row_stride,
               int64_t depth_stride, int64_t width, float *packed, int64_t strip_stride)
{
    for (int64_t i = 0; i < rows; i += width) {
        const int64_t n = rows - i < width ? rows - i : width;
        const float *from = x + i * row_stride;
        float *to = packed + i / width * strip_stride;
        if (row_stride == 1 && n == width && width % VF32_LANES == 0) {
            for (int64_t k = 0; k < depth; k++)
                for (int64_t r = 0; r < width; r += VF32_LANES)
                    vf32_store(to + k * width + r, vf32_load(from + k * depth_stride + r));
            continue;
        }
        for (int64_t k = 0; k < depth; k++) {
            for (int64_t r = 0; r < n; r++)
                to[k * width + r] = from[r * row_stride + k * depth_stride];
            for (int64_t r = n; r < width; r++)
                to[k * width + r] = 0;
        }
    }
}

/* Four rows of w against one of a, eight vectors in flight. */
static void dot4(int64_t depth, const float *a, const float *w, int64_t w_stride, float *sums)
{
    const float *w1 = w + w_stride, *w2 = w1 + w_stride, *w3 = w2 + w_stride;
    vf32 s0 = vf32_zero(), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    int64_t k = 0;
    for (; k + 2 * VF32_LANES <= depth; k += 2 * VF32_LANES) {
        const vf32 x = vf32_load(a + k), y = vf32_load(a + k + VF32_LANES);
        s0 = vf32_fma(x, vf32_load(w + k), s0);
        s1 = vf32_fma(x, vf32_load(w1 + k), s1);
        s2 = vf32_fma(x, vf32_load(w2 + k), s2);
        s3 = vf32_fma(x, vf32_load(w3 + k), s3);
        t0 = vf32_fma(y, vf32_load(w + k + VF32_LANES), t0);
        t1 = vf32_fma(y, vf32_load(w1 + k + VF32_LANES), t1);
        t2 = vf32_fma(y, vf32_load(w2 + k + VF32_LANES), t2);
        t3 = vf32_fma(y, vf32_load(w3 + k + VF32_LANES), t3);
    }
    for (; k < depth; k += VF32_LANES) {
        const int n = depth - k < VF32_LANES ? (int)(depth - k) : VF32_LANES;
        const vf32 x = vf32_load_n(a + k, n);
        s0 = vf32_fma(x, vf32_load_n(w + k, n), s0);
        s1 = vf32_fma(x, vf32_load_n(w1 + k, n), s1);
        s2 = vf32_fma(x, vf32_load_n(w2 + k, n), s2);
        s3 = vf32_fma(x, vf32_load_n(w3 + k, n), s3);
    }
    sums[0] = vf32_reduce_add(vf32_add(s0, t0));
    sums[1] = vf32_reduce_add(vf32_add(s1, t1));
    sums[2] = vf32_reduce_add(vf32_add(s2, t2));
    sums[3] = vf32_reduce_add(vf32_add(s3, t3));
}

static float dot1(int64_t depth, const float *a, int64_t a_depth, const float *w)
{
    float sum = 0;
    for (int64_t k = 0; k < depth; k++)
        sum += a[k * a_depth] * w[k];
    return sum;
}

void gemm_dot(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_row,
              int64_t a_depth, const float *w, int64_t w_stride, float *c, int64_t c_stride)
{
    for (int64_t n = 0; n < columns;) {
        const bool four = a_depth == 1 && n + 4 <= columns;
        for (int64_t m = 0; m < rows; m++) {
            float *to = c + m * c_stride + n;
            if (four)
                dot4(depth, a + m * a_row, w + n * w_stride, w_stride, to);
            else
                *to = dot1(depth, a + m * a_row, a_depth, w + n * w_stride);
        }
        n += four ? 4 : 1;
    }
}

/* c += four steps of depth. */
static void axpy4(int64_t columns, const float x[4], const float *w, int64_t w_stride, float *c)
{
    const float *w1 = w + w_stride, *w2 = w1 + w_stride, *w3 = w2 + w_stride;
    for (int64_t n = 0; n < columns; n += VF32_LANES) {
        const int lanes = columns - n < VF32_LANES ? (int)(columns - n) : VF32_LANES;
        if (lanes == VF32_LANES) {
            vf32 sum = vf32_fma(vf32_set1(x[0]), vf32_load(w + n), vf32_load(c + n));
            sum = vf32_fma(vf32_set1(x[1]), vf32_load(w1 + n), sum);
            sum = vf32_fma(vf32_set1(x[2]), vf32_load(w2 + n), sum);
            vf32_store(c + n, vf32_fma(vf32_set1(x[3]), vf32_load(w3 + n), sum));
        } else {
            vf32 sum =
                vf32_fma(vf32_set1(x[0]), vf32_load_n(w + n, lanes), vf32_load_n(c + n, lanes));
            sum = vf32_fma(vf32_set1(x[1]), vf32_load_n(w1 + n, lanes), sum);
            sum = vf32_fma(vf32_set1(x[2]), vf32_load_n(w2 + n, lanes), sum);
            vf32_store_n(c + n, vf32_fma(vf32_set1(x[3]), vf32_load_n(w3 + n, lanes), sum), lanes);
        }
    }
}

void gemm_axpy(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_row,
               int64_t a_depth, const float *w, int64_t w_stride, float *c, int64_t c_stride)
{
    for (int64_t m = 0; m < rows; m++)
        memset(c + m * c_stride, 0, (size_t)columns * sizeof *c);
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4)
        for (int64_t m = 0; m < rows; m++) {
            const float *x = a + m * a_row + k * a_depth;
            axpy4(columns, (const float[4]){x[0], x[a_depth], x[2 * a_depth], x[3 * a_depth]},
                  w + k * w_stride, w_stride, c + m * c_stride);
        }
    for (; k < depth; k++)
        for (int64_t m = 0; m < rows; m++)
            for (int64_t n = 0; n < columns; n++)
                c[m * c_stride + n] += a[m * a_row + k * a_depth] * w[k * w_stride + n];
}
