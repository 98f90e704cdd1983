/* The operators that a model has, and whether there is a plugin for each. */
#ifndef TOOL_OPS_MODEL_H
#define TOOL_OPS_MODEL_H

#include "options/options.h"

/* Lists them as the model has them, before any rewrite but that of its own functions. Returns the
 * exit status: 1 where something is missing, told at the end. */
int ops_model(const struct common_options *common, const char *model);

#endif
