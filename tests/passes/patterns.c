/* fuse-patterns: Gelu, HardSwish, normalizations and attention that smaller operators compute
 * become one node and keep their values; what only looks like them stays. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>

#define PASS "fuse-patterns"

/* One line of text is one node: "Op(a, b) -> y". Names in capitals are made constants before. */
static void add_lines(struct model *model, const char *const *lines)
{
    for (; *lines; lines++) {
        char op[32], inputs[64], output[16];
        CU_ASSERT_EQUAL_FATAL(sscanf(*lines, "%31[^(](%63[^)]) -> %15s", op, inputs, output), 3);
        model_node(model, "", op, inputs, output);
        if (strcmp(op, "ReduceMean") == 0)
            model_attribute_ints(model, "axes", 1, (int64_t[]){-1});
    }
}

static void add_scalars(struct model *model)
{
    static const struct {
        const char *name;
        float number;
    } all[] = {{"HALF", 0.5F},
               {"ONE", 1},
               {"TWO", 2},
               {"THREE", 3},
               {"ROOT", 1.41421354F},
               {"INVERSE", 0.707106769F},
               {"CUBIC", 0.044715F},
               {"OUTER", 0.797884583F},
               {"EPS", 1e-5F},
               {"OTHER", 0.51F},
               {"ZERO", 0},
               {"SIX", 6},
               {"SIXTH", 1 / 6.0F}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        model_floats(model, all[i].name, 0, NULL, &all[i].number);
}

#define LINES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static struct model *begin(int rank, const int64_t *dims, const char *const *lines)
{
    struct model *model = model_create();
    model_import(model, 17);
    model_input(model, "x", HINGE_FLOAT, rank, dims);
    add_scalars(model);
    add_weights(model, "w", 1, (int64_t[]){6});
    add_weights(model, "b", 1, (int64_t[]){6});
    add_lines(model, lines);
    return model;
}

static const int64_t open_dims[] = {-1, 5, 6};

/* y is the output. Either all becomes one node, or this pass does nothing. */
static void end(struct model *model, size_t n_changes)
{
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), n_changes);
    CU_ASSERT_TRUE((count_nodes(model) == 1) == (n_changes == 1));
    model_destroy(model);
}

static void check(const char *const *lines, size_t n_changes)
{
    end(begin(3, open_dims, lines), n_changes);
}

#define ERF "Div(x ROOT) -> t", "Erf(t) -> f", "Add(f ONE) -> g"
#define CUBE                                                                                       \
    "Pow(x THREE) -> c", "Mul(c CUBIC) -> t", "Add(x t) -> s", "Mul(OUTER s) -> u",                \
        "Tanh(u) -> f", "Add(ONE f) -> g"

static void gelu(void)
{
    check(LINES(ERF, "Mul(x g) -> h", "Mul(h HALF) -> y"), 1);
    check(LINES(ERF, "Mul(g HALF) -> h", "Mul(h x) -> y"), 1);
    check(LINES(ERF, "Mul(HALF x) -> h", "Mul(h g) -> y"), 1);
    check(LINES("Mul(INVERSE x) -> t", "Erf(t) -> f", "Add(ONE f) -> g", "Mul(g x) -> h",
                "Mul(HALF h) -> y"),
          1);
    check(LINES(CUBE, "Mul(x g) -> h", "Mul(h HALF) -> y"), 1);
    check(LINES("Mul(x x) -> q", "Mul(q x) -> c", "Mul(c CUBIC) -> t", "Add(t x) -> s",
                "Mul(s OUTER) -> u", "Tanh(u) -> f", "Add(f ONE) -> g", "Mul(x HALF) -> h",
                "Mul(h g) -> y"),
          1);
}

#define HARD "Add(x THREE) -> t", "Clip(t ZERO SIX) -> g"

static void hard_swish(void)
{
    check(LINES(HARD, "Div(g SIX) -> h", "Mul(x h) -> y"), 1);
    check(LINES(HARD, "Mul(g x) -> h", "Div(h SIX) -> y"), 1);
    check(LINES(HARD, "Mul(SIXTH g) -> h", "Mul(h x) -> y"), 1);
    check(LINES("Add(THREE x) -> t", "Clip(t ZERO SIX) -> g", "Mul(x g) -> h", "Mul(h SIXTH) -> y"),
          1);
    check(LINES(HARD, "Div(g TWO) -> h", "Mul(x h) -> y"), 0);
    check(LINES("Add(x TWO) -> t", "Clip(t ZERO SIX) -> g", "Div(g SIX) -> h", "Mul(x h) -> y"), 0);
    check(LINES(HARD, "Div(g SIX) -> h", "Mul(t h) -> y"), 0);
}

static void what_is_no_gelu(void)
{
    check(LINES(ERF, "Mul(x g) -> h", "Mul(h OTHER) -> y"), 0);
    check(LINES("Div(x TWO) -> t", "Erf(t) -> f", "Add(f ONE) -> g", "Mul(x g) -> h",
                "Mul(h HALF) -> y"),
          0);
    check(LINES("Div(ROOT x) -> t", "Erf(t) -> f", "Add(f ONE) -> g", "Mul(x g) -> h",
                "Mul(h HALF) -> y"),
          0);
    check(LINES(ERF, "Neg(x) -> z", "Mul(z g) -> h", "Mul(h HALF) -> y"), 0);
    /* Somebody else reads what is within. */
    struct model *model = begin(3, open_dims, LINES(ERF, "Mul(x g) -> h", "Mul(h HALF) -> y"));
    model_output(model, "g", HINGE_FLOAT, -1, NULL);
    end(model, 0);
    /* Of a scalar, a constant of rank 1 makes a vector. */
    model = begin(0, NULL,
                  LINES("Div(x ROOT) -> t", "Erf(t) -> f", "Add(f ONE) -> g", "Mul(x g) -> h"));
    model_floats(model, "VECTOR", 1, (int64_t[]){1}, (float[]){0.5F});
    model_node(model, "", "Mul", "h VECTOR", "y");
    end(model, 0);
}

#define MEAN "ReduceMean(x) -> m", "Sub(x m) -> d"
#define NORM                                                                                       \
    MEAN, "Pow(d TWO) -> q", "ReduceMean(q) -> v", "Add(v EPS) -> s", "Sqrt(s) -> r",              \
        "Div(d r) -> n"

static void layer_normalization(void)
{
    check(LINES(NORM, "Mul(n w) -> k", "Add(k b) -> y"), 1);
    check(LINES(NORM, "Mul(w n) -> k", "Add(b k) -> y"), 1);
    check(LINES(NORM, "Mul(w n) -> y"), 1);
    check(LINES(MEAN, "Mul(d d) -> q", "ReduceMean(q) -> v", "Add(EPS v) -> s", "Sqrt(s) -> r",
                "ReduceMean(x) -> m2", "Sub(x m2) -> d2", "Div(d2 r) -> n", "Mul(n w) -> k",
                "Add(k b) -> y"),
          1);
    check(LINES("ReduceMean(x) -> m", "Sub(m x) -> d", "Mul(d d) -> q", "ReduceMean(q) -> v",
                "Add(EPS v) -> s", "Sqrt(s) -> r", "Reciprocal(r) -> i", "Mul(i w) -> k",
                "Mul(k m) -> t", "Sub(b t) -> u", "Mul(k x) -> p", "Add(p u) -> y"),
          1);
    struct model *model = begin(3, open_dims, LINES(NORM, "Mul(n w) -> k", "Add(k b) -> y"));
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    check_allocation_failures(model);
    model_destroy(model);
}

static void rms_normalization(void)
{
#define SQUARES "Pow(x TWO) -> q", "ReduceMean(q) -> v", "Add(v EPS) -> s", "Sqrt(s) -> r"
    check(LINES(SQUARES, "Div(x r) -> n", "Mul(w n) -> y"), 1);
    check(LINES(SQUARES, "Reciprocal(r) -> i", "Mul(x i) -> n", "Mul(n w) -> y"), 1);
    check(LINES(SQUARES, "Div(ONE r) -> i", "Mul(i x) -> n", "Mul(n w) -> y"), 1);
}

static void what_is_no_normalization(void)
{
    check(LINES(MEAN, "Mul(d x) -> q", "ReduceMean(q) -> v", "Add(v EPS) -> s", "Sqrt(s) -> r",
                "Div(d r) -> n", "Mul(n w) -> y"),
          0);
    check(LINES(NORM, "Mul(n n) -> y"), 0);
}

/* With an axis from the front, of a value whose rank is expected but not known: "Lift" gives rank 3
 * where the pass looks, and 4 in the run, where the axis is another. */
static void another_rank(void)
{
    for (int is_open = 0; is_open < 2; is_open++) {
        struct model *model = model_create();
        model_import(model, 17);
        model_input(model, "in", HINGE_FLOAT, 3, (int64_t[]){is_open ? -1 : 101, 5, 5});
        add_scalars(model);
        add_weights(model, "w", 1, (int64_t[]){5});
        model_node(model, DOMAIN, "Lift", "in", "x");
        model_node(model, "", "Mul", "x x", "q");
        model_node(model, "", "ReduceMean", "q", "v");
        model_attribute_ints(model, "axes", 1, (int64_t[]){2});
        add_lines(model,
                  LINES("Add(v EPS) -> s", "Sqrt(s) -> r", "Div(x r) -> n", "Mul(n w) -> y"));
        model_output(model, "y", HINGE_FLOAT, -1, NULL);
        CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
        CU_ASSERT_EQUAL(count_nodes(model), 2);
        model_destroy(model);
    }
}

static void begin_attention(struct model **made, const int64_t *k_dims, const int64_t *perm)
{
    struct model *model = *made = model_create();
    model_import(model, 13);
    model_input(model, "q", HINGE_FLOAT, 4, (int64_t[]){-1, 2, 5, 8});
    model_input(model, "kt", HINGE_FLOAT, 4, k_dims);
    model_input(model, "v", HINGE_FLOAT, 4, (int64_t[]){-1, 2, 7, 6});
    model_input(model, "m", HINGE_FLOAT, 4, (int64_t[]){-1, 1, 1, 7});
    add_scalars(model);
    model_node(model, "", "Transpose", "kt", "k");
    model_attribute_ints(model, "perm", 4, perm);
    model_node(model, "", "MatMul", "q k", "a");
}

static void end_attention(struct model *model, const char *scores, int axis, size_t n_changes,
                          size_t n_nodes)
{
    model_node(model, "", "Softmax", scores, "p");
    model_attribute_int(model, "axis", axis);
    model_node(model, "", "MatMul", "p v", "y");
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), n_changes);
    CU_ASSERT_EQUAL(count_nodes(model), n_nodes);
    check_allocation_failures(model);
    model_destroy(model);
}

static void attention(void)
{
    static const struct {
        int64_t dims[4], perm[4];
        size_t n_nodes; /* one where no Transpose is left */
    } keys[] = {{{-1, 7, 2, 8}, {0, 2, 3, 1}, 2},
                {{-1, 2, 7, 8}, {0, 1, 3, 2}, 1},
                {{7, -1, 2, 8}, {1, 2, 3, 0}, 2}};
    static const char *const scales[] = {"Div", "Mul", NULL};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t s = 0; s < 3; s++)
            for (int with_mask = 0; with_mask < 2; with_mask++) {
                struct model *model;
                begin_attention(&model, keys[i].dims, keys[i].perm);
                if (scales[s])
                    model_node(model, "", scales[s], "a THREE", "b");
                const char *scores = scales[s] ? "b" : "a";
                if (with_mask)
                    model_node(model, "", "Add", scales[s] ? "m b" : "a m", "c");
                end_attention(model, with_mask ? "c" : scores, i ? -1 : 3, 1, keys[i].n_nodes);
            }
}

static void what_is_no_attention(void)
{
    struct model *model;
    begin_attention(&model, (int64_t[]){-1, 2, 7, 8}, (int64_t[]){0, 1, 3, 2});
    end_attention(model, "a", 1, 0, 4);
    begin_attention(&model, (int64_t[]){-1, 2, 7, 8}, (int64_t[]){0, 1, 3, 2});
    model_node(model, "", "Div", "THREE a", "b");
    end_attention(model, "b", -1, 0, 5);
}

/* Axes from the front, those of an input, and several. */
static void axes(void)
{
    static const struct {
        int64_t axes[2];
        int n;
        bool is_last;
    } all[] = {{{2}, 1, true},  {{-2, -1}, 2, true}, {{2, 1}, 2, true},
               {{1}, 1, false}, {{0, 2}, 2, false},  {{-2}, 1, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int is_input = 0; is_input < 2; is_input++) {
            struct model *model = model_create();
            model_import(model, is_input ? 18 : 17);
            model_input(model, "x", HINGE_FLOAT, 3, open_dims);
            add_scalars(model);
            add_weights(model, "w", 2, (int64_t[]){5, 6});
            if (is_input)
                model_ints(model, "axes", 1, (int64_t[]){all[i].n}, all[i].axes);
            model_node(model, "", "Mul", "x x", "q");
            model_node(model, "", "ReduceMean", is_input ? "q axes" : "q", "v");
            if (!is_input)
                model_attribute_ints(model, "axes", (size_t)all[i].n, all[i].axes);
            add_lines(model,
                      LINES("Add(v EPS) -> s", "Sqrt(s) -> r", "Div(x r) -> n", "Mul(n w) -> y"));
            end(model, all[i].is_last);
        }
}

/* An axis from the front, of a value whose rank follows from sizes that are computed: x is in with
 * its first two axes as one. */
static void computed_sizes(void)
{
    struct model *model = model_create();
    model_import(model, 17);
    model_input(model, "in", HINGE_FLOAT, 3, open_dims);
    add_scalars(model);
    add_weights(model, "w", 1, (int64_t[]){6});
    model_ints(model, "FIRST", 1, (int64_t[]){1}, (int64_t[]){0});
    model_ints(model, "ROWS", 1, (int64_t[]){1}, (int64_t[]){5});
    model_ints(model, "COLUMNS", 1, (int64_t[]){1}, (int64_t[]){6});
    model_node(model, "", "Shape", "in", "shape");
    model_node(model, "", "Gather", "shape FIRST", "first");
    model_node(model, "", "Cast", "first", "narrow");
    model_attribute_int(model, "to", HINGE_INT32);
    model_node(model, "", "Cast", "narrow", "wide");
    model_attribute_int(model, "to", HINGE_INT64);
    model_node(model, "", "Mul", "wide ROWS", "rows");
    model_node(model, "", "Concat", "rows COLUMNS", "sizes");
    model_attribute_int(model, "axis", 0);
    model_node(model, "", "Reshape", "in sizes", "x");
    model_node(model, "", "Mul", "x x", "q");
    model_node(model, "", "ReduceMean", "q", "v");
    model_attribute_ints(model, "axes", 1, (int64_t[]){1});
    add_lines(model, LINES("Add(v EPS) -> s", "Sqrt(s) -> r", "Div(x r) -> n", "Mul(n w) -> y"));
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    CU_ASSERT_EQUAL(count_nodes(model), 8);
    check_allocation_failures(model);
    model_destroy(model);
}

/* What is expected may be otherwise in a run: then the nodes that were there run. */
static void way_back(void)
{
    const char *const *lines = LINES(NORM, "Mul(n w) -> k", "Add(k b) -> y");
    end(begin(2, (int64_t[]){4, 1}, lines), 1); /* one element, and weights for six */
    end(begin(2, (int64_t[]){-1, -1}, LINES(NORM, "Mul(n HALF) -> y")), 1);
    struct model *model = begin(1, (int64_t[]){6}, LINES(NORM));
    add_weights(model, "W", 3, (int64_t[]){2, 1, 6}); /* more axes than x */
    model_node(model, "", "Mul", "n W", "y");
    end(model, 1);
}

int main(void)
{
    return run_tests("patterns",
                     (CU_TestInfo[]){{"Gelu", gelu},
                                     {"HardSwish", hard_swish},
                                     {"what is no Gelu", what_is_no_gelu},
                                     {"LayerNormalization", layer_normalization},
                                     {"RMSNormalization", rms_normalization},
                                     {"what is no normalization", what_is_no_normalization},
                                     {"another rank", another_rank},
                                     {"attention", attention},
                                     {"what is no attention", what_is_no_attention},
                                     {"axes", axes},
                                     {"computed sizes", computed_sizes},
                                     {"way back", way_back},
                                     CU_TEST_INFO_NULL});
}
