/* The shapes of inputs that have no file. */
#ifndef TOOL_SHAPES_H
#define TOOL_SHAPES_H

#include "options/options.h"

/* Fills in type and shape of every input in shapes whose element type is HINGE_NO_TYPE yet, but for
 * those that have a default and no --shape: as --shape says, or as declared, with sizes that are
 * not fixed from --dim, from the inputs that are there already, or from --default-dim, in this
 * order. Says which are not known, all at once, and what to do. Data stay as they are. */
bool shapes_find(hinge_tensor *shapes, const hinge_session *session,
                 const struct input_options *options, hinge_error *error);

/* Rank and dims from "1x3x224x224", or "scalar" for rank 0; false where the text is neither. */
bool shapes_parse(const char *text, hinge_tensor *tensor);

#endif
