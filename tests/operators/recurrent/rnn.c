/* RNN against the standard's equation in double. */
#include "tests/operators/recurrent.h"

static void step(struct recurrence *r)
{
    double h[MAX_HIDDEN];
    for (int64_t u = 0; u < r->hidden; u++)
        h[u] =
            recurrence_gate(r, 0,
                            recurrence_x(r, 0, u) + recurrence_h(r, 0, u, r->h) +
                                recurrence_bias(r, false, 0, u) + recurrence_bias(r, true, 0, u));
    memcpy(r->h, h, sizeof h);
}

static void reference(struct harness_call *call)
{
    static const char *const activations[] = {"Tanh"};
    recurrence_walk(
        call, (struct recurrence){.n_gates = 1, .n_activations = 1, .activations = activations},
        step);
}

#define RNN(...)                                                                                   \
    CHECK_OP(.op = "RNN", .n_outputs = 2, .reference = reference, .absolute = 1e-5, __VA_ARGS__)
#define BOTH ATTR_STRING("direction", "bidirectional")
#define REVERSE ATTR_STRING("direction", "reverse")

static void sizes(void)
{
    RNN(.opsets = {1, 6, 7, 13, 14, 21, 22},
        .inputs = {X(5, 3, 4), C(1, 7, 4), C(1, 7, 7), C(1, 14)});
    RNN(.inputs = {X(HARNESS_N, 1, 2), C(1, 3, 2), C(1, 3, 3)});
    RNN(.inputs = {X(3, HARNESS_N, 2), C(2, 2, 2), C(2, 2, 2), C(2, 4)}, .attributes = {BOTH});
    RNN(.inputs = {X(90, 3, 2), X(2, 2, 2), X(2, 2, 2), X(2, 4), LIST(HINGE_INT32, 0, 1, 0),
                   X(2, 3, 2)},
        .attributes = {BOTH});
    RNN(.inputs = {X(0, 2, 3), C(1, 2, 3), C(1, 2, 2), OMITTED, OMITTED, X(1, 2, 2)});
    RNN(.inputs = {X(2, 0, 3), C(1, 2, 3), C(1, 2, 2)});
    RNN(.inputs = {X(2, 3, 4), C(1, 0, 4), C(1, 0, 0)});
    RNN(.inputs = {X(3, 1, 70), C(1, 131, 70), C(1, 131, 131), C(1, 262)});
    RNN(.inputs = {X(3, 9, 20), C(2, 65, 20), C(2, 65, 65), C(2, 130)}, .attributes = {BOTH});
    RNN(.inputs = {X(2, 4, 5), C(1, 385, 5), C(1, 385, 385), C(1, 770)}, .attributes = {REVERSE});
}

/* All activations, in both directions at once. */
static void activations(void)
{
    static const char *const names[][2] = {{"Relu", "TANH"},
                                           {"Sigmoid", "Affine"},
                                           {"LeakyRelu", "thresholdedrelu"},
                                           {"ScaledTanh", "hardSigmoid"},
                                           {"Elu", "Softsign"},
                                           {"Softplus", "LeakyRelu"}};
    const float values[] = {0.3F, 0.6F};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t n = 0; n < 3; n += 2) {
            const struct harness_attribute given[] = {BOTH,
                                                      {.name = "activations",
                                                       .type = HINGE_ATTR_STRINGS,
                                                       .count = 2,
                                                       .strings = names[i]},
                                                      {.name = "activation_alpha",
                                                       .type = HINGE_ATTR_FLOATS,
                                                       .count = n,
                                                       .floats = values},
                                                      {.name = "activation_beta",
                                                       .type = HINGE_ATTR_FLOATS,
                                                       .count = n,
                                                       .floats = values}};
            struct harness_case c = {.op = "RNN",
                                     .n_outputs = 2,
                                     .types =
                                         HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
                                     .reference = reference,
                                     .absolute = 1e-5,
                                     .inputs = {XT(4, 3, 5), CT(2, 17, 5), CT(2, 17, 17)}};
            if (n == 0 && i == 3) /* ScaledTanh's must be given */
                continue;
            memcpy(c.attributes, given, (n ? 4 : 2) * sizeof *given);
            CHECK_CASE(&c);
        }
    RNN(.opsets = {1, 7}, .inputs = {X(5, 3, 4), C(1, 7, 4), C(1, 7, 7)},
        .attributes = {ATTR_STRINGS("activations", "Tanh", "Tanh")});
}

static void attributes(void)
{
    struct harness_case c = {
        .op = "RNN",
        .opsets = {1, 7, 14, 22},
        .n_outputs = 2,
        .reference = reference,
        .absolute = 1e-5,
        .inputs = {X(6, 5, 4), C(2, 9, 4), C(2, 9, 9), C(2, 18), LIST(HINGE_INT32, 4, 0, 3, 1, 2),
                   X(2, 5, 9)},
        .attributes = {BOTH, ATTR_INT("hidden_size", 9), ATTR_FLOAT("clip", 0.25F)}};
    CHECK_CASE(&c);
    for (uint32_t unwanted = 1; unwanted < 4; unwanted++) {
        c.unwanted = unwanted;
        CHECK_CASE(&c);
    }
    RNN(.opsets = {14, 22}, .attributes = {ATTR_INT("layout", 1), BOTH},
        .inputs = {X(3, 5, 4), X(2, 7, 4), C(2, 7, 7), C(2, 14), LIST(HINGE_INT32, 2, 5, 4),
                   X(3, 2, 7)});
    RNN(.attributes = {ATTR_INT("layout", 1), REVERSE},
        .inputs = {X(7, HARNESS_N, 2), C(1, 3, 2), X(1, 3, 3), C(1, 6)});
    RNN(.opsets = {6}, .inputs = {X(5, 3, 4), C(1, 2, 4), C(1, 2, 2)},
        .attributes = {ATTR_INT("output_sequence", 0)});
}

static void types(void)
{
    for (int halves = 0; halves < 2; halves++)
        CHECK_OP(.op = "RNN", .opsets = {22}, .n_outputs = 2, .reference = reference,
                 .types = halves ? HALVES : HARNESS_TYPE(HINGE_DOUBLE), .ulp = halves ? 1 : 0,
                 .absolute = halves ? 1e-4 : 1e-12, .attributes = {BOTH},
                 .inputs = {XT(6, 6, HARNESS_N), XT(2, 5, HARNESS_N), CT(2, 5, 5), CT(2, 10),
                            OMITTED, XT(2, 6, 5)});
    CHECK_OP(.op = "RNN", .opsets = {1, 7, 14}, .n_outputs = 2, .reference = reference,
             .types = HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16), .ulp = 0.51,
             .absolute = 1e-5, .inputs = {XT(3, 2, 4), XT(1, 5, 4), XT(1, 5, 5), XT(1, 10)});
}

#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "RNN", .n_outputs = 2, .fails = (status), .says = (text), __VA_ARGS__)
#define INPUTS X(5, 3, 4), C(1, 2, 4), C(1, 2, 2)

static void errors(void)
{
    FAILS(HINGE_BAD_VALUE, "direction is \"backward\"", .inputs = {INPUTS},
          .attributes = {ATTR_STRING("direction", "backward")});
    FAILS(HINGE_BAD_VALUE, "clip is 0", .inputs = {INPUTS}, .attributes = {ATTR_FLOAT("clip", 0)});
    FAILS(HINGE_BAD_VALUE, "activations has 1 names, not 2",
          .inputs = {X(5, 3, 4), C(2, 2, 4), C(2, 2, 2)},
          .attributes = {BOTH, ATTR_STRINGS("activations", "Tanh")});
    FAILS(HINGE_BAD_SHAPE, "W is not of shape 1 x 2 x 4",
          .inputs = {X(5, 3, 4), C(1, 8, 4), C(1, 8, 2)});
    FAILS(HINGE_BAD_SHAPE, "initial_h is not of shape 1 x 3 x 2",
          .inputs = {INPUTS, OMITTED, OMITTED, X(1, 3, 3)});
    FAILS(HINGE_BAD_VALUE, "entry 0 of sequence_lens is 6",
          .inputs = {INPUTS, OMITTED, LIST(HINGE_INT32, 6, 1, 2)});
    FAILS(HINGE_BAD_MODEL, "signature", .opsets = {21},
          .inputs = {RANDOM(HINGE_BFLOAT16, false, 1, 5, 3, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 2, 4),
                     RANDOM(HINGE_BFLOAT16, false, 1, 1, 2, 2)});
}

void test_rnn(void)
{
    sizes();
    activations();
    attributes();
    types();
    errors();
}
