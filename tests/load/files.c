/* Which files a model keeps open: small ones are read, and may be changed while it is in use. */
#include "build.h"
#include "tests/support/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL "files_model.onnx"

enum { N_DATA = 3 };

static void data_name(char *name, size_t size, int index)
{
    snprintf(name, size, "files_data_%d", index);
}

/* A model with a constant of its own and one in each of N_DATA files of size bytes. */
static void write_model(size_t size)
{
    static const float number = 2;
    const int64_t count = (int64_t)(size / sizeof number);
    struct build build;
    build_begin(&build);
    build_raw(build_initializer(&build, build.graph, "own", HINGE_FLOAT, 0, NULL), &number, 4);
    float *numbers = build_memory(&build, size);
    for (int i = 0; i < N_DATA; i++) {
        char name[32];
        data_name(name, sizeof name, i);
        for (int64_t n = 0; n < count; n++)
            numbers[n] = (float)i;
        FILE *file = fopen(name, "wb");
        if (!file || fwrite(numbers, 1, size, file) != size || fclose(file))
            abort();
        Onnx__TensorProto *tensor =
            build_initializer(&build, build.graph, name, HINGE_FLOAT, 1, &count);
        build_external(&build, tensor, "location", name);
    }
    build_write(&build, MODEL);
    build_free(&build);
}

static void remove_all(void)
{
    for (int i = 0; i < N_DATA; i++) {
        char name[32];
        data_name(name, sizeof name, i);
        remove(name);
    }
    remove(MODEL);
}

/* Whether this process has a file of that name mapped. */
static bool is_mapped(const char *name)
{
    char line[4096];
    bool found = false;
    FILE *file = fopen("/proc/self/maps", "r");
    if (!file)
        abort();
    while (fgets(line, sizeof line, file))
        found = found || strstr(line, name);
    fclose(file);
    return found;
}

static void expect_numbers(const struct graph *graph, size_t size)
{
    CU_ASSERT_EQUAL(*(const float *)find_value(graph, "own")->tensor.data, 2);
    for (int i = 0; i < N_DATA; i++) {
        char name[32];
        data_name(name, sizeof name, i);
        const float *numbers = find_value(graph, name)->tensor.data;
        CU_ASSERT(numbers[0] == (float)i && numbers[size / sizeof *numbers - 1] == (float)i);
    }
}

static void test_small(void)
{
    const size_t size = 4096;
    hinge_allocator allocator = memory_allocator(NULL);
    struct loaded_model *model;
    write_model(size);
    CU_ASSERT_EQUAL_FATAL(load_path(MODEL, NULL, &allocator, &model, NULL), HINGE_OK);
    for (int i = 0; i < N_DATA; i++) {
        char name[32];
        data_name(name, sizeof name, i);
        CU_ASSERT(!is_mapped(name));
        CU_ASSERT_EQUAL(truncate(name, 0), 0);
    }
    CU_ASSERT(!is_mapped(MODEL));
    CU_ASSERT_EQUAL(truncate(MODEL, 0), 0);
    expect_numbers(model->graph, size);
    load_close(model);
    remove_all();
}

/* All files together may take a megabyte; what comes after that is mapped. */
static void test_large(void)
{
    const size_t size = (size_t)600 << 10;
    hinge_allocator allocator = memory_allocator(NULL);
    struct loaded_model *model;
    write_model(size);
    CU_ASSERT_EQUAL_FATAL(load_path(MODEL, NULL, &allocator, &model, NULL), HINGE_OK);
    CU_ASSERT(!is_mapped(MODEL));
    for (int i = 0; i < N_DATA; i++) {
        char name[32];
        data_name(name, sizeof name, i);
        CU_ASSERT_EQUAL(is_mapped(name), i > 0);
    }
    expect_numbers(model->graph, size);
    load_close(model);
    CU_ASSERT(!is_mapped("files_data_2"));
    remove_all();
}

int main(void)
{
    return run_tests("load/files", (CU_TestInfo[]){{"small files are read", test_small},
                                                   {"large files are mapped", test_large},
                                                   CU_TEST_INFO_NULL});
}
