/* libFuzzer's way through the whole library: any bytes are opened as a model, with all passes, and
 * if they are one, it is run twice on inputs of its types, with small budgets of memory and time.
 * Which plugins, how many threads, and what inputs, the bytes themselves decide: what is found is a
 * model that shows it again by itself. Besides what sanitizers see, it is a finding if memory is
 * left behind, more is taken than allowed, a run goes on long after its deadline, an output was not
 * written, or an operator breaks the rules of the ABI. */
#include "tests/fuzz/draw.h"
#include "tests/fuzz/inputs.h"
#include "tests/fuzz/operators.h"
#include "tests/support/walk.h"

#include <sanitizer/allocator_interface.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_MEMORY ((size_t)16 << 20)
#define RUN_NS 20000000u    /* the deadline of a run */
#define LATE_NS 1000000000u /* CPU time after which a run has missed it, sanitizers and all */
#define OPEN_NS 3000000000u /* CPU time that a model of kilobytes may take to open */
#define MAX_OUTPUTS 64

static hinge_threads *pools[2]; /* of one thread and of two */
static atomic_size_t in_use, n_live;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "finding: %s\n", what);
        abort();
    }
}

static void *limited_alloc(void *user, size_t size, size_t alignment)
{
    (void)user;
    void *memory;
    require(size <= MAX_MEMORY, "more memory is asked for than the limit");
    if (posix_memalign(&memory, alignment, size))
        return NULL;
    memset(memory, COUNTER_FILL, size);
    atomic_fetch_add(&n_live, 1);
    require(atomic_fetch_add(&in_use, size) + size <= MAX_MEMORY,
            "the limit of memory is exceeded");
    return memory;
}

static void limited_release(void *user, void *memory)
{
    (void)user;
    atomic_fetch_sub(&n_live, 1);
    atomic_fetch_sub(&in_use, __sanitizer_get_allocated_size(memory));
    free(memory);
}

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void require_plugin(hinge_status status, const hinge_error *error)
{
    if (status == HINGE_BAD_PLUGIN)
        fprintf(stderr, "%s\n", error->message);
    require(status != HINGE_BAD_PLUGIN, "an operator breaks the rules of the ABI");
    require(!status || (error->status == status && error->message[0]), "a failure without a word");
}

static void run_on(const hinge_session *session, hinge_context *context, const hinge_tensor *inputs,
                   size_t n_inputs)
{
    hinge_tensor outputs[MAX_OUTPUTS];
    hinge_error error = {0};
    uint64_t start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    const hinge_run_options options = {.size = sizeof options,
                                       .deadline_ns = now_ns(CLOCK_MONOTONIC) + RUN_NS};
    size_t n_outputs = hinge_n_outputs(session);
    hinge_status status =
        hinge_run(context, inputs, n_inputs, outputs, n_outputs, &options, &error);
    require(now_ns(CLOCK_PROCESS_CPUTIME_ID) - start < LATE_NS, "a run goes on after its deadline");
    require_plugin(status, &error);
    for (size_t i = 0; !status && i < n_outputs; i++) {
        walk_value(&outputs[i], 0);
        require(!walk_is_unwritten(&outputs[i]), "an output is not written");
    }
}

/* Defaults first, which the corpus has for all inputs but containers; then others in their place.
 */
static void run(const hinge_session *session, struct draw *draw)
{
    hinge_context *context;
    if (hinge_n_outputs(session) > MAX_OUTPUTS || hinge_context_create(session, &context, NULL))
        return;
    for (int round = 0; round < 2; round++) {
        struct inputs inputs;
        if (inputs_make(&inputs, session, draw, round == 0))
            run_on(session, context, inputs.tensors, inputs.n);
        inputs_free(&inputs);
    }
    hinge_context_destroy(context);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    operators_open();
    for (unsigned n = 1; n <= 2; n++)
        require(!hinge_threads_create(n, NULL, &pools[n - 1], NULL), "no threads");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draw draw = {size};
    for (size_t i = 0; i < size; i++)
        draw.state = (draw.state ^ data[i]) * 0x100000001b3u;
    const hinge_options options = {.size = sizeof options,
                                   .allocator = {limited_alloc, limited_release, NULL},
                                   .threads = pools[draw_below(&draw, 2)],
                                   .isa = draw_one_in(&draw, 2) ? "scalar" : NULL,
                                   .overridable_defaults = draw_below(&draw, 4) != 0,
                                   .direct_convolution = draw_one_in(&draw, 4),
                                   .all_values = draw_one_in(&draw, 8),
                                   .memory_limit = MAX_MEMORY};
    hinge_session *session;
    hinge_error error = {0};
    uint64_t start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    hinge_status status = hinge_open_memory(data, size, &options, &session, &error);
    require(now_ns(CLOCK_PROCESS_CPUTIME_ID) - start < OPEN_NS, "opening takes seconds");
    require_plugin(status, &error);
    if (!status)
        run(session, &draw);
    hinge_close(session);
    require(n_live == 0 && in_use == 0, "memory is left behind");
    return 0;
}
