/* A model's inputs, from files or made up. */
#ifndef TOOL_INPUTS_H
#define TOOL_INPUTS_H

#include "base/array.h"
#include "options/options.h"

struct inputs {
    size_t n;
    struct array *arrays;  /* empty for an input that was ready */
    hinge_tensor *tensors; /* what hinge_run takes */
};

/* Each input from its file, or otherwise its default (the tensor is zero then), or with
 * options->random at random. Says what to do where an input has nothing, an option names no input,
 * or a file does not fit. On failure nothing is to be freed. */
bool inputs_make(struct inputs *inputs, const hinge_session *session,
                 const struct input_options *options, hinge_error *error);
void inputs_free(struct inputs *inputs);

/* Reads a .npy or .pb file for an input; its element type and shape are as they come. */
bool inputs_read(const char *path, const hinge_session *session, size_t index, struct array *array,
                 hinge_error *error);

/* That a value has the type and shape that the input declares. */
bool inputs_check(const hinge_tensor *tensor, const hinge_session *session, size_t index,
                  hinge_error *error);

/* That every name among the options is one of the model's; says which there are. */
bool inputs_check_names(const hinge_session *session, const struct input_options *options,
                        hinge_error *error);

#endif
