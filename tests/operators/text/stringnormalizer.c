/* StringNormalizer: what is left of lists, by hand. */
#include "tests/operators/text.h"

#define NORMALIZER .op = "StringNormalizer"
#define ACTION(name) ATTR_STRING("case_change_action", name)

static void cases(void)
{
    CHECK_OP(
        NORMALIZER, .attributes = {ACTION("LOWER")},
        .inputs = {STRINGS("MONDAY", "", "Stra\303\237e 7", "\303\204\320\226\316\243\304\260")},
        .expect = {STRINGS("monday", "", "stra\303\237e 7", "\303\244\320\266\317\203i")});
    CHECK_OP(NORMALIZER, .attributes = {ACTION("UPPER")},
             .inputs = {STRINGS("stra\303\237e", "\310\277\304\261\355\237\277\360\220\220\250",
                                "\303\277\341\276\200")},
             .expect = {STRINGS("STRA\303\237E", "\342\261\276I\355\237\277\360\220\220\200",
                                "\305\270\341\276\210")});
    /* Bytes that are no UTF-8: alone, overlong, cut short, a surrogate, beyond U+10FFFF. */
    CHECK_OP(NORMALIZER, .attributes = {ACTION("UPPER")},
             .inputs = {STRINGS("a\377b", "\300\341", "c\342\261", "\355\240\200x",
                                "\364\220\200\200y", "\343\303\244")},
             .expect = {STRINGS("A\377B", "\300\341", "C\342\261", "\355\240\200X",
                                "\364\220\200\200Y", "\343\303\204")});
    CHECK_OP(NORMALIZER, .inputs = {ROW_OF_STRINGS("b", "a", "B")},
             .expect = {ROW_OF_STRINGS("b", "a", "B")});
}

static void stop_words(void)
{
    CHECK_OP(
        NORMALIZER, .attributes = {ATTR_STRINGS("stopwords", "monday", "\303\204", "x")},
        .inputs = {STRINGS("Monday", "tuesday", "mondays", "\303\244", "", "\303\244\303\244")},
        .expect = {STRINGS("tuesday", "mondays", "", "\303\244\303\244")});
    CHECK_OP(NORMALIZER,
             .attributes = {ATTR_STRINGS("stopwords", "b", "monday", "\303\204", "a"),
                            ATTR_INT("is_case_sensitive", 1), ACTION("UPPER")},
             .inputs = {ROW_OF_STRINGS("Monday", "a", "monday", "\303\244", "b")},
             .expect = {ROW_OF_STRINGS("MONDAY", "\303\204")});
    CHECK_OP(NORMALIZER, .attributes = {ATTR_STRINGS("stopwords", "a", ""), ACTION("LOWER")},
             .inputs = {ROW_OF_STRINGS("a", "A", "")}, .expect = {ROW_OF_STRINGS("")});
    CHECK_OP(NORMALIZER, .attributes = {ATTR_STRINGS("stopwords", "a"), ATTR_STRING("locale", "C")},
             .inputs = {STRINGS("a", "A")}, .expect = {STRINGS("")});
    CHECK_OP(NORMALIZER, .attributes = {ATTR_STRINGS("stopwords", "a")},
             .inputs = {EMPTY_STRINGS(0)}, .expect = {STRINGS("")});
    CHECK_OP(NORMALIZER, .inputs = {EMPTY_STRINGS(1, 0)}, .expect = {ROW_OF_STRINGS("")});
}

void test_stringnormalizer(void)
{
    cases();
    stop_words();
    CHECK_OP(NORMALIZER, .attributes = {ACTION("TITLE")}, .inputs = {STRINGS("a")},
             .fails = HINGE_BAD_MODEL, .says = "case_change_action is not NONE, LOWER or UPPER");
    CHECK_OP(NORMALIZER, .inputs = {MATRIX_OF_STRINGS(1, "a", "b")}, .fails = HINGE_BAD_SHAPE,
             .says = "X is neither a list nor one row");
}
