#include "health/health_report.h"

#include "base/error.h"
#include "files/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The table */

static void print_number(double value)
{
    if (isfinite(value))
        printf("%10.4g ", value);
    else
        printf("%10s ", "-");
}

static void print_node(const struct health_node *node)
{
    enum { BAR = 10 };
    const struct health *health = &node->health;
    char text[TEXT_NUMBER_SIZE], dims[TEXT_SHAPE_SIZE];
    double zeros = health_share(node, health->n_zero);
    int cells = (int)(zeros * BAR + 0.5);
    bool any = health->n_finite > 0;
    printf("%5.1f%% ", zeros * 100);
    text_bar(stdout, zeros, BAR);
    printf("%*s %9s ", BAR - cells, "", health_dead_text(text, node));
    if (node->saturation.known)
        printf("%8.1f%% ", health_share(node, health->n_saturated) * 100);
    else
        printf("%9s ", "-");
    print_number(any ? health->min : NAN);
    print_number(any ? health->max : NAN);
    print_number(any ? health->mean : NAN);
    print_number(health_deviation(health));
    snprintf(text, sizeof text, "%" PRIu64 "/%" PRIu64, health->n_nan, health->n_inf);
    printf("%8s  ", text);
    text_cell(stdout, node->op, 22);
    text_cell(stdout, text_dims(dims, &node->shape), 18);
    text_print(stdout, node->name, 60);
    putchar('\n');
}

static void print_warning(void *user, const char *text)
{
    bool *any = user;
    fputs(*any ? "" : "\n", stdout);
    *any = true;
    text_print(stdout, text, 0);
    putchar('\n');
}

int health_print(const struct health_run *run)
{
    size_t n_seen = 0;
    for (size_t i = 0; i < run->n_nodes; i++)
        n_seen += run->nodes[i].shape.type != HINGE_NO_TYPE;
    printf("%zu activation%s, %" PRIu64 " input%s in %" PRIu64 " run%s\n\n", n_seen,
           n_seen == 1 ? "" : "s", run->n_inputs, run->n_inputs == 1 ? "" : "s", run->n_runs,
           run->n_runs == 1 ? "" : "s");
    printf("%6s %-10s %9s %9s %10s %10s %10s %10s %8s  %-22s %-18s %s\n", "zeros", "", "dead",
           "saturated", "min", "max", "mean", "std", "NaN/Inf", "operator", "shape", "node");
    for (size_t i = 0; i < run->n_nodes; i++)
        if (run->nodes[i].shape.type != HINGE_NO_TYPE)
            print_node(&run->nodes[i]);
    bool any = false;
    health_warnings(run, print_warning, &any);
    return 0;
}

/* JSON */

static json_t *text_json(const char *text)
{
    return json_text(text, strlen(text));
}

static json_t *dead_json(const struct health *health)
{
    bool good = true;
    json_t *array = json_array();
    for (size_t i = 0; i < health->n_channels; i++)
        if (health_is_dead(health, i))
            json_add(array, json_integer((json_int_t)i), &good);
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

/* Counts of [first + i, first + i + 1) 2^exponent: whole numbers, so that nothing is rounded. */
static json_t *histogram_json(const struct health_node *node)
{
    const struct health_histogram *histogram = &node->health.histogram;
    if (node->health.n_finite == 0)
        return json_null();
    bool good = true;
    json_t *object = json_object(), *counts = json_array();
    for (size_t i = 0; i < health_n_bins(node); i++)
        json_add(counts, json_integer((json_int_t)histogram->bins[i]), &good);
    json_put(object, "exponent", json_integer(histogram->exponent), &good);
    json_put(object, "first", json_integer(histogram->first), &good);
    json_put(object, "counts", counts, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static void put_numbers(json_t *object, const struct health_node *node, bool *good)
{
    const struct health *health = &node->health;
    bool any = health->n_finite > 0, known = node->saturation.known;
    bool channels = health->n_channels > 0 && !health->channels_differ;
    json_put(object, "elements", json_integer((json_int_t)health->count), good);
    json_put(object, "zeros", json_integer((json_int_t)health->n_zero), good);
    json_put(object, "zero_share", json_number(health_share(node, health->n_zero)), good);
    json_put(object, "saturated",
             known ? json_integer((json_int_t)health->n_saturated) : json_null(), good);
    json_put(object, "saturated_share",
             known ? json_number(health_share(node, health->n_saturated)) : json_null(), good);
    json_put(object, "channels",
             channels ? json_integer((json_int_t)health->n_channels) : json_null(), good);
    json_put(object, "dead",
             channels ? json_integer((json_int_t)health_n_dead(health)) : json_null(), good);
    json_put(object, "dead_channels", dead_json(health), good);
    json_put(object, "nan", json_integer((json_int_t)health->n_nan), good);
    json_put(object, "inf", json_integer((json_int_t)health->n_inf), good);
    json_put(object, "min", any ? json_number(health->min) : json_null(), good);
    json_put(object, "max", any ? json_number(health->max) : json_null(), good);
    json_put(object, "mean", any ? json_number(health->mean) : json_null(), good);
    json_put(object, "std", json_number(health_deviation(health)), good);
    json_put(object, "histogram", histogram_json(node), good);
}

static json_t *node_json(const struct health_node *node)
{
    bool good = true;
    json_t *object = json_object();
    json_put(object, "node", text_json(node->name), &good);
    json_put(object, "output", text_json(node->output), &good);
    json_put(object, "op", text_json(node->op), &good);
    json_put(object, "activation", text_json(node->activation.op), &good);
    json_put(object, "fused", json_boolean(node->activation.is_fused), &good);
    json_put(object, "type", json_string(hinge_type_text(node->shape.type)), &good);
    json_put(object, "shape", json_dims(&node->shape), &good);
    json_put(object, "channel_axis", node->axis < 0 ? json_null() : json_integer(node->axis),
             &good);
    put_numbers(object, node, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *finding_json(const struct health_finding *finding)
{
    if (!finding || !finding->found)
        return json_null();
    bool good = true, is_input = finding->node == HINGE_NO_INDEX;
    json_t *object = json_object();
    json_put(object, is_input ? "input" : "node", text_json(finding->name), &good);
    if (!is_input) {
        json_put(object, "index", json_integer((json_int_t)finding->node), &good);
        json_put(object, "op", text_json(finding->op), &good);
        json_put(object, "output", text_json(finding->value), &good);
    }
    json_put(object, "sample", text_json(finding->sample), &good);
    json_put(object, "shape", json_dims(&finding->shape), &good);
    json_put(object, "element", json_integer(finding->index), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

struct warning_list {
    json_t *array;
    bool good;
};

static void add_warning(void *user, const char *text)
{
    struct warning_list *list = user;
    json_add(list->array, text_json(text), &list->good);
}

int health_json(const struct health_run *run)
{
    bool good = true;
    json_t *root = json_object(), *nodes = json_array();
    struct warning_list warnings = {json_array(), true};
    for (size_t i = 0; i < run->n_nodes; i++)
        if (run->nodes[i].shape.type != HINGE_NO_TYPE)
            json_add(nodes, node_json(&run->nodes[i]), &good);
    health_warnings(run, add_warning, &warnings);
    good = good && warnings.good;
    json_put(root, "model", text_json(run->model), &good);
    json_put(root, "runs", json_integer((json_int_t)run->n_runs), &good);
    json_put(root, "inputs", json_integer((json_int_t)run->n_inputs), &good);
    json_put(root, "activations", nodes, &good);
    json_put(root, "first_nonfinite", finding_json(health_first(run)), &good);
    json_put(root, "first_nan", finding_json(&run->nan), &good);
    json_put(root, "first_inf", finding_json(&run->inf), &good);
    json_put(root, "nonfinite_input", finding_json(&run->input), &good);
    json_put(root, "warnings", warnings.array, &good);
    return json_finish(root, good, NULL);
}
