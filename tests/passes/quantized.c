/* Numbers between DequantizeLinear and QuantizeLinear are computed as the integers that they are.
 * Scales are powers of two, for which floats are exact too, so that both ways have to give the
 * same; what does not fit stays as it is. */
#include "tests/passes/support/rewrite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE                                                                                      \
    4, (int64_t[])                                                                                 \
    {                                                                                              \
        2, 6, 8, 8                                                                                 \
    }
#define MATRIX                                                                                     \
    2, (int64_t[])                                                                                 \
    {                                                                                              \
        5, 24                                                                                      \
    }

/* A constant of other integers than int64, which Cast makes of these. */
static void add_integers(struct model *model, const char *name, hinge_type type, int rank,
                         const int64_t *dims, const int64_t *values)
{
    char wide[64];
    snprintf(wide, sizeof wide, "%s_wide", name);
    model_ints(model, wide, rank, dims, values);
    model_node(model, "", "Cast", wide, name);
    model_attribute_int(model, "to", type);
}

/* Scales "s0" to "s16", which are 1 to 2^-16, and zero points: "u0", "u9" of uint8, "i-128", "i5"
 * of int8, "l0" of int32. */
static struct model *begin(void)
{
    struct model *model = model_create();
    for (int i = 0; i <= 16; i++) {
        const float scale = ldexpf(1, -i);
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        model_floats(model, name, 0, NULL, &scale);
    }
    add_integers(model, "u0", HINGE_UINT8, 0, NULL, (int64_t[]){0});
    add_integers(model, "u9", HINGE_UINT8, 0, NULL, (int64_t[]){9});
    add_integers(model, "i-128", HINGE_INT8, 0, NULL, (int64_t[]){-128});
    add_integers(model, "i5", HINGE_INT8, 0, NULL, (int64_t[]){5});
    add_integers(model, "l0", HINGE_INT32, 0, NULL, (int64_t[]){0});
    return model;
}

/* from -> QuantizeLinear -> DequantizeLinear -> to, with that scale and zero point. */
static void round_trip(struct model *model, const char *from, const char *by, const char *to)
{
    char inputs[64], between[32];
    snprintf(between, sizeof between, "%s_q", to);
    snprintf(inputs, sizeof inputs, "%s %s", from, by);
    model_node(model, "", "QuantizeLinear", inputs, between);
    snprintf(inputs, sizeof inputs, "%s %s", between, by);
    model_node(model, "", "DequantizeLinear", inputs, to);
}

/* Random integers of [low, high], which a DequantizeLinear makes the constant name. */
static void add_quantized(struct model *model, const char *name, const char *by, hinge_type type,
                          int rank, const int64_t *dims, int low, int high)
{
    int64_t count = 1, *values;
    char integers[32], inputs[64];
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    values = malloc((size_t)count * sizeof *values);
    CU_ASSERT_PTR_NOT_NULL_FATAL(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = low + (int64_t)random_below((uint32_t)(high - low + 1));
    snprintf(integers, sizeof integers, "%s_q", name);
    add_integers(model, integers, type, rank, dims, values);
    free(values);
    snprintf(inputs, sizeof inputs, "%s %s", integers, by);
    model_node(model, "", "DequantizeLinear", inputs, name);
}

/* x -> round trip -> node of inputs -> round trip -> o, a further node before the last if there. */
struct chain {
    const char *x, *op, *inputs, *then, *y;
};

static struct model *add_chain(struct model *model, const struct chain *c, int rank,
                               const int64_t *dims)
{
    model_input(model, "x", HINGE_FLOAT, rank, dims);
    round_trip(model, "x", c->x, "d");
    if (c->then)
        model_node(model, "", c->then, "r", "t");
    round_trip(model, c->then ? "t" : "r", c->y, "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    model_node(model, "", c->op, c->inputs, "r");
    return model;
}

static void check_chain(struct model *model, size_t n_changes)
{
    CU_ASSERT_EQUAL(check_pass(model, "use-integers"), n_changes);
    model_destroy(model);
}

/* Eight maps of two groups, 3 x 3. */
static void conv(const char *x, const char *w, hinge_type w_type, const char *b, const char *then,
                 const char *y, size_t n_changes)
{
    struct model *model = begin();
    const struct chain c = {x, "Conv", b ? "d w b" : "d w", then, y};
    float scales[8];
    int64_t points[8];
    for (int i = 0; i < 8; i++) {
        scales[i] = ldexpf(1, -7 - i % 3);
        points[i] = 0;
    }
    model_floats(model, "scales", 1, (int64_t[]){8}, scales);
    for (int i = 0; i < 8; i++)
        scales[i] *= 1.0F / 64;
    model_floats(model, "products", 1, (int64_t[]){8}, scales);
    add_integers(model, "points", HINGE_INT8, 1, (int64_t[]){8}, points);
    add_quantized(model, "w", w, w_type, 4, (int64_t[]){8, 3, 3, 3}, 0, 127);
    if (strstr(w, "scales"))
        model_attribute_int(model, "axis", 0);
    if (b && strcmp(b, "float") == 0) {
        for (int i = 0; i < 8; i++)
            scales[i] = ldexpf((float)random_below(9999), -13);
        model_floats(model, "b", 1, (int64_t[]){8}, scales);
    } else if (b) {
        add_quantized(model, "b", b, HINGE_INT32, 1, (int64_t[]){8}, -9999, 9999);
        if (strstr(b, "products"))
            model_attribute_int(model, "axis", 0);
    }
    add_chain(model, &c, IMAGE);
    model_attribute_int(model, "group", 2);
    model_attribute_ints(model, "pads", 4, (int64_t[]){1, 0, 1, 2});
    check_chain(model, n_changes);
}

static void convolutions(void)
{
    conv("s6 u9", "s7 i5", HINGE_INT8, NULL, NULL, "s4 u9", 1);
    conv("s6", "s7", HINGE_UINT8, "s13 l0", NULL, "s3", 1);
    conv("s6 i5", "scales", HINGE_INT8, "products", NULL, "s4 i5", 1);
    conv("s6 i5", "scales points", HINGE_INT8, "float", NULL, "s4 u9", 1);
    /* Another scale than that of the products: the nearest integers of these. */
    conv("s6 u9", "s7 i5", HINGE_INT8, "s12", NULL, "s4 u9", 1);
    /* What a Relu does too. */
    conv("s6 u9", "s7 i5", HINGE_INT8, "s13", "Relu", "s4 u0", 1);
    conv("s6 u9", "s7 i5", HINGE_INT8, "s13", "Relu", "s4 i-128", 1);
    /* A Relu at 9, another activation, biases beyond what sums leave room for. */
    conv("s6 u9", "s7 i5", HINGE_INT8, "s13", "Relu", "s4 u9", 0);
    conv("s6 u9", "s7 i5", HINGE_INT8, "s13", "Softplus", "s4 u0", 0);
    conv("s16 u9", "s16 i5", HINGE_INT8, "s1", NULL, "s4 u9", 0);
}

static void clip(float low, float high, size_t n_changes)
{
    struct model *model = begin();
    model_floats(model, "low", 0, NULL, &low);
    model_floats(model, "high", 0, NULL, &high);
    model_input(model, "x", HINGE_FLOAT, IMAGE);
    round_trip(model, "x", "s6 u9", "d");
    add_quantized(model, "w", "s7 i5", HINGE_INT8, 4, (int64_t[]){3, 6, 1, 1}, -128, 127);
    model_node(model, "", "Conv", "d w", "r");
    model_node(model, "", "Clip", "r low high", "t");
    round_trip(model, "t", "s6 u0", "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    check_chain(model, n_changes);
}

/* 255 / 64 is the largest number there is. */
static void clips(void)
{
    clip(0, 3.984375F, 1);
    clip(-1, 6, 1);
    clip(0, 3.9F, 0);
    clip(0.25F, 6, 0);
    clip(6, 5, 0);
    clip(NAN, 6, 0);
}

static void products(void)
{
    struct model *model = begin();
    add_quantized(model, "w", "s7 i5", HINGE_INT8, 2, (int64_t[]){24, 16}, -128, 127);
    add_chain(model, &(struct chain){"s6 u9", "MatMul", "d w", NULL, "s4 i5"}, MATRIX);
    check_chain(model, 1);

    model = begin();
    add_quantized(model, "w", "s7 u9", HINGE_UINT8, 2, (int64_t[]){24, 16}, 0, 127);
    add_quantized(model, "b", "s13", HINGE_INT32, 1, (int64_t[]){16}, -9999, 9999);
    add_chain(model, &(struct chain){"s6 u9", "Gemm", "d w b", "Relu", "s4 u0"}, MATRIX);
    check_allocation_failures(model);
    check_chain(model, 1);

    model = begin();
    float scales[16];
    for (int i = 0; i < 16; i++)
        scales[i] = ldexpf(1, -5 - i % 4);
    model_floats(model, "scales", 1, (int64_t[]){16}, scales);
    add_quantized(model, "w", "scales", HINGE_INT8, 2, (int64_t[]){16, 24}, -128, 127);
    model_attribute_int(model, "axis", 0);
    add_chain(model, &(struct chain){"s6 i5", "Gemm", "d w", NULL, "s4 i5"}, MATRIX);
    model_attribute_int(model, "transB", 1);
    check_chain(model, 1);

    /* Scales along the other axis, factors. */
    for (int beta = 0; beta < 2; beta++) {
        model = begin();
        model_floats(model, "scales", 1, (int64_t[]){16}, scales);
        add_quantized(model, "w", beta ? "s7" : "scales", HINGE_INT8, 2, (int64_t[]){16, 16}, 0, 9);
        model_attribute_int(model, "axis", 0);
        add_chain(model, &(struct chain){"s6 i5", "Gemm", "d w", NULL, "s4 i5"}, 2,
                  (int64_t[]){5, 16});
        model_attribute_float(model, "alpha", beta ? 0.5F : 1);
        check_chain(model, 0);
    }
}

static void one_input(const char *op, const char *y, int rank, const int64_t *dims,
                      const char *attribute, int64_t value, size_t n_changes)
{
    struct model *model = begin();
    add_chain(model, &(struct chain){"s6 u9", op, "d", NULL, y}, rank, dims);
    if (attribute)
        model_attribute_int(model, attribute, value);
    if (strcmp(op, "AveragePool") == 0) {
        model_attribute_ints(model, "kernel_shape", 2, (int64_t[]){2, 4});
        model_attribute_ints(model, "pads", 4, (int64_t[]){1, 2, 1, 2});
        model_attribute_ints(model, "strides", 2, (int64_t[]){2, 3});
    }
    if (strcmp(op, "LeakyRelu") == 0)
        model_attribute_float(model, "alpha", 0.25F);
    check_chain(model, n_changes);
}

static void unary(void)
{
    one_input("AveragePool", "s7 u9", IMAGE, "count_include_pad", 1, 1);
    one_input("GlobalAveragePool", "s7 u9", IMAGE, NULL, 0, 1);
    one_input("GlobalAveragePool", "s7 u9", MATRIX, NULL, 0, 1);
    one_input("LeakyRelu", "s6 u9", IMAGE, NULL, 0, 1);
    one_input("Sigmoid", "s8 u0", IMAGE, NULL, 0, 1);
    one_input("Softmax", "s8 u0", IMAGE, NULL, 0, 1);
    one_input("Softmax", "s8 u0", IMAGE, "axis", 1, 1);
    /* Another type than the input's, no form. */
    one_input("Sigmoid", "s8 i5", IMAGE, NULL, 0, 0);
    one_input("Tanh", "s8 u9", IMAGE, NULL, 0, 0);
}

/* Of x and, with another scale and zero point, its negative. */
static void two_inputs(const char *op, const char *by, size_t n_changes)
{
    struct model *model = begin();
    model_input(model, "x", HINGE_FLOAT, IMAGE);
    model_node(model, "", "Neg", "x", "z");
    round_trip(model, "x", "s6 u9", "a");
    round_trip(model, "z", by, "b");
    model_node(model, "", op, "a b", "r");
    if (strcmp(op, "Concat") == 0)
        model_attribute_int(model, "axis", -3);
    round_trip(model, "r", "s7 u9", "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    check_chain(model, n_changes);
}

static void binary(void)
{
    two_inputs("Add", "s5 u0", 1);
    two_inputs("Mul", "s5 u0", 1);
    two_inputs("Concat", "s5 u0", 1);
    two_inputs("Add", "s5 i5", 0);
    two_inputs("Concat", "s5 i5", 0);
    two_inputs("Sub", "s5 u0", 0);
}

/* A convolution, what moves its results, and another one: nothing but integers from end to end. */
static void moves(void)
{
    struct model *model = begin();
    model_input(model, "x", HINGE_FLOAT, IMAGE);
    round_trip(model, "x", "s6 u9", "d");
    add_quantized(model, "w", "s7 i5", HINGE_INT8, 4, (int64_t[]){4, 6, 1, 1}, -128, 127);
    model_node(model, "", "Conv", "d w", "c");
    round_trip(model, "c", "s4 u9", "e");
    model_node(model, "", "MaxPool", "e", "m");
    model_attribute_ints(model, "kernel_shape", 2, (int64_t[]){2, 2});
    model_attribute_ints(model, "pads", 4, (int64_t[]){1, 1, 0, 0});
    round_trip(model, "m", "s4 u9", "f");
    model_node(model, "", "Transpose", "f", "t");
    round_trip(model, "t", "s4 u9", "g");
    model_node(model, "", "Flatten", "g", "l");
    round_trip(model, "l", "s4 u9", "h");
    model_node(model, "", "Sigmoid", "h", "s");
    round_trip(model, "s", "s8 u0", "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, "move-dequantize"), 6);
    CU_ASSERT_EQUAL(check_pass(model, "use-integers"), 2);
    /* QuantizeLinear, Conv, MaxPool, Transpose, Flatten, Sigmoid, DequantizeLinear */
    CU_ASSERT_EQUAL(count_nodes(model), 7);
    check_allocation_failures(model);
    model_destroy(model);
}

/* Operators of a plugin that says of which others they are the floats, or that they move. The form
 * has another default than the operator, no kernel for int8, and none for the factor 0. */
static void of_a_plugin(void)
{
    static const struct {
        const char *by;
        float factor; /* 0.5: the operator's own */
        size_t n_changes;
    } cases[] = {{"s6 u9", 0.5F, 1}, {"s6 u9", 2, 1}, {"s6 i5", 0.5F, 0}, {"s6 u9", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model *model = begin();
        model_input(model, "x", HINGE_FLOAT, IMAGE);
        round_trip(model, "x", cases[i].by, "d");
        model_node(model, DOMAIN, "Times", "d", "r");
        if (cases[i].factor != 0.5F)
            model_attribute_float(model, "factor", cases[i].factor);
        round_trip(model, "r", cases[i].by, "e");
        model_node(model, DOMAIN, "Turn", "e", "t");
        round_trip(model, "t", cases[i].by, "o");
        model_output(model, "o", HINGE_FLOAT, -1, NULL);
        CU_ASSERT_EQUAL(check_pass(model, "move-dequantize"), strchr(cases[i].by, 'u') ? 2 : 0);
        check_chain(model, cases[i].n_changes);
    }
}

/* Another scale behind, and numbers that are read as floats too. */
static void moves_that_leave_floats(void)
{
    struct model *model = begin();
    model_input(model, "x", HINGE_FLOAT, IMAGE);
    round_trip(model, "x", "s6 u9", "d");
    model_node(model, "", "Transpose", "d", "t");
    round_trip(model, "t", "s5 u9", "o");
    model_node(model, "", "Exp", "d", "e");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    model_output(model, "e", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, "move-dequantize"), 1);
    model_destroy(model);
}

/* Floats that somebody wants stay; and so does what has no constant scale. */
static void stays(void)
{
    for (int i = 0; i < 2; i++) {
        struct model *model = begin();
        add_quantized(model, "w", "s7 i5", HINGE_INT8, 2, (int64_t[]){24, 16}, -128, 127);
        add_chain(model, &(struct chain){"s6 u9", "MatMul", "d w", NULL, i ? "s u9" : "s4 u9"},
                  MATRIX);
        if (i)
            model_node(model, "", "Abs", "x0", "s");
        if (i)
            model_input(model, "x0", HINGE_FLOAT, 0, NULL);
        else
            model_output(model, "r", HINGE_FLOAT, -1, NULL);
        check_chain(model, 0);
    }
}

/* Sums of so many products may not fit int32; those of one less do. */
static void depth(void)
{
    for (int64_t n = 28897; n <= 28898; n++) {
        struct model *model = begin();
        add_quantized(model, "w", "s7", HINGE_UINT8, 2, (int64_t[]){n, 1}, 1, 1);
        add_chain(model, &(struct chain){"s6 u9", "MatMul", "d w", NULL, "s0 u9"}, 2,
                  (int64_t[]){1, n});
        check_chain(model, n == 28897);
    }
}

int main(void)
{
    static CU_TestInfo tests[] = {{"convolutions", convolutions},
                                  {"clips", clips},
                                  {"products", products},
                                  {"one input", unary},
                                  {"two inputs", binary},
                                  {"moves", moves},
                                  {"of a plugin", of_a_plugin},
                                  {"moves that leave floats", moves_that_leave_floats},
                                  {"stays", stays},
                                  {"depth", depth},
                                  CU_TEST_INFO_NULL};
    return run_tests("quantized", tests);
}
