/* hinge profile: where the time of a run goes, by node and by operator. */
#include "commands.h"
#include "describe.h"
#include "inputs.h"
#include "options.h"
#include "profile_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct profile_options {
    struct model_options model;
    struct input_options inputs;
    const char *trace;
    uint64_t n_runs, n_warmup, n_rows;
    bool json;
};

enum { KEY_RUNS = 'n', KEY_WARMUP = 'w', KEY_TRACE = 'T', KEY_JSON = 'j', KEY_ROWS = 'R' };

static const struct argp_option own_options[] = {
    {"runs", KEY_RUNS, "N", 0, "times are the means of this many runs (10)", 1},
    {"warmup", KEY_WARMUP, "N", 0, "runs before them (2)", 1},
    {"rows", KEY_ROWS, "N", 0, "show this many nodes, 0 for all (20)", 1},
    {"trace", KEY_TRACE, "FILE", 0, "write the last run as a Chrome trace (JSON)", 1},
    {"json", KEY_JSON, NULL, 0, "write JSON instead of tables", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct profile_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs;
        return 0;
    case KEY_RUNS: options->n_runs = options_number(argument, 1, 1000000, "runs", state); return 0;
    case KEY_WARMUP:
        options->n_warmup = options_number(argument, 0, 1000000, "warmup", state);
        return 0;
    case KEY_ROWS:
        options->n_rows = options_number(argument, 0, UINT32_MAX, "rows", state);
        return 0;
    case KEY_TRACE: options->trace = argument; return 0;
    case KEY_JSON: options->json = true; return 0;
    /* All inputs that have no file are made up. */
    case ARGP_KEY_END: options->inputs.random = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Called after each step. */
static void record(void *user, const hinge_node_event *event)
{
    struct profile *profile = user;
    if (event->index >= profile->n_steps)
        return;
    struct profile_step *step = &profile->steps[event->index];
    step->plugin = event->plugin;
    step->total_ns += event->end_ns - event->start_ns;
    step->start_ns = event->start_ns;
    step->end_ns = event->end_ns;
}

/* What each step is called; the plan is that of the run before. */
static bool name_steps(struct profile *profile, const hinge_session *session,
                       const hinge_context *context, hinge_error *error)
{
    hinge_plan_info plan = {.size = sizeof plan};
    hinge_get_plan(context, &plan);
    profile->steps = calloc(plan.n_steps + 1, sizeof *profile->steps);
    if (!profile->steps)
        return error_no_memory(error);
    profile->n_steps = plan.n_steps;
    for (size_t i = 0; i < plan.n_steps; i++) {
        hinge_node_info node = {.size = sizeof node};
        struct profile_step *step = &profile->steps[i];
        hinge_get_node(session, hinge_plan_step(context, i), &node);
        step->node = node.name;
        describe_op(step->op, &node);
    }
    return true;
}

static bool measure(struct profile *profile, const struct profile_options *options,
                    const hinge_session *session, hinge_context *context,
                    const struct inputs *inputs, hinge_error *error)
{
    const hinge_run_options run = {.size = sizeof run, .on_node = record, .on_node_user = profile};
    size_t n_outputs = hinge_n_outputs(session);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    if (!outputs)
        return error_no_memory(error);
    bool ok = true;
    for (uint64_t i = 0; i < 1 + options->n_warmup + options->n_runs && ok; i++) {
        bool counts = i > options->n_warmup;
        memset(outputs, 0, n_outputs * sizeof *outputs);
        ok = hinge_run(context, inputs->tensors, inputs->n, outputs, n_outputs,
                       counts ? &run : NULL, error) == HINGE_OK;
        if (ok && i == 0)
            ok = name_steps(profile, session, context, error);
    }
    profile->n_runs = options->n_runs;
    free(outputs);
    return ok;
}

static int run(const struct profile_options *options, const hinge_session *session)
{
    struct inputs inputs = {0};
    struct profile profile = {.model = options->model.model};
    hinge_context *context = NULL;
    hinge_error error;
    bool ok = inputs_make(&inputs, session, &options->inputs, &error) &&
              hinge_context_create(session, &context, &error) == HINGE_OK &&
              measure(&profile, options, session, context, &inputs, &error);
    int status = ok ? 0 : options_fail(&error);
    if (!status && options->trace)
        status = profile_trace(&profile, options->trace);
    if (!status && options->json)
        status = profile_json(&profile);
    else if (!status)
        status = profile_print(&profile, (size_t)options->n_rows);
    free(profile.steps);
    hinge_context_destroy(context);
    inputs_free(&inputs);
    return status;
}

int command_profile(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&options_model_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Shows the time of each node and of each operator. Inputs without a file are random.",
        children,
        NULL,
        NULL};
    struct profile_options options = {.n_runs = 10, .n_warmup = 2, .n_rows = 20};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    hinge_session *session = options_open(&options.model);
    int status = session ? run(&options, session) : 1;
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
