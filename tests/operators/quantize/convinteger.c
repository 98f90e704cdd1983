/* ConvInteger against a plain loop in double. */
#include "tests/operators/conv8.h"

static double take(const struct harness_call *call, double sum, int64_t map)
{
    (void)call, (void)map;
    return sum;
}

static void reference(struct harness_call *call)
{
    const struct conv8_case c = {call->inputs[0], call->inputs[1],
                                 call->n_inputs > 2 ? call->inputs[2] : NULL,
                                 call->n_inputs > 3 ? call->inputs[3] : NULL};
    conv8_sums(call, c, HINGE_INT32, take);
}

#define EIGHT (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8))
#define CONV(...) CHECK_OP(.op = "ConvInteger", .reference = reference, .types = EIGHT, __VA_ARGS__)
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define X(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = 0, .high = 127, .dims = {__VA_ARGS__},                           \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_ALWAYS  \
    }
#define ZERO X(1)

static void windows(hinge_type w)
{
    CONV(.inputs = {X(1, 3, 5, HARNESS_N), M(w, true, 4, 3, 3, 3), ZERO, M(w, true, 4)},
         .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(2, 20, 9, 11), M(w, true, 33, 20, 1, 1), ZERO, M(w, false, 1)});
    CONV(.inputs = {X(1, 70, 20, 21), M(w, true, 130, 70, 3, 3), ZERO, M(w, false, 130)},
         .attributes = {ATTR_INTS("pads", 1, 0, 2, 3)});
    CONV(.inputs = {X(2, 6, 13, 14), M(w, false, 8, 3, 3, 5), ZERO, M(w, false, 8)},
         .attributes = {ATTR_INT("group", 2), ATTR_INTS("strides", 2, 3),
                        ATTR_INTS("dilations", 2, 1), ATTR_INTS("pads", 2, 3, 1, 4)});
    CONV(.inputs = {X(2, 6, 13, 14), M(w, true, 6, 1, 3, 3), ZERO, M(w, false, 6)},
         .attributes = {ATTR_INT("group", 6), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(1, 3, 40, 41), M(w, true, 6, 1, 3, 3), ZERO, M(w, false, 1)},
         .attributes = {ATTR_INT("group", 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INTS("dilations", 3, 2), ATTR_INTS("pads", 5, 6, 7, 1)});
    CONV(.inputs = {X(1, 2, 30), M(w, true, 5, 2, 4), ZERO},
         .attributes = {ATTR_STRING("auto_pad", "SAME_UPPER"), ATTR_INTS("strides", 2)});
    CONV(.inputs = {X(1, 2, 30), M(w, true, 5, 2, 4), OMITTED, M(w, false, 5)},
         .attributes = {ATTR_STRING("auto_pad", "SAME_LOWER")});
    CONV(.inputs = {X(1, 2, 5, 6, 7), M(w, true, 5, 2, 2, 3, 3), ZERO},
         .attributes = {ATTR_INTS("pads", 0, 1, 2, 1, 0, 3), ATTR_INTS("strides", 1, 2, 2)});
    CONV(.inputs = {X(1, 2, 5, 6, 7), M(w, true, 2, 1, 2, 3, 3), ZERO},
         .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 0, 1, 2, 1, 0, 3)});
    CONV(.inputs = {X(1, 1, 5, 5), M(w, true, 2, 1, 5, 5)},
         .attributes = {ATTR_STRING("auto_pad", "VALID"), ATTR_INTS("kernel_shape", 5, 5)});
    CONV(.inputs = {X(0, 3, 5, 5), M(w, true, 2, 3, 2, 2)});
    CONV(.inputs = {X(1, 0, 5, 5), M(w, true, 2, 0, 2, 2), ZERO});
}

/* Groups of one channel, with numbers of all 8 bits. */
static void depthwise(hinge_type x, hinge_type w)
{
#define A(...) M(x, false, __VA_ARGS__)
#define DEPTHWISE(...)                                                                             \
    CHECK_OP(.op = "ConvInteger", .reference = reference, .opsets = {10}, __VA_ARGS__)
    DEPTHWISE(.inputs = {A(2, 4, 60, 56), M(w, true, 4, 1, 3, 3), A(1), M(w, false, 4)},
              .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 1, 1, 1, 1)});
    DEPTHWISE(.inputs = {A(1, 2, 61, 47), M(w, true, 6, 1, 5, 5), A(1), M(w, false, 1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 2, 2, 2, 2)});
    DEPTHWISE(.inputs = {A(1, 3, 50, 51), M(w, true, 3, 1, 3, 4), A(1)},
              .attributes = {ATTR_INT("group", 3), ATTR_INTS("strides", 2, 2),
                             ATTR_INTS("pads", 1, 1, 1, 2)});
    DEPTHWISE(.inputs = {A(1, 2, 9, 8), M(w, true, 2, 1, 2, 5), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("strides", 3, 3),
                             ATTR_INTS("dilations", 9, 2), ATTR_INTS("pads", 4, 7, 5, 3)});
    DEPTHWISE(.inputs = {A(1, 2, 4, 3), M(w, true, 2, 1, 7, 7), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("dilations", 3, 2),
                             ATTR_INTS("pads", 9, 6, 9, 6)});
    DEPTHWISE(.inputs = {A(1, 2, 4, 20, 30), M(w, true, 2, 1, 2, 3, 3), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 1, 1, 1, 1, 1, 1),
                             ATTR_INTS("strides", 2, 1, 1)});
    DEPTHWISE(.inputs = {A(1, 4, 61, 61), M(w, true, 4, 1, 3, 3), A(1), M(w, false, 4)},
              .attributes = {ATTR_INT("group", 4), ATTR_INTS("strides", 2, 2),
                             ATTR_INTS("pads", 1, 1, 1, 1)});
    DEPTHWISE(.inputs = {A(1, 2, 70, 8), M(w, true, 2, 1, 5, 6), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("strides", 1, 2),
                             ATTR_INTS("pads", 1, 9, 1, 2)});
    DEPTHWISE(.inputs = {A(1, 2, 8, 2), M(w, true, 2, 1, 3, 4), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("dilations", 4, 1),
                             ATTR_INTS("pads", 4, 16, 3, 17)});
    DEPTHWISE(.inputs = {A(1, 2, 4, 20, 31), M(w, true, 2, 1, 2, 3, 2), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 1, 1, 1, 1, 1, 1),
                             ATTR_INTS("strides", 1, 2, 2)});
    DEPTHWISE(.inputs = {A(1, 2, 0, 3), M(w, true, 2, 1, 3, 3), A(1)},
              .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 2, 1, 1, 1)});
    DEPTHWISE(.inputs = {A(1, 6, 4, 3), M(w, true, 2, 6, 3, 7), A(1), M(w, false, 2)},
              .attributes = {ATTR_INTS("pads", 1, 3, 1, 3)});
#undef DEPTHWISE
#undef A
}

void test_convinteger(void)
{
    depthwise(HINGE_UINT8, HINGE_INT8);
    depthwise(HINGE_INT8, HINGE_UINT8);
    windows(HINGE_INT8);
    windows(HINGE_UINT8);
    CONV(.opsets = {10, 28}, .inputs = {X(1, 3, 5, 5), M(HINGE_INT8, true, 2, 3, 2, 2)});
    CONV(.inputs = {X(1, 3, 5, 5), M(HINGE_INT8, true, 2, 2, 2, 2)}, .fails = HINGE_BAD_SHAPE,
         .says = "3 channels in 1 groups do not fit a weight of 2 x 2");
    CONV(.inputs = {X(1, 3, 5, 5), M(HINGE_INT8, true, 2, 3, 2, 2), X(2)}, .fails = HINGE_BAD_SHAPE,
         .says = "the zero point of x is not one number");
    CONV(.inputs = {X(1, 3, 5, 5), M(HINGE_INT8, true, 2, 3, 2, 2), X(1), M(HINGE_INT8, true, 3)},
         .fails = HINGE_BAD_SHAPE, .says = "the zero point of w is neither one number nor 2");
    CONV(.inputs = {X(1, 3, 5, 5), M(HINGE_INT8, true, 2, 3, 2, 2)}, .fails = HINGE_BAD_SHAPE,
         .attributes = {ATTR_INT("group", 0)}, .says = "3 channels in 0 groups");
}
