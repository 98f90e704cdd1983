#include "options/options.h"
#include "tool.h"

#include <errno.h>
#include <unistd.h>

/* Replaces stderr by a file; returns what it was. */
static int divert(FILE *file)
{
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    CU_ASSERT_TRUE_FATAL(old >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    return old;
}

static error_t fail(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    (void)state;
    return key == ARGP_KEY_END ? ENOMEM : ARGP_ERR_UNKNOWN;
}

/* What argp returns where it cannot allocate; here a parser, at the end: at the beginning, glibc
 * loses its own memory over that. */
static void test_want_of_memory(void)
{
    static const struct argp argp = {.parser = fail};
    char *argv[] = {(char[]){"hinge"}, NULL}, said[200] = "";
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    int old = divert(file);
    bool parsed = options_parse(&argp, 1, argv, 0, NULL);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(file);
    CU_ASSERT_FALSE(parsed);
    CU_ASSERT_PTR_NOT_NULL(fgets(said, sizeof said, file));
    CU_ASSERT_STRING_EQUAL(said, "hinge: the command line: Cannot allocate memory\n");
    fclose(file);
}

CU_TestInfo tool_options_tests[] = {{"want of memory", test_want_of_memory}, CU_TEST_INFO_NULL};
