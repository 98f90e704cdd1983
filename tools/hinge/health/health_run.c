#include "health/health_run.h"

#include "base/progress.h"
#include "describe/order.h"
#include "health/health_axis.h"

#include <stdlib.h>
#include <string.h>

/* Which nodes */

static void fill_node(struct health_node *to, const hinge_session *session, size_t index,
                      const hinge_node_info *node)
{
    hinge_value_info value = {.size = sizeof value};
    size_t output = hinge_node_output(session, index, 0);
    to->node = index;
    to->name = node->label;
    to->output = hinge_get_value(session, output, &value) ? value.name : "";
    describe_op(to->op, node);
}

bool health_run_create(struct health_run *run, const hinge_session *session,
                       const hinge_registry *registry, hinge_error *error)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_get_model(session, &model);
    run->registry = registry;
    run->nodes = calloc(model.n_all_nodes + 1, sizeof *run->nodes);
    run->of_node = calloc(model.n_all_nodes + 1, sizeof *run->of_node);
    run->ranks = order_ranks(session);
    run->shapes = calloc(model.n_all_nodes + 1, sizeof *run->shapes);
    if (!run->nodes || !run->of_node || !run->ranks || !run->shapes) {
        health_run_free(run);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < model.n_all_nodes; i++) {
        hinge_node_info node = {.size = sizeof node};
        hinge_activation_info activation = {.size = sizeof activation};
        run->of_node[i] = HINGE_NO_INDEX;
        hinge_get_node(session, i, &node);
        bool is_one = hinge_get_activation(session, i, &activation);
        /* With a slope for each channel PRelu is no function of x alone, but is an activation. */
        if (!is_one && strcmp(node.op, "PRelu") == 0 && !*node.domain) {
            activation.op = node.op;
            activation.domain = node.domain;
            is_one = true;
        }
        if (!is_one)
            continue;
        struct health_node *to = &run->nodes[run->n_nodes];
        fill_node(to, session, i, &node);
        to->activation = activation;
        to->saturation = saturation_of(&activation);
        to->axis = HEALTH_NO_AXIS;
        run->of_node[i] = run->n_nodes++;
    }
    return true;
}

void health_run_free(struct health_run *run)
{
    for (size_t i = 0; i < run->n_nodes; i++)
        health_free(&run->nodes[i].health);
    free(run->nodes);
    free(run->of_node);
    free(run->ranks);
    free(run->shapes);
    run->nodes = NULL;
    run->of_node = NULL;
    run->ranks = NULL;
    run->shapes = NULL;
    run->n_nodes = 0;
}

const struct health_finding *health_first(const struct health_run *run)
{
    if (!run->nan.found || !run->inf.found)
        return run->nan.found ? &run->nan : run->inf.found ? &run->inf : NULL;
    return run->ranks[run->inf.node] < run->ranks[run->nan.node] ? &run->inf : &run->nan;
}

/* Running */

/* What the callback needs. */
struct watch {
    struct health_run *run;
    const hinge_session *session;
    const char *sample;
    bool failed;
    hinge_error error;
};

static void note(struct health_finding *finding, const hinge_tensor *tensor, int64_t index,
                 size_t node, const char *sample)
{
    *finding = (struct health_finding){
        .found = true, .node = node, .name = "", .value = "", .shape = *tensor, .index = index};
    finding->shape.data = NULL;
    snprintf(finding->sample, sizeof finding->sample, "%s", sample);
}

/* Samples come one after the other: an earlier node replaces a later one, the same does not. */
static void look_for(struct health_finding *finding, bool infinite, const struct watch *watch,
                     size_t node, size_t output, const hinge_tensor *tensor)
{
    const size_t *ranks = watch->run->ranks;
    if (finding->found && ranks[finding->node] <= ranks[node])
        return;
    int64_t index = health_find(tensor, infinite);
    if (index < 0)
        return;
    hinge_node_info info = {.size = sizeof info};
    hinge_value_info value = {.size = sizeof value};
    note(finding, tensor, index, node, watch->sample);
    if (hinge_get_node(watch->session, node, &info)) {
        finding->name = info.label;
        describe_op(finding->op, &info);
    }
    if (hinge_get_value(watch->session, hinge_node_output(watch->session, node, output), &value))
        finding->value = value.name;
}

static void node_finished(void *user, const hinge_node_event *event)
{
    struct watch *watch = user;
    struct health_run *run = watch->run;
    size_t node = event->number;
    if (watch->failed || node == HINGE_NO_INDEX)
        return;
    if (event->n_outputs && event->outputs[0])
        run->shapes[node] = *event->outputs[0];
    for (size_t i = 0; i < event->n_outputs; i++) {
        const hinge_tensor *output = event->outputs[i];
        if (!output || !output->data || !health_takes(output->type))
            continue;
        look_for(&run->nan, false, watch, node, i, output);
        look_for(&run->inf, true, watch, node, i, output);
        if (i > 0 || run->of_node[node] == HINGE_NO_INDEX)
            continue;
        struct health_node *to = &run->nodes[run->of_node[node]];
        if (to->shape.type == HINGE_NO_TYPE)
            to->axis = health_axis(watch->session, run->shapes, run->registry, node);
        to->shape = *output;
        to->shape.data = NULL;
        watch->failed = !health_add(&to->health, output, to->axis, &to->saturation, &watch->error);
    }
}

static void look_at_inputs(struct watch *watch, const struct inputs *inputs)
{
    struct health_run *run = watch->run;
    for (size_t i = 0; i < inputs->n && !run->input.found; i++) {
        const hinge_tensor *tensor = &inputs->tensors[i];
        int64_t nan = health_find(tensor, false), inf = health_find(tensor, true);
        if (nan < 0 && inf < 0)
            continue;
        note(&run->input, tensor, nan < 0 ? inf : nan, HINGE_NO_INDEX, watch->sample);
        run->input.name = run->input.value = hinge_input_name(watch->session, i);
    }
}

static uint64_t n_rows(const hinge_session *session, const struct inputs *inputs)
{
    if (inputs->n == 0)
        return 1;
    const hinge_tensor *info = hinge_input_info(session, 0), *tensor = &inputs->tensors[0];
    bool is_open = (info->rank < 0 || (info->rank > 0 && info->dims[0] < 0)) && tensor->rank > 1;
    return is_open ? (uint64_t)tensor->dims[0] : 1;
}

bool health_run_samples(struct health_run *run, const hinge_session *session,
                        struct samples *samples, const struct common_options *common,
                        hinge_error *error)
{
    hinge_context *context = NULL;
    size_t n_outputs = hinge_n_outputs(session);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    bool ok = (outputs || error_no_memory(error)) &&
              hinge_context_create(session, &context, error) == HINGE_OK;
    struct watch watch = {.run = run, .session = session, .sample = samples->label};
    struct progress progress;
    progress_begin(&progress, samples->n, 0);
    while (ok && samples_more(samples)) {
        struct inputs inputs;
        ok = samples_make(samples, &inputs, error);
        if (!ok)
            break;
        look_at_inputs(&watch, &inputs);
        hinge_run_options options = options_run(common);
        options.on_node = node_finished;
        options.on_node_user = &watch;
        ok = hinge_run(context, inputs.tensors, inputs.n, outputs, n_outputs, &options, error) ==
             HINGE_OK;
        if (ok && watch.failed) {
            *error = watch.error;
            ok = false;
        }
        run->n_runs++;
        run->n_inputs += n_rows(session, &inputs);
        inputs_free(&inputs);
        progress_add(&progress, samples->next - progress.done);
    }
    progress_hide(&progress);
    hinge_context_destroy(context);
    free(outputs);
    return ok;
}
