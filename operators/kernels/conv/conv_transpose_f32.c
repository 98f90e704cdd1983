#include "operators/kernels/simd/real_f32.h"

#include "operators/kernels/conv/conv_private.h"

#include "operators/kernels/conv/conv_transpose_tmpl.c"
