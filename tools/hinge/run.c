/* hinge run: one run of a model; the outputs go to files, or are shown. */
#include "commands.h"
#include "error.h"
#include "file.h"
#include "inputs.h"
#include "npy.h"
#include "options.h"
#include "summary.h"
#include "tensor_pb.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct run_options {
    struct model_options model;
    struct input_options inputs;
    struct option_pairs outputs;
    const char *folder;
    bool json;
};

enum { KEY_OUTPUT = 'o', KEY_OUTPUT_DIR = 'O', KEY_JSON = 'j' };

static const struct argp_option own_options[] = {
    {"output", KEY_OUTPUT, "NAME=FILE", 0, "write an output to a .npy file, or a TensorProto (.pb)",
     1},
    {"output-dir", KEY_OUTPUT_DIR, "DIR", 0,
     "write every output to DIR/NAME.npy; DIR is made where it is missing", 1},
    {"json", KEY_JSON, NULL, 0, "show the outputs as JSON", 1},
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
        options_add_pair(&options->outputs, argument, strchr, "output", state);
        return 0;
    case KEY_OUTPUT_DIR: options->folder = file_trim_folder(argument); return 0;
    case KEY_JSON: options->json = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool check_output_names(const struct option_pairs *pairs, const hinge_session *session,
                               hinge_error *error)
{
    for (size_t i = 0; i < pairs->n; i++) {
        struct option_pairs one = {&pairs->items[i], 1};
        char list[400] = "";
        bool found = false;
        for (size_t o = 0; o < hinge_n_outputs(session); o++) {
            const char *name = hinge_output_name(session, o);
            found |= options_find(&one, name) != NULL;
            text_append(list, sizeof list, "%s\"%.80s\"", o ? ", " : "", name);
        }
        if (!found)
            return error_set(
                error, HINGE_BAD_ARGUMENT, "--output %.*s: the model has no such output; it has %s",
                one.items->name_size > 80 ? 80 : one.items->name_size, one.items->name, list);
    }
    return true;
}

static bool make_folder(const char *folder, hinge_error *error)
{
    return mkdir(folder, 0777) == 0 || errno == EEXIST ||
           error_set(error, HINGE_IO, "%s: %s", folder, strerror(errno));
}

static bool write_tensor(const char *path, const char *name, const hinge_tensor *tensor,
                         hinge_error *error)
{
    return file_has_suffix(path, ".pb") ? tensor_pb_write(path, name, tensor, error)
                                        : npy_write(path, tensor, error);
}

/* A name out of a model as a file name in folder: it may not lead elsewhere. The index makes names
 * different that are the same then. */
static bool write_to_folder(const char *folder, const hinge_session *session, size_t index,
                            const hinge_tensor *tensor, hinge_error *error)
{
    char path[4096], file[200];
    const char *name = hinge_output_name(session, index);
    bool changed = snprintf(file, sizeof file, "%s", name) >= (int)sizeof file || *name == '.';
    for (char *p = file; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || *p == 0x7F) {
            *p = '_';
            changed = true;
        }
    int n = changed || *name == '\0'
                ? snprintf(path, sizeof path, "%s/output_%zu_%s.npy", folder, index, file)
                : snprintf(path, sizeof path, "%s/%s.npy", folder, file);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(error, HINGE_LIMIT, "the path of output %zu is too long", index);
    return npy_write(path, tensor, error);
}

static bool write_outputs(const struct run_options *options, const hinge_session *session,
                          const hinge_tensor *outputs, hinge_error *error)
{
    for (size_t i = 0; i < hinge_n_outputs(session); i++) {
        const char *name = hinge_output_name(session, i);
        const char *path = options_find(&options->outputs, name);
        if (path && !write_tensor(path, name, &outputs[i], error))
            return false;
        if (options->folder && !write_to_folder(options->folder, session, i, &outputs[i], error))
            return false;
    }
    return true;
}

static int show_outputs(const struct run_options *options, const hinge_session *session,
                        const hinge_tensor *outputs)
{
    bool to_files = options->folder || options->outputs.n;
    size_t n = hinge_n_outputs(session);
    if (!options->json) {
        for (size_t i = 0; i < n && !to_files; i++)
            summary_print(stdout, hinge_output_name(session, i), &outputs[i]);
        return 0;
    }
    bool good = true;
    json_t *root = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_add(list, summary_json(hinge_output_name(session, i), &outputs[i]), &good);
    json_put(root, "outputs", list, &good);
    return json_finish(root, good, NULL);
}

static int run(const struct run_options *options, const hinge_session *session)
{
    struct inputs inputs = {0};
    hinge_context *context = NULL;
    hinge_error error;
    size_t n = hinge_n_outputs(session);
    hinge_tensor *outputs = calloc(n + 1, sizeof *outputs);
    bool ok = outputs || error_no_memory(&error);
    ok = ok && check_output_names(&options->outputs, session, &error) &&
         (!options->folder || make_folder(options->folder, &error)) &&
         inputs_make(&inputs, session, &options->inputs, &error) &&
         hinge_context_create(session, &context, &error) == HINGE_OK &&
         hinge_run(context, inputs.tensors, inputs.n, outputs, n, NULL, &error) == HINGE_OK &&
         write_outputs(options, session, outputs, &error);
    int status = ok ? show_outputs(options, session, outputs) : options_fail(&error);
    hinge_context_destroy(context);
    inputs_free(&inputs);
    free(outputs);
    return status;
}

int command_run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&options_model_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Runs a model once. Without --output and --output-dir it shows what comes out."
        "\vExamples:\n"
        "  hinge run model.onnx --input image=cat.npy\n"
        "  hinge run model.onnx --random --dim batch=1 --output-dir results",
        children,
        NULL,
        NULL};
    struct run_options options = {0};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_session *session = options_open(&options.model, &options.inputs);
    if (session)
        options_split(&options.outputs, session, hinge_output_name, hinge_n_outputs(session));
    int status = session ? run(&options, session) : 1;
    hinge_close(session);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    free(options.outputs.items);
    return status;
}
