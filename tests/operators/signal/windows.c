/* HannWindow, HammingWindow and BlackmanWindow against their formulas. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

static void reference(struct harness_call *call)
{
    const int64_t size = harness_get_int(call->inputs[0], 0);
    const double n = (double)(harness_attr_int(call, "periodic", 1) ? size : size - 1);
    hinge_tensor *y =
        harness_output(call, 0, (hinge_type)harness_attr_int(call, "output_datatype", 1), 1, &size);
    const bool hann = !strcmp(call->c->op, "HannWindow");
    const bool hamming = !strcmp(call->c->op, "HammingWindow");
    const double a0 = hann ? 0.5 : hamming ? 25. / 46 : 0.42;
    const double a1 = hamming ? 21. / 46 : 0.5, a2 = hann || hamming ? 0 : 0.08;
    for (int64_t k = 0; k < size; k++) {
        const double angle = n > 0 ? 2 * acos(-1) * (double)k / n : acos(-1);
        const double value = a0 - a1 * cos(angle) + a2 * cos(2 * angle);
        if (harness_is_floating(y->type))
            harness_set(y, k, value);
        else
            harness_set_int(y, k, value > 1 - 1e-12);
    }
}

#define WINDOW(...)                                                                                \
    CHECK_OP(.op = names[i], .reference = reference, .ulp = 0.51, .absolute = 1e-15, __VA_ARGS__)

void test_windows(void)
{
    static const char *const names[] = {"HannWindow", "HammingWindow", "BlackmanWindow"};
    static const double sizes[] = {1, 2, 3, 10, 16, 257, 10007};
    for (int i = 0; i < 3; i++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int periodic = 0; periodic < 2; periodic++)
                WINDOW(.opsets = {17, 24}, .inputs = {LIST(HINGE_INT64, sizes[s])},
                       .attributes = {ATTR_INT("periodic", periodic)});
        for (int type = HINGE_FLOAT; type < HINGE_N_TYPES; type++)
            if (HARNESS_NUMBERS >> type & 1)
                WINDOW(.inputs = {SCALAR(HINGE_INT32, 21, 21)},
                       .attributes = {ATTR_INT("output_datatype", type), ATTR_INT("periodic", 0)});
        CHECK_OP(.op = names[i], .inputs = {LIST(HINGE_INT64, 0)}, .fails = HINGE_BAD_VALUE,
                 .says = "size is 0");
        CHECK_OP(.op = names[i], .inputs = {LIST(HINGE_INT64, 1, 2)}, .fails = HINGE_BAD_SHAPE,
                 .says = "size is not one number");
        CHECK_OP(.op = names[i], .inputs = {LIST(HINGE_INT64, 1)}, .fails = HINGE_BAD_MODEL,
                 .attributes = {ATTR_INT("output_datatype", HINGE_BOOL)}, .says = "signature");
    }
}
