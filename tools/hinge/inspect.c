/* hinge inspect: what a model is, what becomes of it, and where its memory goes. */
#include "commands.h"
#include "inputs/inputs.h"
#include "inputs/shapes.h"
#include "inspect/inspect_report.h"
#include "options/options.h"

#include <stdlib.h>

struct inspect_options {
    struct model_options model;
    struct input_options inputs;
    bool dot, passes, nodes, counts;
};

enum { KEY_DOT = 'g', KEY_PASSES = 'p', KEY_NODES = 'n', KEY_COUNTS = 'c' };

static const struct argp_option own_options[] = {
    {"passes", KEY_PASSES, NULL, 0, "show what each rewrite of the graph changed", 1},
    {"nodes", KEY_NODES, NULL, 0, "show every node, its outputs and where they lie", 1},
    {"counts", KEY_COUNTS, NULL, 0,
     "show the parameters and multiply-adds of every node that has any", 1},
    {"dot", KEY_DOT, NULL, 0, "write the graph for Graphviz (dot -Tsvg)", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct inspect_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs;
        return 0;
    case KEY_DOT: options->dot = true; return 0;
    case KEY_PASSES: options->passes = true; return 0;
    case KEY_NODES: options->nodes = true; return 0;
    case KEY_COUNTS: options->counts = true; return 0;
    case ARGP_KEY_END:
        if (options->model.common.json && options->dot)
            argp_error(state, "--json and --dot exclude each other");
        options->inputs.random = true;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Plans a run with the inputs that are given, or with the shapes alone where no file is. */
static bool make_plan(hinge_context *context, const hinge_session *session,
                      const struct input_options *options, hinge_error *error)
{
    struct inputs inputs;
    size_t n = hinge_n_inputs(session);
    if (options->files.n) {
        bool ok = inputs_make(&inputs, session, options, error);
        ok = ok && hinge_plan(context, inputs.tensors, n, error) == HINGE_OK;
        inputs_free(&inputs);
        return ok;
    }
    hinge_tensor *shapes = calloc(n + 1, sizeof *shapes);
    bool ok = shapes || error_no_memory(error);
    ok = ok && inputs_check_names(session, options, error) &&
         shapes_find(shapes, session, options, error) &&
         hinge_plan(context, shapes, n, error) == HINGE_OK;
    free(shapes);
    return ok;
}

static int report(const struct inspect *inspect, const struct inspect_options *options)
{
    int status = options->model.common.json ? inspect_json(inspect)
                 : options->dot             ? inspect_dot(inspect)
                                            : inspect_print(inspect);
    /* What is shown is right as far as it goes, but the model cannot be run. */
    return status ? status : options_tell_missing(inspect->session);
}

static int run(const struct inspect_options *options, const hinge_session *session)
{
    struct inspect inspect = {.model = options->model.model,
                              .session = session,
                              .passes = options->passes,
                              .nodes = options->nodes,
                              .counts = options->counts};
    hinge_context *context = NULL;
    hinge_error error, not_planned = {0};
    if (hinge_missing(session, 0)) {
        inspect.not_planned = "operators are missing";
        return report(&inspect, options);
    }
    if (hinge_context_create(session, &context, &error))
        return error_fail(&error);
    bool planned = make_plan(context, session, &options->inputs, &not_planned);
    /* What was asked for and cannot be is an error; not knowing sizes that nobody gave is none. */
    const struct input_options *inputs = &options->inputs;
    bool asked = inputs->files.n || inputs->shapes.n || inputs->dims.n;
    inspect.context = context;
    inspect.not_planned = planned ? NULL : not_planned.message;
    int status = !planned && asked ? error_fail(&not_planned) : report(&inspect, options);
    hinge_context_destroy(context);
    return status;
}

int command_inspect(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Shows a model's inputs and outputs, its operators with the plugin that runs each, its "
        "parameters and multiply-adds, and the memory plan of a run. The model is not run. Where "
        "no plugin has some of its operators they are marked, and the exit status is 1.",
        options_model_children,
        NULL,
        NULL};
    struct inspect_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    options.model.common.open.allow_missing = true;
    hinge_session *session = options_session(&options.model, &options.inputs);
    int status = session ? run(&options, session) : 1;
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
