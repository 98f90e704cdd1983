/* StringConcat: short lists by hand, broadcast; and enough for several threads. */
#include "tests/operators/text.h"

#include <stdio.h>

#define MANY 20000

static void many(void)
{
    static const char *x[MANY], *z[MANY];
    static char texts[MANY][24];
    static char joined[MANY][24];
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "%.*s%d", i % 7, "------", i);
        snprintf(joined[i], sizeof joined[i], "%.*s%d.", i % 7, "------", i);
        x[i] = texts[i];
        z[i] = joined[i];
    }
    CHECK_OP(.op = "StringConcat",
             .inputs = {{.type = HINGE_STRING, .rank = 2, .dims = {MANY / 4, 4}, .strings = x},
                        {.type = HINGE_STRING, .strings = (const char *const[]){"."}}},
             .expect = {{.type = HINGE_STRING, .rank = 2, .dims = {MANY / 4, 4}, .strings = z}});
}

void test_stringconcat(void)
{
    CHECK_OP(.op = "StringConcat",
             .inputs = {STRINGS("a", "", "b\303\244", ""), STRINGS("1", "22", "", "")},
             .expect = {STRINGS("a1", "22", "b\303\244", "")});
    CHECK_OP(.op = "StringConcat",
             .inputs = {MATRIX_OF_STRINGS(1, "a", "b"), STRINGS("x", "yy", "")},
             .expect = {MATRIX_OF_STRINGS(3, "ax", "ayy", "a", "bx", "byy", "b")});
    CHECK_OP(.op = "StringConcat", .inputs = {EMPTY_STRINGS(0, 3), STRINGS("x", "y", "z")},
             .expect = {EMPTY_STRINGS(0, 3)});
    many();
    CHECK_OP(.op = "StringConcat", .inputs = {STRINGS("a", "b"), STRINGS("x", "y", "z")},
             .fails = HINGE_BAD_SHAPE, .says = "cannot be broadcast");
}
