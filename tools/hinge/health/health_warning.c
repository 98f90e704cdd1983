/* What is wrong with a model's activations, in words. */
#include "health/health_report.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_SIZE 2048
/* Dead channels that a sentence lists. */
#define N_LISTED 8
/* Share of saturated values from which a squashing function is worth a sentence. */
#define MUCH 0.5

double health_share(const struct health_node *node, uint64_t n)
{
    return node->health.count ? (double)n / (double)node->health.count : 0;
}

const char *health_dead_text(char *text, const struct health_node *node)
{
    const struct health *health = &node->health;
    if (health->n_channels == 0 || health->channels_differ)
        snprintf(text, TEXT_NUMBER_SIZE, "-");
    else
        snprintf(text, TEXT_NUMBER_SIZE, "%zu/%zu", health_n_dead(health), health->n_channels);
    return text;
}

size_t health_n_bins(const struct health_node *node)
{
    size_t n = HEALTH_N_BINS;
    while (n > 0 && node->health.histogram.bins[n - 1] == 0)
        n--;
    return n;
}

static void append_coordinates(char *text, const hinge_tensor *shape, int64_t index)
{
    int64_t coordinates[HINGE_MAX_RANK];
    for (int32_t i = shape->rank; i-- > 0;) {
        coordinates[i] = index % shape->dims[i];
        index /= shape->dims[i];
    }
    text_append(text, TEXT_SIZE, "[");
    for (int32_t i = 0; i < shape->rank; i++)
        text_append(text, TEXT_SIZE, "%s%" PRId64, i ? "," : "", coordinates[i]);
    text_append(text, TEXT_SIZE, "]");
}

static void tell_finding(const struct health_finding *finding, const char *what, char *text)
{
    char dims[TEXT_SHAPE_SIZE];
    *text = '\0';
    if (finding->node == HINGE_NO_INDEX)
        text_append(text, TEXT_SIZE, "%s is in the model's input \"%.200s\"", what, finding->name);
    else
        text_append(text, TEXT_SIZE, "%s first appears at node \"%.200s\" (%s), output \"%.200s\"",
                    what, finding->name, finding->op, finding->value);
    text_append(text, TEXT_SIZE, " %s at ", text_dims(dims, &finding->shape));
    append_coordinates(text, &finding->shape, finding->index);
    text_append(text, TEXT_SIZE, ", for %s", finding->sample);
}

static void tell_dead(const struct health_run *run, const struct health_node *node, char *text)
{
    const struct health *health = &node->health;
    size_t n_dead = health_n_dead(health), n_listed = 0;
    *text = '\0';
    text_append(text, TEXT_SIZE, "%zu of %zu channels of node \"%.200s\" (%s) were zero for ",
                n_dead, health->n_channels, node->name, node->op);
    if (run->n_inputs == 1)
        text_append(text, TEXT_SIZE, "the only input");
    else
        text_append(text, TEXT_SIZE, "all %" PRIu64 " inputs", run->n_inputs);
    for (size_t i = 0; i < health->n_channels && n_listed < N_LISTED; i++)
        if (health_is_dead(health, i))
            text_append(text, TEXT_SIZE, "%s%zu", n_listed++ ? ", " : ": ", i);
    if (n_dead > n_listed)
        text_append(text, TEXT_SIZE, ", …");
}

void health_warnings(const struct health_run *run, void (*tell)(void *user, const char *text),
                     void *user)
{
    char text[TEXT_SIZE];
    bool inf_first = health_first(run) == &run->inf;
    const struct health_finding *findings[] = {&run->input, inf_first ? &run->inf : &run->nan,
                                               inf_first ? &run->nan : &run->inf};
    for (size_t i = 0; i < 3; i++)
        if (findings[i]->found) {
            tell_finding(findings[i],
                         i == 0                     ? "NaN or Inf"
                         : findings[i] == &run->inf ? "Inf"
                                                    : "NaN",
                         text);
            tell(user, text);
        }
    for (size_t i = 0; i < run->n_nodes; i++) {
        const struct health_node *node = &run->nodes[i];
        const struct health *health = &node->health;
        if (health_n_dead(health)) {
            tell_dead(run, node, text);
            tell(user, text);
        }
        if (health->channels_differ) {
            snprintf(text, sizeof text,
                     "the number of channels of node \"%.200s\" (%s) differs between inputs: dead "
                     "ones are not counted",
                     node->name, node->op);
            tell(user, text);
        }
        double share = health_share(node, health->n_saturated);
        if (saturation_is_squashing(&node->activation) && share >= MUCH) {
            snprintf(text, sizeof text,
                     "%.1f %% of the values of node \"%.200s\" (%s) are saturated (slope below %g)",
                     share * 100, node->name, node->op, SATURATION_SLOPE);
            tell(user, text);
        }
    }
}
