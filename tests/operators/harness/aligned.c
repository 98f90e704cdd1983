#include "tests/operators/harness/aligned.h"

static hinge_type type_of_y;
static double (*function)(double a, double b);

/* b's element for a's coordinates: those from axis on, or its last ones, where b has more than one
 * element along them. */
static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    int64_t axis = harness_attr_int(call, "axis", a->rank - b->rank), at[HINGE_MAX_RANK];
    axis = axis < 0 ? axis + a->rank : axis;
    hinge_tensor *y = harness_output(call, 0, type_of_y ? type_of_y : a->type, a->rank, a->dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < b->rank; d++)
            at[axis + d] = b->dims[d] == 1 ? 0 : at[axis + d];
        harness_set(y, i, function(harness_get(a, i), harness_get(b, harness_index(b, at + axis))));
    }
}

#define BROADCAST ATTR_INT("broadcast", 1)
#define A(...) TENSOR(HARNESS_T, least, 9 * scale, __VA_ARGS__)
#define B(...) TENSOR(HARNESS_T, least, 4 * scale, __VA_ARGS__)

void aligned_check(const char *op, uint32_t types, hinge_type y, double (*f)(double a, double b))
{
    const bool boolean = types == HARNESS_TYPE(HINGE_BOOL);
    const double least = boolean ? 0 : 1, scale = boolean ? 0.25 : 1;
    const struct harness_case cases[] = {
        {.attributes = {BROADCAST}, .inputs = {A(2, 3, 4, 5), B(4, 5)}},
        {.attributes = {BROADCAST, ATTR_INT("axis", 1)}, .inputs = {A(2, 3, 4, 5), B(3, 4)}},
        {.attributes = {BROADCAST, ATTR_INT("axis", 0)}, .inputs = {A(2, 3, 4, 5), B(2)}},
        {.attributes = {BROADCAST, ATTR_INT("axis", -2)}, .inputs = {A(2, 3, 4, 5), B(4)}},
        {.attributes = {BROADCAST, ATTR_INT("axis", 1)}, .inputs = {A(2, 3, 700), B(3, 1)}},
        {.attributes = {BROADCAST}, .inputs = {A(3, 4), SCALAR(HARNESS_T, least, 4 * scale)}},
        {.attributes = {ATTR_INT("axis", 0)}, .inputs = {A(3, HARNESS_N), B(3, HARNESS_N)}},
    };
    const struct harness_case wrong[] = {
        {.inputs = {A(3, 4), B(4)}, .says = "B has rank 1, A 2, and broadcast is 0"},
        {.inputs = {A(3, 4), B(3, 1)}, .says = "dimension 1 of B is 1 where A's is 4"},
        {.attributes = {BROADCAST}, .inputs = {A(3, 4), B(3)}, .says = "dimension 0 of B is 3"},
        {.attributes = {BROADCAST}, .inputs = {A(4), B(3, 4)}, .says = "B has rank 2, A 1"},
        {.attributes = {BROADCAST, ATTR_INT("axis", 2)},
         .inputs = {A(3, 4), B(4)},
         .says = "axis 2 does not leave room for B in A"},
        {.attributes = {BROADCAST, ATTR_INT("axis", INT64_MIN)},
         .inputs = {A(3, 4), B(4)},
         .says = "does not leave room for B in A"},
    };
    type_of_y = y;
    function = f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct harness_case c = cases[i];
        c.op = op;
        c.opsets[0] = 1;
        c.opsets[1] = 6;
        c.types = types;
        c.ulp = 1;
        c.reference = reference;
        for (size_t k = 0; k < 2; k++)
            c.inputs[k].specials = HARNESS_SPECIALS_NEVER;
        CHECK_CASE(&c);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct harness_case c = wrong[i];
        c.op = op;
        c.opsets[0] = 6;
        c.types = types;
        c.fails = HINGE_BAD_SHAPE;
        CHECK_CASE(&c);
    }
}
