#include "operators/kernels/simd/real_f64.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/conv/conv_private.h"

#include <string.h>

#include "operators/kernels/conv/conv_pack_tmpl.c"
