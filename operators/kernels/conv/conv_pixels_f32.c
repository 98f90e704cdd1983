#include "operators/kernels/simd/real_f32.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/conv/conv_private.h"

#include "operators/kernels/conv/conv_pixels_tmpl.c"
