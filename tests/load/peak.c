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

static void add_one_raw(struct build *build, float *weights)
{
    add_raw(build, weights, 1);
}

/* Of this and the one before, at most one has its data aligned. */
static void add_one_raw_elsewhere(struct build *build, float *weights)
{
    build->model.doc_string = build_text(build, "");
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

static void add_attributes(struct build *build, float *weights)
{
    const int64_t count = (int64_t)(WEIGHTS / 4 / sizeof *weights);
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i);
        Onnx__NodeProto *node = build_node(build, build->graph, "Constant", "", name);
        Onnx__AttributeProto *value = build_attribute(build, node, "value", HINGE_ATTR_TENSOR);
        value->t = build_tensor(build, "", HINGE_FLOAT, 1, &count);
        build_raw(value->t, weights + i * (size_t)count, WEIGHTS / 4);
    }
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
    if (load_path(MODEL, &allocator, &model, NULL))
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
    expect_peak("one tensor", add_one_raw);
    expect_peak("one tensor, elsewhere in the file", add_one_raw_elsewhere);
    expect_peak("3072 tensors", add_many_raw);
    expect_peak("float_data", add_list);
    expect_peak("attributes", add_attributes);
    expect_peak("external data, misaligned", add_external);
}

int main(void)
{
    return run_tests("load/peak", (CU_TestInfo[]){{"peak memory", test_peak}, CU_TEST_INFO_NULL});
}
