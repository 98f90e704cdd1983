/* What a session holds once it is open: all of it constant, but for the programs' plans. */
#ifndef PLAN_SESSION_H
#define PLAN_SESSION_H

#include "bind/bind.h"
#include "passes/passes.h"
#include "plan/program.h"

struct loaded_model;

/* A graph of the model and where its nodes and values stand among those of all. */
struct session_graph {
    struct graph *graph;
    size_t first_node, first_value;
    size_t parent_node;    /* the node it is a body of, among all; SIZE_MAX for the main graph */
    const char *attribute; /* of that node */
};

struct hinge_session {
    hinge_allocator allocator;  /* what everything comes from, within the limit */
    struct memory_limit *limit; /* NULL: none */
    char *path;                 /* as given; NULL for a model in memory */
    struct registry *registry;
    struct host_session host;
    struct loaded_model *model; /* the graph and the file maps under its constants */
    struct graph *graph;
    struct session_graph *graphs; /* by graph.index */
    struct program *programs;     /* by graph.index; NULL where operators are missing */
    uint32_t n_graphs;
    struct pass_log *pass_log;
    struct bind_missing missing;
    size_t n_nodes_loaded;
    uint32_t n_model_outputs; /* those after them were asked for */
};

/* Options as given (NULL: none); those of an older, shorter struct as if the rest were zero. */
hinge_status session_options(const hinge_options *given, hinge_options *complete,
                             hinge_error *error);
/* Says that the limit was what failed, where it was, and names the file. */
hinge_status session_fail(const hinge_session *session, hinge_status status, hinge_error *error);

#endif
