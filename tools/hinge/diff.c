/* hinge diff: the first value of a run that is not what another run, or another runtime, has. */
#include "base/error.h"
#include "commands.h"
#include "diff/diff_report.h"
#include "inputs/samples.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As of diff(1): 0 the same, 1 not. */
#define TROUBLE 2

struct diff_options {
    struct model_options model;
    struct input_options inputs;
    struct common_options other;
    char **changes; /* arguments of --other, each "--" and a copy */
    size_t n_changes;
    const char *folder;
    struct compare_rule rule;
    bool every_value;
};

enum { KEY_OTHER = 'o', KEY_VALUES = 'V', KEY_EVERY_VALUE = 'e' };
enum { KEY_RTOL = 0x200, KEY_ATOL, KEY_RELATIVE };

static const struct argp_option own_options[] = {
    {"other", KEY_OTHER, "OPTION", 0,
     "what the other run does otherwise, an option without its dashes: isa=scalar, threads=1, "
     "disable-pass=all, direct-convolution, plugin=FILE.so; may be repeated",
     1},
    {"values", KEY_VALUES, "DIR", 0,
     "instead of another run: values in DIR/NAME.npy or .pb, as run --all-values writes them; or "
     "an ONNX backend test folder, whose first data set has the inputs too",
     1},
    {"every-value", KEY_EVERY_VALUE, NULL, 0,
     "keep the rewrites from taking any value away: more can be compared, of another graph", 1},
    {"rtol", KEY_RTOL, "X", 0, "relative tolerance of floating values (1e-3)", 2},
    {"atol", KEY_ATOL, "X", 0, "absolute tolerance (1e-5)", 2},
    {"relative-to-max", KEY_RELATIVE, NULL, 0,
     "differences up to rtol max(1, largest magnitude there), instead of element by element", 2},
    {0},
};

/* The options of the first run, and then what --other says, as if it came behind them. */
static void make_other(struct diff_options *options, struct argp_state *state)
{
    const struct common_options *from = &options->model.common;
    struct common_options *to = &options->other;
    *to = *from;
    to->plugins = to->disabled_passes = NULL;
    to->open.plugins = to->open.disabled_passes = NULL;
    to->open.n_plugins = to->open.n_disabled_passes = 0;
    for (size_t i = 0; i < from->open.n_plugins; i++) {
        to->plugins = options_grown(to->plugins, i, sizeof *to->plugins, state);
        to->plugins[to->open.n_plugins++] = from->plugins[i];
    }
    for (size_t i = 0; i < from->open.n_disabled_passes; i++) {
        to->disabled_passes =
            options_grown(to->disabled_passes, i, sizeof *to->disabled_passes, state);
        to->disabled_passes[to->open.n_disabled_passes++] = from->disabled_passes[i];
    }
    to->open.plugins = to->plugins;
    to->open.disabled_passes = to->disabled_passes;
    for (size_t i = 0; i < options->n_changes; i++) {
        char *argv[] = {(char[]){"hinge diff: --other"}, options->changes[i], NULL};
        if (argp_parse(&options_common_argp, 2, argv, ARGP_NO_HELP, NULL, to) != 0)
            argp_failure(state, TROUBLE, 0, "out of memory");
    }
}

static void add_change(struct diff_options *options, const char *argument, struct argp_state *state)
{
    size_t size = strlen(argument) + sizeof "--";
    options->changes =
        options_grown(options->changes, options->n_changes, sizeof *options->changes, state);
    char *change = options_grown(NULL, size - 1, 1, state);
    snprintf(change, size, "--%s", argument);
    options->changes[options->n_changes++] = change;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct diff_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs;
        return 0;
    case KEY_OTHER: add_change(options, argument, state); return 0;
    case KEY_VALUES: options->folder = argument; return 0;
    case KEY_EVERY_VALUE: options->every_value = true; return 0;
    case KEY_RTOL: options->rule.rtol = options_real(argument, "rtol", state); return 0;
    case KEY_ATOL: options->rule.atol = options_real(argument, "atol", state); return 0;
    case KEY_RELATIVE: options->rule.relative_to_max = true; return 0;
    case ARGP_KEY_END:
        if (!options->n_changes && !options->folder)
            argp_error(state, "what is it to be compared with? --other OPTION, or --values DIR");
        if (options->n_changes && options->folder)
            argp_error(state, "--other and --values exclude each other");
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!options->folder)
            make_other(options, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* One side: a session with a context, and what comes out of it. */
struct side {
    hinge_session *session;
    hinge_context *context;
    hinge_tensor *results;
};

static bool open_side(struct side *side, const struct model_options *model,
                      struct input_options *inputs, hinge_error *error)
{
    if (!options_open(model, inputs, &side->session, error))
        return false;
    side->results = calloc(hinge_n_outputs(side->session) + 1, sizeof *side->results);
    return (side->results || error_no_memory(error)) &&
           hinge_context_create(side->session, &side->context, error) == HINGE_OK;
}

static void close_side(struct side *side)
{
    hinge_context_destroy(side->context);
    free(side->results);
    hinge_close(side->session);
}

static bool run_side(struct side *side, const struct inputs *inputs,
                     const struct common_options *common,
                     void (*on_node)(void *user, const hinge_node_event *event), void *user,
                     hinge_error *error)
{
    hinge_run_options run = options_run(common);
    run.on_node = on_node;
    run.on_node_user = user;
    return hinge_run(side->context, inputs->tensors, inputs->n, side->results,
                     hinge_n_outputs(side->session), &run, error) == HINGE_OK;
}

static bool compare(struct diff *diff, struct side *side, const struct inputs *inputs,
                    const struct common_options *common, hinge_error *error)
{
    diff->session = side->session;
    diff->context = side->context;
    if (!diff_begin(diff, error))
        return false;
    bool ok = run_side(side, inputs, common, diff_on_node, diff, error);
    if (diff->failed)
        *error = diff->error;
    return ok && !diff->failed && diff_end(diff, side->results, error);
}

static int report(const struct diff *diff, bool json)
{
    struct diff_trace trace = {0};
    hinge_error error;
    if (diff->first != HINGE_NO_INDEX && !diff_trace(&trace, diff, diff->first, &error)) {
        error_fail(&error);
        return TROUBLE;
    }
    bool written = true;
    if (json)
        written = diff_json(diff, &trace);
    else
        diff_print(diff, &trace);
    diff_trace_free(&trace);
    return !written ? TROUBLE : diff->first != HINGE_NO_INDEX;
}

/* Against another run. */
static int run_twice(struct diff_options *options, struct side *side, struct diff *diff)
{
    struct side other = {0};
    struct inputs inputs = {0};
    struct diff_values values = {0};
    hinge_error error;
    struct model_options model = options->model;
    model.common = options->other;
    diff->values = &values;
    bool ok = inputs_make(&inputs, side->session, &options->inputs, &error) &&
              (open_side(&other, &model, &options->inputs, &error) ||
               error_prefix(&error, "the other run"));
    values.session = other.session;
    ok = ok && (run_side(&other, &inputs, &options->other, diff_record, &values, &error) ||
                error_prefix(&error, "the other run"));
    ok = ok && (!values.no_memory || error_no_memory(&error));
    diff->results = other.results;
    ok = ok && compare(diff, side, &inputs, &options->model.common, &error);
    int status = ok ? report(diff, options->model.common.json) : TROUBLE;
    if (!ok)
        error_fail(&error);
    diff_free(diff);
    diff_free_values(&values);
    inputs_free(&inputs);
    close_side(&other);
    return status;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Against stored values. Of a test folder the first data set has inputs too. */
static int run_against(struct diff_options *options, struct side *side, struct diff *diff)
{
    struct samples samples = {0};
    struct inputs inputs = {0};
    struct diff_stored stored = {0};
    hinge_error error;
    char set[4096];
    int n = snprintf(set, sizeof set, "%s/test_data_set_0", options->folder);
    bool is_test = n > 0 && (size_t)n < sizeof set && is_folder(set);
    struct sample_options source = {.folder = is_test ? options->folder : NULL,
                                    .random_allowed = options->inputs.random};
    diff->stored = &stored;
    bool ok = diff_stored_open(&stored, is_test ? set : options->folder, is_test, &error) &&
              samples_open(&samples, side->session, &options->inputs, &source, &error) &&
              samples_make(&samples, &inputs, &error) &&
              compare(diff, side, &inputs, &options->model.common, &error);
    int status = ok ? report(diff, options->model.common.json) : TROUBLE;
    if (!ok)
        error_fail(&error);
    diff_free(diff);
    inputs_free(&inputs);
    samples_close(&samples);
    diff_stored_close(&stored);
    return status;
}

int command_diff(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Runs a model twice, in two ways, or once against values that another runtime has stored, "
        "and names the first value in the order of execution that differs, by how much, and "
        "through which nodes it came since the last values that do not. Values are taken by their "
        "names; what only one side has, because a rewrite joined nodes, is counted. The exit "
        "status is 0 where all are the same within the tolerance, 1 where not, and 2 in trouble."
        "\vExamples:\n"
        "  hinge diff model.onnx --random --dim batch=1 --other isa=scalar\n"
        "  hinge diff model.onnx --input image=cat.npy --other disable-pass=all --rtol 1e-5\n"
        "  hinge diff test/model.onnx --values test",
        options_model_children,
        NULL,
        NULL};
    struct diff_options options = {.rule = COMPARE_DEFAULT_RULE};
    struct side side = {0};
    hinge_error error;
    if (!options_parse(&argp, argc, argv, 0, &options))
        return TROUBLE;
    options.model.common.open.all_values = options.other.open.all_values = options.every_value;
    struct diff diff = {.rule = options.rule};
    int status = TROUBLE;
    if (!open_side(&side, &options.model, &options.inputs, &error))
        error_fail(&error);
    else
        status = options.folder ? run_against(&options, &side, &diff)
                                : run_twice(&options, &side, &diff);
    close_side(&side);
    options_free_model(&options.model);
    options_free_common(&options.other);
    options_free_input(&options.inputs);
    for (size_t i = 0; i < options.n_changes; i++)
        free(options.changes[i]);
    free(options.changes);
    return status;
}
