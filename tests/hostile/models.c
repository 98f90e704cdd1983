/* Models that no exporter writes, each of which has once ended the process or gone beyond its
 * limits. */
#include "tests/unit/running.h"

static const int64_t two[] = {2};

static struct running start(void)
{
    return (struct running){.model = model_create()};
}

/* Opens the model, and runs it where that can be done; what either says. Ends what was started. */
static hinge_status outcome(struct running *r, const hinge_tensor *inputs, size_t n_inputs)
{
    hinge_tensor output;
    hinge_status status = running_try_open(r);
    if (!status)
        status = running_run(r, inputs, n_inputs, &output, 1);
    running_close(r);
    return status;
}

/* An empty name stands for what may be left out; one of many inputs may not. */
static void variadic_input_left_out(void)
{
    static const char *const ops[] = {"Max", "Sum", "Concat", "Einsum"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        struct running r = start();
        model_input(r.model, "x", HINGE_FLOAT, 1, two);
        model_node(r.model, "", ops[i], "x -", "y");
        if (strcmp(ops[i], "Concat") == 0)
            model_attribute_int(r.model, "axis", 0);
        if (strcmp(ops[i], "Einsum") == 0)
            model_attribute_string(r.model, "equation", "i,i->i");
        model_output(r.model, "y", HINGE_FLOAT, 1, two);
        float x[] = {1, 2};
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 1, two, x);
        check_failure(&r.error, outcome(&r, &input, 1), HINGE_BAD_MODEL, "is left out");
    }
}

/* If-1 has none of the 8-bit floats, whatever its branches may compute. */
static void body_of_newer_type(void)
{
    static const char *const branches[] = {"then_branch", "else_branch"};
    bool yes = true;
    struct running r = start();
    model_import(r.model, 1);
    model_input(r.model, "b", HINGE_BOOL, 0, NULL);
    model_input(r.model, "x", HINGE_FLOAT8E5M2, 1, two);
    model_node(r.model, "", "If", "b", "y");
    for (int i = 0; i < 2; i++) {
        model_begin_graph(r.model, branches[i]);
        model_output(r.model, "x", HINGE_FLOAT8E5M2, 1, two);
        model_end_graph(r.model);
    }
    model_output(r.model, "y", HINGE_FLOAT8E5M2, -1, NULL);
    unsigned char x[2] = {0};
    const hinge_tensor inputs[] = {hinge_tensor_over(HINGE_BOOL, 0, NULL, &yes),
                                   hinge_tensor_over(HINGE_FLOAT8E5M2, 1, two, x)};
    check_failure(&r.error, outcome(&r, inputs, 2), HINGE_UNSUPPORTED,
                  "would be tensor(float8e5m2)");
}

/* Nor has ConstantOfShape-9 complex numbers, though its value may be one. */
static void attribute_of_other_type(void)
{
    struct running r = start();
    model_input(r.model, "shape", HINGE_INT64, 1, two);
    model_node(r.model, "", "ConstantOfShape", "shape", "y");
    model_attribute_zero(r.model, "value", HINGE_COMPLEX128);
    model_output(r.model, "y", HINGE_COMPLEX128, -1, NULL);
    int64_t shape[] = {1, 2};
    hinge_tensor input = hinge_tensor_over(HINGE_INT64, 1, two, shape);
    check_failure(&r.error, outcome(&r, &input, 1), HINGE_UNSUPPORTED,
                  "would be tensor(complex128)");
}

/* Where no shape is known, a node is made ready before its shapes are inferred. */
static void pool_out_of_range(void)
{
    struct running r = start();
    model_input(r.model, "x", HINGE_STRING, -1, NULL);
    model_node(r.model, "", "TfIdfVectorizer", "x", "y");
    model_attribute_string(r.model, "mode", "TF");
    model_attribute_int(r.model, "min_gram_length", 1);
    model_attribute_int(r.model, "max_gram_length", 1);
    model_attribute_int(r.model, "max_skip_count", 0);
    model_attribute_ints(r.model, "ngram_counts", 1, (int64_t[]){-300000});
    model_attribute_ints(r.model, "ngram_indexes", 2, (int64_t[]){0, 1});
    model_attribute_strings(r.model, "pool_strings", "a b");
    model_output(r.model, "y", HINGE_FLOAT, -1, NULL);
    hinge_string x[] = {{"a", 1}, {"b", 1}};
    hinge_tensor input = hinge_tensor_over(HINGE_STRING, 1, two, x);
    check_failure(&r.error, outcome(&r, &input, 1), HINGE_BAD_MODEL, "the n-grams of 1 items");
}

int main(void)
{
    static CU_TestInfo tests[] = {{"a variadic input left out", variadic_input_left_out},
                                  {"a body of a newer type", body_of_newer_type},
                                  {"an attribute of another type", attribute_of_other_type},
                                  {"a pool out of range", pool_out_of_range},
                                  CU_TEST_INFO_NULL};
    return run_tests("models", tests);
}
