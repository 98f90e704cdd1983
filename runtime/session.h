/* What a session holds once it is open: all of it constant, but for plans and node states, which
 * the lock guards until they are ready. */
#ifndef SESSION_H
#define SESSION_H

#include "graph/graph.h"
#include "plugins/registry.h"
#include "run/host.h"
#include "run/threads.h"

#include <pthread.h>

struct loaded_model;
struct pass_log;
struct plan;

struct hinge_session {
    hinge_allocator allocator;
    char *path; /* as given; NULL for a model in memory */
    struct registry *registry;
    struct threads *threads;
    struct loaded_model *model; /* the graph and the file maps under its constants */
    struct graph *graph;
    struct pass_log *pass_log;
    size_t n_nodes_loaded;
    void (*log)(void *user, hinge_log_level level, const char *message);
    void *log_user;

    pthread_mutex_t lock;
    struct node_state *states; /* one for each node */
    struct plan *plans;        /* most recently used first */
    size_t n_plans;
    size_t packed_size; /* bytes of all node states */
};

/* Options as given (NULL: none); those of an older, shorter struct as if the rest were zero. */
hinge_status session_options(const hinge_options *given, hinge_options *complete,
                             hinge_error *error);

#endif
