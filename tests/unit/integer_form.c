/* What an operator may say of its form for integers, and what is refused. */
#include "plugins/integer_form.h"
#include "tests/support/main.h"

#include <string.h>

static void good(void)
{
    struct integer_form form;
    struct integer_input input;
    CU_ASSERT_TRUE_FATAL(integer_form_read("com.acme::QOp-12(y, b, a..., C)", &form));
    CU_ASSERT_STRING_EQUAL(form.op, "QOp");
    CU_ASSERT_STRING_EQUAL(form.domain, "com.acme");
    CU_ASSERT_EQUAL(form.opset, 12);
    const char *at = form.inputs;
    CU_ASSERT_TRUE(integer_form_next(&at, 7, &input) && input.is_y && !input.is_bias);
    CU_ASSERT_TRUE(integer_form_next(&at, 7, &input) && input.first == 1 && input.end == 2);
    CU_ASSERT_TRUE(integer_form_next(&at, 7, &input) && input.first == 0 && input.end == 7);
    CU_ASSERT_TRUE(integer_form_next(&at, 7, &input) && input.is_bias && input.first == 2);
    CU_ASSERT_FALSE(integer_form_next(&at, 7, &input));

    CU_ASSERT_TRUE(integer_form_read("QLinearConv-10(a)", &form));
    CU_ASSERT_STRING_EQUAL(form.domain, "");
}

static void wrong(void)
{
    static const char *const texts[] = {
        "",           "QOp",         "QOp(a)",         "QOp-(a)",    "QOp-x(a)",    "-1(a)",
        "::QOp-1(a)", "com::-1(a)",  "QOp-1234567(a)", "QOp-1",      "QOp-1(",      "QOp-1()",
        "QOp-1(a",    "QOp-1(a,)",   "QOp-1(a,b)",     "QOp-1(a, )", "QOp-1(f)",    "QOp-1(a..)",
        "QOp-1(ab)",  "QOp-1(y...)", "QOp-1(C...)",    "QOp-1(a) b", "QOp-1(a, y))"};
    struct integer_form form;
    char long_name[80];
    memset(long_name, 'Q', sizeof long_name);
    strcpy(long_name + 70, "-1(a)");
    CU_ASSERT_FALSE(integer_form_read(long_name, &form));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (integer_form_read(texts[i], &form)) {
            printf("\n    \"%s\"", texts[i]);
            CU_FAIL("it is read");
        }
}

int main(void)
{
    static CU_TestInfo tests[] = {{"good", good}, {"wrong", wrong}, CU_TEST_INFO_NULL};
    return run_tests("integer_form", tests);
}
