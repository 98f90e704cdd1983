/* fuse-swish: products of a value and its sigmoid become activations and keep their values; others
 * stay. */
#include "tests/passes/support/rewrite.h"

#define PASS "fuse-swish"

static struct model *begin(const char *op, const char *domain, const char *mul, const char *product)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 2, (int64_t[]){-1, 40});
    model_input(model, "z", HINGE_FLOAT, 2, (int64_t[]){-1, 40});
    add_weights(model, "w", 2, (int64_t[]){40, 24});
    model_node(model, "", "MatMul", "x w", "v");
    model_node(model, "", "MatMul", "z w", "u");
    model_node(model, "", op, "v", "s");
    if (op[0] == 'H') {
        model_attribute_float(model, "alpha", 1.0F / 6);
        model_attribute_float(model, "beta", 0.5F);
    }
    model_node(model, domain, mul, product, "y");
    return model;
}

static void end(struct model *model, size_t n_changes, size_t n_nodes)
{
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), n_changes);
    CU_ASSERT_EQUAL(count_nodes(model), n_nodes);
    model_destroy(model);
}

/* The other product, which nobody reads, goes. */
static void products_become_activations(void)
{
    end(begin("Sigmoid", "", "Mul", "v s"), 1, 1);
    end(begin("Sigmoid", "", "Mul", "s v"), 1, 1);
    end(begin("HardSigmoid", "", "Mul", "v s"), 1, 1);
    end(begin("Sigmoid", DOMAIN, "Product", "s v"), 1, 1); /* a plugin's */
    struct model *model = begin("Sigmoid", "", "Mul", "v s");
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    check_allocation_failures(model);
    model_destroy(model);
}

static void others_stay(void)
{
    end(begin("Sigmoid", DOMAIN, "Sum", "s v"), 0, 3);
    end(begin("Tanh", "", "Mul", "v s"), 0, 3);
    end(begin("Sigmoid", "", "Mul", "u s"), 0, 3);
    end(begin("Sigmoid", "", "Mul", "s s"), 0, 2);
    struct model *model = begin("Sigmoid", "", "Mul", "v s");
    model_output(model, "s", HINGE_FLOAT, -1, NULL);
    end(model, 0, 3);
    model = model_create();
    model_input(model, "v", HINGE_FLOAT, 1, (int64_t[]){9});
    model_node(model, "", "HardSigmoid", "v", "s");
    model_node(model, "", "Mul", "v s", "y");
    end(model, 0, 2);
}

int main(void)
{
    return run_tests("swish",
                     (CU_TestInfo[]){{"products become activations", products_become_activations},
                                     {"others stay", others_stay},
                                     CU_TEST_INFO_NULL});
}
