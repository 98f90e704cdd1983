#include "operators/signal/fft.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_FACTORS = 32, MAX_PRIME = 13 };

struct fft {
    int64_t length;
    int n_factors, factors[MAX_FACTORS];
    /* e^(-2 pi i k / length); with an inner transform e^(-pi i k^2 / length). */
    double *re, *im;
    /* Bluestein's: z[k] = chirp[k] times the convolution of z chirp with the conjugate chirp, whose
     * transform over the inner length is kernel. NULL: not needed. */
    struct fft *inner;
    double *kernel_re, *kernel_im;
};

/* Numbers whose product is the length; 0 where a larger prime divides it. */
static int factorize(int64_t length, int *factors)
{
    static const int radices[] = {13, 11, 7, 5, 3, 4, 2};
    int n = 0;
    for (size_t i = 0; i < sizeof radices / sizeof *radices; i++)
        for (; length % radices[i] == 0; length /= radices[i])
            factors[n++] = radices[i];
    return length == 1 ? n : 0;
}

/* The least number from least on that has only the factors 2, 3 and 5. */
static int64_t smooth(int64_t least)
{
    int64_t best = INT64_MAX;
    for (int64_t fives = 1; fives < 5 * least; fives *= 5)
        for (int64_t threes = fives; threes < 3 * least; threes *= 3) {
            int64_t product = threes;
            while (product < least)
                product *= 2;
            best = product < best ? product : best;
        }
    return best;
}

static bool is_direct(int64_t length)
{
    int factors[MAX_FACTORS];
    return length == 1 || factorize(length, factors) > 0;
}

static size_t table_size(int64_t length)
{
    return ((size_t)length * sizeof(double) + 63) / 64 * 64;
}

static size_t head_size(void)
{
    return (sizeof(struct fft) + 63) / 64 * 64;
}

/* Making a kernel takes work memory as well. */
size_t fft_size(int64_t length)
{
    const size_t own = head_size() + 2 * table_size(length);
    if (is_direct(length))
        return own;
    const int64_t inner = smooth(2 * length - 1);
    return own + head_size() + 6 * table_size(inner);
}

/* e^(-2 pi i k / n) for k in [0, n], from an angle of at most pi / 4. */
static void root(int64_t k, int64_t n, double *re, double *im)
{
    int64_t t = 8 * k; /* eighths of n: angles are pi t / (4 n) */
    const bool lower = t > 4 * n;
    t = lower ? 8 * n - t : t;
    const bool left = t > 2 * n;
    t = left ? 4 * n - t : t;
    const bool steep = t > n;
    t = steep ? 2 * n - t : t;
    const double angle = 0.78539816339744830962 * ((double)t / (double)n);
    const double c = steep ? sin(angle) : cos(angle), s = steep ? cos(angle) : sin(angle);
    *re = left ? -c : c;
    *im = lower ? s : -s;
}

static void *take(char **memory, size_t size)
{
    void *taken = *memory;
    *memory += size;
    return taken;
}

static struct fft *make(char **memory, int64_t length)
{
    struct fft *fft = take(memory, head_size());
    memset(fft, 0, sizeof *fft);
    fft->length = length;
    fft->n_factors = factorize(length, fft->factors);
    fft->re = take(memory, table_size(length));
    fft->im = take(memory, table_size(length));
    return fft;
}

static void fill_roots(struct fft *fft)
{
    for (int64_t k = 0; k < fft->length; k++)
        root(k, fft->length, &fft->re[k], &fft->im[k]);
}

static void fill_chirp(struct fft *fft, double *work)
{
    const int64_t n = fft->length, m = fft->inner->length;
    int64_t square = 0; /* k^2 modulo 2 n */
    memset(fft->kernel_re, 0, (size_t)m * sizeof(double));
    memset(fft->kernel_im, 0, (size_t)m * sizeof(double));
    for (int64_t k = 0; k < n; k++) {
        root(square, 2 * n, &fft->re[k], &fft->im[k]);
        const int64_t mirrored = k ? m - k : 0;
        fft->kernel_re[k] = fft->kernel_re[mirrored] = fft->re[k] / (double)m;
        fft->kernel_im[k] = fft->kernel_im[mirrored] = -fft->im[k] / (double)m;
        square = (square + 2 * k + 1) % (2 * n);
    }
    fft_run(fft->inner, fft->kernel_re, fft->kernel_im, work);
}

const struct fft *fft_make(void *memory, int64_t length)
{
    char *rest = memory;
    struct fft *fft = make(&rest, length);
    if (is_direct(length)) {
        fill_roots(fft);
        return fft;
    }
    fft->inner = make(&rest, smooth(2 * length - 1));
    fill_roots(fft->inner);
    fft->kernel_re = take(&rest, table_size(fft->inner->length));
    fft->kernel_im = take(&rest, table_size(fft->inner->length));
    fill_chirp(fft, (double *)(void *)rest);
    return fft;
}

int64_t fft_work_count(const struct fft *fft)
{
    return fft->inner ? 4 * fft->inner->length : 2 * fft->length;
}

/* A pass takes p parts of the sequence, m * stride numbers each, to m groups of p * stride: for
 * each q the p numbers at x[(q + m r) stride + j] are transformed, and number t of the result goes,
 * times e^(-2 pi i q t / (m p)), to y[(p q + t) stride + j]. */
struct pass {
    int64_t m, stride;
    const double *root_re, *root_im; /* of m p stride */
    const double *restrict x_re, *restrict x_im;
    double *restrict y_re, *restrict y_im;
};

/* y[at] = (re + i im) (w_re + i w_im) */
static inline void put(const struct pass *p, int64_t at, double re, double im, double w_re,
                       double w_im)
{
    p->y_re[at] = re * w_re - im * w_im;
    p->y_im[at] = re * w_im + im * w_re;
}

static void pass2(struct pass p)
{
    const int64_t s = p.stride;
    for (int64_t q = 0; q < p.m; q++) {
        const double w_re = p.root_re[q * s], w_im = p.root_im[q * s];
        for (int64_t j = 0; j < s; j++) {
            const int64_t a = q * s + j, b = a + p.m * s, y = 2 * q * s + j;
            p.y_re[y] = p.x_re[a] + p.x_re[b];
            p.y_im[y] = p.x_im[a] + p.x_im[b];
            put(&p, y + s, p.x_re[a] - p.x_re[b], p.x_im[a] - p.x_im[b], w_re, w_im);
        }
    }
}

static void pass3(struct pass p)
{
    const double half = 0.86602540378443864676; /* sin(pi / 3) */
    const int64_t s = p.stride;
    for (int64_t q = 0; q < p.m; q++) {
        const double *w_re = p.root_re + q * s, *w_im = p.root_im + q * s;
        const double w1_re = *w_re, w1_im = *w_im, w2_re = w_re[q * s], w2_im = w_im[q * s];
        for (int64_t j = 0; j < s; j++) {
            const int64_t a = q * s + j, b = a + p.m * s, c = b + p.m * s, y = 3 * q * s + j;
            const double sum_re = p.x_re[b] + p.x_re[c], sum_im = p.x_im[b] + p.x_im[c];
            const double u_re = p.x_re[a] - 0.5 * sum_re, u_im = p.x_im[a] - 0.5 * sum_im;
            const double v_re = half * (p.x_im[b] - p.x_im[c]);
            const double v_im = half * (p.x_re[c] - p.x_re[b]);
            p.y_re[y] = p.x_re[a] + sum_re;
            p.y_im[y] = p.x_im[a] + sum_im;
            put(&p, y + s, u_re + v_re, u_im + v_im, w1_re, w1_im);
            put(&p, y + 2 * s, u_re - v_re, u_im - v_im, w2_re, w2_im);
        }
    }
}

static void pass4(struct pass p)
{
    const int64_t s = p.stride;
    for (int64_t q = 0; q < p.m; q++) {
        const double w1_re = p.root_re[q * s], w1_im = p.root_im[q * s];
        const double w2_re = p.root_re[2 * q * s], w2_im = p.root_im[2 * q * s];
        const double w3_re = p.root_re[3 * q * s], w3_im = p.root_im[3 * q * s];
        for (int64_t j = 0; j < s; j++) {
            const int64_t a = q * s + j, b = a + p.m * s, c = b + p.m * s, d = c + p.m * s;
            const int64_t y = 4 * q * s + j;
            const double even_re = p.x_re[a] + p.x_re[c], even_im = p.x_im[a] + p.x_im[c];
            const double odd_re = p.x_re[b] + p.x_re[d], odd_im = p.x_im[b] + p.x_im[d];
            const double u_re = p.x_re[a] - p.x_re[c], u_im = p.x_im[a] - p.x_im[c];
            const double v_re = p.x_im[b] - p.x_im[d], v_im = p.x_re[d] - p.x_re[b];
            p.y_re[y] = even_re + odd_re;
            p.y_im[y] = even_im + odd_im;
            put(&p, y + s, u_re + v_re, u_im + v_im, w1_re, w1_im);
            put(&p, y + 2 * s, even_re - odd_re, even_im - odd_im, w2_re, w2_im);
            put(&p, y + 3 * s, u_re - v_re, u_im - v_im, w3_re, w3_im);
        }
    }
}

/* Any radix, in pairs of results: number t and radix - t differ in a sign. */
static void pass_odd(struct pass p, int radix)
{
    const int64_t s = p.stride, step = p.m * s;
    double c[MAX_PRIME], d[MAX_PRIME];
    for (int i = 0; i < radix; i++) {
        c[i] = p.root_re[i * step];
        d[i] = p.root_im[i * step];
    }
    for (int64_t q = 0; q < p.m; q++)
        for (int64_t j = 0; j < s; j++) {
            const double *x_re = p.x_re + q * s + j, *x_im = p.x_im + q * s + j;
            const int64_t y = radix * q * s + j;
            double total_re = *x_re, total_im = *x_im;
            for (int r = 1; r < radix; r++) {
                total_re += x_re[r * step];
                total_im += x_im[r * step];
            }
            p.y_re[y] = total_re;
            p.y_im[y] = total_im;
            for (int t = 1; t <= radix / 2; t++) {
                double u_re = *x_re, u_im = *x_im, v_re = 0, v_im = 0;
                for (int r = 1; r <= radix / 2; r++) {
                    const int64_t b = r * step, e = (radix - r) * step;
                    const int k = r * t % radix;
                    u_re += c[k] * (x_re[b] + x_re[e]);
                    u_im += c[k] * (x_im[b] + x_im[e]);
                    v_re -= d[k] * (x_im[b] - x_im[e]);
                    v_im += d[k] * (x_re[b] - x_re[e]);
                }
                const int64_t first = t * q * s, last = (radix - t) * q * s;
                put(&p, y + t * s, u_re + v_re, u_im + v_im, p.root_re[first], p.root_im[first]);
                put(&p, y + (radix - t) * s, u_re - v_re, u_im - v_im, p.root_re[last],
                    p.root_im[last]);
            }
        }
}

static void run_passes(const struct fft *fft, double *re, double *im, double *work)
{
    const size_t size = (size_t)fft->length * sizeof *re;
    double *from_re = re, *from_im = im, *to_re = work, *to_im = work + fft->length;
    int64_t m = fft->length, stride = 1;
    for (int f = 0; f < fft->n_factors; f++) {
        const int radix = fft->factors[f];
        m /= radix;
        const struct pass pass = {m, stride, fft->re, fft->im, from_re, from_im, to_re, to_im};
        switch (radix) {
        case 2: pass2(pass); break;
        case 3: pass3(pass); break;
        case 4: pass4(pass); break;
        default: pass_odd(pass, radix); break;
        }
        stride *= radix;
        double *swapped_re = from_re, *swapped_im = from_im;
        from_re = to_re;
        from_im = to_im;
        to_re = swapped_re;
        to_im = swapped_im;
    }
    if (from_re != re) {
        memcpy(re, from_re, size);
        memcpy(im, from_im, size);
    }
}

/* z *= w, number by number */
static void multiply(double *restrict z_re, double *restrict z_im, const double *restrict w_re,
                     const double *restrict w_im, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        const double re = z_re[k] * w_re[k] - z_im[k] * w_im[k];
        z_im[k] = z_re[k] * w_im[k] + z_im[k] * w_re[k];
        z_re[k] = re;
    }
}

void fft_run(const struct fft *fft, double *re, double *im, double *work)
{
    if (!fft->inner) {
        run_passes(fft, re, im, work);
        return;
    }
    const int64_t n = fft->length, m = fft->inner->length;
    double *z_re = work, *z_im = work + m;
    multiply(re, im, fft->re, fft->im, n);
    memcpy(z_re, re, (size_t)n * sizeof *re);
    memcpy(z_im, im, (size_t)n * sizeof *im);
    memset(z_re + n, 0, (size_t)(m - n) * sizeof *re);
    memset(z_im + n, 0, (size_t)(m - n) * sizeof *im);
    run_passes(fft->inner, z_re, z_im, work + 2 * m);
    multiply(z_re, z_im, fft->kernel_re, fft->kernel_im, m);
    run_passes(fft->inner, z_im, z_re, work + 2 * m);
    memcpy(re, z_re, (size_t)n * sizeof *re);
    memcpy(im, z_im, (size_t)n * sizeof *im);
    multiply(re, im, fft->re, fft->im, n);
}
