/* The equation of an Einsum, term by term, and the extents that its indices have. */
#ifndef OPERATORS_MATRIX_EINSUM_TERM_H
#define OPERATORS_MATRIX_EINSUM_TERM_H

#include "operators/op/op.h"

/* Labels: the letters in the order of ASCII, then the dimensions that an ellipsis stands for, the
 * last of them being the last label. */
enum {
    EINSUM_LETTERS = 52,
    EINSUM_LABELS = EINSUM_LETTERS + HINGE_MAX_RANK,
    EINSUM_ELLIPSIS = EINSUM_LABELS, /* in a term, for all of them */
};

struct einsum_term {
    int32_t n; /* labels, an ellipsis being one */
    uint8_t labels[HINGE_MAX_RANK + 1];
    bool ellipsis;
};

/* What is left of an equation to be read. */
struct einsum_reader {
    const struct hinge_node *node;
    const char *at, *end;
    uint32_t term;   /* the number of the next one */
    bool last;       /* no term is left but that of the output */
    bool has_output; /* behind "->" */
};

void einsum_open(const struct hinge_node *node, struct einsum_reader *reader);
/* The next term, of an input or, where has_output says so, of the output. */
hinge_status einsum_next(struct einsum_reader *reader, struct einsum_term *term);

struct einsum_sizes {
    int64_t extents[EINSUM_LABELS]; /* -1: no input has the label */
    uint32_t terms[EINSUM_LABELS];  /* which told the extent */
    uint32_t counts[EINSUM_LABELS]; /* how often it stands in inputs */
    int32_t n_ellipsis;             /* dimensions that an ellipsis stands for at most */
    int32_t rank;                   /* of the output, and its labels */
    uint8_t output[HINGE_MAX_RANK];
};

/* Whether the equation is one for so many inputs. */
hinge_status einsum_check(const struct hinge_node *node);
/* Extents from the inputs' shapes, and the output's labels. */
hinge_status einsum_measure(const struct hinge_node *node, struct einsum_sizes *sizes);
/* The label of each of rank dimensions. */
void einsum_labels(const struct einsum_term *term, int32_t rank, uint8_t *labels);

#endif
