/* Opens models and runs them on operands as they come on the standard input, and answers each with
 * its status. operands.py makes them; that this process lives and leaves nothing behind is what is
 * tested, best under sanitizers.
 *
 * A model is its size and its bytes, then the number of sets of operands; a set has for each input
 * a size and a serialized value. Sizes and numbers are uint32, least byte first. The answer to a
 * model is a line for it and one for each set, which says the status; an empty line ends it. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <hinge/inspect.h>

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "tests/support/counter.h"
#include "tests/support/walk.h"

/* What operands of a few hundred elements need; whoever asks for more has to be refused. */
#define MAX_MEMORY ((size_t)256 << 20)
#define MAX_NS 2000000000u
#define MAX_INPUTS 256

struct bytes {
    void *data;
    uint32_t size;
};

static struct counter counter;
static hinge_threads *threads;

static uint32_t read_number(void)
{
    unsigned char bytes[4];
    if (fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes)
        exit(2);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static struct bytes read_bytes(void)
{
    struct bytes read = {.size = read_number()};
    read.data = malloc(read.size);
    if ((read.size && !read.data) || fread(read.data, 1, read.size, stdin) != read.size)
        exit(2);
    return read;
}

static void answer(hinge_status status)
{
    puts(hinge_status_text(status));
    fflush(stdout);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static hinge_status run(const hinge_session *session, hinge_context *context,
                        const hinge_tensor *inputs, hinge_error *error)
{
    size_t n_outputs = hinge_n_outputs(session);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    if (!outputs)
        exit(2);
    const hinge_run_options options = {.size = sizeof options, .deadline_ns = now_ns() + MAX_NS};
    hinge_status status =
        hinge_run(context, inputs, hinge_n_inputs(session), outputs, n_outputs, &options, error);
    for (size_t i = 0; !status && i < n_outputs; i++) {
        walk_value(&outputs[i], 0);
        if (walk_is_unwritten(&outputs[i])) {
            fprintf(stderr, "output %zu is not written\n", i);
            abort();
        }
    }
    free(outputs);
    return status;
}

/* The operands are read whether there is a context for them or not. */
static void run_set(const hinge_session *session, hinge_context *context, size_t n_inputs)
{
    hinge_value *values[MAX_INPUTS] = {0};
    hinge_tensor inputs[MAX_INPUTS] = {0};
    hinge_error error = {0};
    hinge_status status = HINGE_OK;
    for (size_t i = 0; i < n_inputs; i++) {
        struct bytes bytes = read_bytes();
        if (context && !status)
            status = hinge_value_parse(bytes.data, bytes.size, hinge_input_type(session, i), NULL,
                                       &values[i], &error);
        if (values[i])
            inputs[i] = values[i]->tensor;
        free(bytes.data);
    }
    if (context) {
        if (!status)
            status = run(session, context, inputs, &error);
        answer(status);
    }
    for (size_t i = 0; i < n_inputs; i++)
        hinge_value_free(values[i]);
}

static void try_model(const struct bytes *model)
{
    const hinge_options options = {.size = sizeof options,
                                   .allocator = counter_allocator(&counter),
                                   .threads = threads,
                                   .memory_limit = MAX_MEMORY};
    hinge_session *session = NULL;
    hinge_context *context = NULL;
    hinge_error error = {0};
    hinge_status status = hinge_open_memory(model->data, model->size, &options, &session, &error);
    if (!status)
        status = hinge_context_create(session, &context, &error);
    answer(status);
    uint32_t n_inputs = read_number();
    if (n_inputs > MAX_INPUTS || (!status && n_inputs != hinge_n_inputs(session)))
        exit(2);
    for (uint32_t n_sets = read_number(); n_sets > 0; n_sets--)
        run_set(session, context, n_inputs);
    hinge_context_destroy(context);
    hinge_close(session);
    if (counter.n_live) {
        fprintf(stderr, "%zu blocks are left behind\n", (size_t)counter.n_live);
        abort();
    }
}

int main(void)
{
    /* The sessions then find the plugins mapped and relocated. */
    const hinge_options options = {.size = sizeof options};
    hinge_registry *registry = NULL;
    if (hinge_threads_create(2, NULL, &threads, NULL) ||
        hinge_registry_open(&options, &registry, NULL))
        return 2;
    for (int first = getc(stdin); first != EOF; first = getc(stdin)) {
        ungetc(first, stdin);
        struct bytes model = read_bytes();
        try_model(&model);
        free(model.data);
        puts("");
        fflush(stdout);
    }
    hinge_registry_close(registry);
    hinge_threads_release(threads);
    return 0;
}
