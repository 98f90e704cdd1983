/* Times a call: one line of tab-separated values per case and build. */
#include "tests/operators/harness/harness_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_SAMPLES 200
#define SAMPLE_NS 200000 /* a sample repeats the call for at least this long */
#define TOTAL_NS 60000000

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_inputs(const struct harness_call *call)
{
    for (unsigned i = 0; i < call->n_inputs; i++) {
        const hinge_tensor *x = call->inputs[i];
        printf("%s%s", i ? " " : "", x ? tensor_type_name(x->type) : "-");
        for (int32_t d = 0; x && d < x->rank; d++)
            printf("%c%" PRId64, d ? 'x' : ':', x->dims[d]);
    }
}

void bench_call(const char *isa, const struct harness_case *c, const struct harness_call *call,
                const struct hinge_op *op, const struct hinge_kernel *kernel)
{
    static const struct variant timed = {"timed", HOST_INLINE, GUARD_BEFORE,     0, true, false,
                                         -1,      0,           NODE_SHAPES_FIXED};
    struct node node;
    double samples[MAX_SAMPLES];
    int n_samples = 0;
    if (node_open(&node, c, call, op, kernel, &timed) || node_run(&node, &timed)) {
        node_close(&node);
        return;
    }
    int64_t repeat = 1, begin = now_ns();
    while (n_samples < MAX_SAMPLES && now_ns() - begin < TOTAL_NS) {
        int64_t start = now_ns();
        for (int64_t r = 0; r < repeat; r++)
            (void)node_rerun(&node);
        int64_t took = now_ns() - start;
        if (took < SAMPLE_NS && n_samples == 0)
            repeat *= 2;
        else
            samples[n_samples++] = (double)took / (double)repeat;
    }
    size_t bytes = 0;
    for (unsigned i = 0; i < call->n_inputs; i++)
        if (call->inputs[i])
            bytes += hinge_size(call->inputs[i]->type, hinge_count(call->inputs[i]));
    for (unsigned k = 0; k < call->n_outputs; k++)
        if (node.output_list[k])
            bytes += hinge_size(node.outputs[k].type, hinge_count(&node.outputs[k]));
    if (n_samples) {
        qsort(samples, (size_t)n_samples, sizeof *samples, ascending);
        printf("bench\t%s\t%s-%u\t", isa, op->name, op->since);
        print_inputs(call);
        printf("\tmin %.0f ns\tmedian %.0f ns\t%.2f GB/s\n", samples[0], samples[n_samples / 2],
               (double)bytes / samples[0]);
    }
    node_close(&node);
}
