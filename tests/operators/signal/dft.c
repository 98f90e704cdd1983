/* DFT against the sums of its definition. */
#include "tests/operators/fourier.h"

#include <string.h>

enum { MAX_LENGTH = 2100 };

/* An integer that is an input, or an attribute of the same name, or neither. */
static int64_t parameter(const struct harness_call *call, unsigned input, const char *name,
                         int64_t otherwise)
{
    if (input < call->n_inputs && call->inputs[input])
        return harness_get_int(call->inputs[input], 0);
    return harness_attr_int(call, name, otherwise);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool inverse = harness_attr_int(call, "inverse", 0);
    const bool onesided = harness_attr_int(call, "onesided", 0);
    int64_t axis = parameter(call, 2, "axis", call->opset < 20 ? 1 : -2);
    axis = axis < 0 ? axis + x->rank : axis;
    const int64_t extent = x->dims[axis], parts = x->dims[x->rank - 1];
    const int64_t n = parameter(call, 1, "", inverse && onesided ? 2 * (extent - 1) : extent);
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    memcpy(dims, x->dims, sizeof dims);
    dims[axis] = onesided && !inverse ? n / 2 + 1 : n;
    dims[x->rank - 1] = onesided && inverse ? 1 : 2;
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    static double re[MAX_LENGTH], im[MAX_LENGTH], to_re[MAX_LENGTH], to_im[MAX_LENGTH];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        if (at[axis] != 0 || at[x->rank - 1] != 0)
            continue;
        for (int64_t k = 0; k < n; k++) {
            const bool mirrored = onesided && inverse && k > n / 2;
            const bool real = onesided && inverse && (k == 0 || 2 * k == n);
            at[axis] = mirrored ? n - k : k;
            at[x->rank - 1] = 0;
            re[k] = at[axis] < extent ? harness_get(x, harness_index(x, at)) : 0;
            at[x->rank - 1] = 1;
            im[k] =
                at[axis] < extent && parts == 2 && !real ? harness_get(x, harness_index(x, at)) : 0;
            im[k] = mirrored ? -im[k] : im[k];
        }
        fourier(n, inverse, re, im, dims[axis], to_re, to_im);
        for (int64_t k = 0; k < dims[axis]; k++)
            for (int64_t part = 0; part < dims[x->rank - 1]; part++) {
                at[axis] = k;
                at[x->rank - 1] = part;
                harness_set(y, harness_index(y, at), part ? to_im[k] : to_re[k]);
            }
    }
}

#define ONESIDED(value) ATTR_INT("onesided", (value))
#define INVERSE(value) ATTR_INT("inverse", (value))
#define DFT(...)                                                                                   \
    CHECK_OP(.op = "DFT", .reference = reference, .ulp = 0.51, .absolute = 2e-10, __VA_ARGS__)
#define DFT_DOUBLE(...)                                                                            \
    CHECK_OP(.op = "DFT", .reference = reference, .absolute = 5e-13, __VA_ARGS__)

static void lengths(void)
{
    /* Of every radix and their products, primes that have none, powers of these. */
    static const int64_t sizes[] = {1,    2,    3,    4,    5,    6,    7,   8,   9,   11,
                                    12,   13,   15,   16,   17,   19,   22,  34,  49,  60,
                                    64,   97,   121,  128,  169,  289,  360, 400, 509, 512,
                                    1001, 1009, 1018, 1024, 1155, 2048, 2053};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int inverse = 0; inverse < 2; inverse++) {
            DFT_DOUBLE(.inputs = {SIGNAL(HINGE_DOUBLE, 2, sizes[i], 2)},
                       .attributes = {INVERSE(inverse)});
            DFT_DOUBLE(.inputs = {SIGNAL(HINGE_DOUBLE, 2, sizes[i], inverse + 1),
                                  LIST(HINGE_INT64, (double)sizes[i])},
                       .attributes = {INVERSE(inverse), ONESIDED(1)});
        }
}

static void parameters(void)
{
    for (int inverse = 0; inverse < 2; inverse++)
        for (int onesided = 0; onesided < 2; onesided++) {
            const int parts = onesided ? inverse + 1 : 2;
            CHECK_OP(.op = "DFT", .opsets = {20, 24}, .reference = reference,
                     .types = HARNESS_FLOATS, .ulp = 0.51, .absolute = 2e-10,
                     .inputs = {SIGNAL(HARNESS_T, 3, 10, HARNESS_N, parts), OMITTED,
                                CONSTANT_LIST(HINGE_INT64, 1)},
                     .attributes = {INVERSE(inverse), ONESIDED(onesided)});
            CHECK_OP(.op = "DFT", .opsets = {17, 19}, .reference = reference,
                     .types = HARNESS_FLOATS, .ulp = 0.51, .absolute = 2e-10,
                     .inputs = {SIGNAL(HARNESS_T, HARNESS_N, 10, 3, parts)},
                     .attributes = {INVERSE(inverse), ONESIDED(onesided)});
            for (int length = 1; length < 25; length += 7) {
                DFT(.inputs = {SIGNAL(HINGE_FLOAT, 4, 11, parts), LIST(HINGE_INT32, length)},
                    .attributes = {INVERSE(inverse), ONESIDED(onesided)});
                DFT(.opsets = {17},
                    .inputs = {SIGNAL(HINGE_FLOAT, 11, 4, parts),
                               CONSTANT_LIST(HINGE_INT64, length)},
                    .attributes = {INVERSE(inverse), ONESIDED(onesided), ATTR_INT("axis", 0)});
            }
        }
    DFT(.inputs = {SIGNAL(HINGE_FLOAT, 7, 5, 1), OMITTED, SCALAR(HINGE_INT64, -3, -3)});
    DFT(.inputs = {SIGNAL(HINGE_FLOAT, 7, 5, 1)}, .attributes = {INVERSE(1)});
    DFT(.inputs = {SIGNAL(HINGE_FLOAT, 7, 1)});
    DFT(.inputs = {SIGNAL(HINGE_FLOAT, 3, 0, 2), LIST(HINGE_INT64, 6)});
    DFT(.opsets = {19}, .inputs = {SIGNAL(HINGE_FLOAT, 2, 7, 5, 1)},
        .attributes = {ATTR_INT("axis", -2)});
    /* The standard's own numbers: the transform of 1, 2, 3, 4. */
    CHECK_OP(.op = "DFT",
             .inputs = {{.type = HINGE_FLOAT,
                         .rank = 2,
                         .dims = {4, 1},
                         .values = (const double[]){1, 2, 3, 4}}},
             .expect = {{.type = HINGE_FLOAT,
                         .rank = 2,
                         .dims = {4, 2},
                         .values = (const double[]){10, 0, -2, 2, -2, 0, -2, -2}}});
}

#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "DFT", .fails = (status), .says = (text), __VA_ARGS__)

static void errors(void)
{
    FAILS(HINGE_BAD_SHAPE, "is not 1 or 2", .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 3)});
    FAILS(HINGE_BAD_SHAPE, "is not 1 or 2", .inputs = {SIGNAL(HINGE_FLOAT, 2)});
    FAILS(HINGE_BAD_SHAPE, "is not 1 or 2", .inputs = {SCALAR(HINGE_FLOAT, 0, 1)});
    FAILS(HINGE_BAD_SHAPE, "axis 2 is that of real and imaginary parts",
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 2), OMITTED, LIST(HINGE_INT64, 2)});
    FAILS(HINGE_BAD_SHAPE, "axis -4 is not in [-3, 3)",
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 2), OMITTED, LIST(HINGE_INT64, -4)});
    FAILS(HINGE_BAD_SHAPE, "axis is not one number",
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 2), OMITTED, LIST(HINGE_INT64, 0, 1)});
    FAILS(HINGE_BAD_SHAPE, "onesided, but the input is complex", .attributes = {ONESIDED(1)},
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 2)});
    FAILS(HINGE_BAD_SHAPE, "onesided, but the input is real",
          .attributes = {ONESIDED(1), INVERSE(1)}, .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 1)});
    FAILS(HINGE_BAD_VALUE, "the length of the transform is 0",
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 1), LIST(HINGE_INT64, 0)});
    FAILS(HINGE_BAD_VALUE, "the length of the transform is 0",
          .attributes = {ONESIDED(1), INVERSE(1)}, .inputs = {SIGNAL(HINGE_FLOAT, 2, 1, 2)});
    FAILS(HINGE_BAD_VALUE, "the length of the transform is 1099511627776",
          .inputs = {SIGNAL(HINGE_FLOAT, 2, 5, 1), LIST(HINGE_INT64, 1099511627776.)});
}

static void benches(void)
{
    static const int64_t sizes[] = {400, 512, 1000, 1009, 65536, 1 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_OP(.op = "DFT", .bench = true, .inputs = {SIGNAL(HINGE_FLOAT, 4, sizes[i], 2)},
                 .absolute = INFINITY, .expect = {SIGNAL(HINGE_FLOAT, 4, sizes[i], 2)});
}

void test_dft(void)
{
    lengths();
    parameters();
    errors();
    benches();
}
