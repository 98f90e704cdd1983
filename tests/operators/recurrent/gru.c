/* GRU against the standard's equations in double. */
#include "tests/operators/recurrent.h"

static double gate(const struct recurrence *r, int g, int64_t u)
{
    return recurrence_x(r, g, u) + recurrence_h(r, g, u, r->h) + recurrence_bias(r, false, g, u) +
           recurrence_bias(r, true, g, u);
}

static void step(struct recurrence *r)
{
    double h[MAX_HIDDEN], reset[MAX_HIDDEN];
    const bool before = r->call->opset >= 3 && harness_attr_int(r->call, "linear_before_reset", 0);
    for (int64_t u = 0; u < r->hidden; u++)
        reset[u] = recurrence_gate(r, 0, gate(r, 1, u)) * (before ? 1 : r->h[u]);
    for (int64_t u = 0; u < r->hidden; u++) {
        const double z = recurrence_gate(r, 0, gate(r, 0, u));
        const double recurrent =
            before ? reset[u] * (recurrence_h(r, 2, u, r->h) + recurrence_bias(r, true, 2, u))
                   : recurrence_h(r, 2, u, reset) + recurrence_bias(r, true, 2, u);
        const double g = recurrence_gate(
            r, 1, recurrence_x(r, 2, u) + recurrent + recurrence_bias(r, false, 2, u));
        h[u] = (1 - z) * g + z * r->h[u];
    }
    memcpy(r->h, h, sizeof h);
}

static void reference(struct harness_call *call)
{
    static const char *const activations[] = {"Sigmoid", "Tanh"};
    recurrence_walk(
        call, (struct recurrence){.n_gates = 3, .n_activations = 2, .activations = activations},
        step);
}

#define GRU(...)                                                                                   \
    CHECK_OP(.op = "GRU", .n_outputs = 2, .reference = reference, .absolute = 1e-5, __VA_ARGS__)
#define BOTH ATTR_STRING("direction", "bidirectional")
#define REVERSE ATTR_STRING("direction", "reverse")
#define BEFORE(value) ATTR_INT("linear_before_reset", (value))

static void sizes(int before)
{
    GRU(.opsets = {3, 6, 7, 13, 14, 21, 22}, .attributes = {BEFORE(before)},
        .inputs = {X(5, 3, 4), C(1, 21, 4), C(1, 21, 7), C(1, 42)});
    GRU(.inputs = {X(HARNESS_N, 1, 2), C(1, 9, 2), C(1, 9, 3)}, .attributes = {BEFORE(before)});
    GRU(.inputs = {X(3, HARNESS_N, 2), C(2, 6, 2), C(2, 6, 2), C(2, 12)},
        .attributes = {BOTH, BEFORE(before)});
    GRU(.inputs = {X(0, 2, 3), C(1, 6, 3), C(1, 6, 2), OMITTED, OMITTED, X(1, 2, 2)},
        .attributes = {BEFORE(before)});
    GRU(.inputs = {X(2, 0, 3), C(1, 6, 3), C(1, 6, 2)}, .attributes = {BEFORE(before)});
    GRU(.inputs = {X(2, 3, 4), C(1, 0, 4), C(1, 0, 0)}, .attributes = {BEFORE(before)});
    GRU(.inputs = {X(3, 1, 70), C(1, 393, 70), C(1, 393, 131), C(1, 786)},
        .attributes = {BEFORE(before)});
    GRU(.inputs = {X(3, 9, 20), C(2, 195, 20), C(2, 195, 65), C(2, 390)},
        .attributes = {BOTH, BEFORE(before)});
    GRU(.inputs = {X(2, 2, 5), C(1, 1155, 5), C(1, 1155, 385), C(1, 2310)},
        .attributes = {REVERSE, BEFORE(before)});
}

static void attributes(int before)
{
    struct harness_case c = {
        .op = "GRU",
        .opsets = {3, 7, 14, 22},
        .n_outputs = 2,
        .reference = reference,
        .absolute = 1e-5,
        .inputs = {X(6, 5, 4), C(2, 27, 4), C(2, 27, 9), C(2, 54), OMITTED, X(2, 5, 9)},
        .attributes = {BOTH, ATTR_INT("hidden_size", 9), BEFORE(before)}};
    CHECK_CASE(&c);
    c.inputs[4] = (struct harness_tensor)LIST(HINGE_INT32, 6, 0, 3, 1, 2);
    CHECK_CASE(&c);
    c.attributes[3] = (struct harness_attribute)ATTR_FLOAT("clip", 0.25F);
    CHECK_CASE(&c);
    c.inputs[3] = (struct harness_tensor)OMITTED;
    c.attributes[4] = (struct harness_attribute)ATTR_STRINGS("activations", "ThresholdedRelu",
                                                             "Softplus", "sigmoid", "Affine");
    c.attributes[5] = (struct harness_attribute)ATTR_FLOATS("activation_alpha", 0.01F, 0.5F, 9);
    CHECK_CASE(&c);
    for (uint32_t unwanted = 1; unwanted < 4; unwanted++) {
        c.unwanted = unwanted;
        CHECK_CASE(&c);
    }
    GRU(.opsets = {14, 22}, .attributes = {ATTR_INT("layout", 1), BOTH, BEFORE(before)},
        .inputs = {X(3, 5, 4), X(2, 21, 4), C(2, 21, 7), C(2, 42), LIST(HINGE_INT32, 2, 5, 4),
                   X(3, 2, 7)});
    GRU(.attributes = {ATTR_INT("layout", 1), REVERSE, BEFORE(before)},
        .inputs = {X(7, HARNESS_N, 2), C(1, 9, 2), X(1, 9, 3), C(1, 18)});
}

static void types(int before)
{
    for (int halves = 0; halves < 2; halves++)
        CHECK_OP(.op = "GRU", .opsets = {22}, .n_outputs = 2, .reference = reference,
                 .types = halves ? HALVES : HARNESS_TYPE(HINGE_DOUBLE), .ulp = halves ? 1 : 0,
                 .absolute = halves ? 1e-4 : 1e-12, .attributes = {BOTH, BEFORE(before)},
                 .inputs = {XT(6, 6, HARNESS_N), XT(2, 15, HARNESS_N), CT(2, 15, 5), CT(2, 30),
                            OMITTED, XT(2, 6, 5)});
    CHECK_OP(.op = "GRU", .opsets = {3, 7, 14}, .n_outputs = 2, .reference = reference,
             .types = HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16), .ulp = 0.51,
             .absolute = 1e-5, .attributes = {BEFORE(before)},
             .inputs = {XT(3, 2, 4), XT(1, 15, 4), XT(1, 15, 5), XT(1, 30)});
    CHECK_OP(.op = "GRU", .opsets = {22}, .n_outputs = 2, .reference = reference,
             .types = HARNESS_FLOATS, .ulp = 0.51, .absolute = 1e-5, .attributes = {BEFORE(before)},
             .inputs = {XT(700, 7, 3), CT(1, 45, 3), CT(1, 45, 15), CT(1, 90)});
}

static void first_opsets(void)
{
    CHECK_OP(.op = "GRU", .opsets = {1, 2}, .n_outputs = 2, .reference = reference,
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |
                      HARNESS_TYPE(HINGE_FLOAT16),
             .ulp = 0.51, .absolute = 1e-5, .attributes = {ATTR_INT("output_sequence", 1), BOTH},
             .inputs = {XT(3, 2, 4), CT(2, 15, 4), CT(2, 15, 5), CT(2, 30)});
    GRU(.opsets = {3, 6}, .attributes = {ATTR_INT("output_sequence", 1), BEFORE(1)},
        .inputs = {X(3, 2, 4), C(1, 15, 4), C(1, 15, 5), C(1, 30)});
}

#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "GRU", .n_outputs = 2, .fails = (status), .says = (text), __VA_ARGS__)
#define INPUTS X(5, 3, 4), C(1, 6, 4), C(1, 6, 2)

static void errors(void)
{
    FAILS(HINGE_BAD_VALUE, "direction is \"\"", .inputs = {INPUTS},
          .attributes = {ATTR_STRING("direction", "")});
    FAILS(HINGE_BAD_VALUE, "activations has 2 names, not 4",
          .inputs = {X(5, 3, 4), C(2, 6, 4), C(2, 6, 2)},
          .attributes = {BOTH, ATTR_STRINGS("activations", "Tanh", "Tanh")});
    FAILS(HINGE_BAD_SHAPE, "W is not of shape 1 x 6 x 4",
          .inputs = {X(5, 3, 4), C(1, 8, 4), C(1, 8, 2)});
    FAILS(HINGE_BAD_SHAPE, "B is not of shape 1 x 12", .inputs = {INPUTS, C(1, 16)});
    FAILS(HINGE_BAD_SHAPE, "initial_h is not of shape 1 x 3 x 2",
          .inputs = {INPUTS, OMITTED, OMITTED, X(1, 3, 3)});
    FAILS(HINGE_BAD_VALUE, "entry 0 of sequence_lens is 6",
          .inputs = {INPUTS, OMITTED, LIST(HINGE_INT32, 6, 1, 2)});
    FAILS(HINGE_BAD_MODEL, "signature", .opsets = {21},
          .inputs = {RANDOM(HINGE_BFLOAT16, false, 1, 5, 3, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 6, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 6, 2)});
}

static void benches(void)
{
    GRU(.bench = true, .inputs = {X(33, 1, 8), C(1, 48, 8), C(1, 48, 16), C(1, 96)},
        .attributes = {BEFORE(1)});
    GRU(.bench = true, .inputs = {X(100, 1, 128), C(2, 192, 128), C(2, 192, 64), C(2, 384)},
        .attributes = {BEFORE(1), BOTH});
    GRU(.bench = true, .inputs = {X(33, 16, 8), C(1, 12, 8), C(1, 12, 4), C(1, 24)},
        .attributes = {BEFORE(0)});
}

void test_gru(void)
{
    for (int before = 0; before < 2; before++) {
        sizes(before);
        attributes(before);
        types(before);
    }
    first_opsets();
    errors();
    benches();
}
