/* The measuring of hinge bench, whatever it is that runs: tools/onnxruntime measures by it too. */
#ifndef TOOL_BENCH_LOOP_H
#define TOOL_BENCH_LOOP_H

#include "files/json.h"

#include <argp.h>
#include <stdint.h>

struct bench_options {
    double seconds;
    uint64_t n_warmup, n_runs;
};

/* The options, whose argp_child.input is a struct bench_options; it needs no set-up by the caller.
 */
extern const struct argp bench_options_argp;

struct bench_times {
    double load_ms; /* the caller's to fill in */
    double first_ms, *runs_ms;
    size_t n, capacity;
};

/* Runs once, and tells how long it took. */
typedef bool bench_run(void *user, double *ms, hinge_error *error);

/* The first run, those to warm up, and those that are measured. bench_times_free may be called on
 * times, which was zero, in any case. */
bool bench_measure(const struct bench_options *options, bench_run *run, void *user,
                   struct bench_times *times, hinge_error *error);
void bench_times_free(struct bench_times *times);

/* The object of what was measured of a model, with peak memory; sorts the times. NULL, or an object
 * that lacks something, where *good becomes false. */
json_t *bench_json(const char *model, struct bench_times *times, unsigned n_threads, bool *good);

#endif
