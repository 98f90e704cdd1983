/* The models of hostile.py: each has to end with its status and message, from a file and from
 * memory, with nothing left behind; and with HINGE_NO_MEMORY when any one allocation fails. */
#include "load/load.h"
#include "tests/support/counter.h"
#include "tests/support/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

struct expectation {
    char path[2048];
    hinge_status status;
    char part[256], node[64];
};

static struct expectation *expectations;
static size_t n_expectations;

/* Splits line at tabs into n parts. */
static bool split(char *line, char **parts, size_t n)
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < n; i++) {
        parts[i] = line;
        line += strcspn(line, "\t");
        if (*line)
            *line++ = '\0';
        else if (i + 1 < n)
            return false;
    }
    return true;
}

static hinge_status status_of(const char *name)
{
#define STATUS_OF(status, text)                                                                    \
    if (strcmp(name, &#status[sizeof "HINGE_" - 1]) == 0)                                          \
        return status;
    HINGE_STATUSES(STATUS_OF)
#undef STATUS_OF
    abort();
}

static bool read_index(const char *folder)
{
    char path[1024], line[1024], *parts[4];
    snprintf(path, sizeof path, "%.1000s/index.tsv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        if (!split(line, parts, 4))
            abort();
        expectations = realloc(expectations, (n_expectations + 1) * sizeof *expectations);
        if (!expectations)
            abort();
        struct expectation *expectation = &expectations[n_expectations++];
        snprintf(expectation->path, sizeof expectation->path, "%.1000s/%s", folder, parts[0]);
        snprintf(expectation->part, sizeof expectation->part, "%s", parts[2]);
        snprintf(expectation->node, sizeof expectation->node, "%s", parts[3]);
        expectation->status = status_of(parts[1]);
    }
    fclose(file);
    return true;
}

static void expect(const struct expectation *expectation, hinge_status status,
                   const struct loaded_model *model, const hinge_error *error)
{
    bool is_right = status == expectation->status && (model != NULL) == (status == HINGE_OK);
    if (status)
        is_right = is_right && error->status == status &&
                   strstr(error->message, expectation->part) &&
                   strcmp(error->node, expectation->node) == 0;
    if (!is_right)
        printf("\n  %s: status %d, node \"%s\"\n  message:  %s\n  expected: %s\n",
               expectation->path, (int)status, error->node, error->message, expectation->part);
    CU_ASSERT(is_right);
}

static void test_from_file(void)
{
    for (size_t i = 0; i < n_expectations; i++) {
        struct counter counter = {0};
        hinge_allocator allocator = counter_allocator(&counter);
        struct loaded_model *model;
        hinge_error error;
        memset(&error, 'x', sizeof error);
        hinge_status status = load_path(expectations[i].path, NULL, &allocator, &model, &error);
        expect(&expectations[i], status, model, &error);
        if (status)
            CU_ASSERT_PTR_NOT_NULL(strstr(error.message, expectations[i].path));
        load_close(model);
        CU_ASSERT_EQUAL(counter.n_live, 0);
        CU_ASSERT_EQUAL(load_path(expectations[i].path, NULL, &allocator, &model, NULL), status);
        load_close(model);
    }
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        abort();
    long end = ftell(file);
    rewind(file);
    *size = (size_t)end;
    uint8_t *bytes = malloc(*size ? *size : 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        abort();
    fclose(file);
    return bytes;
}

static void test_from_memory(void)
{
    for (size_t i = 0; i < n_expectations; i++) {
        struct expectation expectation = expectations[i];
        struct counter counter = {0};
        hinge_allocator allocator = counter_allocator(&counter);
        struct loaded_model *model;
        hinge_error error = {0};
        size_t size;
        uint8_t *bytes = read_file(expectation.path, &size);
        hinge_status status = load_memory(bytes, size, NULL, &allocator, &model, &error);
        if (status == HINGE_UNSUPPORTED && strstr(error.message, "has no folder to look in")) {
            CU_ASSERT_PTR_NOT_NULL(strstr(expectation.path, "external"));
        } else {
            expect(&expectation, status, model, &error);
        }
        load_close(model);
        CU_ASSERT_EQUAL(counter.n_live, 0);
        free(bytes);
    }
}

static void test_without_memory(void)
{
    for (size_t i = 0; i < n_expectations; i++) {
        for (size_t n = 1;; n++) {
            struct counter counter = {.fail_at = n};
            hinge_allocator allocator = counter_allocator(&counter);
            struct loaded_model *model;
            hinge_error error = {0};
            hinge_status status = load_path(expectations[i].path, NULL, &allocator, &model, &error);
            load_close(model);
            CU_ASSERT_EQUAL_FATAL(counter.n_live, 0);
            if (!counter_failed(&counter)) {
                CU_ASSERT_EQUAL(status, expectations[i].status);
                break;
            }
            if (status != HINGE_NO_MEMORY)
                printf("\n  %s: allocation %zu failed, status %d\n", expectations[i].path, n,
                       (int)status);
            CU_ASSERT_EQUAL(status, HINGE_NO_MEMORY);
            CU_ASSERT_EQUAL(error.status, status);
            CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "out of memory"));
        }
    }
}

static void test_no_file(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    struct loaded_model *model;
    hinge_error error;
    CU_ASSERT_EQUAL(load_path("/no/such/model.onnx", NULL, &allocator, &model, &error), HINGE_IO);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "\"/no/such/model.onnx\" cannot be read: No such file or directory");
    CU_ASSERT_PTR_NULL(model);
    CU_ASSERT_EQUAL(load_path("/", NULL, &allocator, &model, &error), HINGE_IO);
    CU_ASSERT_STRING_EQUAL(error.message, "\"/\" is not a regular file");
    CU_ASSERT_EQUAL(load_path("", NULL, &allocator, &model, &error), HINGE_IO);
}

int main(int argc, char **argv)
{
    if (argc != 2 || !read_index(argv[1])) {
        printf("skipped: no models in %s\n", argc > 1 ? argv[1] : "(no folder given)");
        return SKIPPED;
    }
    int result =
        run_tests("load/hostile", (CU_TestInfo[]){{"from files", test_from_file},
                                                  {"from memory", test_from_memory},
                                                  {"with too little memory", test_without_memory},
                                                  {"without a file", test_no_file},
                                                  CU_TEST_INFO_NULL});
    free(expectations);
    return result;
}
