/* Derivatives that plugins of a user tell of their own operators. */
#include "tests/gradient/support/differences.h"

#include <stdlib.h>

#define DOMAIN "test.plugins"

static const int64_t three[] = {3};

static struct model *begin(const char *domain, const char *op, const char *inputs)
{
    struct model *model = begin_model(21);
    model_input(model, "a", HINGE_DOUBLE, 1, three);
    model_input(model, "b", HINGE_DOUBLE, 1, three);
    model_node(model, domain, op, inputs, "y");
    add_gradient(model, "a b", NULL, "y", "a b", "da db");
    model_output(model, "y", HINGE_DOUBLE, 1, three);
    model_output(model, "da", HINGE_DOUBLE, 1, three);
    model_output(model, "db", HINGE_DOUBLE, 1, three);
    return model;
}

static void check(const char *domain, const char *op, const char *inputs)
{
    double a[] = {0.5, -1.25, 2}, b[] = {1, 2, -3};
    const hinge_tensor given[] = {hinge_tensor_over(HINGE_DOUBLE, 1, three, a),
                                  hinge_tensor_over(HINGE_DOUBLE, 1, three, b)};
    struct model *model = begin(domain, op, inputs);
    check_derivatives(op, model, given, 2, 1e-8);
    model_destroy(model);
}

static void formulas(void)
{
    check(DOMAIN, "Cube", "a b");
}

static void rules_by_name(void)
{
    check(DOMAIN, "Total", "a");
}

/* The standard's operator is that of the plugin, its derivative what the built-in plugin says. */
static void falls_through(void)
{
    check("", "Neg", "a");
}

static void flat(void)
{
    struct model *model = begin(DOMAIN, "Constantly", "a");
    struct run run;
    double a[] = {1, 2, 3};
    const hinge_tensor x = hinge_tensor_over(HINGE_DOUBLE, 1, three, a);
    begin_run(&run, model);
    do_run(&run, (const hinge_tensor[]){x, x}, 2);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(((const double *)run.outputs[1].data)[i], 0);
    end_run(&run);
    model_destroy(model);
}

static void refusals(void)
{
    static const struct {
        const char *domain, *op, *says;
    } cases[] = {
        {DOMAIN, "Silent", "(test.plugins::Silent): there is no rule for this operator"},
        {DOMAIN, "Convolved", "it has not the inputs and attributes of rule \"conv\""},
        {"", "Elu", "the operator has no number \"alpha\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model *model = begin(cases[i].domain, cases[i].op, "a");
        check_fails(model, HINGE_UNSUPPORTED, cases[i].says);
        model_destroy(model);
    }
}

static void survives_want_of_memory(void)
{
    struct model *model = begin(DOMAIN, "Cube", "a b");
    check_allocation_failures(model);
    model_destroy(model);
}

int main(void)
{
    setenv("HINGE_PLUGIN_PATH", TEST_PLUGINS "/gradients.so", 1);
    static CU_TestInfo tests[] = {{"formulas", formulas},
                                  {"rules by name", rules_by_name},
                                  {"falls through", falls_through},
                                  {"flat", flat},
                                  {"refusals", refusals},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("gradients of plugins", tests);
}
