/* The results of one output for the records of a shard, as the rows of a .npy file that grows. */
#ifndef TOOL_COLUMN_H
#define TOOL_COLUMN_H

#include "base/error.h"

#include <stdio.h>

/* A row is a record's result, without a first dimension of 1. All have one type and shape. */
struct column {
    char *path; /* owned */
    FILE *file; /* not opened before the first row is known */
    hinge_tensor row;
    size_t n_rows, header_size;
    /* Of strings the widest has to be known before anything can be written. */
    char *text;
    size_t text_size, text_capacity, *sizes, n_sizes;
};

/* Begins as {.path = …}. Whether the result can be a row of this column. */
bool column_takes(const struct column *column, const hinge_tensor *result, hinge_error *error);
/* Adds a result that it takes. */
bool column_add(struct column *column, const hinge_tensor *result, hinge_error *error);
/* Completes the file; none is made where there are no rows. */
bool column_finish(struct column *column, hinge_error *error);
void column_free(struct column *column);

#endif
