/* ShuffleChannels against a loop over the output's coordinates. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    const int64_t axis = harness_attr_int(call, "axis", 1);
    const int64_t groups = harness_attr_int(call, "groups", 1);
    const int64_t at_axis = axis < 0 ? axis + x->rank : axis;
    int64_t at[HINGE_MAX_RANK];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        const int64_t c = at[at_axis];
        at[at_axis] = c % groups * (x->dims[at_axis] / groups) + c / groups;
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define CHECK_SHUFFLE(axis, groups, ...)                                                           \
    CHECK_OP(.op = "ShuffleChannels", .domain = "ai.hinge", .opsets = {1},                         \
             .attributes = {ATTR_INT("axis", axis), ATTR_INT("groups", groups)},                   \
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)}, .reference = reference)
#define CHECK_BAD(axis, groups, text)                                                              \
    CHECK_OP(.op = "ShuffleChannels", .domain = "ai.hinge", .opsets = {1},                         \
             .attributes = {ATTR_INT("axis", axis), ATTR_INT("groups", groups)},                   \
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 6, 3)}, .fails = HINGE_BAD_SHAPE,            \
             .says = (text))

void test_shufflechannels(void)
{
    for (int64_t groups = 1; groups <= 6; groups++) {
        CHECK_SHUFFLE(-1, groups, HARNESS_N, 3, 17 * groups);
        CHECK_SHUFFLE(3, groups, 1, 2, 5, 40 * groups);
        CHECK_SHUFFLE(1, groups, 2, 3 * groups, 5, HARNESS_N);
    }
    CHECK_SHUFFLE(-1, 34, 2, 7, 136);
    CHECK_SHUFFLE(0, 2, 4);
    CHECK_BAD(1, 4, "6 channels are not 4 groups");
    CHECK_BAD(1, 0, "0 groups");
    CHECK_BAD(1, -2, "groups");
    CHECK_BAD(3, 2, "axis 3");
}
