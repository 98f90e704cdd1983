/* Intermediate values that are asked for by name. */
#ifndef TOOL_RUN_VALUES_H
#define TOOL_RUN_VALUES_H

#include "options/options.h"

struct run_values {
    struct option_pairs pairs; /* value NULL: to be shown */
    const char *folder;        /* all of them go there; NULL: none but those named */
};

/* Takes NAME or NAME=FILE; ends the program where there is no name. */
void run_values_add(struct run_values *values, char *argument, struct argp_state *state);

/* options_open with these values as outputs behind the model's. An = may be part of a name: where
 * the model has no value of what is in front of the first one, the longest name wins that it has.
 * Names values that are written alike where there is none. */
bool run_values_open(struct run_values *values, struct model_options *options,
                     struct input_options *inputs, hinge_session **session, hinge_error *error);

void run_values_free(struct run_values *values);

#endif
