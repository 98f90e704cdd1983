/* Where the records of one input come from. */
#ifndef TOOL_SOURCE_H
#define TOOL_SOURCE_H

#include "files/npy_rows.h"
#include "inputs/inputs.h"

#include <time.h>

/* What --help says of it. */
#define SOURCE_HELP                                                                                \
    "SOURCE is a .npy file, whose rows are the records (it may be larger than memory); a .npz "    \
    "file, with the rows of the array that is named as the input, or of its only one; a folder, "  \
    "whose .npy and .pb files and pictures are, in the order of their names, numbers in them as "  \
    "numbers; or a .txt file with the name of such a file in each line, seen from the folder "     \
    "that it lies in. "                                                                            \
    "All inputs have the same number of records. A record has the shape of the input; where it "   \
    "has one dimension less, a first one of 1 is put in front."

struct source {
    const hinge_session *session;
    size_t input;     /* of the model */
    const char *path; /* as the user wrote it */
    const struct picture_options *picture;
    struct npy_rows rows;
    struct array archived; /* of a .npz file: all of the array whose rows are the records */
    struct stat status;    /* of the one file that has all records */
    char *folder;          /* in front of the names; NULL where the records are rows */
    char **names;
    size_t n; /* records */
};

/* The file that a record lies in, as it is now: to be recognised when it has become another. */
struct source_state {
    const char *name; /* belongs to the source */
    bool is_there;
    int64_t size;
    struct timespec modified;
};

/* What the struct leads to must outlive it. On failure nothing is to be closed. */
bool source_open(struct source *source, const hinge_session *session, size_t input,
                 const char *path, const struct picture_options *picture, hinge_error *error);
void source_close(struct source *source);

/* Whether the records lie in one file. */
bool source_is_one_file(const struct source *source);
/* Both are thread-safe. The array has a shape that the input takes. */
struct source_state source_state(const struct source *source, size_t record);
bool source_read(const struct source *source, size_t record, struct array *array,
                 hinge_error *error);

#endif
