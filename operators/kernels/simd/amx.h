/* Tile registers of AMX, for files built with it. */
#ifndef KERNELS_SIMD_AMX_H
#define KERNELS_SIMD_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* Of every tile as amx_open sets it up: rows, and words of 32 bits in each. */
enum { AMX_ROWS = 16, AMX_WORDS = 16 };

/* Makes the thread's tiles usable; they must be closed by the end of a kernel's call, so that no
 * thread that is switched carries them along. The process must have been given them, as
 * hinge_node.cpu_features tells. */
static inline void amx_open(void)
{
    static const struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } all = {.palette = 1,
             .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
             .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    _tile_loadconfig(&all);
}

static inline void amx_close(void)
{
    _tile_release();
}

/* Tile t, a constant, from memory whose rows lie stride bytes apart, or zero. */
#define amx_begin(t, from, stride, loads)                                                          \
    do {                                                                                           \
        if (loads)                                                                                 \
            _tile_loadd(t, from, stride);                                                          \
        else                                                                                       \
            _tile_zero(t);                                                                         \
    } while (0)

#endif
