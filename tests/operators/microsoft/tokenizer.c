/* Tokenizer: tokens by hand. */
#include "tests/operators/text.h"

#define TOKENIZER .op = "Tokenizer", .domain = "com.microsoft"
#define HOW(mark_it, least, pad)                                                                   \
    ATTR_INT("mark", mark_it), ATTR_INT("mincharnum", least), ATTR_STRING("pad_value", pad)
#define CUBE_OF_STRINGS(a, b, c, ...)                                                              \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 3, .dims = {a, b, c}, .strings = (const char *const[])       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static void expressions(void)
{
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, "#"), ATTR_STRING("tokenexp", "[a-z0-9_]+")},
             .inputs = {STRINGS("this is one.", "", "--two--")},
             .expect = {MATRIX_OF_STRINGS(3, "this", "is", "one", "#", "#", "#", "two", "#", "#")});
    CHECK_OP(TOKENIZER, .attributes = {HOW(1, 2, ""), ATTR_STRING("tokenexp", "\303\244|[a-z]+")},
             .inputs = {MATRIX_OF_STRINGS(1, "a bc \303\244 def", "\303\244")},
             .expect = {CUBE_OF_STRINGS(2, 1, 4, "\2", "bc", "def", "\3", "\2", "\3", "", "")});
    /* The longest match, and empty ones. */
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, "#"), ATTR_STRING("tokenexp", "a|ab|c*")},
             .inputs = {STRINGS("abxa\303\244cc")},
             .expect = {MATRIX_OF_STRINGS(3, "ab", "a", "cc")});
    CHECK_OP(TOKENIZER, .attributes = {HOW(1, 1, "#"), ATTR_STRING("tokenexp", "x")},
             .inputs = {STRINGS("a", "")}, .expect = {EMPTY_STRINGS(2, 0)});
}

static void separators(void)
{
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, "-"), ATTR_STRINGS("separators", " +", "[,.]")},
             .inputs = {STRINGS(" Hello,  World. ", ",", "\303\244.b")},
             .expect = {MATRIX_OF_STRINGS(2, "Hello", "World", "-", "-", "\303\244", "b")});
    CHECK_OP(
        TOKENIZER, .attributes = {HOW(1, 2, "-"), ATTR_STRINGS("separators", ";|;;")},
        .inputs = {ROW_OF_STRINGS("a;bc;;\303\244d;e", "fg")},
        .expect = {CUBE_OF_STRINGS(1, 2, 4, "\2", "bc", "\303\244d", "\3", "\2", "fg", "\3", "-")});
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, "-"), ATTR_STRINGS("separators", "^a", "x*")},
             .inputs = {STRINGS("aab", "bxxc")}, .expect = {EMPTY_STRINGS(2, 0)});
}

static void characters(void)
{
    CHECK_OP(
        TOKENIZER, .attributes = {HOW(1, 1, "pad"), ATTR_STRINGS("separators", "")},
        .inputs = {STRINGS("a\303\244", "")},
        .expect = {MATRIX_OF_STRINGS(4, "\2", "a", "\303\244", "\3", "\2", "\3", "pad", "pad")});
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, ""), ATTR_STRING("tokenexp", ".")},
             .inputs = {STRINGS("\n\360\220\220\250b")},
             .expect = {MATRIX_OF_STRINGS(3, "\n", "\360\220\220\250", "b")});
    CHECK_OP(TOKENIZER, .attributes = {HOW(1, 1, ""), ATTR_STRING("tokenexp", ".")},
             .inputs = {EMPTY_STRINGS(0, 2)}, .expect = {EMPTY_STRINGS(0, 2, 0)});
}

static void errors(void)
{
    const struct harness_attribute dot = ATTR_STRING("tokenexp", "."),
                                   word = ATTR_STRING("tokenexp", "a+");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, "")}, .inputs = {STRINGS("a")},
             .fails = HINGE_BAD_MODEL, .says = "not exactly one of separators and tokenexp");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 2, ""), dot}, .inputs = {STRINGS("a")},
             .fails = HINGE_BAD_MODEL, .says = "mincharnum is 2");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 0, ""), word}, .inputs = {STRINGS("a")},
             .fails = HINGE_BAD_MODEL, .says = "mincharnum is 0");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, ""), ATTR_STRING("tokenexp", "")},
             .inputs = {STRINGS("a")}, .fails = HINGE_BAD_MODEL, .says = "tokenexp is empty");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, ""), ATTR_STRINGS("separators", "a", "b", "(")},
             .inputs = {STRINGS("a")}, .fails = HINGE_BAD_MODEL, .says = "a separator: missing");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, ""), word}, .inputs = {STRINGS("a", "\377")},
             .fails = HINGE_BAD_VALUE, .says = "string 1 is no UTF-8");
    CHECK_OP(TOKENIZER, .attributes = {HOW(0, 1, ""), word}, .inputs = {EMPTY_STRINGS(1, 1, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "X has rank 3");
    CHECK_OP(TOKENIZER,
             .attributes = {HOW(0, 1, ""), ATTR_STRING("tokenexp", "(?:a?){1000}(?:a?){1000}b")},
             .inputs = {STRINGS("aaaab")}, .fails = HINGE_LIMIT, .says = "more than 600 states");
}

void test_tokenizer(void)
{
    expressions();
    separators();
    characters();
    errors();
}
