#include "bench/bench_loop.h"

#include "base/measure.h"
#include "base/progress.h"
#include "options/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_SECONDS = 'S', KEY_WARMUP = 'w', KEY_RUNS = 'n' };

static const struct argp_option own_options[] = {
    {"seconds", KEY_SECONDS, "S", 0, "measure for this long (1)", 1},
    {"warmup", KEY_WARMUP, "N", 0, "runs after the first that are not measured (3)", 1},
    {"runs", KEY_RUNS, "N", 0, "measure at least this many runs (10)", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct bench_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *options = (struct bench_options){.seconds = 1, .n_warmup = 3, .n_runs = 10};
        return 0;
    case KEY_SECONDS: options->seconds = options_real(argument, "seconds", state); return 0;
    case KEY_WARMUP:
        options->n_warmup = options_number(argument, 0, 1000000, "warmup", state);
        return 0;
    case KEY_RUNS: options->n_runs = options_number(argument, 1, 1000000, "runs", state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp bench_options_argp = {own_options, parse, NULL, NULL, NULL, NULL, NULL};

static bool add_time(struct bench_times *times, double ms)
{
    if (times->n == times->capacity) {
        size_t capacity = times->capacity ? 2 * times->capacity : 1024;
        double *bigger = realloc(times->runs_ms, capacity * sizeof *bigger);
        if (!bigger)
            return false;
        times->runs_ms = bigger;
        times->capacity = capacity;
    }
    times->runs_ms[times->n++] = ms;
    return true;
}

/* In hundredths: of the runs or of the time, of what there is more to come. */
static uint64_t part_done(const struct bench_options *options, const struct bench_times *times,
                          double elapsed_ms)
{
    double runs = options->n_runs ? (double)times->n / (double)options->n_runs : 1;
    double time = options->seconds > 0 ? elapsed_ms / (options->seconds * 1e3) : 1;
    return (uint64_t)(100 * fmin(1, fmin(runs, time)));
}

bool bench_measure(const struct bench_options *options, bench_run *run, void *user,
                   struct bench_times *times, hinge_error *error)
{
    double ms;
    bool ok = true;
    for (uint64_t i = 0; i <= options->n_warmup && ok; i++)
        ok = run(user, i == 0 ? &times->first_ms : &ms, error);
    struct progress progress;
    double start = measure_now_ms();
    progress_begin(&progress, 100, 0);
    while (ok &&
           (times->n < options->n_runs || measure_now_ms() - start < options->seconds * 1e3)) {
        ok = run(user, &ms, error);
        if (ok && !add_time(times, ms))
            ok = error_no_memory(error);
        progress_add(&progress,
                     part_done(options, times, measure_now_ms() - start) - progress.done);
    }
    progress_hide(&progress);
    return ok;
}

void bench_times_free(struct bench_times *times)
{
    free(times->runs_ms);
    *times = (struct bench_times){0};
}

json_t *bench_json(const char *model, struct bench_times *times, unsigned n_threads, bool *good)
{
    double peak_rss_mib = measure_peak_rss_mib();
    struct measure_times runs = measure_times(times->runs_ms, times->n);
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    json_t *root = json_object();
    json_put(root, "model", json_text(model, strlen(model)), good);
    json_put(root, "load_ms", json_number(times->load_ms), good);
    json_put(root, "first_run_ms", json_number(times->first_ms), good);
    json_put(root, "min_ms", json_number(runs.min), good);
    json_put(root, "median_ms", json_number(runs.median), good);
    json_put(root, "p90_ms", json_number(runs.p90), good);
    json_put(root, "runs", json_integer((json_int_t)times->n), good);
    json_put(root, "peak_rss_mib", json_number(peak_rss_mib), good);
    json_put(root, "threads", json_integer(n_threads ? (json_int_t)n_threads : n_cores), good);
    return root;
}
