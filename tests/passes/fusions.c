/* fold-affine, fuse-addend, fuse-activation: they fire where they should, not where somebody else
 * reads what lies between, and the results stay. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>
#include <string.h>

#define C 6
#define L 5

static const int64_t shape[] = {2, C, L}, open_shape[] = {-1, C, L};

/* x -> Linear -> y1 -> … ; the caller adds nodes from "y" on. */
static struct model *begin(const int64_t *input_shape)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 3, input_shape);
    add_weights(model, "w", 2, (int64_t[]){C, C});
    add_weights(model, "b", 1, (int64_t[]){C});
    add_weights(model, "s", 1, (int64_t[]){C});
    add_weights(model, "t", 1, (int64_t[]){1});
    return model;
}

static void output(struct model *model, const char *name)
{
    model_output(model, name, HINGE_FLOAT, -1, NULL);
}

static size_t finish(struct model *model, const char *name, const char *pass)
{
    output(model, name);
    size_t n_changes = check_pass(model, pass);
    check_allocation_failures(model);
    model_destroy(model);
    return n_changes;
}

static void activation_is_fused(void)
{
    for (int open = 0; open < 2; open++) {
        struct model *model = begin(open ? open_shape : shape);
        model_node(model, DOMAIN, "Linear", "x w b", "y");
        model_node(model, DOMAIN, "Leaky", "y", "z");
        model_attribute_float(model, "alpha", 0.25F);
        CU_ASSERT_EQUAL(finish(model, "z", "fuse-activation"), 1);
    }
}

/* An activation that only its own plugin knows: by its row function, or not at all. */
static void own_activation_is_fused_by_its_row(void)
{
    for (int rowless = 0; rowless < 2; rowless++) {
        struct model *model = begin(shape);
        model_node(model, DOMAIN, "Linear", "x w b", "y");
        model_node(model, DOMAIN, rowless ? "Rowless" : "Parabola", "y", "z");
        model_attribute_float(model, "alpha", 0.25F);
        CU_ASSERT_EQUAL(finish(model, "z", "fuse-activation"), !rowless);
    }
}

static void activation_is_left_alone(void)
{
    /* y is a graph output; y has another reader; a second activation; no absorber. */
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    output(model, "y");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-activation"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    model_node(model, DOMAIN, "Noise", "y", "u");
    output(model, "u");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-activation"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    model_node(model, DOMAIN, "Leaky", "z", "u");
    CU_ASSERT_EQUAL(finish(model, "u", "fuse-activation"), 1);

    model = begin(shape);
    model_node(model, DOMAIN, "Noise", "x", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-activation"), 0);
}

static void addend_is_fused(void)
{
    for (int swap = 0; swap < 2; swap++) {
        for (int bias = 0; bias < 2; bias++) {
            struct model *model = begin(bias ? shape : open_shape);
            model_node(model, DOMAIN, "Linear", bias ? "x w b" : "x w", "y");
            model_node(model, DOMAIN, "Sum", swap ? "x y" : "y x", "z");
            model_node(model, DOMAIN, "Rectify", "z", "u");
            CU_ASSERT_EQUAL(finish(model, "u", "fuse-addend"), 1);
        }
    }
}

static void addend_goes_into_the_later_node(void)
{
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Linear", "x w", "z");
    model_node(model, DOMAIN, "Sum", "y z", "u");
    model_node(model, DOMAIN, "Rectify", "u", "v");
    output(model, "v");
    CU_ASSERT_EQUAL(count_nodes(model), 2);
    CU_ASSERT_EQUAL(check_pass(model, "fuse-addend"), 1);
    CU_ASSERT_EQUAL(check_pass(model, "fuse-activation"), 1);
    model_destroy(model);
}

static void addend_is_left_alone(void)
{
    /* It is broadcast; y is read twice by the sum; y is an output; the
     * sum comes after an activation. */
    struct model *model = begin(shape);
    model_input(model, "r", HINGE_FLOAT, 3, (int64_t[]){1, C, L});
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Sum", "y r", "z");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-addend"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Sum", "y y", "z");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-addend"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Sum", "y x", "z");
    output(model, "y");
    CU_ASSERT_EQUAL(finish(model, "z", "fuse-addend"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    model_node(model, DOMAIN, "Sum", "z x", "u");
    output(model, "z");
    CU_ASSERT_EQUAL(finish(model, "u", "fuse-addend"), 0);
}

/* Linear, then Scale and Shift, with every way the weight may lie. */
static void affine_is_folded(void)
{
    for (int groups = 0; groups <= 3; groups++) {
        for (int bias = 0; bias < 2; bias++) {
            struct model *model = begin(open_shape);
            add_weights(model, "v", 2, (int64_t[]){C, groups ? 2 : C});
            add_weights(model, "c", 1, (int64_t[]){groups ? 2 * groups : C});
            add_weights(model, "factors", 1, (int64_t[]){groups ? 2 * groups : C});
            model_node(model, DOMAIN, "Linear", bias ? "x v c" : "x v", "y");
            model_attribute_int(model, "groups", groups);
            model_node(model, DOMAIN, "Scale", "y factors", "z");
            model_node(model, DOMAIN, "Shift", "z t", "u");
            model_node(model, DOMAIN, "Rectify", "u", "o");
            output(model, "o");
            CU_ASSERT_EQUAL(count_nodes(model), 1);
            CU_ASSERT_EQUAL(check_pass(model, "fold-affine"), 2);
            check_allocation_failures(model);
            model_destroy(model);
        }
    }
}

/* A weight that two nodes share is only changed for the one. */
static void shared_weight_is_kept(void)
{
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Scale", "y s", "z");
    model_node(model, DOMAIN, "Linear", "z w b", "u");
    CU_ASSERT_EQUAL(finish(model, "u", "fold-affine"), 1);
}

static void affine_is_left_alone(void)
{
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Scale", "y s", "z");
    output(model, "y");
    CU_ASSERT_EQUAL(finish(model, "z", "fold-affine"), 0);

    model = begin(shape);
    model_node(model, DOMAIN, "Linear", "x w b", "y");
    model_node(model, DOMAIN, "Scale", "y s", "z");
    model_node(model, DOMAIN, "Noise", "y", "u");
    output(model, "u");
    CU_ASSERT_EQUAL(finish(model, "z", "fold-affine"), 0);

    model = begin(shape); /* a weight that is no constant, an activation between */
    model_input(model, "v", HINGE_FLOAT, 2, (int64_t[]){C, C});
    model_node(model, DOMAIN, "Linear", "x v b", "y");
    model_node(model, DOMAIN, "Scale", "y s", "z");
    model_node(model, DOMAIN, "Linear", "z w b", "u");
    model_node(model, DOMAIN, "Rectify", "u", "r");
    model_node(model, DOMAIN, "Scale", "r s", "o");
    CU_ASSERT_EQUAL(finish(model, "o", "fold-affine"), 0);
}

static void affine_chain_is_merged(void)
{
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Scale", "x s", "y");
    model_node(model, DOMAIN, "Shift", "y b", "z");
    model_node(model, DOMAIN, "Scale", "z t", "u");
    model_node(model, DOMAIN, "Rectify", "u", "v");
    output(model, "v");
    CU_ASSERT_EQUAL(count_nodes(model), 1);
    CU_ASSERT_EQUAL(check_pass(model, "fold-affine"), 2);
    CU_ASSERT_EQUAL(check_pass(model, "fuse-activation"), 1);
    check_allocation_failures(model);
    model_destroy(model);
}

static void affine_before_activation_absorbs_it(void)
{
    for (int open = 0; open < 2; open++) {
        struct model *model = begin(open ? open_shape : shape);
        model_node(model, DOMAIN, "Scale", "x s", "y");
        model_node(model, DOMAIN, "Rectify", "y", "z");
        output(model, "z");
        CU_ASSERT_EQUAL(count_nodes(model), 1);
        CU_ASSERT_EQUAL(check_pass(model, "fold-affine"), 1);
        CU_ASSERT_EQUAL(check_pass(model, "fuse-activation"), 1);
        check_allocation_failures(model);
        model_destroy(model);
    }
    struct model *model = begin(shape);
    model_node(model, DOMAIN, "Scale", "x s", "y");
    model_node(model, DOMAIN, "Rectify", "y", "z");
    output(model, "y");
    CU_ASSERT_EQUAL(finish(model, "z", "fold-affine"), 0);
}

#define N_RANDOM 24

/* Nodes of all kinds over values of one shape, the last value and a random one being outputs. */
static struct model *random_model(const int64_t *input_shape)
{
    static const char *const ops[] = {"Linear",  "Linear", "Scale", "Shift", "Sum",
                                      "Rectify", "Leaky",  "Same",  "Noise"};
    struct model *model = begin(input_shape);
    char inputs[64], name[16];
    for (uint32_t n = 1; n <= N_RANDOM; n++) {
        uint32_t op = random_below(sizeof ops / sizeof ops[0]);
        uint32_t back = random_below(4) ? 0 : random_below(n);
        const char *constants = op < 2               ? random_below(2) ? " w b" : " w"
                                : op == 2 || op == 3 ? random_below(2) ? " s" : " t"
                                                     : "";
        int size = snprintf(inputs, sizeof inputs, n - 1 - back ? "v%u" : "x", n - 1 - back);
        if (op == 4)
            snprintf(inputs + size, sizeof inputs - (size_t)size, " v%u", 1 + random_below(n));
        else
            snprintf(inputs + size, sizeof inputs - (size_t)size, "%s", constants);
        snprintf(name, sizeof name, "v%u", n);
        if (op == 4 && n == 1)
            model_node(model, DOMAIN, "Same", "x", name);
        else if (op == 4 && strstr(inputs, name))
            model_node(model, DOMAIN, "Rectify", "x", name);
        else
            model_node(model, DOMAIN, ops[op], inputs, name);
    }
    output(model, name);
    snprintf(name, sizeof name, "v%u", 1 + random_below(N_RANDOM - 1));
    output(model, name);
    return model;
}

static void random_graphs(void)
{
    static const char *const names[] = {"fold-affine", "fuse-addend", "fuse-activation",
                                        "remove-no-ops", "remove-dead"};
    size_t n_changes[sizeof names / sizeof names[0]] = {0};
    for (int round = 0; round < 60; round++) {
        struct model *model = random_model(round % 3 ? shape : open_shape);
        for (size_t p = 0; p < sizeof names / sizeof names[0]; p++)
            n_changes[p] += check_pass(model, names[p]);
        if (round % 20 == 0)
            check_allocation_failures(model);
        model_destroy(model);
    }
    for (size_t p = 0; p < sizeof names / sizeof names[0]; p++)
        CU_ASSERT(n_changes[p] > 5);
}

int main(void)
{
    return run_tests(
        "fusions", (CU_TestInfo[]){
                       {"activation is fused", activation_is_fused},
                       {"own activation is fused by its row", own_activation_is_fused_by_its_row},
                       {"activation is left alone", activation_is_left_alone},
                       {"addend is fused", addend_is_fused},
                       {"addend goes into the later node", addend_goes_into_the_later_node},
                       {"addend is left alone", addend_is_left_alone},
                       {"affine is folded", affine_is_folded},
                       {"shared weight is kept", shared_weight_is_kept},
                       {"affine is left alone", affine_is_left_alone},
                       {"affine chain is merged", affine_chain_is_merged},
                       {"affine before activation absorbs it", affine_before_activation_absorbs_it},
                       {"random graphs", random_graphs},
                       CU_TEST_INFO_NULL});
}
