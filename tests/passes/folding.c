/* fold-constants, remove-no-ops, remove-dead: what goes, what stays, and the results. */
#include "tests/passes/support/rewrite.h"

static const int64_t shape[] = {2, 6, 5};

static struct model *begin(void)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 3, shape);
    add_weights(model, "c", 3, shape);
    return model;
}

static void output(struct model *model, const char *name)
{
    model_output(model, name, HINGE_FLOAT, 3, shape);
}

static void finish(struct model *model, const char *pass, size_t n_changes, size_t n_nodes)
{
    CU_ASSERT_EQUAL(check_pass(model, pass), n_changes);
    CU_ASSERT_EQUAL(count_nodes(model), n_nodes);
    check_allocation_failures(model);
    model_destroy(model);
}

static void constants_are_computed(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Rectify", "c", "d");
    model_node(model, DOMAIN, "Leaky", "c", "e");
    model_node(model, DOMAIN, "Sum", "d e", "f");
    model_node(model, DOMAIN, "Sum", "x f", "y");
    output(model, "y");
    finish(model, "fold-constants", 3, 1);
}

/* A constant may be computed and be an output as well. */
static void constant_output_is_computed(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Rectify", "c", "d");
    model_node(model, DOMAIN, "Sum", "x d", "y");
    output(model, "y");
    output(model, "d");
    finish(model, "fold-constants", 1, 1);
}

static void chance_is_not_computed(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Noise", "c", "d");
    model_node(model, DOMAIN, "Rectify", "d", "e");
    model_node(model, DOMAIN, "Sum", "x e", "y");
    output(model, "y");
    finish(model, "fold-constants", 0, 3);
}

static void no_ops_go(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Same", "x", "a");
    model_node(model, DOMAIN, "Rectify", "a", "b");
    model_node(model, DOMAIN, "Same", "b", "c1");
    model_node(model, DOMAIN, "Same", "c1", "y"); /* which gives its name to what stays */
    output(model, "y");
    finish(model, "remove-no-ops", 3, 1);
}

/* From an input to an output, between two outputs. */
static void no_ops_stay_where_a_copy_is_needed(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Same", "x", "y");
    output(model, "y");
    finish(model, "remove-no-ops", 0, 1);

    model = begin();
    model_node(model, DOMAIN, "Rectify", "x", "y");
    model_node(model, DOMAIN, "Same", "y", "z");
    output(model, "y");
    output(model, "z");
    finish(model, "remove-no-ops", 0, 2);
}

static void dead_nodes_go(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Rectify", "x", "a");
    model_node(model, DOMAIN, "Sum", "a c", "b"); /* nobody reads b, then nobody a */
    model_node(model, DOMAIN, "Leaky", "x", "y");
    output(model, "y");
    finish(model, "remove-dead", 2, 1);
}

static void unknown_pass_is_refused(void)
{
    struct model *model = begin();
    model_node(model, DOMAIN, "Leaky", "x", "y");
    output(model, "y");
    check_disabling_fails(model, "fold-everything", "\"fold-everything\"");
    model_destroy(model);
}

int main(void)
{
    return run_tests(
        "folding",
        (CU_TestInfo[]){{"constants are computed", constants_are_computed},
                        {"constant output is computed", constant_output_is_computed},
                        {"chance is not computed", chance_is_not_computed},
                        {"no-ops go", no_ops_go},
                        {"no-ops stay where a copy is needed", no_ops_stay_where_a_copy_is_needed},
                        {"dead nodes go", dead_nodes_go},
                        {"unknown pass is refused", unknown_pass_is_refused},
                        CU_TEST_INFO_NULL});
}
