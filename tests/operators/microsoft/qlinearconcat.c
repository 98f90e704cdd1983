/* QLinearConcat against the definition, element by element. */
#include "tests/operators/qlinear.h"

static void reference(struct harness_call *call)
{
    hinge_tensor y = *call->inputs[2];
    int64_t axis = harness_attr_int(call, "axis", 0), first = 0, at[HINGE_MAX_RANK];
    axis += axis < 0 ? y.rank : 0;
    y.dims[axis] = 0;
    for (uint32_t k = 2; k < call->n_inputs; k += 3)
        y.dims[axis] += call->inputs[k]->dims[axis];
    hinge_tensor *to = harness_output(call, 0, call->inputs[1]->type, y.rank, y.dims);
    for (uint32_t k = 2; k < call->n_inputs; k += 3) {
        for (int64_t i = 0; i < hinge_count(call->inputs[k]); i++) {
            harness_coordinates(call->inputs[k], i, at);
            at[axis] += first;
            qlinear_set(call, 0, harness_index(to, at), qlinear_get(call, k, i));
        }
        first += call->inputs[k]->dims[axis];
    }
}

#define CONCAT(...)                                                                                \
    CHECK_OP(.op = "QLinearConcat", .domain = "com.microsoft", .types = QLINEAR_EIGHT, __VA_ARGS__)
#define S QLINEAR_SCALE(0.02, 0.1)
#define ZERO QLINEAR_ZERO

void test_qlinearconcat(void)
{
    CONCAT(.inputs = {S, ZERO, Q(3, HARNESS_N), S, ZERO, Q(4, HARNESS_N), S, ZERO},
           .attributes = {ATTR_INT("axis", 0)}, .reference = reference);
    CONCAT(.inputs = {S, ZERO, Q(3, 4, 70), S, ZERO, Q(3, 5, 70), S, ZERO, Q(3, 0, 70), S, ZERO},
           .attributes = {ATTR_INT("axis", -2)}, .reference = reference);
    CONCAT(.inputs = {S, ZERO, Q(3, 9), S, ZERO}, .attributes = {ATTR_INT("axis", 1)},
           .reference = reference);
    CONCAT(.inputs = {S, ZERO, Q(3, 9), S, ZERO, Q(4, 9), S, ZERO},
           .attributes = {ATTR_INT("axis", 1)}, .fails = HINGE_BAD_SHAPE,
           .says = "input 5 differs from input 2 beyond the axis");
    CONCAT(.inputs = {S, ZERO, Q(3, 9), S}, .attributes = {ATTR_INT("axis", 1)},
           .fails = HINGE_BAD_MODEL, .says = "4 inputs are not two and three for each tensor");
    CONCAT(.inputs = {S, ZERO, Q(3, 9), S, S}, .attributes = {ATTR_INT("axis", 1)},
           .fails = HINGE_BAD_MODEL, .says = "inputs 2 to 4 are not a tensor of y's type");
    CONCAT(.inputs = {S, ZERO, Q(3, 9), S, ZERO}, .attributes = {ATTR_INT("axis", 2)},
           .fails = HINGE_BAD_SHAPE, .says = "axis 2");
}
