/* Dropout at inference: the input, and a mask of ones; in training against Philox once more. */
#include "tests/operators/random.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
    if (call->n_outputs < 2)
        return;
    hinge_tensor *mask =
        harness_output(call, 1, call->opset < 10 ? x->type : HINGE_BOOL, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(mask, i, 1);
}

static void training(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *given = call->inputs[1];
    const double ratio = given ? harness_get(given, 0) : 0.5;
    hinge_tensor *y = harness_output_like(call, 0, x);
    hinge_tensor *mask = harness_output(call, 1, HINGE_BOOL, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const bool kept = test_uniform((uint64_t)harness_attr_int(call, "seed", 0), i) >= ratio;
        harness_set(y, i, harness_get(x, i) * kept / (1 - ratio));
        harness_set(mask, i, kept);
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N)
#define F32 TENSOR(HINGE_FLOAT, -9, 9, 3, 5)
#define FLAG(value)                                                                                \
    {                                                                                              \
        .type = HINGE_BOOL, .values = (const double[])                                             \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

static void trained(void)
{
    static const double dropped[] = {0, 0, 0, 0, 0, 0};
    check_philox();
    CHECK_OP(.op = "Dropout", .opsets = {12, 13}, .n_outputs = 2, .reference = training,
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |
                      HARNESS_TYPE(HINGE_FLOAT16),
             .attributes = {ATTR_INT("seed", -7)}, .inputs = {X, LIST(HINGE_FLOAT, 0.25), FLAG(1)});
    CHECK_OP(.op = "Dropout", .types = HARNESS_FLOATS, .n_outputs = 2, .reference = training,
             .attributes = {ATTR_INT("seed", INT64_C(1) << 40)}, .inputs = {X, OMITTED, FLAG(1)});
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .unwanted = 1, .reference = training,
             .attributes = {ATTR_INT("seed", 9)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 30011), LIST(HINGE_DOUBLE, 0.9), FLAG(1)});
    /* Without a seed: each is 0 or twice what it was. */
    CHECK_OP(.op = "Dropout", .opsets = {1, 6}, .n_outputs = 2, .absolute = 18,
             .inputs = {LIST(HINGE_FLOAT, 1, 2, 3, 4, 5, 9)},
             .expect = {{.type = HINGE_FLOAT, .rank = 1, .dims = {6}, .values = dropped},
                        {.type = HINGE_FLOAT, .rank = 1, .dims = {6}, .values = dropped}});
    CHECK_OP(.op = "Dropout", .opsets = {6}, .attributes = {ATTR_FLOAT("ratio", 1)},
             .inputs = {F32}, .fails = HINGE_BAD_VALUE, .says = "ratio is 1, not in [0, 1)");
    CHECK_OP(.op = "Dropout", .inputs = {F32, LIST(HINGE_FLOAT, NAN), FLAG(1)},
             .fails = HINGE_BAD_VALUE, .says = "ratio is nan");
    CHECK_OP(.op = "Dropout", .inputs = {F32, LIST(HINGE_FLOAT8E5M2, 0), FLAG(1)},
             .fails = HINGE_UNSUPPORTED, .says = "training_mode is true, but for no float8 here");
    CHECK_OP(.op = "Dropout", .inputs = {F32, LIST(HINGE_FLOAT, 0, 0), FLAG(1)},
             .fails = HINGE_BAD_MODEL, .says = "ratio is not one number");
}

void test_dropout(void)
{
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    CHECK_OP(.op = "Dropout", .opsets = {7, 10}, .types = old, .n_outputs = 2,
             .attributes = {ATTR_FLOAT("ratio", 0.25F)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {12, 13, 22}, .types = HARNESS_FLOATS, .n_outputs = 2,
             .attributes = {ATTR_INT("seed", 7)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {7, 10, 12, 13, 22}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, SCALAR(HINGE_FLOAT, 0.5, 0.5), FLAG(0)});
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, {.type = HINGE_FLOAT, .values = (const double[]){0}}, FLAG(1)});
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, {.type = HINGE_DOUBLE, .values = (const double[]){-0.0}}, FLAG(1)});
    CHECK_OP(.op = "Dropout", .opsets = {1, 6}, .types = old, .n_outputs = 2, .inputs = {X},
             .attributes = {ATTR_INT("is_test", 1)}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {1, 6}, .n_outputs = 2, .inputs = {F32},
             .attributes = {ATTR_FLOAT("ratio", 0)}, .reference = reference);
    trained();
    CHECK_OP(.op = "Dropout", .inputs = {F32, OMITTED, TENSOR(HINGE_BOOL, 0, 0, 2)},
             .fails = HINGE_BAD_MODEL, .says = "training_mode is not one bool");
}
