/* One set of inputs after the other: from a folder, at random, or the one that the options name. */
#ifndef TOOL_SAMPLES_H
#define TOOL_SAMPLES_H

#include "inputs/inputs.h"

/* What --help says of a folder of samples. */
#define SAMPLES_HELP                                                                               \
    "The folder that --samples names has one of three forms. (1) Folders test_data_set_*, each a " \
    "sample: input_0.pb, input_1.pb and so on, as in ONNX's backend tests. (2) Files .npy or "     \
    ".pb, each a sample for the one input that has no --input. Where the model fixes that "        \
    "input's first dimension, a file may hold several times as many rows, which are then run in "  \
    "turn. (3) Other folders, each a sample with a file NAME.npy or NAME.pb for every input that " \
    "has no --input (a slash in NAME becomes _). Samples are taken in the order of their names, "  \
    "numbers in them as numbers."

struct sample_options {
    const char *folder;  /* NULL: none */
    uint64_t n_random;   /* 0: none */
    bool random_allowed; /* inputs that a sample lacks are made up */
};

enum samples_kind {
    SAMPLES_ONE,
    SAMPLES_RANDOM,
    SAMPLES_FILES,
    SAMPLES_DATA_SETS,
    SAMPLES_FOLDERS
};

struct samples {
    const hinge_session *session;
    const struct input_options *inputs;
    const char *folder;
    bool random_allowed;
    enum samples_kind kind;
    char **names; /* of the entries, in order; NULL where they have none */
    size_t n, next;
    size_t input;      /* that the files are for */
    struct array file; /* the one that is run row by row */
    int64_t row, n_rows;
    char label[256]; /* what the latest sample is called: "random, seed 3", "b.npy, row 7" */
};

/* What the structs and the session lead to must outlive the samples. On failure nothing is to be
 * freed. */
bool samples_open(struct samples *samples, const hinge_session *session,
                  const struct input_options *inputs, const struct sample_options *options,
                  hinge_error *error);
/* Whether there is one more. */
bool samples_more(const struct samples *samples);
/* Makes the next one, to be freed by inputs_free, before the next call and before
 * samples_close: its memory may be that of samples. */
bool samples_make(struct samples *samples, struct inputs *inputs, hinge_error *error);
void samples_close(struct samples *samples);

#endif
