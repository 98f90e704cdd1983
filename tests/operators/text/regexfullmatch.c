/* RegexFullMatch: pairs of patterns and strings, as RE2 decides them. */
#include "tests/operators/text.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    const char *pattern, *text;
    bool matches;
};

static const struct pair pairs[] = {
    {"", "", true},
    {"", "a", false},
    {"a|ab", "ab", true},
    {"(a|ab)(c|bcd)", "abcd", true},
    {"(?:a*)*b", "aaab", true},
    {"[a-c]+?", "abcabc", true},
    {"x{2,3}", "xx", true},
    {"x{2,3}", "xxxx", false},
    {"x{,3}", "x{,3}", true},
    {"a$", "a\n", false},
    {"(?m)a$\n^b", "a\nb", true},
    {"(?m)a\n^", "a\n", true},
    {".", "\n", false},
    {"(?s).", "\n", true},
    {".", "\303\244", true},
    {"..", "\303\244", false},
    {"\\s", "\v", false},
    {"[\\s]", "\f", true},
    {"\\S", "\v", true},
    {"[\\S\\n]+", "\v\303\244\n", true},
    {"[^\\S]", "\t", true},
    {"\\v", "\v", true},
    {"\\v", "\n", false},
    {"[[:space:]]", "\v", true},
    {"[[:^alpha:]x]+", "1x\303\244", true},
    {"[[a]+", "[a", true},
    {"[]a]+", "]a", true},
    {"[^]a]", "]", false},
    {"\\d\\w\\W", "1_-", true},
    {"\\d", "\331\241", false},
    {"\\pN\\p{Greek}\\PN\\p{^Greek}", "1\316\261xx", true},
    {"\\101\\x42\\x{e4}\\07", "AB\303\244\a", true},
    {"\\Q.*\\E\\Q+", ".*+", true},
    {"\\Aa\\z", "a", true},
    {"a\\bb", "ab", false},
    {"(?i)\303\204k", "\303\244\342\204\252", true},
    {"(?P<first>a)(?i:B)(?-i)c", "abc", true},
    {"a", "a\377", false},
    {".*", "\377", false},
    {"(?U)a*", "aaa", true},
    {"[\\-\\]\\^]+", "-]^", true},
    {"\\.\\*\\\\", ".*\\", true},
};

static void all_pairs(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const double expected = pairs[i].matches;
        CHECK_OP(.op = "RegexFullMatch", .attributes = {ATTR_STRING("pattern", pairs[i].pattern)},
                 .inputs = {{.type = HINGE_STRING, .strings = &pairs[i].text}},
                 .expect = {{.type = HINGE_BOOL, .values = &expected}});
    }
}

/* Backtracking would take longer than the world is old. */
static void hostile(void)
{
    static char text[100001];
    memset(text, 'a', sizeof text - 1);
    const char *const texts[] = {text, "b"};
    CHECK_OP(.op = "RegexFullMatch", .attributes = {ATTR_STRING("pattern", "(a+)+(a*)*(a|a|aa)*b")},
             .inputs = {{.type = HINGE_STRING, .rank = 1, .dims = {2}, .strings = texts}},
             .expect = {LIST(HINGE_BOOL, 0, 0)});
    CHECK_OP(.op = "RegexFullMatch",
             .attributes = {ATTR_STRING("pattern", "(?:a?){1000}(?:a?){1000}")},
             .inputs = {{.type = HINGE_STRING, .rank = 1, .dims = {2}, .strings = texts}},
             .fails = HINGE_LIMIT, .says = "a string takes more than 600 states of the pattern");
}

static void many(void)
{
    static const char *texts[3000];
    static double expected[3000];
    for (int i = 0; i < 3000; i++) {
        texts[i] = i % 3 ? "x@example.org" : "example.org";
        expected[i] = i % 3 != 0;
    }
    CHECK_OP(.op = "RegexFullMatch",
             .attributes = {ATTR_STRING("pattern", "[^@\\s]+@(?:[a-z]+\\.)+[a-z]{2,}")},
             .inputs = {{.type = HINGE_STRING, .rank = 2, .dims = {3, 1000}, .strings = texts}},
             .expect = {{.type = HINGE_BOOL, .rank = 2, .dims = {3, 1000}, .values = expected}});
}

static void errors(void)
{
    static const struct {
        const char *pattern, *says;
    } wrong[] = {
        {"a(b)\\1", "pattern has a backreference at byte 4"},
        {"(?=a)", "pattern has a group that RE2 has not at byte 0"},
        {"(?<!a)", "pattern has a group that RE2 has not at byte 0"},
        {"(?>a)", "a group that RE2 has not"},
        {"(?R)", "a group that RE2 has not"},
        {"(?x)a", "a group that RE2 has not"},
        {"(*UCP)a", "a repetition of nothing at byte 0"},
        {"*a", "pattern: quantifier does not follow a repeatable item"},
        {"a++", "a repetition of a repetition at byte 2"},
        {"a{2}{3}", "a repetition of a repetition at byte 4"},
        {"a{1001}", "more than 1000 repetitions at byte 1"},
        {"a\\", "a backslash at the end at byte 1"},
        {"\\K", "an escape that RE2 has not at byte 0"},
        {"\\C", "an escape that RE2 has not at byte 0"},
        {"\\x1", "\\x without two digits at byte 0"},
        {"[a", "a class without an end at byte 2"},
        {"[\\b]", "an assertion in a class at byte 1"},
        {"[\\Qa\\E]", "\\Q in a class at byte 1"},
        {"(a", "pattern: missing closing parenthesis"},
        {"a\377", "pattern: UTF-8 error"},
        {"\\p{Nothing}", "pattern: unknown property"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_OP(.op = "RegexFullMatch", .attributes = {ATTR_STRING("pattern", wrong[i].pattern)},
                 .inputs = {STRINGS("a")}, .fails = HINGE_BAD_MODEL, .says = wrong[i].says);
    static char longest[32770];
    memset(longest, 'a', sizeof longest - 1);
    CHECK_OP(.op = "RegexFullMatch", .attributes = {ATTR_STRING("pattern", longest)},
             .inputs = {STRINGS("a")}, .fails = HINGE_LIMIT,
             .says = "pattern has 32769 bytes, more than 32768");
}

void test_regexfullmatch(void)
{
    all_pairs();
    many();
    hostile();
    errors();
    CHECK_OP(.op = "RegexFullMatch", .attributes = {ATTR_STRING("pattern", "a")},
             .inputs = {EMPTY_STRINGS(0, 2)}, .expect = {TENSOR(HINGE_BOOL, 0, 0, 0, 2)});
}
