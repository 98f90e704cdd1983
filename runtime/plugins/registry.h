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
    uint64_t cpu_features; /* that built-in plugins may use */
};

/* Opens the plugins that the options and the environment (HINGE_PLUGIN_PATH, HINGE_ISA) name. A
 * plugin that cannot be used is logged and listed under refusals; only an ISA level that is unknown
 * or that the CPU lacks, and want of memory, fail. */
hinge_status registry_create(const hinge_options *options, const hinge_allocator *allocator,
                             struct registry **registry, hinge_error *error);
void registry_destroy(struct registry *registry);

/* All entries for the node's domain and operator, best first, of any opset and type. */
size_t registry_find(const struct registry *registry, const struct graph_node *node,
                     const struct registry_entry **first);
/* Whether an entry is right for the opset. */
bool registry_covers(const struct registry_entry *entry, uint32_t opset);
/* The last opset that an entry is right for; 0: no limit. */
uint32_t registry_until(const struct registry_entry *entry);

/* bind.c: checks the node's arity and attributes against the entry, whose kernel for its types is
 * run, and sets what graph_node says of binding. */
hinge_status registry_bind(const struct registry_entry *entry, struct graph *graph,
                           struct graph_node *node,
                           hinge_status (*run)(const struct hinge_node *node), hinge_error *error);

/* The entry's kernel for what its first two variables stand for; NULL where it has none. */
const struct hinge_kernel *registry_kernel(const struct hinge_op *op, hinge_type_code first,
                                           hinge_type_code second);

#endif
