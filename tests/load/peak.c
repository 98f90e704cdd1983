/* How much memory a model costs that is opened and whose weights are all read once: less than 1.3
 * times their size and 20 MB. Writer and reader are processes of their own. */
#include "build.h"
#include "tests/support/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WEIGHTS ((size_t)96 << 20)
#define ALLOWED (WEIGHTS / 10 * 13 + ((size_t)20 << 20))
#define MODEL "peak_model.onnx"
#define DATA "peak_model.data"

/* WEIGHTS bytes of weights in one form or other. */
typedef void add_weights(struct build *build, float *weights);

static void add_raw(struct build *build, float *weights, size_t n_tensors)
{
    for (size_t i = 0; i < n_tensors; i++) {
        char name[32];
        snprintf(name, sizeof name, "w%zu", i);
        const int64_t count = (int64_t)(WEIGHTS / n_tensors / sizeof *weights);
        build_raw(build_initializer(build, build->graph, name, HINGE_FLOAT, 1, &count),
                  weights + i * (size_t)count, (size_t)count * sizeof *weights);
    }
}

/* Of four neighbours, one finds its data aligned. */
static size_t shift;

static void add_one_raw(struct build *build, float *weights)
{
    build->model.doc_string = build_text(build, &"...."[shift]);
    add_raw(build, weights, 1);
}

static void add_many_raw(struct build *build, float *weights)
{
    add_raw(build, weights, 3072);
}

static void add_list(struct build *build, float *weights)
{
    const int64_t count = (int64_t)(WEIGHTS / sizeof *weights);
    Onnx__TensorProto *tensor = build_initializer(build, build->graph, "w", HINGE_FLOAT, 1, &count);
    tensor->float_data = weights;
    tensor->n_float_data = (size_t)count;
}

static void add_attributes(struct build *build, float *weights, const char *op)
{
    const int64_t count = (int64_t)(WEIGHTS / 4 / sizeof *weights);
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i);
        Onnx__NodeProto *node = build_node(build, build->graph, op, "", name);
        Onnx__AttributeProto *value = build_attribute(build, node, "value", HINGE_ATTR_TENSOR);
        value->t = build_tensor(build, "", HINGE_FLOAT, 1, &count);
        build_raw(value->t, weights + i * (size_t)count, WEIGHTS / 4);
    }
}

static void add_constant_nodes(struct build *build, float *weights)
{
    add_attributes(build, weights, "Constant");
}

static void add_other_nodes(struct build *build, float *weights)
{
    add_attributes(build, weights, "Op");
}

static void add_external(struct build *build, float *weights)
{
    FILE *file = fopen(DATA, "wb");
    if (!file || fputc(0, file) || fwrite(weights, 1, WEIGHTS, file) != WEIGHTS || fclose(file))
        abort();
    const int64_t count = (int64_t)(WEIGHTS / sizeof *weights);
    Onnx__TensorProto *tensor = build_initializer(build, build->graph, "w", HINGE_FLOAT, 1, &count);
    build_external(build, tensor, "location", DATA);
    build_external(build, tensor, "offset", "1");
}

static void write_model(add_weights *add)
{
    float *weights = malloc(WEIGHTS);
    if (!weights)
        abort();
    for (size_t i = 0; i < WEIGHTS / sizeof *weights; i++)
        weights[i] = 1;
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 1, (int64_t[]){1});
    build_output(&build, build.graph, "x");
    add(&build, weights);
    build_write(&build, MODEL);
    build_free(&build);
    free(weights);
}

static double sum(const hinge_tensor *tensor)
{
    double total = 0;
    const float *numbers = tensor->data;
    for (int64_t i = 0; i < hinge_count(tensor); i++)
        total += (double)numbers[i];
    return total;
}

/* Says on the pipe how many bytes were in memory at most. */
static void read_model(int pipe)
{
    hinge_allocator allocator = memory_allocator(NULL);
    struct loaded_model *model;
    if (load_path(MODEL, NULL, &allocator, &model, NULL))
        abort();
    double total = 0;
    const struct graph *graph = model->graph;
    for (size_t v = 0; v < graph->n_values; v++)
        if (graph->values[v].storage != GRAPH_NOT_CONSTANT)
            total += sum(&graph->values[v].tensor);
    for (size_t n = 0; n < graph->n_nodes; n++)
        total += sum(graph->nodes[n].attributes[0].value.tensor);
    if (total != (double)(WEIGHTS / sizeof(float)))
        abort();
    load_close(model);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    size_t peak = (size_t)usage.ru_maxrss * 1024;
    if (write(pipe, &peak, sizeof peak) != sizeof peak)
        abort();
}

static void expect_peak(const char *what, add_weights *add)
{
    int pipes[2], status;
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    fflush(stdout);
    pid_t writer = fork();
    if (writer == 0) {
        write_model(add);
        _exit(0);
    }
    CU_ASSERT(waitpid(writer, &status, 0) == writer && status == 0);
    pid_t reader = fork();
    if (reader == 0) {
        read_model(pipes[1]);
        _exit(0);
    }
    CU_ASSERT(waitpid(reader, &status, 0) == reader && status == 0);
    close(pipes[1]);
    size_t peak = 0;
    CU_ASSERT_EQUAL(read(pipes[0], &peak, sizeof peak), (ssize_t)sizeof peak);
    close(pipes[0]);
    printf("\n    %s: %.1f MiB for %.1f MiB of weights ", what, (double)peak / (1 << 20),
           (double)WEIGHTS / (1 << 20));
    CU_ASSERT(peak > 0 && peak < ALLOWED);
    remove(MODEL);
    remove(DATA);
}

static void test_peak(void)
{
    for (shift = 0; shift < 4; shift++)
        expect_peak("one tensor", add_one_raw);
    expect_peak("3072 tensors", add_many_raw);
    expect_peak("float_data", add_list);
    expect_peak("constants as nodes", add_constant_nodes);
    expect_peak("attributes", add_other_nodes);
    expect_peak("external data, misaligned", add_external);
}

/* Bytes of this process that are in memory now. */
static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*u %lu", &pages) != 1)
        abort();
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void test_release(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    unsigned n_mapped = 0;
    for (shift = 0; shift < 4; shift++) {
        struct loaded_model *model;
        write_model(add_one_raw);
        CU_ASSERT_EQUAL_FATAL(load_path(MODEL, NULL, &allocator, &model, NULL), HINGE_OK);
        const struct graph_value *value = find_value(model->graph, "w0");
        const float *numbers = value->tensor.data;
        const double expected = (double)(WEIGHTS / sizeof *numbers);
        CU_ASSERT_EQUAL(sum(&value->tensor), expected);
        size_t before = resident();
        load_release(model, numbers + 3, WEIGHTS - 5 * sizeof *numbers);
        size_t after = resident();
        if (value->storage == GRAPH_MAPPED) {
            n_mapped++;
            CU_ASSERT(after + WEIGHTS - ((size_t)1 << 20) < before);
        }
        CU_ASSERT_EQUAL(sum(&value->tensor), expected);
        load_release(model, numbers, 0);
        load_release(model, numbers, SIZE_MAX);
        CU_ASSERT_EQUAL(sum(&value->tensor), expected);
        load_close(model);
        remove(MODEL);
    }
    CU_ASSERT_EQUAL(n_mapped, 1);
}

/* Pages of memory that is not mapped from a file would come back as zeros. */
static void test_release_of_memory(void)
{
    struct build build;
    build_begin(&build);
    const int64_t count = 1 << 20;
    float *weights = build_memory(&build, (size_t)count * sizeof *weights);
    for (int64_t i = 0; i < count; i++)
        weights[i] = 1;
    build_raw(build_initializer(&build, build.graph, "w", HINGE_FLOAT, 1, &count), weights,
              (size_t)count * sizeof *weights);
    struct loaded_model *model = build_load(&build, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const hinge_tensor *tensor = &find_value(model->graph, "w")->tensor;
    load_release(model, tensor->data, (size_t)count * sizeof *weights);
    CU_ASSERT_EQUAL(sum(tensor), (double)count);
    load_close(model);
    build_free(&build);
}

int main(void)
{
    return run_tests("load/peak", (CU_TestInfo[]){{"peak memory", test_peak},
                                                  {"pages are given back", test_release},
                                                  {"other memory is left", test_release_of_memory},
                                                  CU_TEST_INFO_NULL});
}
