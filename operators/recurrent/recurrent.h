/* What LSTM, GRU and RNN share: attributes and shapes, weights that are packed once, and the walk
 * over directions, steps and entries of the batch. X W^T and the biases come from one product for
 * many steps; h R^T is added step by step, in the parts that an operator asks for.
 *
 * All is computed in the real type: double for double, float for the others, whose states are
 * rounded only where they are put out. A sequence that is shorter than the longest keeps its
 * states from its end on; one of length 0 puts out the initial ones. */
#ifndef OPERATORS_RECURRENT_RECURRENT_H
#define OPERATORS_RECURRENT_RECURRENT_H

#include "operators/op/op.h"

/* Attributes that all have, in this order; those of an operator's own come after them. */
enum {
    RECURRENT_ALPHAS,
    RECURRENT_BETAS,
    RECURRENT_ACTIVATIONS,
    RECURRENT_CLIP,
    RECURRENT_DIRECTION,
    RECURRENT_HIDDEN_SIZE,
    RECURRENT_OWN
};

#define RECURRENT_ATTRIBUTES                                                                       \
    {.name = "activation_alpha", .type = HINGE_ATTR_FLOATS},                                       \
        {.name = "activation_beta", .type = HINGE_ATTR_FLOATS},                                    \
        {.name = "activations", .type = HINGE_ATTR_STRINGS},                                       \
        {.name = "clip", .type = HINGE_ATTR_FLOAT},                                                \
        {.name = "direction", .type = HINGE_ATTR_STRING, .s = "forward"},                          \
    {                                                                                              \
        .name = "hidden_size", .type = HINGE_ATTR_INT                                              \
    }

/* Types until opset 21 (from 22 on OP_TYPES_FLOAT), and their kernels. */
#define RECURRENT_TYPES "float16 float double"
#define RECURRENT_KERNELS                                                                          \
    HINGE_KERNELS({HINGE_FLOAT, recurrent_run}, {HINGE_DOUBLE, recurrent_run},                     \
                  {HINGE_FLOAT16, recurrent_run})
#define RECURRENT_KERNELS_22 HINGE_KERNELS(OP_FLOATING(recurrent_run))

enum { RECURRENT_MAX_PARTS = 2, RECURRENT_MAX_ACTIVATIONS = 3 };

enum recurrent_form {
    RECURRENT_KERNEL,     /* kernel alone */
    RECURRENT_AFFINE,     /* alpha x + beta */
    RECURRENT_SCALED,     /* alpha kernel(beta x) */
    RECURRENT_THRESHOLDED /* x >= alpha ? x : 0 */
};

struct recurrent_activation {
    enum recurrent_form form;
    struct hinge_activation kernel;
};

/* Entries of the batch in one direction at one step, of which those that are active have a step
 * there. Arrays are of the real type; rows of h and c are hidden elements apart. */
struct recurrent_rows {
    const struct recurrent_run *run;
    int direction;
    int64_t step, first, n_rows, hidden;
    void *gates; /* of each row n_gates times hidden: X W^T and the biases */
    int64_t gates_stride;
    void *h, *c;                  /* the states; where an operator has no cell, c is
                                     working memory */
    const void *peepholes, *bias; /* P, or NULL; what bias_gate is about */
    const struct recurrent_activation *activations;
    double clip; /* infinite: none */
    bool own;    /* of the plan */
};

/* Takes the rows that are active one step on: gates may be overwritten. */
typedef void recurrent_step(const struct recurrent_rows *rows);

/* What makes an operator one of its own. */
struct recurrent_kind {
    int n_gates;
    /* How many gates at a time h R^T is multiplied for. */
    int n_parts, part_gates[RECURRENT_MAX_PARTS];
    int n_activations;
    const char *activations[RECURRENT_MAX_ACTIVATIONS]; /* what they are unless given */
    bool has_cell;
    unsigned own_since; /* the opset from which the attribute RECURRENT_OWN is there; 0: never */
    /* The gate whose recurrence bias is not added to its gates but left to the step where own is
     * set; negative: none. */
    int bias_gate;
    unsigned layout; /* index of that attribute, from opset 14 on */
    recurrent_step *step_f32, *step_f64;
};

struct recurrent_shape {
    int64_t length, batch, input, hidden;
    int n_directions;
    bool is_reverse;     /* the one direction is */
    bool is_batch_first; /* layout 1 */
};

struct recurrent_state {
    const struct recurrent_kind *kind;
    struct recurrent_activation activations[2][RECURRENT_MAX_ACTIVATIONS];
    const void *w, *r; /* constant weights of all directions, packed; or NULL */
};

/* Hooks, but for the kind where init, which may come later, has not left it in the state. */
hinge_status recurrent_infer(const struct hinge_node *node, const struct recurrent_kind *kind);
hinge_status recurrent_init(struct hinge_node *node, const struct recurrent_kind *kind);
hinge_status recurrent_prepare(struct hinge_node *node, size_t *scratch);
hinge_status recurrent_run(const struct hinge_node *node);

hinge_status recurrent_read_shape(const struct hinge_node *node, const struct recurrent_kind *kind,
                                  struct recurrent_shape *shape);

/* The real type of tensors of a type. */
static inline hinge_type recurrent_real(hinge_type type)
{
    return type == HINGE_DOUBLE ? HINGE_DOUBLE : HINGE_FLOAT;
}

/* Packed weights of one direction: bytes of W (one part, depth input) or R (depth hidden), and
 * packing. x is of the tensor's type. */
size_t recurrent_packed_size(hinge_type type, int64_t hidden, int n_parts, const int *part_gates,
                             int64_t depth);
void recurrent_pack(hinge_type type, int64_t hidden, int n_parts, const int *part_gates,
                    int64_t depth, const void *x, void *packed);

/* For steps. */

bool recurrent_is_active(const struct recurrent_rows *rows, int64_t row);
/* c[n_rows x part] += a[n_rows x hidden] R^T for a part of the gates. */
void recurrent_multiply(const struct recurrent_rows *rows, int part, const void *a, void *c,
                        int64_t c_stride);

recurrent_step rnn_step_f32, rnn_step_f64, gru_step_f32, gru_step_f64, lstm_step_f32, lstm_step_f64;

/* Kernels for the walk. */

/* c += a R^T for panels [begin, end) of a part, whose packed panels these are. */
struct recurrent_product {
    int64_t n_rows, columns, depth;
    const void *a, *panels;
    void *c;
    int64_t c_stride;
    void *strips; /* room for n_rows, rounded up to GEMM_ROWS, times depth: a packed */
};
void recurrent_pack_rows_f32(const struct recurrent_product *product);
void recurrent_pack_rows_f64(const struct recurrent_product *product);
void recurrent_panels_f32(const struct recurrent_product *product, int64_t begin, int64_t end);
void recurrent_panels_f64(const struct recurrent_product *product, int64_t begin, int64_t end);
void recurrent_add_f32(float *y, const float *x, int64_t count);
void recurrent_add_f64(double *y, const double *x, int64_t count);

#endif
