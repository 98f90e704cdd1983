/* One request's run of a model, alone or joined with others'. */
#ifndef SERVE_RUN_H
#define SERVE_RUN_H

#include "serve/models/contexts.h"

struct model_run {
    const hinge_tensor *inputs; /* all of the model's */
    uint64_t deadline_ns;       /* 0: none */
    hinge_tensor *outputs;      /* room for all of the model's */
    /* Called once, perhaps in another thread, while the outputs are there. */
    void (*take)(void *user);
    void *user;
    bool is_refused; /* too many wait already */
    size_t n_rows;   /* of the run that computed it, where requests are joined */
};

#endif
