/* An elementwise operator of a built plugin, called through the plugin ABI without the runtime. */
#ifndef EXACTNESS_OPERATOR_H
#define EXACTNESS_OPERATOR_H

#include <hinge/plugin.h>

#include "tools/exactness/reference.h"

/* The newest entry for op in the plugin at path; NULL, with a sentence on stderr, where there is
 * none. */
const struct hinge_op *operator_find(const char *path, const char *op);

/* The built-in plugins that this CPU can run, the narrowest first; ended by NULL. */
#define OPERATOR_MAX_ISAS 4
void operator_isas(const char *isas[OPERATOR_MAX_ISAS]);

/* y[i] = operator(x[i]), or its derivative, for count elements, with the inputs and attributes that
 * reference names; seconds are the second numbers where it takes pairs. Nothing happens where the
 * operator lacks the type or the derivative: false. Safe to call from many threads. */
bool operator_apply(const struct hinge_op *op, const struct reference *reference, hinge_type type,
                    const void *x, const void *seconds, void *y, int64_t count);

/* The same in two steps, with a service of one's own for parallel work on n_threads threads: a call
 * is prepared once and run as often as one likes, as the runtime does. It points to itself, so it
 * stays where it is; x, seconds and y as well. */
typedef void operator_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                               hinge_task *task, void *argument);
#define OPERATOR_MAX_ATTRIBUTES 8
struct operator_call {
    hinge_status (*run)(const struct hinge_node *node);
    struct hinge_node node;
    struct hinge_host host;
    struct hinge_attribute attributes[OPERATOR_MAX_ATTRIBUTES];
    hinge_tensor first, second, third, output;
    const hinge_tensor *inputs[3];
    hinge_tensor *outputs[1];
    struct hinge_activation none;
    struct hinge_epilogue epilogue;
    uint32_t alpha, beta;
};

bool operator_prepare(struct operator_call *call, operator_parallel *parallel, unsigned n_threads,
                      const struct hinge_op *op, const struct reference *reference, hinge_type type,
                      const void *x, const void *seconds, void *y, int64_t count);

#endif
