/* An elementwise operator of a built plugin, called through the plugin ABI without the runtime. */
#ifndef EXACTNESS_OPERATOR_H
#define EXACTNESS_OPERATOR_H

#include <hinge/plugin.h>

/* The newest entry for op in the plugin at path; NULL, with a sentence on stderr, where there is
 * none. */
const struct hinge_op *operator_find(const char *path, const char *op);

/* y[i] = operator(x[i]) for count elements, with the attributes' defaults but for one string
 * attribute (NULL: none). Safe to call from many threads. */
void operator_apply(const struct hinge_op *op, const char *attribute, const char *string,
                    hinge_type type, const void *x, void *y, int64_t count);

#endif
