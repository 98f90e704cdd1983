/* hinge run: one run of a model; what comes out goes to files, or is shown. */
#include "base/error.h"
#include "commands.h"
#include "files/file.h"
#include "inputs/inputs.h"
#include "run/run_outputs.h"

#include <stdlib.h>
#include <string.h>

struct run_options {
    struct model_options model;
    struct input_options inputs;
    struct run_outputs outputs;
};

enum { KEY_OUTPUT = 'o', KEY_OUTPUT_DIR = 'O', KEY_VALUE = 'V', KEY_ALL_VALUES = 'A' };
enum { KEY_OUTPUTS = 0x200, KEY_LABELS, KEY_TOP, KEY_JSON_VALUES };

static const struct argp_option own_options[] = {
    {"output", KEY_OUTPUT, "NAME=FILE", 0,
     "write an output to a .npy file, or a .pb one (TensorProto, SequenceProto …)", 1},
    {"output-dir", KEY_OUTPUT_DIR, "DIR", 0,
     "write every output to DIR/NAME.npy or .pb; DIR is made where it is missing", 1},
    {"outputs", KEY_OUTPUTS, "FILE.npz", 0, "write all outputs to one .npz file", 1},
    {"value", KEY_VALUE, "NAME[=FILE]", 0,
     "show or write any value of the main graph, not only outputs", 2},
    {"all-values", KEY_ALL_VALUES, "DIR", 0,
     "write the outputs and every value that a node computes to DIR/NAME.npy or .pb", 2},
    {"top", KEY_TOP, "N", 0,
     "show the N largest of each output that has scores: as they are where they are probabilities, "
     "otherwise with their softmax",
     3},
    {"labels", KEY_LABELS, "FILE", 0,
     "names of the classes for --top (5), one a line, as many as the output has scores", 3},
    {"json-values", KEY_JSON_VALUES, NULL, 0,
     "--json with all elements, not only the first; NaN and infinities as strings", 3},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct run_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs;
        return 0;
    case KEY_OUTPUT:
        options_add_pair(&options->outputs.files, argument, strchr, "output", state);
        return 0;
    case KEY_OUTPUT_DIR: options->outputs.folder = file_trim_folder(argument); return 0;
    case KEY_TOP:
        options->outputs.top.n = options_number(argument, 1, 1000, "top", state);
        return 0;
    case KEY_LABELS: options->outputs.top.path = argument; return 0;
    case KEY_JSON_VALUES:
        options->outputs.all_json = true;
        options->model.common.json = true;
        return 0;
    case ARGP_KEY_SUCCESS:
        options->outputs.json = options->model.common.json;
        if (options->outputs.top.path && options->outputs.top.n == 0)
            options->outputs.top.n = 5;
        return 0;
    case KEY_OUTPUTS: options->outputs.archive = argument; return 0;
    case KEY_VALUE: run_values_add(&options->outputs.values, argument, state); return 0;
    case KEY_ALL_VALUES: options->outputs.values.folder = file_trim_folder(argument); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int run(const struct run_options *options, const hinge_session *session)
{
    struct inputs inputs = {0};
    hinge_context *context = NULL;
    hinge_error error;
    size_t n = hinge_n_outputs(session);
    hinge_tensor *results = calloc(n + 1, sizeof *results);
    bool ok = (results || error_no_memory(&error)) &&
              run_outputs_check(&options->outputs, session, &error) &&
              inputs_make(&inputs, session, &options->inputs, &error) &&
              hinge_context_create(session, &context, &error) == HINGE_OK;
    hinge_run_options run = options_run(&options->model.common);
    ok = ok && hinge_run(context, inputs.tensors, inputs.n, results, n, &run, &error) == HINGE_OK &&
         run_outputs_write(&options->outputs, session, results, &error);
    int status = ok ? run_outputs_show(&options->outputs, session, results) : error_fail(&error);
    hinge_context_destroy(context);
    inputs_free(&inputs);
    free(results);
    return status;
}

int command_run(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Runs a model once. Without --output, --outputs, --output-dir and --all-values it shows "
        "what comes out."
        "\vExamples:\n"
        "  hinge run model.onnx --input image=cat.npy\n"
        "  hinge run model.onnx --image image=cat.jpg --mean 0.485,0.456,0.406 --std "
        "0.229,0.224,0.225\n"
        "  hinge run model.onnx --input x=- --output y=- <x.npy >y.npy\n"
        "  hinge run model.onnx --random --dim batch=1 --output-dir results\n"
        "  hinge run model.onnx --random --value conv1_out --value pool1_out=pool1.npy",
        options_model_children,
        NULL,
        NULL};
    struct run_options options = {0};
    hinge_session *session = NULL;
    hinge_error error;
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    int status = 1;
    if (!run_top_open(&options.outputs.top, &error) ||
        !run_values_open(&options.outputs.values, &options.model, &options.inputs, &session,
                         &error)) {
        error_fail(&error);
    } else {
        options_split(&options.outputs.files, session, hinge_output_name, hinge_n_outputs(session));
        status = run(&options, session);
    }
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    free(options.outputs.files.items);
    run_values_free(&options.outputs.values);
    run_top_close(&options.outputs.top);
    return status;
}
