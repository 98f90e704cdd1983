#include "profile/profile_record.h"

#include <stdlib.h>
#include <string.h>

bool profile_create(struct profile *profile, const char *model, const hinge_session *session,
                    hinge_error *error)
{
    hinge_model_info info = {.size = sizeof info};
    hinge_graph_info graph = {.size = sizeof graph};
    hinge_get_model(session, &info);
    *profile = (struct profile){.model = model,
                                .nodes = calloc(info.n_all_nodes + 1, sizeof *profile->nodes),
                                .parents = calloc(info.n_graphs + 1, sizeof *profile->parents),
                                .n_nodes = info.n_all_nodes,
                                .n_numbered = info.n_all_nodes};
    if (!profile->nodes || !profile->parents)
        return error_no_memory(error);
    for (size_t i = 0; i < info.n_all_nodes; i++) {
        hinge_node_info node = {.size = sizeof node};
        hinge_get_node(session, i, &node);
        profile->nodes[i].name = node.label;
        profile->nodes[i].plugin = node.plugin;
        describe_op(profile->nodes[i].op, &node);
    }
    for (size_t g = 0; hinge_get_graph(session, g, &graph); g++) {
        profile->parents[g] = graph.parent_node;
        if (graph.parent_node != HINGE_NO_INDEX)
            profile->nodes[graph.parent_node].has_bodies = true;
    }
    return true;
}

void profile_free(struct profile *profile)
{
    free(profile->nodes);
    free(profile->parents);
    free(profile->events);
    *profile = (struct profile){0};
}

/* Of a step without a number; HINGE_NO_INDEX where there is no memory. */
static size_t find_unnumbered(struct profile *profile, const hinge_node_event *event)
{
    hinge_node_info info = {.op = event->op};
    struct profile_node node = {
        .name = event->node, .plugin = event->plugin, .work = ROOFLINE_NOT_KNOWN};
    describe_op(node.op, &info);
    for (size_t i = profile->n_numbered; i < profile->n_nodes; i++)
        if (profile->nodes[i].name == node.name && strcmp(profile->nodes[i].op, node.op) == 0)
            return i;
    struct profile_node *bigger = realloc(profile->nodes, (profile->n_nodes + 1) * sizeof *bigger);
    if (!bigger)
        return HINGE_NO_INDEX;
    profile->nodes = bigger;
    profile->nodes[profile->n_nodes] = node;
    return profile->n_nodes++;
}

static bool keep_event(struct profile *profile, struct profile_event event)
{
    if (profile->n_events == profile->capacity) {
        size_t capacity = profile->capacity ? 2 * profile->capacity : 256;
        struct profile_event *bigger = realloc(profile->events, capacity * sizeof *bigger);
        if (!bigger)
            return false;
        profile->events = bigger;
        profile->capacity = capacity;
    }
    profile->events[profile->n_events++] = event;
    return true;
}

void profile_record(void *user, const hinge_node_event *event)
{
    struct profile *profile = user;
    size_t index =
        event->number != HINGE_NO_INDEX ? event->number : find_unnumbered(profile, event);
    if (index == HINGE_NO_INDEX) {
        profile->no_memory = true;
        return;
    }
    struct profile_node *node = &profile->nodes[index];
    uint64_t ns = event->end_ns - event->start_ns;
    size_t parent = profile->parents[event->graph];
    node->n_calls++;
    node->all_ns += ns;
    node->own_ns += ns > node->bodies_ns ? ns - node->bodies_ns : 0;
    node->bodies_ns = 0;
    if (parent != HINGE_NO_INDEX)
        profile->nodes[parent].bodies_ns += ns;
    if (profile->keeps_events &&
        !keep_event(profile, (struct profile_event){index, event->start_ns, event->end_ns}))
        profile->no_memory = true;
}
