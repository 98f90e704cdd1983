#include "plugins/cpu.h"

#include <hinge/plugin.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* XCR0: the register state that the operating system saves: SSE, AVX; opmask, ZMM low, ZMM high. */
#define STATE_AVX 0x06u
#define STATE_AVX512 0xe6u

static uint64_t saved_state(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

uint32_t cpu_features(void)
{
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    uint64_t state = saved_state();
    const uint32_t avx_leaf1 = bit_AVX | bit_FMA | bit_F16C;
    if ((c & avx_leaf1) != avx_leaf1 || (state & STATE_AVX) != STATE_AVX ||
        !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2))
        return 0;
    const uint32_t avx512_leaf7 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((b & avx512_leaf7) != avx512_leaf7 || (state & STATE_AVX512) != STATE_AVX512)
        return HINGE_CPU_AVX2;
    return HINGE_CPU_AVX2 | HINGE_CPU_AVX512;
}

#else

uint32_t cpu_features(void)
{
    return 0;
}

#endif
