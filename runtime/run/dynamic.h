/* Steps whose shapes are known only in a run: what infer and prepare say of them is kept, and asked
 * again only where shapes or small values are others than last time. */
#ifndef RUN_DYNAMIC_H
#define RUN_DYNAMIC_H

#include "run/context.h"

/* Fills in step s of an instance, which must be a dynamic one; memory of the instance's arena. */
hinge_status dynamic_create(struct instance *instance, size_t s);

/* Makes it ready: shapes of its outputs, memory for those of known size, what it prepares, scratch.
 */
hinge_status dynamic_begin(hinge_context *context, struct frame *frame, struct instance *instance,
                           size_t s);

#endif
