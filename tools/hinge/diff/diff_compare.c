#include "diff/diff_compare.h"

#include <stdlib.h>
#include <string.h>

bool diff_begin(struct diff *diff, hinge_error *error)
{
    hinge_graph_info graph = {.size = sizeof graph};
    diff->first = HINGE_NO_INDEX;
    if (hinge_get_graph(diff->session, 0, &graph))
        diff->n_states = graph.n_values;
    diff->states = calloc(diff->n_states + 1, sizeof *diff->states);
    return diff->states || error_no_memory(error);
}

void diff_free(struct diff *diff)
{
    for (size_t v = 0; diff->states && v < diff->n_states; v++)
        free(diff->states[v]);
    free(diff->states);
    diff->states = NULL;
}

const struct diff_state *diff_state(const struct diff *diff, size_t value)
{
    return value < diff->n_states ? diff->states[value] : NULL;
}

static struct diff_state *make_state(struct diff *diff, size_t value)
{
    if (!diff->states[value])
        diff->states[value] = calloc(1, sizeof **diff->states);
    return diff->states[value];
}

/* The number among the model's outputs; SIZE_MAX where it is none. */
static size_t output_of(const struct diff *diff, const char *name)
{
    hinge_model_info model = {.size = sizeof model};
    size_t output = hinge_output_index(diff->session, name);
    hinge_get_model(diff->session, &model);
    return output < model.n_model_outputs ? output : SIZE_MAX;
}

/* Both in the model's layout. *seen is what is known of the name, of which there may be two. */
static void judge(struct diff *diff, size_t value, struct diff_state *state,
                  const hinge_tensor *got, const hinge_tensor *want, enum diff_verdict *seen)
{
    bool same = compare_values(got, want, &diff->rule, &state->why);
    state->verdict = same ? DIFF_SAME : DIFF_DIFFERS;
    state->is_measured = !hinge_is_container(got->type) && got->type == want->type &&
                         got->type != HINGE_STRING && got->rank == want->rank &&
                         memcmp(got->dims, want->dims, (size_t)got->rank * sizeof *got->dims) == 0;
    if (state->is_measured)
        state->measure = measure_of(got, want);
    diff->n_compared += *seen == DIFF_NOT_SEEN;
    diff->n_differ += !same && *seen != DIFF_DIFFERS;
    if (state->verdict > *seen)
        *seen = state->verdict;
    if (!same && diff->first == HINGE_NO_INDEX)
        diff->first = value;
}

static bool compare_stored(struct diff *diff, size_t value, struct diff_state *state,
                           const hinge_value_info *info, const hinge_tensor *got,
                           hinge_error *error)
{
    struct array want;
    enum diff_verdict *seen;
    if (!diff_stored_find(diff->stored, info->name, output_of(diff, info->name), info->type, &want,
                          &seen, error))
        return false;
    state->is_absent = seen == NULL;
    if (state->is_absent)
        return true;
    judge(diff, value, state, got, &want.tensor, seen);
    array_free(&want);
    return true;
}

/* tensor is in the model's layout. */
static bool compare(struct diff *diff, size_t value, const hinge_value_info *info,
                    const hinge_tensor *tensor, hinge_error *error)
{
    struct diff_state *state = make_state(diff, value);
    if (!state)
        return error_no_memory(error);
    state->shape = *tensor;
    state->shape.data = NULL;
    if (diff->stored)
        return compare_stored(diff, value, state, info, tensor, error);
    struct diff_value *other = diff_find(diff->values, info->name);
    size_t output = output_of(diff, info->name);
    enum diff_verdict once = DIFF_NOT_SEEN;
    state->is_absent = !other && output == SIZE_MAX;
    if (!state->is_absent)
        judge(diff, value, state, tensor, other ? &other->array.tensor : &diff->results[output],
              other ? &other->seen : &once);
    return true;
}

static bool mark_absent(struct diff *diff, size_t value, const hinge_tensor *tensor)
{
    struct diff_state *state = make_state(diff, value);
    if (!state)
        return error_no_memory(&diff->error);
    state->is_absent = true;
    state->shape = *tensor;
    state->shape.data = NULL;
    return true;
}

static void visit(void *user, size_t value, const hinge_value_info *info,
                  const hinge_tensor *tensor)
{
    struct diff *diff = user;
    struct array copy = {.tensor = *tensor};
    if (diff->failed)
        return;
    if (hinge_is_container(tensor->type)) {
        /* Only an output lies in the other context until the end, to be compared there. */
        if (output_of(diff, info->name) == SIZE_MAX)
            diff->failed = !mark_absent(diff, value, tensor);
        return;
    }
    bool copied = info->is_channels_last;
    diff->failed = (copied && !diff_copy(&copy, tensor, true, &diff->error)) ||
                   !compare(diff, value, info, &copy.tensor, &diff->error);
    if (copied)
        array_free(&copy);
    if (diff->failed)
        hinge_cancel(diff->context);
}

void diff_on_node(void *user, const hinge_node_event *event)
{
    struct diff *diff = user;
    diff_visit_outputs(diff->session, event, visit, diff);
}

/* Whether the value of that name in the other layout is there as well, and counts instead. */
static bool has_twin(const struct diff *diff, size_t value, const char *name)
{
    hinge_value_info info = {.size = sizeof info};
    for (size_t v = 0; v < diff->n_states; v++)
        if (v != value && diff->states[v] && hinge_get_value(diff->session, v, &info) &&
            !info.is_channels_last && strcmp(info.name, name) == 0)
            return true;
    return false;
}

static void count(struct diff *diff)
{
    hinge_value_info info = {.size = sizeof info};
    for (size_t v = 0; v < diff->n_states; v++)
        if (diff->states[v] && diff->states[v]->is_absent &&
            hinge_get_value(diff->session, v, &info) &&
            !(info.is_channels_last && has_twin(diff, v, info.name)))
            diff->n_only_here++;
    for (size_t i = 0; diff->stored && i < diff->stored->n; i++)
        diff->n_only_there += diff->stored->seen[i] == DIFF_NOT_SEEN;
    for (size_t i = 0; !diff->stored && i < diff->values->n; i++)
        diff->n_only_there += diff->values->items[i].seen == DIFF_NOT_SEEN;
}

bool diff_end(struct diff *diff, const hinge_tensor *results, hinge_error *error)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_value_info info = {.size = sizeof info};
    hinge_get_model(diff->session, &model);
    for (size_t i = 0; i < model.n_model_outputs; i++) {
        size_t value = hinge_graph_output(diff->session, 0, i);
        if (!hinge_get_value(diff->session, value, &info) || value >= diff->n_states ||
            diff->states[value])
            continue;
        /* A rewrite may have given it the name of what it is the same as. */
        info.name = hinge_output_name(diff->session, i);
        if (!compare(diff, value, &info, &results[i], error))
            return false;
    }
    count(diff);
    return true;
}
