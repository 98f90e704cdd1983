/* fuse-shuffle: what it makes one node of keeps its values, and what is not a shuffle stays. */
#include "tests/passes/support/rewrite.h"

#define C 64
#define SIDE 6
#define PASS "fuse-shuffle"

static struct model *begin(int64_t batch)
{
    static float values[C * C / 2 * 9];
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 4, (int64_t[]){batch, C, SIDE, SIDE});
    for (int i = 0; i < C * C / 2 * 9; i++)
        values[i] = 0.06F * random_float();
    model_floats(model, "w", 4, (int64_t[]){C, C / 2, 3, 3}, values);
    add_weights(model, "d", 4, (int64_t[]){C, 1, 3, 3});
    return model;
}

static void end(struct model *model, const char *output, size_t n_changes, size_t n_nodes)
{
    model_output(model, output, HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(count_nodes(model), n_nodes);
    CU_ASSERT_EQUAL(check_pass(model, PASS), n_changes);
    model_destroy(model);
}

/* y is x, split, its axes in another order, and put together. */
static void add_shuffle(struct model *model, const char *x, const int64_t split[5],
                        const int64_t perm[5], const int64_t whole[4])
{
    char inputs[16] = {x[0], ' ', 's'};
    model_ints(model, "s", 1, (int64_t[]){5}, split);
    model_ints(model, "r", 1, (int64_t[]){4}, whole);
    model_node(model, "", "Reshape", inputs, "parts");
    model_node(model, "", "Transpose", "parts", "swapped");
    model_attribute_ints(model, "perm", 5, perm);
    model_node(model, "", "Reshape", "swapped r", "y");
}

static const int64_t groups_of_four[] = {-1, 4, 16, SIDE, SIDE}, same[] = {-1, C, SIDE, SIDE};
static const int64_t channels[] = {0, 2, 1, 3, 4};

static void channels_are_shuffled(void)
{
    struct model *model = begin(2);
    add_shuffle(model, "x", groups_of_four, channels, same);
    end(model, "y", 1, 1);
    model = begin(2);
    add_shuffle(model, "x", (int64_t[]){2, C, 3, 2, SIDE}, (int64_t[]){0, 1, 3, 2, 4}, same);
    end(model, "y", 1, 1);
}

/* Between convolutions of groups, all of which have their channels last then. */
static struct model *network(void)
{
    struct model *model = begin(2);
    model_node(model, "", "Conv", "x w", "v");
    model_attribute_int(model, "group", 2);
    model_attribute_ints(model, "pads", 4, (int64_t[]){1, 1, 1, 1});
    add_shuffle(model, "v", groups_of_four, channels, same);
    model_node(model, "", "Conv", "y d", "z");
    model_attribute_int(model, "group", C);
    model_node(model, "", "Conv", "z w", "o");
    model_attribute_int(model, "group", 2);
    return model;
}

static void shuffles_are_inside(void)
{
    end(network(), "o", 1, 6);
    struct model *model = network();
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    check_allocation_failures(model);
    model_destroy(model);
}

static void others_stay(void)
{
    static const int64_t turned[] = {0, 2, 3, 1, 4}, two[] = {1, 0, 2, 4, 3};
    static const int64_t elsewhere[] = {2, C, 4, 9, 1}, mixed[] = {2, 16, 4, 9, 4};
    struct {
        int64_t batch;
        const int64_t *split, *perm, *whole;
    } cases[] = {
        {-1, groups_of_four, channels, same}, {2, groups_of_four, turned, same},
        {2, groups_of_four, two, same},       {2, groups_of_four, channels, elsewhere},
        {2, mixed, channels, same},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model *model = begin(cases[i].batch == -1 ? -1 : 2);
        add_shuffle(model, "x", cases[i].split, cases[i].perm, cases[i].whole);
        end(model, "y", 0, 3);
    }
    /* What somebody else reads. */
    static const char *const outputs[] = {"parts", "swapped"};
    for (size_t i = 0; i < 2; i++) {
        struct model *model = begin(2);
        add_shuffle(model, "x", groups_of_four, channels, same);
        model_output(model, outputs[i], HINGE_FLOAT, -1, NULL);
        end(model, "y", 0, 3);
    }
}

int main(void)
{
    return run_tests("shuffle", (CU_TestInfo[]){{"channels are shuffled", channels_are_shuffled},
                                                {"shuffles are inside", shuffles_are_inside},
                                                {"others stay", others_stay},
                                                CU_TEST_INFO_NULL});
}
