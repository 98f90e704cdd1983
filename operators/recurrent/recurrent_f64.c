#include "operators/kernels/simd/real_f64.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/recurrent/recurrent.h"

#include <math.h>
#include <string.h>

#include "operators/recurrent/recurrent_tmpl.c"

#include "operators/recurrent/gru_tmpl.c"
#include "operators/recurrent/lstm_tmpl.c"
#include "operators/recurrent/rnn_tmpl.c"
