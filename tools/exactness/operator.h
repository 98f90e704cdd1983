/* An elementwise operator of a built plugin, called through the plugin ABI without the runtime. */
#ifndef EXACTNESS_OPERATOR_H
#define EXACTNESS_OPERATOR_H

#include <hinge/plugin.h>

/* The newest entry for op in the plugin at path; NULL, with a sentence on stderr, where there is
 * none. */
const struct hinge_op *operator_find(const char *path, const char *op);

/* The built-in plugins that this CPU can run, the narrowest first; ended by NULL. */
#define OPERATOR_MAX_ISAS 4
void operator_isas(const char *isas[OPERATOR_MAX_ISAS]);

/* y[i] = operator(x[i]) for count elements, with the attributes' defaults but for one string
 * attribute (NULL: none). Safe to call from many threads. */
void operator_apply(const struct hinge_op *op, const char *attribute, const char *string,
                    hinge_type type, const void *x, void *y, int64_t count);

/* The same with a service of one's own for parallel work on n_threads threads. */
typedef void operator_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                               hinge_task *task, void *argument);
void operator_apply_on(operator_parallel *parallel, unsigned n_threads, const struct hinge_op *op,
                       const char *attribute, const char *string, hinge_type type, const void *x,
                       void *y, int64_t count);

#endif
