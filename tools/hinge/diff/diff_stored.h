/* Values that lie in a folder: by their names, as hinge run --all-values writes them, or the
 * outputs of an ONNX backend test. */
#ifndef TOOL_DIFF_STORED_H
#define TOOL_DIFF_STORED_H

#include "diff/diff_values.h"

struct diff_stored {
    const char *folder;
    char **files; /* names in the folder that end in .npy or .pb */
    enum diff_verdict *seen;
    size_t n;
    bool is_test; /* output_0.pb … of the model's outputs, in the folder of a data set */
};

/* folder, which must outlive the struct, with values by their names, or with is_test a data set.
 * Fails where no file in it can hold a value. On failure nothing is to be freed. */
bool diff_stored_open(struct diff_stored *stored, const char *folder, bool is_test,
                      hinge_error *error);

/* Reads the value of that name; output is its number among the model's outputs, SIZE_MAX where it
 * is none. Where there is no file, or more than one could be it, *seen is NULL. Otherwise array is
 * the caller's to free. */
bool diff_stored_find(const struct diff_stored *stored, const char *name, size_t output,
                      hinge_type_code type, struct array *array, enum diff_verdict **seen,
                      hinge_error *error);
void diff_stored_close(struct diff_stored *stored);

#endif
