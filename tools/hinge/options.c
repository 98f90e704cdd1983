#include "options.h"

#include "error.h"
#include "text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_THREADS = 't', KEY_ISA = 0x100, KEY_PLUGIN, KEY_DISABLE_PASS };
enum { KEY_INPUT = 'i', KEY_RANDOM = 'r', KEY_DIM = 'd', KEY_SHAPE = 's', KEY_INT_MAX = 0x120 };

/* Room for one more element; ends the program where there is no memory. */
static void *grown(void *array, size_t n, size_t element_size, struct argp_state *state)
{
    void *bigger = realloc(array, (n + 1) * element_size);
    if (!bigger)
        argp_failure(state, 1, ENOMEM, "options");
    return bigger;
}

void options_add(struct option_pairs *pairs, struct option_pair pair, struct argp_state *state)
{
    pairs->items = grown(pairs->items, pairs->n, sizeof *pairs->items, state);
    pairs->items[pairs->n++] = pair;
}

const char *options_add_pair(struct option_pairs *pairs, char *argument, option_splitter *find,
                             const char *option, struct argp_state *state)
{
    const char *equals = *argument ? find(argument + 1, '=') : NULL;
    if (!equals || !equals[1])
        argp_error(state, "--%s wants NAME=VALUE, not \"%s\"", option, argument);
    options_add(pairs, (struct option_pair){argument, equals + 1, (int)(equals - argument)}, state);
    return equals + 1;
}

void options_split(struct option_pairs *pairs, const hinge_session *session, option_name *name,
                   size_t n)
{
    for (size_t p = 0; p < pairs->n; p++) {
        struct option_pair *pair = &pairs->items[p];
        size_t longest = 0;
        for (size_t i = 0; i < n; i++) {
            size_t size = strlen(name(session, i));
            if (size > longest && strncmp(pair->name, name(session, i), size) == 0 &&
                pair->name[size] == '=' && pair->name[size + 1])
                longest = size;
        }
        if (longest == 0)
            continue;
        pair->value = pair->name + longest + 1;
        pair->name_size = (int)longest;
    }
}

const char *options_find(const struct option_pairs *pairs, const char *name)
{
    for (size_t i = 0; name && i < pairs->n; i++)
        if (strlen(name) == (size_t)pairs->items[i].name_size &&
            memcmp(name, pairs->items[i].name, strlen(name)) == 0)
            return pairs->items[i].value;
    return NULL;
}

uint64_t options_number(const char *text, uint64_t low, uint64_t high, const char *option,
                        struct argp_state *state)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || value < low || value > high)
        argp_error(state, "--%s wants a number from %llu to %llu, not \"%s\"", option,
                   (unsigned long long)low, (unsigned long long)high, text);
    return value;
}

double options_real(const char *text, const char *option, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1e9))
        argp_error(state, "--%s wants a number of at least 0, not \"%s\"", option, text);
    return value;
}

double options_finite(const char *text, const char *option, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(fabs(value) <= (double)FLT_MAX))
        argp_error(state, "--%s wants a finite number, not \"%s\"", option, text);
    return value;
}

bool options_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
    error_t code = argp_parse(argp, argc, argv, flags, NULL, input);
    if (code == 0)
        return true;
    hinge_error error;
    error_set(&error, HINGE_NO_MEMORY, "the command line: %s", strerror(code));
    options_fail(&error);
    return false;
}

/* Plugins, threads and passes */

static const struct argp_option plugin_options[] = {
    {"isa", KEY_ISA, "LEVEL", 0, "widest built-in plugin: scalar, avx2 or avx512", 20},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "load a plugin, before those of HINGE_PLUGIN_PATH", 20},
    {0},
};

static const struct argp_option session_options[] = {
    {"threads", KEY_THREADS, "N", 0, "threads of a run (default: one for each core)", 20},
    {"disable-pass", KEY_DISABLE_PASS, "NAME", 0,
     "leave out a rewrite of the graph; hinge inspect --passes lists them", 20},
    {0},
};

static error_t parse_plugins(int key, char *argument, struct argp_state *state)
{
    struct plugin_options *options = state->input;
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
            grown(options->plugins, open->n_plugins, sizeof *options->plugins, state);
        options->plugins[open->n_plugins++] = argument;
        open->plugins = options->plugins;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void check_pass(const char *name, struct argp_state *state)
{
    for (size_t i = 0; hinge_pass_name(i); i++)
        if (strcmp(hinge_pass_name(i), name) == 0)
            return;
    fprintf(stderr, "The passes are:\n");
    for (size_t i = 0; hinge_pass_name(i); i++)
        fprintf(stderr, "  %-24s %s\n", hinge_pass_name(i), hinge_pass_summary(i));
    argp_error(state, "there is no pass \"%s\"", name);
}

static error_t parse_model(int key, char *argument, struct argp_state *state)
{
    struct model_options *options = state->input;
    struct plugin_options *plugins = &options->plugins;
    hinge_options *open = &plugins->open;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = plugins; return 0;
    case KEY_THREADS:
        open->n_threads = (unsigned)options_number(argument, 1, 1024, "threads", state);
        return 0;
    case KEY_DISABLE_PASS:
        check_pass(argument, state);
        plugins->disabled_passes = grown(plugins->disabled_passes, open->n_disabled_passes,
                                         sizeof *plugins->disabled_passes, state);
        plugins->disabled_passes[open->n_disabled_passes++] = argument;
        open->disabled_passes = plugins->disabled_passes;
        return 0;
    case ARGP_KEY_ARG:
        if (options->model)
            argp_error(state, "one model at a time: \"%s\" is a second one", argument);
        options->model = argument;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which model?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child model_children[] = {{&options_plugins_argp, 0, NULL, 0}, {0}};

const struct argp options_plugins_argp = {plugin_options, parse_plugins, NULL, NULL,
                                          NULL,           NULL,          NULL};
const struct argp options_model_argp = {session_options, parse_model, "MODEL.onnx", NULL,
                                        model_children,  NULL,        NULL};

/* Inputs */

static const struct argp_option input_options[] = {
    {"input", KEY_INPUT, "NAME=FILE", 0,
     "read an input from a .npy file, or a TensorProto (.pb); an = is part of NAME where the model "
     "has such a name",
     10},
    {"random", KEY_RANDOM, "SEED", OPTION_ARG_OPTIONAL,
     "make up the inputs that have no file: floats in [-1, 1), small integers", 10},
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
        options->random = true;
        options->seed = argument ? options_number(argument, 0, UINT64_MAX, "random", state) : 0;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_input_argp = {input_options, parse_input, NULL, NULL, NULL, NULL, NULL};

void options_free_plugins(struct plugin_options *options)
{
    free(options->plugins);
    free(options->disabled_passes);
}

void options_free_model(struct model_options *options)
{
    options_free_plugins(&options->plugins);
}

void options_free_input(struct input_options *options)
{
    free(options->files.items);
    free(options->dims.items);
    free(options->shapes.items);
}

/* Opening */

static void say(const char *kind, const char *sentence)
{
    fprintf(stderr, "hinge: %s", kind);
    text_print(stderr, sentence, 0);
    putc('\n', stderr);
}

static void warn(void *user, hinge_log_level level, const char *message)
{
    (void)user;
    if (level >= HINGE_LOG_WARNING)
        say("warning: ", message);
}

/* The runtime goes on without a plugin that it refuses, but one that was asked for is missed. */
static bool has_named_plugins(const hinge_registry *registry, const hinge_options *open,
                              hinge_error *error)
{
    hinge_plugin_info info = {.size = sizeof info};
    for (size_t i = 0; hinge_get_plugin(registry, i, &info); i++)
        for (size_t p = 0; info.refused && p < open->n_plugins; p++)
            if (strcmp(info.path, open->plugins[p]) == 0)
                return error_set(error, HINGE_IO, "plugin %.300s: %s", info.path, info.refused);
    return true;
}

bool options_open_registry(const struct plugin_options *options, hinge_registry **registry,
                           hinge_error *error)
{
    hinge_plugin_info info = {.size = sizeof info};
    if (hinge_registry_open(&options->open, registry, error))
        return false;
    if (!has_named_plugins(*registry, &options->open, error)) {
        hinge_registry_close(*registry);
        *registry = NULL;
        return false;
    }
    for (size_t i = 0; hinge_get_plugin(*registry, i, &info); i++)
        if (info.refused) {
            hinge_error sentence;
            error_set(&sentence, HINGE_IO, "plugin %.300s: %s", info.path, info.refused);
            say("warning: ", sentence.message);
        }
    return true;
}

static bool open_session(const struct model_options *options, hinge_session **session,
                         hinge_error *error)
{
    hinge_options open = options->plugins.open;
    if (open.n_plugins) {
        hinge_registry *registry;
        if (hinge_registry_open(&open, &registry, error))
            return false;
        bool ok = has_named_plugins(registry, &open, error);
        hinge_registry_close(registry);
        if (!ok)
            return false;
    }
    open.log = warn;
    return hinge_open(options->model, &open, session, error) == HINGE_OK;
}

hinge_session *options_open(const struct model_options *options, struct input_options *inputs)
{
    hinge_session *session;
    hinge_error error;
    if (!open_session(options, &session, &error)) {
        options_fail(&error);
        return NULL;
    }
    options_split(&inputs->files, session, hinge_input_name, hinge_n_inputs(session));
    return session;
}

int options_fail(const hinge_error *error)
{
    fflush(stdout);
    say("", error->message);
    return 1;
}
