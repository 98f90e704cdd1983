/* What becomes of the outputs of a run: files, or text. */
#ifndef TOOL_RUN_OUTPUTS_H
#define TOOL_RUN_OUTPUTS_H

#include "run/run_top.h"
#include "run/run_values.h"

struct run_outputs {
    struct option_pairs files; /* of the model's outputs */
    const char *folder;        /* for all of them; NULL: none */
    const char *archive;       /* a .npz file for all of them; NULL: none */
    struct run_values values;
    struct run_top top;  /* shown of outputs that have scores, whatever files there are */
    bool json, all_json; /* as JSON, and all elements */
};

/* That every name is one of the model's, given once, every file can be told to be .npy or .pb, and
 * standard output takes one thing; makes the folders. */
bool run_outputs_check(const struct run_outputs *outputs, const hinge_session *session,
                       hinge_error *error);
bool run_outputs_write(const struct run_outputs *outputs, const hinge_session *session,
                       const hinge_tensor *results, hinge_error *error);
/* Shows what goes to no file; as JSON everything. Returns the exit status: 1 also where labels are
 * given that are those of no output. */
int run_outputs_show(const struct run_outputs *outputs, const hinge_session *session,
                     const hinge_tensor *results);

#endif
