/* What an operator may say of its derivatives, and where it is told that it cannot. */
#include "plugins/formula.h"
#include "tests/support/main.h"

#include <string.h>

static const struct hinge_attribute_def attributes[] = {{.name = "alpha", .type = HINGE_ATTR_FLOAT},
                                                        {.name = "n", .type = HINGE_ATTR_INT},
                                                        {.name = "mode", .type = HINGE_ATTR_STRING},
                                                        {.name = NULL}};

/* NULL: it can be read; else what stands where it cannot. */
static void check(const char *gradient, const char *bad)
{
    const struct hinge_op op = {.name = "Op",
                                .signature = "(A: T, B: T, C?: T) -> (Y: T); T: float",
                                .attributes = attributes,
                                .gradient = gradient};
    const char *at = NULL;
    const bool is_good = formula_check(&op, &at);
    CU_ASSERT_EQUAL(is_good, bad == NULL);
    if (!is_good && (!at || strncmp(at, bad ? bad : "", bad ? strlen(bad) : 0) != 0)) {
        printf("\n    \"%s\": at \"%s\"", gradient, at ? at : "nothing");
        CU_FAIL("it is said to be wrong elsewhere");
    }
}

static void good(void)
{
    static const char *const texts[] = {
        "dy",
        "dy * a / (b + 1) - -c",
        "s = Sigmoid(alpha * x); dy * (s + alpha * x * s * (1 - s))",
        "p = a; q = p; r = q; s = r; t = s; u = t; u",
        "dy * n | 0 | dy",
        " | dy | ",
        "broadcast: dy * b | dy * a",
        "flat:",
        "conv:",
        "reduce: Expand(dy, Shape(x))",
        "Where(a <= 0, SumTo(dy, x), Like(dy, x))",
        "0.125 * 12.5 * dy",
        "((((((((((((((((((((dy))))))))))))))))))))",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i], NULL);
}

static void wrong(void)
{
    static const struct {
        const char *text, *bad;
    } cases[] = {
        {"dy +", ""},
        {"dy dx", "dx"},
        {"dy * beta", "beta"},
        {"dy * mode", "mode"}, /* no number */
        {"dy * d", "d"},       /* the operator has three inputs */
        {"dy * z", "z"},
        {"dy * (a", ""},
        {"dy * a)", ")"},
        {"sin(a)", ""},
        {"Sin(a", ""},
        {"Sin(a, b", ""},
        {"Clip(a, b, c, dy, y)", "y)"},
        {"Shape(a, b)", "Shape"},
        {"SumTo(a)", "SumTo"},
        {"s a; dy", "a"},
        {"s = a dy", "= a dy"},
        {"dy | ; dy", "; dy"},
        {"dy | dy * * a", "* a"},
        {"1.2.3 * dy", "* dy"},
        {"p = a; q = p; r = q; s = r; t = s; u = t; v = u; v", ""},
        {"softness: dy", "softness"},
        {"Broadcast: dy", "Broadcast"},
        {"AnOperatorOfMuchTooLongAName0123456789(dy)", ""},
        {"((((((((((((((((((((((((((((((((((((dy))))))))))))))))))))))))))))))))))))", ""},
        {"------------------------------------dy", ""},
        {"", NULL},
    };
    for (size_t i = 0; cases[i].bad; i++)
        check(cases[i].text, cases[i].bad);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"good", good}, {"wrong", wrong}, CU_TEST_INFO_NULL};
    return run_tests("formula", tests);
}
