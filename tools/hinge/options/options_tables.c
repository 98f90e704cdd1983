#include "base/suggest.h"
#include "files/file.h"
#include "options/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What every subcommand takes. Of the short forms, those that a subcommand has itself mean its own
 * (-j of hinge test: --jobs); argp looks there first. */

enum { KEY_JSON = 'j', KEY_THREADS = 't', KEY_VERBOSE = 'v' };
enum { KEY_ISA = 0x100, KEY_PLUGIN, KEY_DISABLE_PASS };
enum { KEY_MEMORY_LIMIT = 0x108, KEY_TIME_LIMIT, KEY_DIRECT_CONVOLUTION, KEY_CACHE };

static const struct argp_option common_options[] = {
    {"isa", KEY_ISA, "LEVEL", 0, "widest built-in plugin: scalar, avx2 or avx512", 20},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "load a plugin, before those of HINGE_PLUGIN_PATH", 20},
    {"threads", KEY_THREADS, "N", 0, "threads of a run (default: one for each core; test: 1)", 20},
    {"disable-pass", KEY_DISABLE_PASS, "NAME", 0,
     "leave out a rewrite of the graph (all: every one that can be); hinge inspect --passes lists "
     "them",
     20},
    {"direct-convolution", KEY_DIRECT_CONVOLUTION, NULL, 0,
     "convolutions by direct sums alone, whose error is relative to what is summed", 20},
    {"memory-limit", KEY_MEMORY_LIMIT, "SIZE", 0,
     "give up where the model needs more memory: 512M, 2G", 20},
    {"cache", KEY_CACHE, "FOLDER", 0,
     "keep prepared weights in files there, and map those of earlier calls", 20},
    {"time-limit", KEY_TIME_LIMIT, "SECONDS", 0, "give up a run that takes longer", 20},
    {"json", KEY_JSON, NULL, 0, "write JSON", 20},
    {"verbose", KEY_VERBOSE, NULL, 0,
     "tell on stderr what the runtime does, every node before it runs; test: every folder", 20},
    {0},
};

static void disable_pass(struct common_options *options, const char *name, struct argp_state *state)
{
    hinge_options *open = &options->open;
    options->disabled_passes = options_grown(options->disabled_passes, open->n_disabled_passes,
                                             sizeof *options->disabled_passes, state);
    options->disabled_passes[open->n_disabled_passes++] = name;
    open->disabled_passes = options->disabled_passes;
}

static void disable_all_passes(struct common_options *options, struct argp_state *state)
{
    const char **passes = options_all_passes();
    if (!passes)
        argp_failure(state, 1, ENOMEM, "options");
    for (size_t i = 0; passes[i]; i++)
        disable_pass(options, passes[i], state);
    free(passes);
}

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
        if (strcmp(argument, "all") != 0) {
            check_pass(argument, state);
            disable_pass(options, argument, state);
            return 0;
        }
        disable_all_passes(options, state);
        return 0;
    case KEY_CACHE: open->cache = argument; return 0;
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
    hinge_error error;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case ARGP_KEY_ARG:
        if (options->model)
            argp_error(state, "one model at a time: \"%s\" is a second one", argument);
        options->model = argument;
        if (file_is_standard(argument) &&
            !file_read(argument, &options->bytes, &options->size, &error))
            argp_failure(state, 1, 0, "%s", error.message);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which model?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp_child options_common_children[] = {{&options_common_argp}, {0}};

const struct argp options_model_argp = {
    .parser = parse_model, .args_doc = "MODEL.onnx", .children = options_common_children};

void options_free_model(struct model_options *options)
{
    options_free_common(&options->common);
    free(options->bytes);
}

/* Inputs */

enum { KEY_INPUT = 'i', KEY_RANDOM = 'r', KEY_DIM = 'd', KEY_SHAPE = 's' };
enum {
    KEY_INT_MAX = 0x120,
    KEY_SEED,
    KEY_IMAGE,
    KEY_INPUTS,
    KEY_DEFAULT_DIM,
    KEY_AUDIO,
    KEY_SAMPLE_RATE
};

static const struct argp_option input_options[] = {
    {"input", KEY_INPUT, "NAME=FILE", 0,
     "read an input from a .npy file, or a .pb one (TensorProto, SequenceProto …), or from the "
     "array "
     "NAME of a .npz file, or its only one; it may be an initializer that is an input as well; an "
     "= "
     "is part of NAME where the model has such a name",
     10},
    {"audio", KEY_AUDIO, "NAME=FILE", 0,
     "read an input from sound: WAV, FLAC, Ogg …; samples from -1 to 1", 10},
    {"sample-rate", KEY_SAMPLE_RATE, "N", 0,
     "refuse sound that has another number of samples a second", 10},
    {"inputs", KEY_INPUTS, "FILE.npz", 0,
     "read every input that has an array of its name in a .npz file", 10},
    {"image", KEY_IMAGE, "NAME=FILE", 0,
     "read an input from a picture: PNG, JPEG, WebP, BMP, TIFF, PNM or JPEG 2000", 10},
    {"random", KEY_RANDOM, "SEED", OPTION_ARG_OPTIONAL,
     "make up the inputs that have no file: floats in [-1, 1), small integers", 10},
    {"seed", KEY_SEED, "N", 0, "the same as --random=N", 10},
    {"int-max", KEY_INT_MAX, "N", 0, "largest of the random 32- and 64-bit integers (1)", 10},
    {"dim", KEY_DIM, "NAME=N", 0,
     "size of a symbolic dimension of random inputs (default: as in the inputs that have a file)",
     10},
    {"default-dim", KEY_DEFAULT_DIM, "N", OPTION_ARG_OPTIONAL,
     "size of the dimensions of random inputs whose size nothing else tells; without N 1", 10},
    {"shape", KEY_SHAPE, "NAME=1x3x224x224", 0, "shape of a random input", 10},
    {0},
};

static void add_source(struct input_options *options, char *argument, enum option_source source,
                       const char *option, struct argp_state *state)
{
    options_add_pair(&options->files, argument, strchr, option, state);
    options->files.items[options->files.n - 1].source = source;
}

static error_t parse_input(int key, char *argument, struct argp_state *state)
{
    struct input_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->picture;
        options->int_max = 1;
        return 0;
    case KEY_INPUT: add_source(options, argument, SOURCE_VALUE, "input", state); return 0;
    case KEY_IMAGE: add_source(options, argument, SOURCE_PICTURE, "image", state); return 0;
    case KEY_AUDIO: add_source(options, argument, SOURCE_SOUND, "audio", state); return 0;
    case KEY_SAMPLE_RATE:
        options->sample_rate = options_number(argument, 1, INT32_MAX, "sample-rate", state);
        return 0;
    case KEY_INPUTS:
        options->archives =
            options_grown(options->archives, options->n_archives, sizeof *options->archives, state);
        options->archives[options->n_archives++] = (struct option_archive){argument, NULL};
        return 0;
    case KEY_DIM:
        options_number(options_add_pair(&options->dims, argument, strrchr, "dim", state), 0,
                       INT64_MAX, "dim", state);
        return 0;
    case KEY_DEFAULT_DIM:
        options->has_default_dim = true;
        options->default_dim =
            argument ? options_number(argument, 0, INT64_MAX, "default-dim", state) : 1;
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

static const struct argp_child input_children[] = {{&options_picture_argp}, {0}};

const struct argp options_input_argp = {
    .options = input_options, .parser = parse_input, .children = input_children};

const struct argp_child options_model_children[] = {
    {&options_model_argp}, {&options_input_argp}, {0}};

void options_free_input(struct input_options *options)
{
    for (size_t i = 0; i < options->n_archives; i++)
        npz_close(options->archives[i].npz);
    free(options->archives);
    free(options->files.items);
    free(options->dims.items);
    free(options->shapes.items);
}
