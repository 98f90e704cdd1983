/* LSTM against the standard's equations in double. */
#include "tests/operators/recurrent.h"

static double peephole(const struct recurrence *r, int which, int64_t unit)
{
    const hinge_tensor *p = recurrence_input(r, 7);
    return p ? harness_get(p, (r->direction * 3 + which) * r->hidden + unit) : 0;
}

static double gate(const struct recurrence *r, int g, int64_t u)
{
    return recurrence_x(r, g, u) + recurrence_h(r, g, u, r->h) + recurrence_bias(r, false, g, u) +
           recurrence_bias(r, true, g, u);
}

static void step(struct recurrence *r)
{
    double h[MAX_HIDDEN];
    for (int64_t u = 0; u < r->hidden; u++) {
        const double i = recurrence_gate(r, 0, gate(r, 0, u) + peephole(r, 0, u) * r->c[u]);
        const double f = harness_attr_int(r->call, "input_forget", 0)
                             ? 1 - i
                             : recurrence_gate(r, 0, gate(r, 2, u) + peephole(r, 2, u) * r->c[u]);
        r->c[u] = f * r->c[u] + i * recurrence_gate(r, 1, gate(r, 3, u));
        const double o = recurrence_gate(r, 0, gate(r, 1, u) + peephole(r, 1, u) * r->c[u]);
        h[u] = o * recurrence_activation(r, 2, r->c[u]);
    }
    memcpy(r->h, h, sizeof h);
}

static void reference(struct harness_call *call)
{
    static const char *const activations[] = {"Sigmoid", "Tanh", "Tanh"};
    recurrence_walk(
        call, (struct recurrence){.n_gates = 4, .n_activations = 3, .activations = activations},
        step);
}

#define LSTM(...)                                                                                  \
    CHECK_OP(.op = "LSTM", .n_outputs = 3, .reference = reference, .absolute = 1e-5, __VA_ARGS__)
#define BOTH ATTR_STRING("direction", "bidirectional")
#define REVERSE ATTR_STRING("direction", "reverse")

static void sizes(void)
{
    LSTM(.opsets = {1, 6, 7, 13, 14, 21, 22},
         .inputs = {X(5, 3, 4), C(1, 28, 4), C(1, 28, 7), C(1, 56)});
    LSTM(.inputs = {X(HARNESS_N, 1, 2), C(1, 12, 2), C(1, 12, 3)});
    LSTM(.inputs = {X(3, HARNESS_N, 2), C(2, 8, 2), C(2, 8, 2), C(2, 16)}, .attributes = {BOTH});
    LSTM(.inputs = {X(0, 2, 3), C(1, 8, 3), C(1, 8, 2), OMITTED, OMITTED, X(1, 2, 2), X(1, 2, 2)});
    LSTM(.inputs = {X(2, 0, 3), C(1, 8, 3), C(1, 8, 2)});
    LSTM(.inputs = {X(2, 3, 0), C(1, 8, 0), C(1, 8, 2), C(1, 16)});
    LSTM(.inputs = {X(2, 3, 4), C(1, 0, 4), C(1, 0, 0)});
    LSTM(.inputs = {X(3, 1, 70), C(1, 524, 70), C(1, 524, 131), C(1, 1048)});
    LSTM(.inputs = {X(3, 9, 20), C(2, 260, 20), C(2, 260, 65), C(2, 520)}, .attributes = {BOTH});
    /* So large that the columns of a step are split, and that products are of several blocks. */
    LSTM(.inputs = {X(2, 1, 5), C(1, 1540, 5), C(1, 1540, 385), C(1, 3080)},
         .attributes = {REVERSE});
    LSTM(.inputs = {X(2, 8, 5), C(1, 600, 5), C(1, 600, 150), C(1, 1200)});
}

static void attributes(void)
{
    const struct harness_tensor all[] = {X(6, 5, 4), C(2, 36, 4), C(2, 36, 9), C(2, 72),
                                         {0},        X(2, 5, 9),  X(2, 5, 9),  C(2, 27)};
    struct harness_case c = {.op = "LSTM",
                             .opsets = {1, 7, 14, 22},
                             .n_outputs = 3,
                             .reference = reference,
                             .absolute = 1e-5,
                             .attributes = {BOTH, ATTR_INT("hidden_size", 9)}};
    memcpy(c.inputs, all, sizeof all);
    CHECK_CASE(&c);
    c.attributes[2] = (struct harness_attribute)ATTR_INT("input_forget", 1);
    CHECK_CASE(&c);
    c.attributes[3] = (struct harness_attribute)ATTR_FLOAT("clip", 0.25F);
    CHECK_CASE(&c);
    c.inputs[7] = (struct harness_tensor)OMITTED;
    CHECK_CASE(&c);
    c.inputs[4] = (struct harness_tensor)LIST(HINGE_INT32, 6, 0, 3, 1, 2);
    CHECK_CASE(&c);
    c.inputs[7] = (struct harness_tensor)X(2, 27);
    c.attributes[4] = (struct harness_attribute)ATTR_STRINGS(
        "activations", "hardsigmoid", "SOFTSIGN", "ScaledTanh", "Sigmoid", "LeakyRelu", "Elu");
    c.attributes[5] = (struct harness_attribute)ATTR_FLOATS("activation_alpha", 0.3F, 0.5F, 0.1F);
    c.attributes[6] = (struct harness_attribute)ATTR_FLOATS("activation_beta", 0.4F, 0.7F);
    CHECK_CASE(&c);
    for (uint32_t unwanted = 1; unwanted < 7; unwanted++) {
        c.unwanted = unwanted;
        CHECK_CASE(&c);
    }
    LSTM(.opsets = {6}, .inputs = {X(5, 3, 4), C(1, 8, 4), C(1, 8, 2)},
         .attributes = {ATTR_INT("output_sequence", 1)});
}

static void layouts(void)
{
    LSTM(.opsets = {14, 22}, .attributes = {ATTR_INT("layout", 1), BOTH},
         .inputs = {X(3, 5, 4), C(2, 28, 4), X(2, 28, 7), C(2, 56), LIST(HINGE_INT32, 2, 5, 4),
                    X(3, 2, 7), X(3, 2, 7)});
    LSTM(.attributes = {ATTR_INT("layout", 1), REVERSE},
         .inputs = {X(7, HARNESS_N, 2), X(1, 12, 2), C(1, 12, 3), C(1, 24)});
    LSTM(.attributes = {ATTR_INT("layout", 0), REVERSE},
         .inputs = {X(HARNESS_N, 7, 2), C(1, 12, 2), X(1, 12, 3), C(1, 24)});
}

static void types(void)
{
    for (int layout = 0; layout < 2; layout++)
        for (int halves = 0; halves < 2; halves++)
            CHECK_OP(.op = "LSTM", .opsets = {22}, .n_outputs = 3, .reference = reference,
                     .types = halves ? HALVES : HARNESS_TYPE(HINGE_DOUBLE), .ulp = halves ? 1 : 0,
                     .absolute = halves ? 1e-4 : 1e-12,
                     .attributes = {ATTR_INT("layout", layout), BOTH},
                     .inputs = {XT(6, 6, HARNESS_N), XT(2, 20, HARNESS_N), CT(2, 20, 5), CT(2, 40),
                                OMITTED, XT(layout ? 6 : 2, layout ? 2 : 6, 5),
                                XT(layout ? 6 : 2, layout ? 2 : 6, 5), CT(2, 15)});
    CHECK_OP(.op = "LSTM", .opsets = {1, 7, 14}, .n_outputs = 3, .reference = reference,
             .types = HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16), .ulp = 0.51,
             .absolute = 1e-5, .inputs = {XT(3, 2, 4), XT(1, 20, 4), XT(1, 20, 5), XT(1, 40)});
    CHECK_OP(.op = "LSTM", .opsets = {22}, .n_outputs = 3, .reference = reference,
             .types = HARNESS_FLOATS, .ulp = 0.51, .absolute = 1e-5,
             .inputs = {XT(700, 7, 3), CT(1, 60, 3), CT(1, 60, 15), CT(1, 120)});
}

#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "LSTM", .n_outputs = 3, .fails = (status), .says = (text), __VA_ARGS__)
#define INPUTS X(5, 3, 4), C(1, 8, 4), C(1, 8, 2)

static void errors(void)
{
    FAILS(HINGE_BAD_VALUE, "direction is \"foward\"", .inputs = {INPUTS},
          .attributes = {ATTR_STRING("direction", "foward")});
    FAILS(HINGE_BAD_VALUE, "layout is 2", .inputs = {INPUTS},
          .attributes = {ATTR_INT("layout", 2)});
    FAILS(HINGE_BAD_VALUE, "clip is -1", .inputs = {INPUTS},
          .attributes = {ATTR_FLOAT("clip", -1)});
    FAILS(HINGE_BAD_SHAPE, "hidden_size is 3, but R has 2 columns", .inputs = {INPUTS},
          .attributes = {ATTR_INT("hidden_size", 3)});
    FAILS(HINGE_BAD_VALUE, "activations has 2 names, not 3", .inputs = {INPUTS},
          .attributes = {ATTR_STRINGS("activations", "Tanh", "Tanh")});
    FAILS(HINGE_BAD_VALUE, "\"Tan\" is no activation", .inputs = {INPUTS},
          .attributes = {ATTR_STRINGS("activations", "Tanh", "Tan", "Tanh")});
    FAILS(HINGE_BAD_VALUE, "ScaledTanh has no alpha or no beta", .inputs = {INPUTS},
          .attributes = {ATTR_STRINGS("activations", "Tanh", "ScaledTanh", "Tanh")});
    FAILS(HINGE_BAD_SHAPE, "ranks 2 and 3", .inputs = {X(5, 3), C(1, 8, 4), C(1, 8, 2)});
    FAILS(HINGE_BAD_SHAPE, "W is not of shape 1 x 8 x 4",
          .inputs = {X(5, 3, 4), C(1, 8, 3), C(1, 8, 2)});
    FAILS(HINGE_BAD_SHAPE, "R is not of shape 1 x 8 x 2",
          .inputs = {X(5, 3, 4), C(1, 8, 4), C(2, 8, 2)});
    FAILS(HINGE_BAD_SHAPE, "W is not of shape 2 x 8 x 4", .inputs = {INPUTS}, .attributes = {BOTH});
    FAILS(HINGE_BAD_SHAPE, "B is not of shape 1 x 16", .inputs = {INPUTS, C(1, 15)});
    FAILS(HINGE_BAD_SHAPE, "sequence_lens is not of shape 3",
          .inputs = {INPUTS, C(1, 16), LIST(HINGE_INT32, 1, 2)});
    FAILS(HINGE_BAD_VALUE, "entry 1 of sequence_lens is 6, not in [0, 5]",
          .inputs = {INPUTS, C(1, 16), LIST(HINGE_INT32, 1, 6, 2)});
    FAILS(HINGE_BAD_VALUE, "entry 2 of sequence_lens is -1",
          .inputs = {INPUTS, C(1, 16), LIST(HINGE_INT32, 1, 5, -1)});
    FAILS(HINGE_BAD_SHAPE, "initial_h is not of shape 1 x 3 x 2",
          .inputs = {INPUTS, OMITTED, OMITTED, X(3, 1, 2)});
    FAILS(HINGE_BAD_SHAPE, "initial_c is not of shape 3 x 1 x 2",
          .attributes = {ATTR_INT("layout", 1)},
          .inputs = {X(3, 5, 4), C(1, 8, 4), C(1, 8, 2), OMITTED, OMITTED, OMITTED, X(1, 3, 2)});
    FAILS(HINGE_BAD_SHAPE, "P is not of shape 1 x 6",
          .inputs = {INPUTS, OMITTED, OMITTED, OMITTED, OMITTED, X(1, 8)});
    FAILS(HINGE_BAD_MODEL, "signature", .opsets = {21},
          .inputs = {RANDOM(HINGE_BFLOAT16, false, 1, 5, 3, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 8, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 8, 2)});
}

static void orders(void)
{
    const struct harness_case c = {.op = "LSTM",
                                   .n_outputs = 3,
                                   .reference = reference,
                                   .absolute = 1e-5,
                                   .inputs = {X(HARNESS_N, 2, 33), C(1, 140, 33), C(1, 140, 35)}};
    CHECK_ORDER(&c, 1, 40, 7, 100);
}

static void benches(void)
{
    LSTM(.bench = true, .inputs = {X(100, 1, 128), C(1, 512, 128), C(1, 512, 128), C(1, 1024)});
    LSTM(.bench = true, .inputs = {X(100, 1, 32), C(1, 192, 32), C(1, 192, 48), C(1, 384)});
    LSTM(.bench = true, .inputs = {X(100, 16, 128), C(1, 512, 128), C(1, 512, 128), C(1, 1024)});
    LSTM(.bench = true, .inputs = {X(1, 1, 128), C(1, 512, 128), C(1, 512, 128), C(1, 1024)});
}

void test_lstm(void)
{
    sizes();
    attributes();
    layouts();
    types();
    errors();
    orders();
    benches();
}
