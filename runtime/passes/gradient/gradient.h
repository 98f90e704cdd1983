/*
 * What the pass expand-gradients is made of: a walk over the nodes between xs and y (expand.c),
 * what each operator says of its derivatives (hinge_op.gradient: formulas, or a rule that rules.c
 * knows by name), and what rules build nodes with.
 *
 * Whatever builds something may fail, and then nothing more is built: the status is kept in struct
 * gradient, values that come of it are GRAPH_NONE, and only who would go on for long looks at it.
 */
#ifndef PASSES_GRADIENT_GRADIENT_H
#define PASSES_GRADIENT_GRADIENT_H

#include "passes/pass.h"
#include "plugins/formula.h"

/* The opset of the standard whose operators derivatives are built from. */
#define GRADIENT_OPSET 21

/* A Gradient node being expanded, and the node on the way from xs to y whose turn it is. */
struct gradient {
    struct pass_run *run;
    struct graph *graph;
    hinge_status status;
    size_t *n_steps; /* of the pass; see gradient_step */

    struct graph_node node; /* a copy: graph->nodes moves as it grows */
    const uint32_t *dy;     /* derivatives of y by the node's outputs; GRAPH_NONE: 0 */
    const bool *is_wanted;  /* for each input: whether that by it is asked for */
    uint32_t *dx;           /* for each input, to be set where it is; GRAPH_NONE: 0 */
    const char *formulas;   /* behind the rule's name */
};

/* What an operator says of its derivatives. */
struct gradient_rule {
    struct formula_name kind; /* the word in front of the colon */
    const char *formulas;
    void (*build)(struct gradient *g); /* NULL: formulas */
    bool broadcasts; /* the formulas are as large as the output: sum to the inputs' shapes */
    bool is_flat;    /* the derivative is 0 wherever there is one */
};

/* false where nothing is said. */
bool gradient_find_rule(const struct pass_run *run, const struct graph_node *node,
                        struct gradient_rule *rule);
void gradient_apply(struct gradient *g, const struct gradient_rule *rule);

/* build.c */

/* Counts nodes and values that are looked at against the limit of the pass, as what is made is by
 * itself; false where that is over. */
bool gradient_step(struct gradient *g, size_t n);
/* Fails about the node whose turn it is. */
void gradient_fail(struct gradient *g, hinge_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Values in a list: GRADIENT_LIST(a, b). */
#define GRADIENT_LIST(...)                                                                         \
    (const uint32_t[]){__VA_ARGS__}, sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t)

struct graph_attribute gradient_int(const char *name, int64_t value);
struct graph_attribute gradient_float(const char *name, float value);
struct graph_attribute gradient_ints(const char *name, const int64_t *values, size_t count);

/* A node ("Op" of GRADIENT_OPSET, or "domain::Op" of version 1), bound, with n_outputs new values;
 * returns the first. Attributes are copied. */
uint32_t gradient_node(struct gradient *g, const char *op, const uint32_t *inputs,
                       uint32_t n_inputs, const struct graph_attribute *attributes,
                       uint32_t n_attributes);
/* The same with several outputs, into outputs. */
void gradient_node_of(struct gradient *g, const char *op, const uint32_t *inputs, uint32_t n_inputs,
                      const struct graph_attribute *attributes, uint32_t n_attributes,
                      uint32_t *outputs, uint32_t n_outputs);
/* The node whose turn it is once more, into new values. */
void gradient_copy(struct gradient *g, const uint32_t *inputs, uint32_t *outputs);
/* Makes value that of output, which is there and has no producer. */
void gradient_deliver(struct gradient *g, uint32_t value, uint32_t output);
/* Shorter: of one or two inputs, without attributes. */
uint32_t gradient_unary(struct gradient *g, const char *op, uint32_t x);
uint32_t gradient_binary(struct gradient *g, const char *op, uint32_t a, uint32_t b);

/* Constants. A number is a scalar of like's type. */
uint32_t gradient_number(struct gradient *g, double number, uint32_t like);
uint32_t gradient_list(struct gradient *g, const int64_t *values, size_t count);

/* The shape of value, or dimensions [from, to) of it, negative ones counted from its end and to 0
 * being the end. A constant where it is known. */
uint32_t gradient_shape(struct gradient *g, uint32_t value);
uint32_t gradient_dims(struct gradient *g, uint32_t value, int64_t from, int64_t to);
/* number in the shape of like. */
uint32_t gradient_fill(struct gradient *g, double number, uint32_t like);
/* value, as large as like or broadcast from it, summed to like's shape. */
uint32_t gradient_sum_to(struct gradient *g, uint32_t value, uint32_t like);
uint32_t gradient_reshape(struct gradient *g, uint32_t value, uint32_t shape);
/* value in the shape of like, of as many elements. */
uint32_t gradient_reshape_like(struct gradient *g, uint32_t value, uint32_t like);
/* dy added to the elements of x that have these numbers, counted through all of x. */
uint32_t gradient_add_at(struct gradient *g, uint32_t numbers, uint32_t dy, uint32_t x);
/* A list of one value for each channel as it is broadcast over like. */
uint32_t gradient_by_channel(struct gradient *g, uint32_t list, uint32_t like);
/* The rank of a value in every run; -1 where that is not known. */
int32_t gradient_rank(const struct gradient *g, uint32_t value);

/* An attribute of the node whose turn it is, its default where it has one; NULL where the operator
 * has none of that name and type. */
const struct hinge_attribute *gradient_attribute(const struct gradient *g, const char *name,
                                                 enum hinge_attribute_type type);
int64_t gradient_attribute_int(const struct gradient *g, const char *name);
/* The attribute axis, which may be one of a tensor of some rank. */
int64_t gradient_axis(struct gradient *g);
/* The opset of its operator, where that is the standard's: rules differ by it. */
uint32_t gradient_opset(const struct gradient *g);
/* Fails where its operator is the standard's, but older. */
void gradient_since(struct gradient *g, uint32_t opset);
/* Its input, GRAPH_NONE where that is left out. */
uint32_t gradient_input(const struct gradient *g, uint32_t index);
/* dy[0], which is there wherever the operator has one output. */
uint32_t gradient_dy(const struct gradient *g);
/* The same for any output: zeros where it is 0. */
uint32_t gradient_dy_of(struct gradient *g, uint32_t output);

/* expression.c: builds what the text says for the node whose turn it is. */
uint32_t gradient_expression(struct gradient *g, const char *text);
uint32_t gradient_formula(struct gradient *g, struct formula_name formula);

/* Rules that are more than formulas. */

/* arithmetic.c */
void gradient_sum(struct gradient *g);
void gradient_mean(struct gradient *g);
void gradient_extremum(struct gradient *g);
void gradient_clip(struct gradient *g);
void gradient_gelu(struct gradient *g);
void gradient_softmax(struct gradient *g);
void gradient_log_softmax(struct gradient *g);
void gradient_dropout(struct gradient *g);
/* norm.c */
void gradient_batch_normalization(struct gradient *g);
void gradient_layer_normalization(struct gradient *g);
void gradient_group_normalization(struct gradient *g);
void gradient_lrn(struct gradient *g);
/* loss.c */
void gradient_cross_entropy(struct gradient *g);
void gradient_negative_log_likelihood(struct gradient *g);
/* reduce.c */
void gradient_reduce(struct gradient *g);
void gradient_reduce_extremum(struct gradient *g);
/* shape.c */
void gradient_transpose(struct gradient *g);
void gradient_concat(struct gradient *g);
void gradient_split(struct gradient *g);
void gradient_move(struct gradient *g);
void gradient_pad(struct gradient *g);
void gradient_cumsum(struct gradient *g);
void gradient_gather(struct gradient *g);
void gradient_gather_elements(struct gradient *g);
void gradient_scatter_elements(struct gradient *g);
void gradient_scatter_nd(struct gradient *g);
void gradient_topk(struct gradient *g);
/* resize.c */
void gradient_resize(struct gradient *g);
/* matmul.c */
void gradient_matmul(struct gradient *g);
void gradient_gemm(struct gradient *g);
/* einsum.c */
void gradient_einsum(struct gradient *g);
/* conv.c */
void gradient_conv(struct gradient *g);
void gradient_conv_transpose(struct gradient *g);
void gradient_average_pool(struct gradient *g);
void gradient_max_pool(struct gradient *g);

#endif
