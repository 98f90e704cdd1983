/* Steps of a reduction in vectors of double: REDUCE_STEPS makes name_float and name_double of what
 * becomes of an element x, and of a total t with it. */
#ifndef KERNELS_REDUCE_H
#define KERNELS_REDUCE_H

#include "operators/kernels/simd/simd.h"

#define REDUCE_STEPS(name, start, map_x, combine_t_x)                                              \
    static inline vf64 name##_map(vf64 x)                                                          \
    {                                                                                              \
        return (map_x);                                                                            \
    }                                                                                              \
    static inline vf64 name##_combine(vf64 t, vf64 x)                                              \
    {                                                                                              \
        return (combine_t_x);                                                                      \
    }                                                                                              \
    REDUCE_STEP(name, name##_float, float, vf64_load_f32, start)                                   \
    REDUCE_STEP(name, name##_double, double, vf64_load, start)

/* Into total[0], or (across) element i into total[i]. */
#define REDUCE_STEP(name, function, element, load, start)                                          \
    static void function(double *total, const element *x, int64_t count, bool across)              \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        for (; across && i + VF64_LANES <= count; i += VF64_LANES)                                 \
            vf64_store(total + i, name##_combine(vf64_load(total + i), name##_map(load(x + i))));  \
        if (!across && count >= 4 * VF64_LANES) {                                                  \
            vf64 t0 = vf64_set1(start), t1 = t0, t2 = t0, t3 = t0;                                 \
            for (; i + 4 * VF64_LANES <= count; i += 4 * VF64_LANES) {                             \
                t0 = name##_combine(t0, name##_map(load(x + i)));                                  \
                t1 = name##_combine(t1, name##_map(load(x + i + VF64_LANES)));                     \
                t2 = name##_combine(t2, name##_map(load(x + i + 2 * VF64_LANES)));                 \
                t3 = name##_combine(t3, name##_map(load(x + i + 3 * VF64_LANES)));                 \
            }                                                                                      \
            double lanes[VF64_LANES];                                                              \
            vf64_store(lanes, name##_combine(name##_combine(t0, t1), name##_combine(t2, t3)));     \
            vf64 all = vf64_set1(*total);                                                          \
            for (int k = 0; k < VF64_LANES; k++)                                                   \
                all = name##_combine(all, vf64_set1(lanes[k]));                                    \
            vf64_store_n(total, all, 1);                                                           \
        }                                                                                          \
        for (; i < count; i++) {                                                                   \
            double *t = total + (across ? i : 0);                                                  \
            const vf64 mapped = name##_map(vf64_set1((double)x[i]));                               \
            vf64_store_n(t, name##_combine(vf64_set1(*t), mapped), 1);                             \
        }                                                                                          \
    }

/* The least or greatest, which float vectors find as well: function takes a line by them and leaves
 * the rest to `wide`. */
#define REDUCE_EXTREMUM(function, wide, start, word)                                               \
    static void function(double *total, const float *x, int64_t count, bool across)                \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        if (!across && count >= VF32_LANES) {                                                      \
            vf32 t0 = vf32_set1(start), t1 = t0, t2 = t0, t3 = vf32_load(x + count - VF32_LANES);  \
            for (; i + 4 * VF32_LANES <= count; i += 4 * VF32_LANES) {                             \
                t0 = vf32_##word##_nan(t0, vf32_load(x + i));                                      \
                t1 = vf32_##word##_nan(t1, vf32_load(x + i + VF32_LANES));                         \
                t2 = vf32_##word##_nan(t2, vf32_load(x + i + 2 * VF32_LANES));                     \
                t3 = vf32_##word##_nan(t3, vf32_load(x + i + 3 * VF32_LANES));                     \
            }                                                                                      \
            for (; i + VF32_LANES <= count; i += VF32_LANES)                                       \
                t0 = vf32_##word##_nan(t0, vf32_load(x + i));                                      \
            const float all = vf32_reduce_##word(                                                  \
                vf32_##word##_nan(vf32_##word##_nan(t0, t1), vf32_##word##_nan(t2, t3)));          \
            wide(total, &all, 1, false);                                                           \
            return;                                                                                \
        }                                                                                          \
        wide(total, x, count, across);                                                             \
    }

/* Into total[0], or (across) element i into total[i], over int64, from an expression in t and x. */
#define REDUCE_STEP_INT(function, expression)                                                      \
    static void function(int64_t *total, const int64_t *elements, int64_t count, bool across)      \
    {                                                                                              \
        int64_t sum = *total;                                                                      \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const int64_t x = elements[i], t = across ? total[i] : sum;                            \
            const int64_t next = (int64_t)(expression);                                            \
            if (across)                                                                            \
                total[i] = next;                                                                   \
            else                                                                                   \
                sum = next;                                                                        \
        }                                                                                          \
        if (!across)                                                                               \
            *total = sum;                                                                          \
    }

#endif
