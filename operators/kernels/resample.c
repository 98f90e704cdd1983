#include "operators/kernels/resample.h"

#define RESAMPLE(name) name##_f32
#define RESAMPLE_ELEMENT float
#include "operators/kernels/resample_tmpl.c"

#define RESAMPLE(name) name##_f64
#define RESAMPLE_ELEMENT double
#include "operators/kernels/resample_tmpl.c"
