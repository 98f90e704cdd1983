/* hinge inspect: what a model is, what becomes of it, and where its memory goes. */
#include "commands.h"
#include "inputs.h"
#include "inspect_report.h"
#include "options.h"

#include <stdlib.h>

struct inspect_options {
    struct model_options model;
    struct input_options inputs;
    bool json, dot, passes, nodes;
};

enum { KEY_JSON = 'j', KEY_DOT = 'g', KEY_PASSES = 'p', KEY_NODES = 'n' };

static const struct argp_option own_options[] = {
    {"passes", KEY_PASSES, NULL, 0, "show what each rewrite of the graph changed", 1},
    {"nodes", KEY_NODES, NULL, 0, "show every node, its outputs and where they lie", 1},
    {"json", KEY_JSON, NULL, 0, "write all of it as JSON", 1},
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
    case KEY_JSON: options->json = true; return 0;
    case KEY_DOT: options->dot = true; return 0;
    case KEY_PASSES: options->passes = true; return 0;
    case KEY_NODES: options->nodes = true; return 0;
    case ARGP_KEY_END:
        if (options->json && options->dot)
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
    ok = ok && inputs_check_names(session, options, error);
    for (size_t i = 0; i < n && ok; i++)
        ok = inputs_shape(&shapes[i], session, i, options, error);
    ok = ok && hinge_plan(context, shapes, n, error) == HINGE_OK;
    free(shapes);
    return ok;
}

/* Without a plan, plugins are still chosen by types, which do not depend on sizes: those that are
 * not known are 1 in a plan that only serves for this. Where a model cannot have that, its nodes
 * stay without. */
static void choose_plugins(const hinge_session *session)
{
    hinge_context *context = NULL;
    size_t n = hinge_n_inputs(session);
    hinge_tensor *inputs = calloc(n + 1, sizeof *inputs);
    for (size_t i = 0; i < n && inputs; i++) {
        inputs[i] = *hinge_input_info(session, i);
        for (int32_t d = 0; d < inputs[i].rank; d++)
            if (inputs[i].dims[d] < 0)
                inputs[i].dims[d] = 1;
    }
    if (inputs && hinge_context_create(session, &context, NULL) == HINGE_OK)
        (void)hinge_plan(context, inputs, n, NULL);
    hinge_context_destroy(context);
    free(inputs);
}

static int run(const struct inspect_options *options, const hinge_session *session)
{
    hinge_context *context;
    hinge_error error, not_planned;
    if (hinge_context_create(session, &context, &error))
        return options_fail(&error);
    bool planned = make_plan(context, session, &options->inputs, &not_planned);
    /* What was asked for and cannot be is an error; not knowing sizes that nobody gave is none. */
    const struct input_options *inputs = &options->inputs;
    bool asked = inputs->files.n || inputs->shapes.n || inputs->dims.n;
    if (!planned && !asked)
        choose_plugins(session);
    const struct inspect inspect = {
        options->model.model, session,       context, planned ? NULL : not_planned.message,
        options->passes,      options->nodes};
    int status = !planned && asked ? options_fail(&not_planned)
                 : options->json   ? inspect_json(&inspect)
                 : options->dot    ? inspect_dot(&inspect)
                                   : inspect_print(&inspect);
    hinge_context_destroy(context);
    return status;
}

int command_inspect(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&options_model_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Shows a model's inputs and outputs, its operators with the plugin that runs each, its "
        "parameters, and the memory plan of a run. The model is not run.",
        children,
        NULL,
        NULL};
    struct inspect_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_session *session = options_open(&options.model, &options.inputs);
    int status = session ? run(&options, session) : 1;
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
