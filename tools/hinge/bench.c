/* hinge bench: how long a model takes to load and to run, as one JSON object. */
#include "base/measure.h"
#include "commands.h"
#include "files/json.h"
#include "inputs/inputs.h"
#include "options/options.h"

#include <hinge/inspect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench_options {
    struct model_options model;
    struct input_options inputs;
    double seconds;
    uint64_t n_warmup, n_runs;
};

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
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs;
        return 0;
    case KEY_SECONDS: options->seconds = options_real(argument, "seconds", state); return 0;
    case KEY_WARMUP:
        options->n_warmup = options_number(argument, 0, 1000000, "warmup", state);
        return 0;
    case KEY_RUNS: options->n_runs = options_number(argument, 1, 1000000, "runs", state); return 0;
    /* All inputs that have no file are made up. */
    case ARGP_KEY_END: options->inputs.random = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

struct times {
    double load_ms, first_ms, *runs_ms;
    size_t n, capacity;
};

static bool add_time(struct times *times, double ms)
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

struct job {
    hinge_context *context;
    struct inputs inputs;
    hinge_tensor *outputs;
    size_t n_outputs;
    hinge_run_options run;
};

static bool run_once(struct job *job, double *ms, hinge_error *error)
{
    double start = measure_now_ms();
    bool ok = hinge_run(job->context, job->inputs.tensors, job->inputs.n, job->outputs,
                        job->n_outputs, &job->run, error) == HINGE_OK;
    *ms = measure_now_ms() - start;
    return ok;
}

static bool measure(const struct bench_options *options, const hinge_session *session,
                    struct times *times, hinge_error *error)
{
    const struct common_options *common = &options->model.common;
    struct job job = {.n_outputs = hinge_n_outputs(session)};
    double ms;
    job.outputs = calloc(job.n_outputs + 1, sizeof *job.outputs);
    bool ok = job.outputs || error_no_memory(error);
    ok = ok && inputs_make(&job.inputs, session, &options->inputs, error) &&
         hinge_context_create(session, &job.context, error) == HINGE_OK;
    /* Of the nodes the log is told in the first run alone. */
    for (uint64_t i = 0; i <= options->n_warmup && ok; i++) {
        job.run = options_run(common);
        job.run.trace &= i == 0;
        ok = run_once(&job, i == 0 ? &times->first_ms : &ms, error);
    }
    double start = measure_now_ms();
    while (ok &&
           (times->n < options->n_runs || measure_now_ms() - start < options->seconds * 1e3)) {
        job.run = options_run(common);
        job.run.trace = false;
        ok = run_once(&job, &ms, error);
        if (ok && !add_time(times, ms))
            ok = error_no_memory(error);
    }
    hinge_context_destroy(job.context);
    inputs_free(&job.inputs);
    free(job.outputs);
    return ok;
}

/* What the widest built-in plugin is built for: "avx2" of onnx-avx2. */
static json_t *isa_json(const struct model_options *options)
{
    hinge_registry *registry;
    hinge_error error;
    hinge_plugin_info info = {.size = sizeof info};
    json_t *name = json_null();
    if (hinge_registry_open(&options->common.open, &registry, &error))
        return name;
    for (size_t i = 0; json_is_null(name) && hinge_get_plugin(registry, i, &info); i++)
        if (info.is_builtin && !info.refused) {
            const char *dash = strrchr(info.name, '-'), *isa = dash ? dash + 1 : info.name;
            name = json_text(isa, strlen(isa));
        }
    hinge_registry_close(registry);
    return name;
}

static int report(const struct bench_options *options, struct times *times)
{
    double peak_rss_mib = measure_peak_rss_mib();
    struct measure_times runs = measure_times(times->runs_ms, times->n);
    unsigned n_threads = options->model.common.open.n_threads;
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    bool good = true;
    json_t *root = json_object();
    json_put(root, "model", json_text(options->model.model, strlen(options->model.model)), &good);
    json_put(root, "load_ms", json_number(times->load_ms), &good);
    json_put(root, "first_run_ms", json_number(times->first_ms), &good);
    json_put(root, "min_ms", json_number(runs.min), &good);
    json_put(root, "median_ms", json_number(runs.median), &good);
    json_put(root, "p90_ms", json_number(runs.p90), &good);
    json_put(root, "runs", json_integer((json_int_t)times->n), &good);
    json_put(root, "peak_rss_mib", json_number(peak_rss_mib), &good);
    json_put(root, "threads", json_integer(n_threads ? (json_int_t)n_threads : n_cores), &good);
    json_put(root, "isa", isa_json(&options->model), &good);
    return json_finish(root, good, NULL);
}

int command_bench(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&options_model_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Measures how long a model takes to load, to run first, and to run on. Inputs without a "
        "file are random. Writes one JSON object.",
        children,
        NULL,
        NULL};
    struct bench_options options = {.seconds = 1, .n_warmup = 3, .n_runs = 10};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    struct times times = {0};
    hinge_error error;
    double start = measure_now_ms();
    hinge_session *session = options_session(&options.model, &options.inputs);
    times.load_ms = measure_now_ms() - start;
    int status = 1;
    if (session)
        status = measure(&options, session, &times, &error) ? report(&options, &times)
                                                            : error_fail(&error);
    hinge_close(session);
    free(times.runs_ms);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
