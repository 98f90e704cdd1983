/* Pad against a loop that says, for every output coordinate, which input coordinate it shows. */
#include "tests/operators/harness.h"

#include <string.h>

/* Coordinate i, counted from the input's first element that is left, of n; -1 for the constant. */
static int64_t shown(const char *mode, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    if (!strcmp(mode, "constant"))
        return -1;
    if (!strcmp(mode, "edge"))
        return i < 0 ? 0 : n - 1;
    while (i < 0 || i >= n) {
        if (!strcmp(mode, "wrap"))
            i += i < 0 ? n : -n;
        else if (n == 1)
            i = 0;
        else
            i = i < 0 ? -i : 2 * (n - 1) - i;
    }
    return i;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *mode = harness_attr(call, "mode"),
                                   *pads =
                                       harness_attr(call, call->opset == 1 ? "paddings" : "pads");
    const hinge_tensor *axes = call->n_inputs > 3 ? call->inputs[3] : NULL;
    int64_t n_axes = axes ? hinge_count(axes) : x->rank;
    int64_t before[HINGE_MAX_RANK] = {0}, after[HINGE_MAX_RANK] = {0}, dims[HINGE_MAX_RANK];
    for (int64_t i = 0; i < n_axes; i++) {
        int64_t d = axes ? harness_get_int(axes, i) : i;
        d = d < 0 ? d + x->rank : d;
        before[d] = pads ? pads->ints[i] : harness_get_int(call->inputs[1], i);
        after[d] = pads ? pads->ints[n_axes + i] : harness_get_int(call->inputs[1], n_axes + i);
    }
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d] + before[d] + after[d];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        bool own = true;
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++) {
            int64_t cut = before[d] < 0 ? -before[d] : 0;
            int64_t left = x->dims[d] - cut + (after[d] < 0 ? after[d] : 0);
            int64_t from =
                shown(mode ? mode->s : "constant", at[d] - before[d] - cut, left < 0 ? 0 : left);
            own = own && from >= 0;
            at[d] = from + cut;
        }
        if (own)
            harness_move(y, i, x, harness_index(x, at));
        else if (call->n_inputs > 2 && call->inputs[2])
            harness_move(y, i, call->inputs[2], 0);
        else if (call->opset < 11)
            harness_set(y, i, (double)harness_attr_float(call, "value", 0));
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)
#define PADS(...) CONSTANT_LIST(HINGE_INT64, __VA_ARGS__)

static void check_modes(void)
{
    static const char *const modes[] = {"constant", "edge", "reflect", "wrap"};
    for (int m = 0; m < 4; m++) {
        CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", modes[m])},
                 .inputs = {F32(2, 3, 4), PADS(1, 2, 3, 0, 1, 2)}, .reference = reference);
        CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", modes[m])},
                 .inputs = {F32(3, 2), PADS(7, 5, 8, 9)}, .reference = reference);
        CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", modes[m])},
                 .inputs = {F32(5, 6), PADS(-1, 2, 3, -2)}, .reference = reference);
        CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", modes[m])},
                 .inputs = {F32(1, 3, 9, 200), LIST(HINGE_INT64, 1, 3, 1, 3), OMITTED,
                            LIST(HINGE_INT64, 2, -1)},
                 .reference = reference);
        CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", modes[m])},
                 .inputs = {F32(1, 4), PADS(2, 0, 1, 0)}, .reference = reference);
    }
}

static void check_refusals(void)
{
    CHECK_OP(.op = "Pad", .inputs = {F32(2, 3), PADS(1, 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "2 pads for 2 dimensions");
    CHECK_OP(.op = "Pad", .inputs = {F32(3), PADS(-2, -2)}, .fails = HINGE_BAD_SHAPE,
             .says = "cannot be padded");
    CHECK_OP(.op = "Pad", .inputs = {F32(3), PADS(0x1p62, 0x1p62)}, .fails = HINGE_BAD_SHAPE,
             .says = "cannot be padded");
    CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", "edge")},
             .inputs = {F32(0), PADS(1, 1)}, .fails = HINGE_BAD_SHAPE, .says = "nothing to be");
    CHECK_OP(.op = "Pad", .attributes = {ATTR_STRING("mode", "mirror")},
             .inputs = {F32(2), PADS(1, 1)}, .fails = HINGE_BAD_MODEL, .says = "no mode mirror");
    CHECK_OP(.op = "Pad", .opsets = {18}, .attributes = {ATTR_STRING("mode", "wrap")},
             .inputs = {F32(2), PADS(1, 1)}, .fails = HINGE_BAD_MODEL, .says = "no mode wrap");
    CHECK_OP(.op = "Pad", .inputs = {F32(2), PADS(1, 1), LIST(HINGE_INT32, 1)},
             .fails = HINGE_BAD_MODEL, .says = "signature");
    CHECK_OP(.op = "Pad", .inputs = {F32(2, 2), PADS(1, 1, 1, 1), OMITTED, LIST(HINGE_INT64, 0, 0)},
             .fails = HINGE_BAD_SHAPE, .says = "twice");
}

void test_pad(void)
{
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    CHECK_OP(.op = "Pad", .opsets = {7, 10}, .types = old,
             .attributes = {ATTR_INTS("pads", 1, 0, 0, 2), ATTR_FLOAT("value", 2.5F)},
             .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Pad", .opsets = {1}, .types = old,
             .attributes = {ATTR_INTS("paddings", 0, 3, 2, 1), ATTR_FLOAT("value", -1.5F)},
             .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Pad", .opsets = {1},
             .attributes = {ATTR_INTS("paddings", 2, 0, 1, 1), ATTR_STRING("mode", "reflect")},
             .inputs = {F32(3, 5)}, .reference = reference);
    CHECK_OP(.op = "Pad", .opsets = {7}, .attributes = {ATTR_INTS("pads", 0, 0, 0, 0)},
             .inputs = {F32(3, 5)}, .reference = reference);
    CHECK_OP(.op = "Pad", .opsets = {11, 13, 18, 19, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {X, PADS(0, 1, 2, 3), SCALAR(HARNESS_T, 1, 9)}, .reference = reference);
    CHECK_OP(.op = "Pad", .opsets = {11, 18}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X, PADS(0, 0, 0, 0)}, .reference = reference);
    CHECK_OP(.op = "Pad", .inputs = {F32(3), PADS(-3, 5)}, .reference = reference);
    check_modes();
    check_refusals();
}
