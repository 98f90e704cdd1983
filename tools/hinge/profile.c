/* hinge profile: where the time of a run goes, by node and by operator; or what its activations do
 * to the values. */
#include "commands.h"
#include "describe/describe.h"
#include "files/file.h"
#include "health/health_report.h"
#include "inputs/inputs.h"
#include "options/options.h"
#include "profile/profile_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct profile_options {
    struct model_options model;
    struct input_options inputs;
    struct sample_options samples;
    const char *trace, *html;
    uint64_t n_runs, n_warmup, n_rows;
    bool activations, timing, roofline;
};

enum { KEY_RUNS = 'n', KEY_WARMUP = 'w', KEY_TRACE = 'T', KEY_ROWS = 'R' };
enum { KEY_ACTIVATIONS = 'a', KEY_SAMPLES = 'S', KEY_HTML = 'H' };
enum { KEY_RANDOM_SAMPLES = 0x140, KEY_ROOFLINE };

static const struct argp_option own_options[] = {
    {"runs", KEY_RUNS, "N", 0, "times are the means of this many runs (10)", 1},
    {"warmup", KEY_WARMUP, "N", 0, "runs before them (2)", 1},
    {"rows", KEY_ROWS, "N", 0, "show this many nodes, 0 for all (20)", 1},
    {"trace", KEY_TRACE, "FILE", 0, "write the last run as a Chrome trace (JSON)", 1},
    {"roofline", KEY_ROOFLINE, NULL, 0,
     "show what is computed and moved a second too, and what part of the machine's peaks, measured "
     "before, that is",
     1},
    {"activations", KEY_ACTIVATIONS, NULL, 0,
     "instead of times: zeros, dead channels, saturation, range and NaN of every activation", 2},
    {"samples", KEY_SAMPLES, "DIR", 0, "with --activations: over all inputs of a folder", 2},
    {"random-samples", KEY_RANDOM_SAMPLES, "N", 0,
     "with --activations: over N random inputs, seeds from that of --random on", 2},
    {"html", KEY_HTML, "FILE", 0, "with --activations: write a page with histograms as well", 2},
    {0},
};

static void check_combination(struct profile_options *options, struct argp_state *state)
{
    const struct sample_options *samples = &options->samples;
    if (options->activations && options->timing)
        argp_error(state, "--activations measures no times: --runs, --warmup, --rows, --trace "
                          "and --roofline do not go with it");
    if (!options->activations && (samples->folder || samples->n_random || options->html))
        argp_error(state, "--samples, --random-samples and --html need --activations");
    if (samples->folder && samples->n_random)
        argp_error(state, "--samples and --random-samples exclude each other");
}

/* What is told of each channel wants them where the model has them. */
static void disable_layout(struct common_options *common, struct argp_state *state)
{
    hinge_options *open = &common->open;
    common->disabled_passes = options_grown(common->disabled_passes, open->n_disabled_passes,
                                            sizeof *common->disabled_passes, state);
    common->disabled_passes[open->n_disabled_passes++] = "channels-last";
    open->disabled_passes = common->disabled_passes;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct profile_options *options = state->input;
    options->timing |= key == KEY_RUNS || key == KEY_WARMUP || key == KEY_ROWS ||
                       key == KEY_TRACE || key == KEY_ROOFLINE;
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
    case KEY_ROOFLINE: options->roofline = true; return 0;
    case KEY_ACTIVATIONS:
        options->activations = true;
        disable_layout(&options->model.common, state);
        return 0;
    case KEY_SAMPLES: options->samples.folder = file_trim_folder(argument); return 0;
    case KEY_RANDOM_SAMPLES:
        options->samples.n_random = options_number(argument, 1, 1000000, "random-samples", state);
        return 0;
    case KEY_HTML: options->html = argument; return 0;
    case ARGP_KEY_END:
        check_combination(options, state);
        /* All inputs that have no file are made up; of a folder's samples only if asked to. */
        options->samples.random_allowed = options->inputs.random;
        options->inputs.random = true;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool measure(struct profile *profile, const struct profile_options *options,
                    const hinge_session *session, hinge_context *context,
                    const struct inputs *inputs, hinge_error *error)
{
    size_t n_outputs = hinge_n_outputs(session);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    if (!outputs)
        return error_no_memory(error);
    bool ok = true;
    uint64_t n_before = 1 + options->n_warmup;
    for (uint64_t i = 0; i < n_before + options->n_runs && ok; i++) {
        hinge_run_options run = options_run(&options->model.common);
        run.on_node = i >= n_before ? profile_record : NULL;
        run.on_node_user = profile;
        run.trace &= i == 0;
        profile->keeps_events = options->trace && i + 1 == n_before + options->n_runs;
        ok = hinge_run(context, inputs->tensors, inputs->n, outputs, n_outputs, &run, error) ==
                 HINGE_OK &&
             (!profile->no_memory || error_no_memory(error));
    }
    profile->n_runs = options->n_runs;
    free(outputs);
    return ok;
}

static bool find_peaks(struct roofline *roofline, char isa[OPTIONS_ISA_SIZE],
                       const struct common_options *options, hinge_error *error)
{
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n_asked = options->open.n_threads;
    *roofline = (struct roofline){.isa = options_isa(isa, options),
                                  .n_threads = n_asked ? n_asked : (unsigned)n_cores};
    return peak_measure(&roofline->peak, isa, roofline->n_threads, error);
}

/* The plan is that of the runs. */
static void count_work(struct profile *profile, const struct roofline *roofline,
                       const hinge_session *session, const hinge_context *context)
{
    const struct inspect inspect = {.session = session, .context = context};
    profile->roofline = roofline;
    for (size_t i = 0; i < profile->n_numbered; i++)
        profile->nodes[i].work = roofline_count(&inspect, i);
}

static int run(const struct profile_options *options, const hinge_session *session)
{
    struct inputs inputs = {0};
    struct profile profile;
    struct roofline roofline;
    char isa[OPTIONS_ISA_SIZE];
    hinge_context *context = NULL;
    hinge_error error;
    bool ok = profile_create(&profile, options->model.model, session, &error) &&
              inputs_make(&inputs, session, &options->inputs, &error) &&
              hinge_context_create(session, &context, &error) == HINGE_OK &&
              (!options->roofline || find_peaks(&roofline, isa, &options->model.common, &error)) &&
              measure(&profile, options, session, context, &inputs, &error);
    if (ok && options->roofline)
        count_work(&profile, &roofline, session, context);
    int status = ok ? 0 : error_fail(&error);
    if (!status && options->trace)
        status = profile_trace(&profile, options->trace);
    if (!status && options->model.common.json)
        status = profile_json(&profile);
    else if (!status)
        status = profile_print(&profile, (size_t)options->n_rows);
    profile_free(&profile);
    hinge_context_destroy(context);
    inputs_free(&inputs);
    return status;
}

static int run_health(const struct profile_options *options, const hinge_session *session)
{
    struct health_run health = {.model = options->model.model};
    struct samples samples = {0};
    hinge_options open = options->model.common.open;
    hinge_registry *registry = NULL;
    hinge_error error;
    bool ok = hinge_registry_open(&open, &registry, &error) == HINGE_OK &&
              health_run_create(&health, session, registry, &error) &&
              samples_open(&samples, session, &options->inputs, &options->samples, &error) &&
              health_run_samples(&health, session, &samples, &options->model.common, &error);
    int status = ok ? 0 : error_fail(&error);
    if (!status && options->html)
        status = health_html(&health, options->html);
    if (!status && options->model.common.json)
        status = health_json(&health);
    else if (!status)
        status = health_print(&health);
    samples_close(&samples);
    health_run_free(&health);
    hinge_registry_close(registry);
    return status;
}

int command_profile(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Shows the time of each node and of each operator, or with --activations what the "
        "activations do to the values. The time of an If or a Loop is that without the nodes of "
        "its bodies, which have rows of their own. Inputs without a file are random.\v" HEALTH_HELP
        "\n\n" SAMPLES_HELP,
        options_model_children,
        NULL,
        NULL};
    struct profile_options options = {.n_runs = 10, .n_warmup = 2, .n_rows = 20};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_session *session = options_session(&options.model, &options.inputs);
    int status = !session              ? 1
                 : options.activations ? run_health(&options, session)
                                       : run(&options, session);
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
