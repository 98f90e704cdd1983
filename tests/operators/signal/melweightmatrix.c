/* MelWeightMatrix against triangles drawn by a function of the bin. */
#include "tests/operators/harness.h"

#include <math.h>

static double edge(const struct harness_call *call, int64_t i)
{
    const double low = 2595 * log10(1 + harness_get(call->inputs[3], 0) / 700);
    const double high = 2595 * log10(1 + harness_get(call->inputs[4], 0) / 700);
    const double mel = low + (double)i * (high - low) / (harness_get(call->inputs[0], 0) + 2);
    return floor((harness_get(call->inputs[1], 0) + 1) * 700 * (pow(10, mel / 2595) - 1) /
                 harness_get(call->inputs[2], 0));
}

static void reference(struct harness_call *call)
{
    const int64_t n_bands = harness_get_int(call->inputs[0], 0);
    const int64_t dims[] = {harness_get_int(call->inputs[1], 0) / 2 + 1, n_bands};
    hinge_tensor *y =
        harness_output(call, 0, (hinge_type)harness_attr_int(call, "output_datatype", 1), 2, dims);
    for (int64_t band = 0; band < n_bands; band++) {
        const double left = edge(call, band), centre = edge(call, band + 1);
        const double right = edge(call, band + 2);
        for (int64_t bin = 0; bin < dims[0]; bin++) {
            const double at = (double)bin;
            const double value = at == centre                ? left <= centre
                                 : at < centre && at >= left ? (at - left) / (centre - left)
                                 : at > centre && at < right ? (right - at) / (right - centre)
                                                             : 0;
            if (harness_is_floating(y->type))
                harness_set(y, bin * n_bands + band, value);
            else
                harness_set_int(y, bin * n_bands + band, (int64_t)value);
        }
    }
}

#define INPUTS(integer, real, n_bands, length, rate, low, high)                                    \
    {                                                                                              \
        LIST(integer, n_bands), LIST(integer, length), LIST(integer, rate), LIST(real, low),       \
            LIST(real, high)                                                                       \
    }
#define MEL(...)                                                                                   \
    CHECK_OP(.op = "MelWeightMatrix", .opsets = {17, 24}, .reference = reference, .ulp = 0.5,      \
             __VA_ARGS__)

void test_melweightmatrix(void)
{
    for (int type = HINGE_FLOAT; type < HINGE_N_TYPES; type++)
        if (HARNESS_NUMBERS >> type & 1)
            MEL(.inputs = INPUTS(HINGE_INT32, HINGE_FLOAT, 8, 16, 8192, 0, 4096),
                .attributes = {ATTR_INT("output_datatype", type)});
    MEL(.types = HARNESS_FLOATS,
        .inputs = INPUTS(HINGE_INT64, HARNESS_T, 80, 400, 16000, 20, 7680));
    MEL(.inputs = INPUTS(HINGE_INT64, HINGE_DOUBLE, 1, 1, 1, 0, 0));
    MEL(.inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 5, 513, 44100, 8000, 100));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_VALUE, .says = "num_mel_bins is 0",
             .inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 0, 16, 8192, 0, 4096));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_VALUE, .says = "dft_length -1",
             .inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 8, -1, 8192, 0, 4096));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_VALUE, .says = "sample_rate is 0",
             .inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 8, 16, 0, 0, 4096));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_VALUE, .says = "not within the 9 bins",
             .inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 8, 16, 8192, 0, 20000));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_VALUE, .says = "not within the 9 bins",
             .inputs = INPUTS(HINGE_INT64, HINGE_FLOAT, 8, 16, 8192, -900, 4000));
    CHECK_OP(.op = "MelWeightMatrix", .fails = HINGE_BAD_SHAPE, .says = "input 4 is not one number",
             .inputs = {LIST(HINGE_INT64, 8), LIST(HINGE_INT64, 16), LIST(HINGE_INT64, 8192),
                        LIST(HINGE_FLOAT, 0), LIST(HINGE_FLOAT, 1, 2)});
}
