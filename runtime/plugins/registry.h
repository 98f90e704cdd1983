/*
 * Which operator runs a node: (domain, name, opset, type) -> entry of a plugin. User plugins come
 * first, in the order given, then the built-in ones from the widest ISA down; an entry that does
 * not cover an opset or a type lets the next one through.
 *
 * Constant once created: any thread may look things up.
 */
#ifndef PLUGINS_REGISTRY_H
#define PLUGINS_REGISTRY_H

#include "graph/graph.h"
#include "plugins/plugin.h"

struct registry_entry {
    const struct hinge_op *op;
    const struct plugin *plugin;
};

/* A plugin that was asked for and could not be used. */
struct registry_refusal {
    const char *path;
    char reason[512];
};

struct registry {
    struct arena arena;
    struct plugin *plugins;
    struct registry_refusal *refusals;
    struct registry_entry *entries; /* by domain and name, each name best first */
    size_t n_plugins, n_refusals, n_entries;
};

/* Opens the plugins that the options and the environment (HINGE_PLUGIN_PATH, HINGE_ISA) name. A
 * plugin that cannot be used is logged and listed under refusals; only an ISA level that is unknown
 * or that the CPU lacks, and want of memory, fail. */
hinge_status registry_create(const hinge_options *options, const hinge_allocator *allocator,
                             struct registry **registry, hinge_error *error);
void registry_destroy(struct registry *registry);

/* The best entry for the node; with type other than HINGE_NO_TYPE, one with a kernel for it. NULL
 * where there is none. */
const struct registry_entry *registry_find(const struct registry *registry,
                                           const struct graph_node *node, hinge_type type);

/* Whether every entry that could run the node has all of flags. */
bool registry_all_have(const struct registry *registry, const struct graph_node *node,
                       uint32_t flags);

/* Gives every node from the first-th on that has none yet its definition, plugin and attributes,
 * and checks arity and attributes. All operators that are missing are named in one message. */
hinge_status registry_bind(const struct registry *registry, struct graph *graph, size_t first,
                           hinge_error *error);
/* The same for one node and one entry (from registry_find). */
hinge_status registry_bind_node(const struct registry_entry *entry, struct graph *graph,
                                struct graph_node *node, hinge_error *error);

/* An entry's kernel for the type, NULL where it has none. */
const struct hinge_kernel *registry_kernel(const struct hinge_op *op, hinge_type type);

#endif
