/* What operators say of themselves to the passes: of activations, linear and affine operators,
 * identities. A lie may cost a rewrite, but no result and no memory. And what an operator that
 * stands in for another in one type or opset has no say in: all the rest. */
#include "tests/plugins/wrong.h"
#include "tests/unit/running.h"

#define WRONG TEST_PLUGINS "/wrong.so"
#define WHICH1 TEST_PLUGINS "/which1.so"
#define WHICH2 TEST_PLUGINS "/which2.so"

static const int64_t dims[] = {1, 2, 3}, any[] = {-1, -1, -1}, two[] = {2}, square[] = {2, 2};
static float x6[] = {1, -2, 3, -4, 5, -6};

static struct running start(const char *plugin)
{
    return (struct running){.model = model_create(), .plugins = {plugin}};
}

static void set(struct running *r, enum wrong mistake, int64_t n)
{
    model_attribute_int(r->model, "mistake", mistake);
    model_attribute_int(r->model, "n", n);
}

static void run_x(struct running *r, const int64_t *shape, int32_t rank, hinge_tensor *output)
{
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, rank, shape, x6);
    running_open(r);
    if (running_run(r, &input, 1, output, 1))
        CU_FAIL_FATAL(r->error.message);
}

/* c = Conv(x), y = op(c) is c, with every kind that there may be. */
static void activation_kinds(void)
{
    static const int64_t image[] = {1, 1, 2, 3}, one[] = {1, 1, 1, 1};
    static const int64_t kinds[] = {22, 23, 99, 0xffff, 0xfffe, -1, INT32_MAX, INT32_MIN};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int has_row = 0; has_row < 2; has_row++) {
            struct running r = start(WRONG);
            model_input(r.model, "x", HINGE_FLOAT, 4, image);
            model_floats(r.model, "w", 4, one, (float[]){2});
            model_node(r.model, "", "Conv", "x w", "c");
            model_node(r.model, DOMAIN, has_row ? "WrongActivation" : "WrongRowless", "c", "y");
            set(&r, ACTIVATION_KIND, kinds[k]);
            model_output(r.model, "y", HINGE_FLOAT, 4, image);
            hinge_tensor output;
            run_x(&r, image, 4, &output);
            CU_ASSERT_EQUAL(count_nodes(r.session), has_row ? 1 : 2);
            check_floats(&output, 6, (float[]){2, -4, 6, -8, 10, -12});
            running_close(&r);
        }
}

/* An operator of another plugin may not know even a kind that the header names: it has no row. */
static void activation_without_row(void)
{
    struct running r = start(WRONG);
    r.plugins[1] = TEST_PLUGINS "/abi2.so";
    model_input(r.model, "x", HINGE_FLOAT, 3, dims);
    model_floats(r.model, "w", 1, two, (float[]){2, 2});
    model_node(r.model, DOMAIN, "AbiScale", "x w", "s");
    model_node(r.model, DOMAIN, "WrongRowless", "s", "y");
    set(&r, ACTIVATION_KIND, 5);
    model_output(r.model, "y", HINGE_FLOAT, 3, dims);
    hinge_tensor output;
    run_x(&r, dims, 3, &output);
    CU_ASSERT_EQUAL(count_nodes(r.session), 2);
    check_floats(&output, 6, (float[]){2, -4, 6, -8, 10, -12});
    running_close(&r);
}

/* y = Mul(l, 2), l = WrongLinear(x, w) is x: not folded where the parts cannot be. */
static void linear_parts(void)
{
    static const struct {
        enum wrong mistake;
        int64_t n;
        const char *inputs;
    } cases[] = {{LINEAR_WEIGHT, 9, "x w"},
                 {LINEAR_WEIGHT, 255, "x w"},
                 {LINEAR_WEIGHT, 0, "x w"},
                 {LINEAR_BIAS, 200, "x w"},
                 {LINEAR_BIAS, 0, "x w"},
                 {LINEAR_BIAS, 1, "x w"},
                 {LINEAR_WEIGHT_AXIS, 2, "x w"},
                 {LINEAR_WEIGHT_AXIS, 200, "x w"},
                 {LINEAR_AXIS, 3, "x w"},
                 {LINEAR_AXIS, 100, "x w"},
                 {LINEAR_AXIS, -128, "x w"},
                 {LINEAR_AXIS, -4, "x w"},
                 {LINEAR_GROUPS, 0, "x w"},
                 {LINEAR_GROUPS, -1, "x w"},
                 {LINEAR_GROUPS, INT64_MIN, "x w"},
                 {LINEAR_GROUPS, INT64_MAX, "x w"},
                 {LINEAR_GROUPS, (int64_t)1 << 62, "x w"},
                 {LINEAR_GROUPS, (int64_t)1 << 62, "x empty"},
                 {LINEAR_GROUPS, INT64_MAX, "x empty"}};
    for (size_t k = 0; k < 2 * sizeof cases / sizeof cases[0]; k++) {
        struct running r = start(WRONG);
        const int64_t *shape = k & 1 ? any : dims;
        model_input(r.model, "x", HINGE_FLOAT, 3, shape);
        model_floats(r.model, "w", 2, square, (float[]){1, 1, 1, 1});
        model_floats(r.model, "empty", 2, (int64_t[]){0, 1}, NULL);
        model_floats(r.model, "factor", 0, NULL, (float[]){2});
        model_node(r.model, DOMAIN, "WrongLinear", cases[k / 2].inputs, "l");
        set(&r, cases[k / 2].mistake, cases[k / 2].n);
        model_node(r.model, "", "Mul", "l factor", "y");
        model_output(r.model, "y", HINGE_FLOAT, 3, shape);
        hinge_tensor output;
        run_x(&r, dims, 3, &output);
        check_floats(&output, 6, (float[]){2, -4, 6, -8, 10, -12});
        running_close(&r);
    }
}

/* y = WrongAffine(s, c), s = Scale(x): which input it is one of. */
static void affine_inputs(void)
{
    static const int64_t inputs[] = {1, 2, 7, UINT32_MAX, INT32_MAX};
    for (size_t k = 0; k < sizeof inputs / sizeof inputs[0]; k++) {
        struct running r = start(WRONG);
        r.plugins[1] = TEST_PLUGINS "/abi2.so";
        model_input(r.model, "x", HINGE_FLOAT, 3, dims);
        model_floats(r.model, "w", 1, two, (float[]){2, 2});
        model_floats(r.model, "c", 3, dims, x6);
        model_node(r.model, DOMAIN, "AbiScale", "x w", "s");
        model_node(r.model, DOMAIN, "AbiShift", "s", "t"); /* folded into s */
        model_node(r.model, DOMAIN, "WrongAffine", "t c", "a");
        set(&r, AFFINE_INPUT, inputs[k]);
        model_node(r.model, "", "Relu", "a", "y");
        model_output(r.model, "y", HINGE_FLOAT, 3, dims);
        hinge_tensor output;
        run_x(&r, dims, 3, &output);
        check_floats(&output, 6, (float[]){7, 0, 15, 0, 23, 0});
        running_close(&r);
    }
}

/* Operators that say they are everything, but have another shape or type, no input or no output. */
static void lies(void)
{
    static const char *const ops[] = {"AbiScale", "Conv", "BatchNormalization"};
    for (int k = 0; k < 6; k++) {
        struct running r = start(WRONG);
        r.plugins[1] = TEST_PLUGINS "/abi2.so";
        const int64_t *shape = k & 1 ? any : dims;
        model_input(r.model, "x", HINGE_FLOAT, 3, shape);
        model_floats(r.model, "w", k / 2 == 1 ? 3 : 1, k / 2 == 1 ? (int64_t[]){2, 2, 1} : two,
                     (float[]){1, 0, 0, 1});
        model_floats(r.model, "m", 1, two, (float[]){0, 0});
        model_floats(r.model, "v", 1, two, (float[]){1, 1});
        model_node(r.model, k / 2 ? "" : DOMAIN, ops[k / 2], k / 2 < 2 ? "x w" : "x v m m v", "s");
        model_node(r.model, DOMAIN, "WrongNarrow", "s", "n");
        model_node(r.model, DOMAIN, "WrongNarrow", "x s", "n2");
        model_node(r.model, DOMAIN, "WrongFlat", "x", "f");
        model_node(r.model, DOMAIN, "WrongSource", "", "o");
        model_node(r.model, DOMAIN, "WrongEnd", "o", "");
        model_output(r.model, "f", HINGE_FLOAT, -1, NULL);
        model_output(r.model, "n", HINGE_INT8, -1, NULL);
        model_output(r.model, "n2", HINGE_INT8, -1, NULL);
        model_output(r.model, "o", HINGE_FLOAT, -1, NULL);
        running_open(&r);
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 3, dims, x6), outputs[4];
        if (running_run(&r, &input, 1, outputs, 4))
            CU_FAIL_FATAL(r.error.message);
        check_floats(&outputs[0], 6, x6);
        /* Shapes are known: the lie is seen. */
        CU_ASSERT_TRUE((k & 1) || outputs[0].rank == 1);
        for (int i = 1; i < 3; i++) {
            CU_ASSERT_EQUAL_FATAL(outputs[i].type, HINGE_INT8);
            CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(&outputs[i]), 6);
        }
        CU_ASSERT_EQUAL(((const int8_t *)outputs[2].data)[1], -2);
        check_floats(&outputs[3], 1, (float[]){5});
        running_close(&r);
    }
}

/* Standing in */

static const char *plugin_of(const hinge_session *session, const char *node)
{
    hinge_node_info info;
    CU_ASSERT_TRUE_FATAL(find_node(session, node, &info));
    return info.plugin;
}

/* A Conv for double and int8: that for float is ours, and is fused. */
static void other_types_keep_their_fusions(void)
{
    static const int64_t image[] = {1, 1, 2, 3}, one[] = {1, 1, 1, 1};
    struct running r = start(WHICH1);
    model_input(r.model, "x", HINGE_FLOAT, 4, image);
    model_floats(r.model, "w", 4, one, (float[]){2});
    model_node(r.model, "", "Conv", "x w", "c");
    model_node(r.model, "", "Relu", "c", "r");
    model_node(r.model, "", "Cast", "x", "d");
    model_attribute_int(r.model, "to", HINGE_DOUBLE);
    model_node(r.model, "", "Cast", "w", "wd");
    model_attribute_int(r.model, "to", HINGE_DOUBLE);
    model_node(r.model, "", "Conv", "d wd", "dc");
    model_node(r.model, "", "Relu", "dc", "dr");
    model_output(r.model, "r", HINGE_FLOAT, 4, image);
    model_output(r.model, "dr", HINGE_DOUBLE, 4, image);
    running_open(&r);
    CU_ASSERT_EQUAL(strncmp(plugin_of(r.session, "c"), "onnx-", 5), 0);
    CU_ASSERT_STRING_EQUAL(plugin_of(r.session, "dc"), "which1");
    hinge_node_info info = {.size = sizeof info};
    CU_ASSERT_TRUE(find_node(r.session, "c", &info) && info.activation &&
                   strcmp(info.activation, "Relu") == 0);
    CU_ASSERT_TRUE(find_node(r.session, "dr", &info)); /* its own step */
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, image, x6), outputs[2];
    CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 2), HINGE_OK);
    check_floats(&outputs[0], 6, (float[]){2, 0, 6, 0, 10, 0});
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(((const double *)outputs[1].data)[i], 1);
    running_close(&r);
}

/* A MatMul for int8 in a model of float ones, for several shapes. */
static void other_types_are_ours(void)
{
    struct running r = start(WHICH1);
    model_input(r.model, "x", HINGE_FLOAT, 2, (int64_t[]){-1, 2});
    model_floats(r.model, "w", 2, square, (float[]){1, 0, 0, 1});
    model_node(r.model, "", "MatMul", "x w", "m");
    model_node(r.model, "", "Cast", "x", "i");
    model_attribute_int(r.model, "to", HINGE_INT8);
    model_node(r.model, "", "MatMul", "i i", "mi");
    model_node(r.model, "", "Relu", "m", "y");
    model_output(r.model, "y", HINGE_FLOAT, 2, (int64_t[]){-1, 2});
    model_output(r.model, "mi", HINGE_INT8, 2, (int64_t[]){-1, 2});
    running_open(&r);
    CU_ASSERT_EQUAL(strncmp(plugin_of(r.session, "m"), "onnx-", 5), 0);
    CU_ASSERT_STRING_EQUAL(plugin_of(r.session, "mi"), "which1");
    for (int64_t rows = 3; rows >= 1; rows--) {
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){rows, 2}, x6), output;
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, &output, 1), HINGE_OK);
        check_floats(&output, 2 * (size_t)rows, (float[]){1, 0, 3, 0, 5, 0});
    }
    running_close(&r);
}

static void other_opsets_are_ours(void)
{
    for (int64_t opset = 12; opset <= 13; opset++) {
        struct running r = start(WHICH2);
        model_import(r.model, opset);
        model_input(r.model, "x", HINGE_FLOAT, 3, dims);
        model_node(r.model, "", "Sign", "x", "y");
        model_output(r.model, "y", HINGE_FLOAT, 3, dims);
        hinge_tensor output;
        run_x(&r, dims, 3, &output);
        if (opset == 12)
            check_floats(&output, 6, (float[]){2, 2, 2, 2, 2, 2});
        else
            check_floats(&output, 6, (float[]){1, -1, 1, -1, 1, -1});
        running_close(&r);
    }
}

/* Of two plugins the first, but in the types that it does not have. */
static void first_plugin_first(void)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct running r = start(swapped ? WHICH2 : WHICH1);
        r.plugins[1] = swapped ? WHICH1 : WHICH2;
        model_input(r.model, "x", HINGE_FLOAT, 3, dims);
        model_node(r.model, DOMAIN, "Which", "x", "y");
        model_node(r.model, "", "Cast", "x", "d");
        model_attribute_int(r.model, "to", HINGE_DOUBLE);
        model_node(r.model, DOMAIN, "Which", "d", "z");
        model_output(r.model, "y", HINGE_FLOAT, 3, dims);
        model_output(r.model, "z", HINGE_DOUBLE, 3, dims);
        running_open(&r);
        CU_ASSERT_STRING_EQUAL(plugin_of(r.session, "y"), swapped ? "which2" : "which1");
        CU_ASSERT_STRING_EQUAL(plugin_of(r.session, "z"), "which2");
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 3, dims, x6), outputs[2];
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 2), HINGE_OK);
        CU_ASSERT_EQUAL(*(const float *)outputs[0].data, swapped ? 2 : 1);
        CU_ASSERT_EQUAL(*(const double *)outputs[1].data, 2);
        running_close(&r);
    }
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"kinds of activations", activation_kinds},
        {"an activation without row", activation_without_row},
        {"parts of linear operators", linear_parts},
        {"inputs of affine operators", affine_inputs},
        {"lies", lies},
        {"other types keep their fusions", other_types_keep_their_fusions},
        {"other types are ours", other_types_are_ours},
        {"other opsets are ours", other_opsets_are_ours},
        {"the first plugin first", first_plugin_first},
        CU_TEST_INFO_NULL};
    return run_tests("wrong rewrites", tests);
}
