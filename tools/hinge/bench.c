/* hinge bench: how long a model takes to load and to run, as one JSON object. */
#include "base/measure.h"
#include "bench/bench_loop.h"
#include "commands.h"
#include "inputs/inputs.h"
#include "options/options.h"

#include <stdlib.h>

struct command_options {
    struct model_options model;
    struct input_options inputs;
    struct bench_options bench;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct command_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->bench;
        state->child_inputs[1] = &options->model;
        state->child_inputs[2] = &options->inputs;
        return 0;
    /* All inputs that have no file are made up. */
    case ARGP_KEY_END: options->inputs.random = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

struct job {
    const struct common_options *common;
    hinge_context *context;
    struct inputs inputs;
    hinge_tensor *outputs;
    size_t n_outputs;
    bool has_run; /* of the nodes the log is told in the first run alone */
};

static bool run_once(void *user, double *ms, hinge_error *error)
{
    struct job *job = user;
    hinge_run_options run = options_run(job->common);
    run.trace &= !job->has_run;
    job->has_run = true;
    double start = measure_now_ms();
    bool ok = hinge_run(job->context, job->inputs.tensors, job->inputs.n, job->outputs,
                        job->n_outputs, &run, error) == HINGE_OK;
    *ms = measure_now_ms() - start;
    return ok;
}

static bool measure(const struct command_options *options, const hinge_session *session,
                    struct bench_times *times, hinge_error *error)
{
    struct job job = {.common = &options->model.common, .n_outputs = hinge_n_outputs(session)};
    job.outputs = calloc(job.n_outputs + 1, sizeof *job.outputs);
    bool ok = (job.outputs || error_no_memory(error)) &&
              inputs_make(&job.inputs, session, &options->inputs, error) &&
              hinge_context_create(session, &job.context, error) == HINGE_OK &&
              bench_measure(&options->bench, run_once, &job, times, error);
    hinge_context_destroy(job.context);
    inputs_free(&job.inputs);
    free(job.outputs);
    return ok;
}

static int report(const struct command_options *options, struct bench_times *times)
{
    char isa[OPTIONS_ISA_SIZE];
    bool good = true;
    options_isa(isa, &options->model.common);
    json_t *root =
        bench_json(options->model.model, times, options->model.common.open.n_threads, &good);
    json_put(root, "isa", *isa ? json_string(isa) : json_null(), &good);
    return json_finish(root, good, NULL);
}

int command_bench(int argc, char **argv)
{
    static const struct argp_child children[] = {{&bench_options_argp, 0, NULL, 0},
                                                 {&options_model_argp, 0, NULL, 0},
                                                 {&options_input_argp, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        NULL,
        parse,
        NULL,
        "Measures how long a model takes to load, to run first, and to run on. Inputs without a "
        "file are random. Writes one JSON object.",
        children,
        NULL,
        NULL};
    struct command_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    struct bench_times times = {0};
    hinge_error error;
    double start = measure_now_ms();
    hinge_session *session = options_session(&options.model, &options.inputs);
    times.load_ms = measure_now_ms() - start;
    int status = 1;
    if (session)
        status = measure(&options, session, &times, &error) ? report(&options, &times)
                                                            : error_fail(&error);
    hinge_close(session);
    bench_times_free(&times);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
