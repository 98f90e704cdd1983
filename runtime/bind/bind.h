/*
 * Types and operators: one walk over the graph and all bodies in it infers the type of every value
 * and chooses for every node the operator and the kernel that run it. Nothing about a node is
 * decided again after that but what depends on shapes.
 */
#ifndef BIND_BIND_H
#define BIND_BIND_H

#include "host/host.h"
#include "plugins/registry.h"

/* What a model needs and no plugin has: operators, and kernels for the types at hand. */
struct bind_missing {
    struct arena arena;
    const char **texts; /* "ai.onnx::Foo", each once, in the order of the model */
    size_t n, capacity;
    char node[128]; /* the first one's name */
};

/* Binds all nodes. HINGE_UNSUPPORTED with a sentence that names what is missing, everything at
 * once, unless may_miss: then those nodes are left without definition, and so are those that read
 * what they would write. Values of such nodes have the types that the model declares. *missing is
 * filled in both cases; free it with bind_missing_free. */
hinge_status bind_model(const struct registry *registry, const struct host_session *session,
                        struct graph *graph, bool may_miss, struct bind_missing *missing,
                        hinge_error *error);
/* The sentence for what is missing; returns HINGE_UNSUPPORTED. */
hinge_status bind_fail(const struct registry *registry, const struct bind_missing *missing,
                       hinge_error *error);
void bind_missing_free(struct bind_missing *missing);

/* Binds one node that a pass has added, whose inputs have types. */
hinge_status bind_node(const struct registry *registry, const struct host_session *session,
                       struct graph *graph, uint32_t node, hinge_error *error);

#endif
