/* hinge activation: the curve of an elementwise operator, as its plugin computes it. */
#include "activation/activation_node.h"
#include "activation/activation_plot.h"
#include "activation/sketch.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "describe/listing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_COUNT (1u << 24)
/* Writing so many values can be noticed. */
#define LONG_COUNT 100000u

struct activation_options {
    struct common_options common;
    struct option_pairs attributes;
    const char *name, *domain, *plot;
    uint32_t opset;
    double from, to;
    size_t count; /* 0: what suits the form */
    bool derivative, tsv;
};

enum { KEY_DOMAIN = 'd', KEY_ATTRIBUTE = 'a', KEY_COUNT = 'n', KEY_DERIVATIVE = 'D' };
enum { KEY_TSV = 't', KEY_PLOT = 'p', KEY_OPSET = 0x140, KEY_FROM, KEY_TO };
enum { KEY_ALPHA = 0x150, KEY_BETA, KEY_GAMMA, KEY_MIN, KEY_MAX };

static const struct argp_option own_options[] = {
    {"domain", KEY_DOMAIN, "NAME", 0, "the operator's domain (ai.onnx)", 1},
    {"opset", KEY_OPSET, "N", 0, "version of the domain (default: the newest)", 1},
    {"attribute", KEY_ATTRIBUTE, "NAME=VALUE", 0, "set an attribute: a number or a string", 2},
    {"alpha", KEY_ALPHA, "NUMBER", 0, "short for --attribute alpha=NUMBER", 2},
    {"beta", KEY_BETA, "NUMBER", 0, "short for --attribute beta=NUMBER", 2},
    {"gamma", KEY_GAMMA, "NUMBER", 0, "short for --attribute gamma=NUMBER", 2},
    {"min", KEY_MIN, "NUMBER", 0, "Clip's lower bound", 2},
    {"max", KEY_MAX, "NUMBER", 0, "Clip's upper bound", 2},
    {"from", KEY_FROM, "X", 0, "the first x (-6)", 3},
    {"to", KEY_TO, "X", 0, "the last x (6)", 3},
    {"count", KEY_COUNT, "N", 0,
     "how many x, evenly spaced (13; --tsv and --json 121; --plot 1201)", 3},
    {"derivative", KEY_DERIVATIVE, NULL, 0, "the derivative as well, where its plugin has one", 3},
    {"tsv", KEY_TSV, NULL, 0, "write x, y and the derivative, with tabs between", 4},
    {"plot", KEY_PLOT, "FILE", 0, "draw into a .png or .svg file, by gnuplot", 4},
    {0},
};

static void add_shorthand(struct activation_options *options, const char *name, char *argument,
                          struct argp_state *state)
{
    options_finite(argument, name, state);
    options_add(&options->attributes, (struct option_pair){name, argument, (int)strlen(name)},
                state);
}

static void check(const struct activation_options *options, struct argp_state *state)
{
    if (!(options->from < options->to))
        argp_error(state, "--from %g is not below --to %g", options->from, options->to);
    if (options->tsv + (options->plot != NULL) + options->common.json > 1)
        argp_error(state, "of --tsv, --plot and --json only one can be had");
    if (options->plot && !activation_plot_can(options->plot))
        argp_error(state, "--plot wants a name that ends in .png or .svg, not \"%s\"",
                   options->plot);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct activation_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case KEY_DOMAIN: options->domain = argument; return 0;
    case KEY_OPSET:
        options->opset = (uint32_t)options_number(argument, 1, INT32_MAX, "opset", state);
        return 0;
    case KEY_ATTRIBUTE:
        options_add_pair(&options->attributes, argument, strchr, "attribute", state);
        return 0;
    case KEY_ALPHA: add_shorthand(options, "alpha", argument, state); return 0;
    case KEY_BETA: add_shorthand(options, "beta", argument, state); return 0;
    case KEY_GAMMA: add_shorthand(options, "gamma", argument, state); return 0;
    case KEY_MIN: add_shorthand(options, "min", argument, state); return 0;
    case KEY_MAX: add_shorthand(options, "max", argument, state); return 0;
    case KEY_FROM: options->from = options_finite(argument, "from", state); return 0;
    case KEY_TO: options->to = options_finite(argument, "to", state); return 0;
    case KEY_COUNT:
        options->count = (size_t)options_number(argument, 1, MAX_COUNT, "count", state);
        return 0;
    case KEY_DERIVATIVE: options->derivative = true; return 0;
    case KEY_TSV: options->tsv = true; return 0;
    case KEY_PLOT: options->plot = argument; return 0;
    case ARGP_KEY_ARG:
        if (options->name)
            argp_error(state, "one operator at a time: \"%s\" is a second one", argument);
        options->name = argument;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which operator?"); return 0;
    case ARGP_KEY_END: check(options, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* x, y and, where it is wanted, the derivative: count values each in one block. */
struct curve {
    size_t count;
    float *x, *y, *derivative;
};

static bool evaluate(struct curve *curve, const struct activation_node *node,
                     const struct activation_options *options, size_t count, hinge_error *error)
{
    float *block = malloc(3 * count * sizeof *block);
    if (!block)
        return error_no_memory(error);
    *curve = (struct curve){count, block, block + count, NULL};
    for (size_t i = 0; i < count; i++) {
        double part = count > 1 ? (double)i / (double)(count - 1) : 0;
        curve->x[i] = (float)(options->from + (options->to - options->from) * part);
    }
    if (options->derivative)
        curve->derivative = block + 2 * count;
    return activation_node_values(node, curve->x, curve->y, count, error) &&
           (!options->derivative ||
            activation_node_derivatives(node, curve->x, curve->derivative, count, error));
}

/* C's printf gives some NaN a sign. */
static const char *number_text(char text[32], int digits, float value)
{
    if (isnan(value))
        return "nan";
    snprintf(text, 32, "%.*g", digits, (double)value);
    return text;
}

static void print_tsv(const struct curve *curve, struct progress *progress)
{
    char text[32];
    for (size_t i = 0; i < curve->count; i++) {
        printf("%.9g", (double)curve->x[i]);
        printf("\t%s", number_text(text, 9, curve->y[i]));
        if (curve->derivative)
            printf("\t%s", number_text(text, 9, curve->derivative[i]));
        putchar('\n');
        progress_add(progress, 1);
    }
}

static json_t *values_json(const float *values, size_t count, struct progress *progress)
{
    bool good = true;
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_add(array, json_number((double)values[i]), &good);
        progress_add(progress, 1);
    }
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

/* What is not finite becomes null. */
static int print_json(const struct activation_node *node, const struct activation_op *op,
                      const struct curve *curve, struct progress *progress)
{
    bool good = true;
    const char *domain = listing_domain(op->op.domain), *plugin = activation_node_plugin(node);
    json_t *root = json_object();
    json_put(root, "operator", json_text(op->op.name, strlen(op->op.name)), &good);
    json_put(root, "domain", json_text(domain, strlen(domain)), &good);
    json_put(root, "opset", json_integer(op->opset), &good);
    json_put(root, "plugin", json_text(plugin, strlen(plugin)), &good);
    json_put(root, "x", values_json(curve->x, curve->count, progress), &good);
    json_put(root, "y", values_json(curve->y, curve->count, progress), &good);
    if (curve->derivative)
        json_put(root, "derivative", values_json(curve->derivative, curve->count, progress), &good);
    progress_hide(progress);
    return json_finish(root, good, NULL);
}

static void print_table(const struct curve *curve)
{
    char text[32];
    printf("%12s %14s%s\n", "x", "y", curve->derivative ? "     derivative" : "");
    for (size_t i = 0; i < curve->count; i++) {
        printf("%12.6g", (double)curve->x[i]);
        printf(" %14s", number_text(text, 7, curve->y[i]));
        if (curve->derivative)
            printf(" %14s", number_text(text, 7, curve->derivative[i]));
        putchar('\n');
    }
}

static bool print_for_people(const struct activation_node *node, const struct activation_op *op,
                             const struct activation_options *options, const struct curve *curve,
                             hinge_error *error)
{
    struct curve drawn = {0};
    bool ok = evaluate(&drawn, node, options, SKETCH_COUNT, error);
    if (ok) {
        text_print(stdout, node->title, 0);
        fputs(" (", stdout);
        text_print(stdout, listing_domain(op->op.domain), 0);
        printf(", opset %u, plugin ", (unsigned)op->opset);
        text_print(stdout, activation_node_plugin(node), 0);
        fputs(")\n\n", stdout);
        print_table(curve);
        putchar('\n');
        const struct sketch_curve curves[] = {{drawn.y, 0}, {drawn.derivative, 1}};
        sketch_print(stdout, options->from, options->to, curves, drawn.derivative ? 2 : 1);
        if (drawn.derivative)
            printf("%13sthe derivative is dotted\n", "");
    }
    free(drawn.x);
    return ok;
}

static int show(const struct activation_node *node, const struct activation_op *op,
                const struct activation_options *options, hinge_error *error)
{
    bool json = options->common.json;
    size_t usual = options->plot ? 1201 : options->tsv || json ? 121 : 13;
    struct curve curve = {0};
    struct progress progress;
    int status = 0;
    bool ok = evaluate(&curve, node, options, options->count ? options->count : usual, error);
    uint64_t n_pieces = json ? 2 + options->derivative : options->plot ? 2 : 1;
    progress_begin(&progress, curve.count * n_pieces, 0);
    /* On a terminal the values themselves show how far it is. */
    progress.is_on &= curve.count >= LONG_COUNT && (options->plot || !isatty(STDOUT_FILENO));
    if (ok && options->plot) {
        const struct plot_curve curves[] = {{op->op.name, curve.y},
                                            {"derivative", curve.derivative}};
        ok = activation_plot(options->plot, node->title, curve.x, curve.count, curves,
                             curve.derivative ? 2 : 1, &progress, error);
    } else if (ok && json) {
        status = print_json(node, op, &curve, &progress);
    } else if (ok && options->tsv) {
        print_tsv(&curve, &progress);
    } else if (ok) {
        ok = print_for_people(node, op, options, &curve, error);
    }
    progress_hide(&progress);
    free(curve.x);
    return ok ? status : error_fail(error);
}

static int run(const struct activation_options *options, const hinge_registry *registry)
{
    struct activation_op op;
    struct activation_node node = {0};
    hinge_error error;
    bool ok =
        activation_find(&op, registry, options->name,
                        options->domain ? options->domain : listing_domain(""), options->opset,
                        &error) &&
        activation_node_open(&node, &options->common, registry, &op, &options->attributes, &error);
    int status = ok ? show(&node, &op, options, &error) : error_fail(&error);
    activation_node_close(&node);
    return status;
}

int command_activation(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        "OPERATOR",
        "Shows the curve of an activation, or of another elementwise operator of one "
        "floating-point input, as the plugin that has it computes it in float32."
        "\vExamples:\n"
        "  hinge activation Elu --alpha 0.5\n"
        "  hinge activation Tanh --derivative --plot tanh.svg\n"
        "  hinge activation Snake --domain com.acme --plugin ./snake.so --tsv",
        options_common_children,
        NULL,
        NULL};
    struct activation_options options = {.from = -6, .to = 6};
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    hinge_registry *registry = NULL;
    hinge_error error;
    int status = options_open_registry(&options.common, &registry, &error) ? run(&options, registry)
                                                                           : error_fail(&error);
    hinge_registry_close(registry);
    options_free_common(&options.common);
    free(options.attributes.items);
    return status;
}
