#define _DEFAULT_SOURCE 1 /* syscall */
#include "plugins/cpu.h"

#include <hinge/plugin.h>

#include <stdio.h>
#include <string.h>

static const struct {
    uint64_t feature;
    const char *text;
} names[] = {
    {HINGE_CPU_AVX2, "AVX2"},
    {HINGE_CPU_AVX512, "AVX-512"},
    {HINGE_CPU_AVX_VNNI, "AVX-VNNI"},
    {HINGE_CPU_AVX512_VNNI, "AVX-512 VNNI"},
    {HINGE_CPU_AVX512_BF16, "AVX-512 BF16"},
    {HINGE_CPU_AVX512_FP16, "AVX-512 FP16"},
    {HINGE_CPU_AMX_INT8, "AMX INT8"},
    {HINGE_CPU_AMX_BF16, "AMX BF16"},
    {HINGE_CPU_NEON, "NEON"},
    {HINGE_CPU_NEON_DOT, "NEON dot products"},
    {HINGE_CPU_NEON_FP16, "NEON FP16"},
    {HINGE_CPU_NEON_BF16, "NEON BF16"},
    {HINGE_CPU_NEON_I8MM, "NEON I8MM"},
    {HINGE_CPU_SVE, "SVE"},
    {HINGE_CPU_SVE2, "SVE2"},
};

const char *cpu_features_text(uint64_t features, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0] && used < size; i++)
        if (features & names[i].feature) {
            int n = snprintf(text + used, size - used, "%s%s", used ? ", " : "", names[i].text);
            used += n > 0 ? (size_t)n : 0;
            features &= ~names[i].feature;
        }
    if (features && used < size)
        snprintf(text + used, size - used, "%san unknown CPU feature", used ? ", " : "");
    return text;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* XCR0: the register state that the operating system saves: SSE, AVX; opmask, ZMM low, ZMM high;
 * tile configuration and data. */
#define STATE_AVX 0x06u
#define STATE_AVX512 0xe6u
#define STATE_AMX 0x60000u

/* Of leaf 7, which compilers name differently or not at all. */
#define AVX_VNNI (1u << 4)     /* subleaf 1, eax */
#define AVX512_BF16 (1u << 5)  /* subleaf 1, eax */
#define AVX512_VNNI (1u << 11) /* ecx */
#define AMX_BF16 (1u << 22)    /* edx */
#define AVX512_FP16 (1u << 23) /* edx */
#define AMX_TILE (1u << 24)    /* edx */
#define AMX_INT8 (1u << 25)    /* edx */

static uint64_t saved_state(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static uint64_t feature_if(bool there, uint64_t feature)
{
    return there ? feature : 0;
}

/* Linux lets a process use tiles only when it has asked for them, once for all its threads; it
 * refuses where a thread's alternate signal stack is too small for them. */
static bool may_use_tiles(void)
{
#if defined(__linux__) && defined(SYS_arch_prctl)
    enum { REQUEST_STATE = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_STATE, TILE_DATA) == 0;
#else
    return false;
#endif
}

uint64_t cpu_features(void)
{
    uint32_t a, b1, c1, d, a7, b7, c7, d7, a71 = 0, b, c;
    if (!__get_cpuid(1, &a, &b1, &c1, &d) || !(c1 & bit_OSXSAVE))
        return 0;
    uint64_t state = saved_state(), features = HINGE_CPU_AVX2;
    const uint32_t avx_leaf1 = bit_AVX | bit_FMA | bit_F16C;
    if ((c1 & avx_leaf1) != avx_leaf1 || (state & STATE_AVX) != STATE_AVX ||
        !__get_cpuid_count(7, 0, &a7, &b7, &c7, &d7) || !(b7 & bit_AVX2))
        return 0;
    if (a7 >= 1)
        __get_cpuid_count(7, 1, &a71, &b, &c, &d);
    features |= feature_if(a71 & AVX_VNNI, HINGE_CPU_AVX_VNNI);
    const uint32_t avx512_leaf7 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((b7 & avx512_leaf7) != avx512_leaf7 || (state & STATE_AVX512) != STATE_AVX512)
        return features;
    features |= HINGE_CPU_AVX512 | feature_if(c7 & AVX512_VNNI, HINGE_CPU_AVX512_VNNI) |
                feature_if(a71 & AVX512_BF16, HINGE_CPU_AVX512_BF16) |
                feature_if(d7 & AVX512_FP16, HINGE_CPU_AVX512_FP16);
    if ((state & STATE_AMX) == STATE_AMX && (d7 & AMX_TILE) && may_use_tiles())
        features |= feature_if(d7 & AMX_INT8, HINGE_CPU_AMX_INT8) |
                    feature_if(d7 & AMX_BF16, HINGE_CPU_AMX_BF16);
    return features;
}

#elif defined(__aarch64__)

/* Advanced SIMD is part of the architecture; the rest is not asked for yet. */
uint64_t cpu_features(void)
{
    return HINGE_CPU_NEON;
}

#else

uint64_t cpu_features(void)
{
    return 0;
}

#endif
