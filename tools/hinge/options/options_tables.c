#include "base/suggest.h"
#include "options/options.h"

#include <stdlib.h>
#include <string.h>

/* What every subcommand takes. Of the short forms, those that a subcommand has itself mean its own
 * (-j of hinge test: --jobs); argp looks there first. */

enum { KEY_JSON = 'j', KEY_THREADS = 't', KEY_VERBOSE = 'v' };
enum { KEY_ISA = 0x100, KEY_PLUGIN, KEY_DISABLE_PASS };
enum { KEY_MEMORY_LIMIT = 0x108, KEY_TIME_LIMIT, KEY_DIRECT_CONVOLUTION };

static const struct argp_option common_options[] = {
    {"isa", KEY_ISA, "LEVEL", 0, "widest built-in plugin: scalar, avx2 or avx512", 20},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "load a plugin, before those of HINGE_PLUGIN_PATH", 20},
    {"threads", KEY_THREADS, "N", 0, "threads of a run (default: one for each core; test: 1)", 20},
    {"disable-pass", KEY_DISABLE_PASS, "NAME", 0,
     "leave out a rewrite of the graph; hinge inspect --passes lists them", 20},
    {"direct-convolution", KEY_DIRECT_CONVOLUTION, NULL, 0,
     "convolutions by direct sums alone, whose error is relative to what is summed", 20},
    {"memory-limit", KEY_MEMORY_LIMIT, "SIZE", 0,
     "give up where the model needs more memory: 512M, 2G", 20},
    {"time-limit", KEY_TIME_LIMIT, "SECONDS", 0, "give up a run that takes longer", 20},
    {"json", KEY_JSON, NULL, 0, "write JSON", 20},
    {"verbose", KEY_VERBOSE, NULL, 0,
     "tell on stderr what the runtime does, every node before it runs; test: every folder", 20},
    {0},
};

static void check_pass(const char *name, struct argp_state *state)
{
    char near[SUGGEST_SIZE];
    struct suggest suggest = {.wanted = name};
    for (size_t i = 0; hinge_pass_name(i); i++) {
        if (strcmp(hinge_pass_name(i), name) == 0)
            return;
        suggest_look(&suggest, hinge_pass_name(i), NULL);
    }
    fprintf(stderr, "The passes are:\n");
    for (size_t i = 0; hinge_pass_name(i); i++)
        fprintf(stderr, "  %-24s %s\n", hinge_pass_name(i), hinge_pass_summary(i));
    argp_error(state, "there is no pass \"%s\"%s", name, suggest_text(near, &suggest));
}

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
    struct common_options *options = state->input;
    hinge_options *open = &options->open;
    switch (key) {
    case ARGP_KEY_INIT: open->size = sizeof *open; return 0;
    case KEY_ISA:
        if (strcmp(argument, "scalar") && strcmp(argument, "avx2") && strcmp(argument, "avx512"))
            argp_error(state, "--isa wants scalar, avx2 or avx512, not \"%s\"", argument);
        open->isa = argument;
        return 0;
    case KEY_PLUGIN:
        options->plugins =
            options_grown(options->plugins, open->n_plugins, sizeof *options->plugins, state);
        options->plugins[open->n_plugins++] = argument;
        open->plugins = options->plugins;
        return 0;
    case KEY_THREADS:
        open->n_threads = (unsigned)options_number(argument, 1, 1024, "threads", state);
        return 0;
    case KEY_DISABLE_PASS:
        check_pass(argument, state);
        options->disabled_passes = options_grown(options->disabled_passes, open->n_disabled_passes,
                                                 sizeof *options->disabled_passes, state);
        options->disabled_passes[open->n_disabled_passes++] = argument;
        open->disabled_passes = options->disabled_passes;
        return 0;
    case KEY_DIRECT_CONVOLUTION: open->direct_convolution = true; return 0;
    case KEY_MEMORY_LIMIT:
        open->memory_limit = options_size(argument, "memory-limit", state);
        return 0;
    case KEY_TIME_LIMIT:
        options->time_limit_s = options_real(argument, "time-limit", state);
        if (options->time_limit_s == 0)
            argp_error(state, "--time-limit wants a number above 0");
        return 0;
    case KEY_JSON: options->json = true; return 0;
    case KEY_VERBOSE: options->verbose = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_common_argp = {common_options, parse_common, NULL, NULL,
                                         NULL,           NULL,         NULL};

void options_free_common(struct common_options *options)
{
    free(options->plugins);
    free(options->disabled_passes);
}

/* The model */

static error_t parse_model(int key, char *argument, struct argp_state *state)
{
    struct model_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case ARGP_KEY_ARG:
        if (options->model)
            argp_error(state, "one model at a time: \"%s\" is a second one", argument);
        options->model = argument;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which model?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child model_children[] = {{&options_common_argp, 0, NULL, 0}, {0}};

const struct argp options_model_argp = {NULL,           parse_model, "MODEL.onnx", NULL,
                                        model_children, NULL,        NULL};

void options_free_model(struct model_options *options)
{
    options_free_common(&options->common);
}

/* Inputs */

enum { KEY_INPUT = 'i', KEY_RANDOM = 'r', KEY_DIM = 'd', KEY_SHAPE = 's' };
enum { KEY_INT_MAX = 0x120, KEY_SEED };

static const struct argp_option input_options[] = {
    {"input", KEY_INPUT, "NAME=FILE", 0,
     "read an input from a .npy file, or a .pb one (TensorProto, SequenceProto …); it may be an "
     "initializer that is an input as well; an = is part of NAME where the model has such a name",
     10},
    {"random", KEY_RANDOM, "SEED", OPTION_ARG_OPTIONAL,
     "make up the inputs that have no file: floats in [-1, 1), small integers", 10},
    {"seed", KEY_SEED, "N", 0, "the same as --random=N", 10},
    {"int-max", KEY_INT_MAX, "N", 0, "largest of the random 32- and 64-bit integers (1)", 10},
    {"dim", KEY_DIM, "NAME=N", 0, "size of a symbolic dimension of random inputs", 10},
    {"shape", KEY_SHAPE, "NAME=1x3x224x224", 0, "shape of a random input", 10},
    {0},
};

static error_t parse_input(int key, char *argument, struct argp_state *state)
{
    struct input_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: options->int_max = 1; return 0;
    case KEY_INPUT: options_add_pair(&options->files, argument, strchr, "input", state); return 0;
    case KEY_DIM:
        options_number(options_add_pair(&options->dims, argument, strrchr, "dim", state), 0,
                       INT64_MAX, "dim", state);
        return 0;
    case KEY_SHAPE: options_add_pair(&options->shapes, argument, strrchr, "shape", state); return 0;
    case KEY_INT_MAX:
        options->int_max = options_number(argument, 0, INT32_MAX, "int-max", state);
        return 0;
    case KEY_RANDOM:
    case KEY_SEED:
        options->random = true;
        options->seed = argument ? options_number(argument, 0, UINT64_MAX,
                                                  key == KEY_SEED ? "seed" : "random", state)
                                 : options->seed;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_input_argp = {input_options, parse_input, NULL, NULL, NULL, NULL, NULL};

void options_free_input(struct input_options *options)
{
    free(options->files.items);
    free(options->dims.items);
    free(options->shapes.items);
}
