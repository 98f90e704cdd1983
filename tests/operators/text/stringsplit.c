/* StringSplit: what Python's str.split gives, by hand. */
#include "tests/operators/text.h"

#define SPLIT .op = "StringSplit", .n_outputs = 2
#define DELIMITER(text) ATTR_STRING("delimiter", text)
#define MAXSPLIT(n) ATTR_INT("maxsplit", n)

static void white_space(void)
{
    CHECK_OP(SPLIT, .inputs = {STRINGS("hello world", "hello", "", " a \t\n b ")},
             .expect = {MATRIX_OF_STRINGS(2, "hello", "world", "hello", "", "", "", "a", "b"),
                        LIST(HINGE_INT64, 2, 1, 0, 2)});
    CHECK_OP(SPLIT, .attributes = {DELIMITER(""), MAXSPLIT(1)},
             .inputs = {STRINGS(" a b c ", "a ", "\303\244\302\205\343\200\200o\342\200\213p ",
                                "\200 \300")},
             .expect = {MATRIX_OF_STRINGS(2, "a", "b c ", "a", "", "\303\244", "o\342\200\213p ",
                                          "\200", "\300"),
                        LIST(HINGE_INT64, 2, 1, 2, 2)});
    CHECK_OP(SPLIT, .attributes = {MAXSPLIT(0)}, .inputs = {STRINGS("  a b ", "  ")},
             .expect = {MATRIX_OF_STRINGS(1, "a b ", ""), LIST(HINGE_INT64, 1, 0)});
}

static void delimiters(void)
{
    CHECK_OP(SPLIT, .attributes = {DELIMITER(",")},
             .inputs = {MATRIX_OF_STRINGS(1, "a,b", ",,c", "", "d,")},
             .expect = {{.type = HINGE_STRING,
                         .rank = 3,
                         .dims = {4, 1, 3},
                         .strings = (const char *const[]){"a", "b", "", "", "", "c", "", "", "",
                                                          "d", "", ""}},
                        {.type = HINGE_INT64,
                         .rank = 2,
                         .dims = {4, 1},
                         .values = (const double[]){2, 3, 1, 2}}});
    CHECK_OP(
        SPLIT, .attributes = {DELIMITER("--"), MAXSPLIT(2)},
        .inputs = {STRINGS("a--b---c--d", "-")},
        .expect = {MATRIX_OF_STRINGS(3, "a", "b", "-c--d", "-", "", ""), LIST(HINGE_INT64, 3, 1)});
    CHECK_OP(SPLIT, .attributes = {DELIMITER("-"), MAXSPLIT(-1)}, .unwanted = 2,
             .inputs = {{.type = HINGE_STRING, .strings = (const char *const[]){"a-b-c"}}},
             .expect = {STRINGS("a", "b", "c"), SCALAR(HINGE_INT64, 0, 0)});
    CHECK_OP(SPLIT, .attributes = {DELIMITER("-")}, .unwanted = 1, .inputs = {STRINGS("a-b-c", "")},
             .expect = {STRINGS(""), LIST(HINGE_INT64, 3, 1)});
}

void test_stringsplit(void)
{
    white_space();
    delimiters();
    CHECK_OP(SPLIT, .inputs = {EMPTY_STRINGS(0)},
             .expect = {EMPTY_STRINGS(0, 0), TENSOR(HINGE_INT64, 0, 0, 0)});
    CHECK_OP(SPLIT, .inputs = {STRINGS("", " ")},
             .expect = {EMPTY_STRINGS(2, 0), LIST(HINGE_INT64, 0, 0)});
    CHECK_OP(SPLIT,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 16,
                         .dims = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                         .strings = (const char *const[]){"a"}}},
             .fails = HINGE_LIMIT, .says = "output 0 has rank 17, more than 16");
}
