/* The transforms of winograd.h, on vectors of tiles. m is 2 or 4. */
#ifndef KERNELS_CONV_WINOGRAD_TRANSFORM_H
#define KERNELS_CONV_WINOGRAD_TRANSFORM_H

#include "operators/kernels/simd/simd.h"

#include <stdint.h>

enum { WINOGRAD_MAX_POINTS = 36 };

/* u = G g G^T of one 3 x 3 kernel; (m + 2) x (m + 2) values, computed in double. */
void winograd_weights(int64_t m, const float g[9], float *u);

/* The kernels back from their transforms: kernel i's point p is u[p * u_stride + i]; its element t
 * goes to g[(i / width * 9 + t) * width + i % width]. Rounded twice, its error is some units in the
 * last place of the kernel's largest element. */
void winograd_restore(int64_t m, const float *u, int64_t u_stride, int64_t count, int64_t width,
                      float *g);

/* Splits a padded row by position in the tile: to[j * stride + t] = line[t * m + j], j < m + 2. */
void winograd_split(int64_t m, int64_t n_tiles, const float *line, float *to, int64_t stride);
/* The reverse for finished rows: line[t * m + j] = from[j * stride + t], j < m. */
void winograd_merge(int64_t m, int64_t n_tiles, const float *from, int64_t stride, float *line);

/* v = B^T d B of VF32_LANES tiles. d's element (i, j) lies at planes[(i * (m + 2) + j) * stride],
 * for i >= m at that of (i - m, j) plus below; point p goes to v[p * v_stride]. */
void winograd_input(int64_t m, const float *planes, int64_t stride, int64_t below, float *v,
                    int64_t v_stride);

/* The same of one tile and VF32_LANES channels: element (i, j) is d[i * (m + 2) + j], whose first n
 * lanes are read. Returns, for each lane, the largest of *size and of the bits of the magnitudes
 * read, which are ordered like them, NaN above all. */
vi32 winograd_input_channels(int64_t m, const float *const *d, int64_t first, int n, float *v,
                             int64_t v_stride, vi32 size);

/* y = A^T p A + bias of VF32_LANES tiles: point p lies at products[p * p_stride], element (i, j)
 * goes to planes[(i * m + j) * stride]. */
void winograd_output(int64_t m, const float *products, int64_t p_stride, float bias, float *planes,
                     int64_t stride);

/* y = A^T p A of one tile and VF32_LANES maps: point p lies at products[p * p_stride], element (i,
 * j) is y[i * m + j]. */
void winograd_output_maps(int64_t m, const float *products, int64_t p_stride, vf32 *y);

#endif
