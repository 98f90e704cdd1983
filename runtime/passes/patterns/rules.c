#include "passes/patterns/pattern.h"

/* A tree of factors in any order is written out: g 0.5 x, (g x) 0.5 … */
#define HALVES(x, g) "Either(" x " * " g " * 0.5, " x " * (" g " * 0.5), " x " * 0.5 * " g ")"
#define CENTRED "d = Either(x - Mean(x), Mean(x) - x); v = Mean(Either(Pow(d, 2), d * d)); "
#define ROOT "r = Sqrt(v + e); "
#define LAYER_NORM CENTRED ROOT "n = (x - Mean(x)) / r; "
#define TENSORFLOW_NORM CENTRED ROOT "i = Reciprocal(r) * w; "
#define RMS_NORM                                                                                   \
    "v = Mean(Either(Pow(x, 2), x * x)); " ROOT                                                    \
    "n = Either(x / r, x * Reciprocal(r), x * (1 / r)); "
#define EPSILON_AND_AXIS                                                                           \
    {                                                                                              \
        {.name = "epsilon", .from = 'e'},                                                          \
        {                                                                                          \
            .name = "axis", .from = '-'                                                            \
        }                                                                                          \
    }

/* Scores as they are, or with a mask added. Where all scores of a row are -infinity, Attention
 * gives 0, and Softmax NaN. */
#define ATTENTION(scores, scale_from)                                                              \
    {.mark = "Softmax",                                                                            \
     .pattern = "MatMul(Rows(" scores " + m), v)",                                                 \
     .op = "Attention",                                                                            \
     .opset = 23,                                                                                  \
     .inputs = "qkvm",                                                                             \
     .attributes = {{.name = "scale", .from = (scale_from)}},                                      \
     .has_shapes = true},                                                                          \
    {                                                                                              \
        .mark = "Softmax", .pattern = "MatMul(Rows(" scores "), v)", .op = "Attention",            \
        .opset = 23, .inputs = "qkv", .attributes = {{.name = "scale", .from = (scale_from)}},     \
        .has_shapes = true                                                                         \
    }

/* The longer patterns first. */
const struct pattern_rule pattern_rules[] = {
    {.mark = "Clip",
     .pattern = "g = Clip(x + 3, 0, 6); Either(x * g / 6, x * (g / 6), x * (g * 0.166666667), "
                "x * g * 0.166666667)",
     .op = "HardSwish",
     .opset = 14,
     .inputs = "x"},
    {.mark = "Erf",
     .pattern = "g = 1 + Erf(Either(x / 1.41421356, x * 0.707106781)); " HALVES("x", "g"),
     .op = "Gelu",
     .opset = 20,
     .inputs = "x"},
    {.mark = "Tanh",
     .pattern = "c = Either(Pow(x, 3), x * x * x, x * (x * x)); "
                "g = 1 + Tanh((x + c * 0.044715) * 0.797884561); " HALVES("x", "g"),
     .op = "Gelu",
     .opset = 20,
     .inputs = "x",
     .attributes = {{.name = "approximate", .text = "tanh"}}},
    {.mark = "Sqrt",
     .pattern = LAYER_NORM "n * w + b",
     .op = "LayerNormalization",
     .opset = 17,
     .inputs = "xwb",
     .attributes = EPSILON_AND_AXIS,
     .has_shapes = true},
    {.mark = "Reciprocal",
     .pattern = TENSORFLOW_NORM "x * i + (b - Mean(x) * i)",
     .op = "LayerNormalization",
     .opset = 17,
     .inputs = "xwb",
     .attributes = EPSILON_AND_AXIS,
     .has_shapes = true},
    {.mark = "Sqrt",
     .pattern = LAYER_NORM "n * w",
     .op = "LayerNormalization",
     .opset = 17,
     .inputs = "xw",
     .attributes = EPSILON_AND_AXIS,
     .has_shapes = true},
    {.mark = "Sqrt",
     .pattern = RMS_NORM "n * w",
     .op = "RMSNormalization",
     .opset = 23,
     .inputs = "xw",
     .attributes = EPSILON_AND_AXIS,
     .has_shapes = true},
    ATTENTION("MatMul(q, Turned(k)) / r", 'r'),
    ATTENTION("MatMul(q, Turned(k)) * s", 's'),
    ATTENTION("MatMul(q, Turned(k))", '1'),
};
const size_t n_pattern_rules = sizeof pattern_rules / sizeof pattern_rules[0];
