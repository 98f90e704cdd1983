/* STFT against the sums of the transform's definition. */
#include "tests/operators/fourier.h"

enum { MAX_LENGTH = 1100 };

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_tensor *window = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const hinge_tensor *length = call->n_inputs > 3 ? call->inputs[3] : NULL;
    const int64_t step = harness_get_int(call->inputs[1], 0);
    const int64_t n = length ? harness_get_int(length, 0) : window ? window->dims[0] : x->dims[1];
    const int64_t parts = x->rank == 3 ? x->dims[2] : 1;
    const int64_t n_frames = (x->dims[1] - n) / step + 1;
    const int64_t n_results = harness_attr_int(call, "onesided", 1) ? n / 2 + 1 : n;
    const int64_t dims[] = {x->dims[0], n_frames, n_results, 2};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims);
    static double re[MAX_LENGTH], im[MAX_LENGTH], to_re[MAX_LENGTH], to_im[MAX_LENGTH];
    for (int64_t frame = 0; frame < x->dims[0] * n_frames; frame++) {
        for (int64_t k = 0; k < n; k++) {
            const int64_t at = frame / n_frames * x->dims[1] + frame % n_frames * step + k;
            const double weight = window ? harness_get(window, k) : 1;
            re[k] = harness_get(x, at * parts) * weight;
            im[k] = parts == 2 ? harness_get(x, at * parts + 1) * weight : 0;
        }
        fourier(n, false, re, im, n_results, to_re, to_im);
        for (int64_t k = 0; k < n_results; k++) {
            harness_set(y, (frame * n_results + k) * 2, to_re[k]);
            harness_set(y, (frame * n_results + k) * 2 + 1, to_im[k]);
        }
    }
}

#define ONESIDED(value) ATTR_INT("onesided", (value))
#define STFT(...)                                                                                  \
    CHECK_OP(.op = "STFT", .reference = reference, .types = HARNESS_FLOATS, .ulp = 0.51,           \
             .absolute = 1e-10, __VA_ARGS__)

static void frames(void)
{
    STFT(.opsets = {17, 24}, .inputs = {SIGNAL(HARNESS_T, 2, 128, 1), LIST(HINGE_INT64, 8), OMITTED,
                                        LIST(HINGE_INT64, 16)});
    STFT(.inputs = {SIGNAL(HARNESS_T, HARNESS_N, 41, 1), CONSTANT_LIST(HINGE_INT32, 5),
                    SIGNAL(HARNESS_T, 17)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 2, 41, 2), SCALAR(HINGE_INT64, 7, 7), SIGNAL(HARNESS_T, 13),
                    SCALAR(HINGE_INT64, 13, 13)},
         .attributes = {ONESIDED(0)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 2, 41), LIST(HINGE_INT64, 100), OMITTED,
                    LIST(HINGE_INT64, 1)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 2, 41, 1), LIST(HINGE_INT64, 1)},
         .attributes = {ONESIDED(0)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 0, 41, 1), LIST(HINGE_INT64, 1), SIGNAL(HARNESS_T, 8)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 1, 4000, 1), LIST(HINGE_INT64, 160), SIGNAL(HARNESS_T, 400)});
    STFT(.inputs = {SIGNAL(HARNESS_T, 1, 4000, 1), LIST(HINGE_INT64, 511), OMITTED,
                    LIST(HINGE_INT64, 1009)});
}

#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "STFT", .fails = (status), .says = (text), __VA_ARGS__)
#define F(...) SIGNAL(HINGE_FLOAT, __VA_ARGS__)

static void errors(void)
{
    FAILS(HINGE_BAD_SHAPE, "the signal has not two dimensions",
          .inputs = {F(41), LIST(HINGE_INT64, 1), F(8)});
    FAILS(HINGE_BAD_SHAPE, "the signal has not two dimensions",
          .inputs = {F(2, 41, 3), LIST(HINGE_INT64, 1), F(8)});
    FAILS(HINGE_BAD_SHAPE, "onesided, but the signal is complex",
          .inputs = {F(2, 41, 2), LIST(HINGE_INT64, 1), F(8)});
    FAILS(HINGE_BAD_SHAPE, "the window has rank 2",
          .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 1), F(8, 1)});
    FAILS(HINGE_BAD_SHAPE, "frame_step is not one number",
          .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 1, 2), F(8)});
    FAILS(HINGE_BAD_VALUE, "frame_step is 0", .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 0), F(8)});
    FAILS(HINGE_BAD_VALUE, "the length of a frame is 0",
          .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 1), OMITTED, LIST(HINGE_INT64, 0)});
    FAILS(HINGE_BAD_VALUE, "the length of a frame is 0",
          .inputs = {F(2, 0, 1), LIST(HINGE_INT64, 1)});
    FAILS(HINGE_BAD_SHAPE, "frame_length is 7, but the window has 8 elements",
          .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 1), F(8), LIST(HINGE_INT64, 7)});
    FAILS(HINGE_BAD_SHAPE, "a frame of 42 is longer than the signal of 41",
          .inputs = {F(2, 41, 1), LIST(HINGE_INT64, 1), OMITTED, LIST(HINGE_INT64, 42)});
}

void test_stft(void)
{
    frames();
    errors();
    STFT(.bench = true, .inputs = {F(1, 160000, 1), LIST(HINGE_INT64, 160), F(400)});
    STFT(.bench = true, .inputs = {F(1, 160000, 1), LIST(HINGE_INT64, 160), F(512)});
}
