/* Attributes, shapes and constant weights: see recurrent.h. */
#include "operators/recurrent/recurrent.h"

#include "operators/kernels/gemm/gemm_half.h"
#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/kernels/half.h"
#include "operators/op/copy.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

enum { X, W, R, B, LENGTHS, INITIAL_H, INITIAL_C, P };

static hinge_status read_directions(const struct hinge_node *node, struct recurrent_shape *shape)
{
    static const char *const names[] = {"forward", "reverse", "bidirectional"};
    const hinge_string direction = node->attributes[RECURRENT_DIRECTION].s;
    for (int i = 0; i < 3; i++)
        if (direction.size == strlen(names[i]) &&
            !memcmp(direction.bytes, names[i], direction.size)) {
            shape->n_directions = i == 2 ? 2 : 1;
            shape->is_reverse = i == 1;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_VALUE,
                   "direction is \"%.*s\", not forward, reverse or bidirectional",
                   (int)min_i64((int64_t)direction.size, 64), direction.bytes);
}

/* Fails where an input that is there is not of that shape; rank is 1 to 3. */
static hinge_status check_dims(const struct hinge_node *node, unsigned input, const char *name,
                               int32_t rank, const int64_t *dims)
{
    const hinge_tensor *x = op_input(node, input);
    if (!x || (x->rank == rank && !memcmp(x->dims, dims, (size_t)rank * sizeof *dims)))
        return HINGE_OK;
    char text[80];
    size_t at = 0;
    for (int32_t i = 0; i < rank; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld", i ? " x " : "",
                               (long long)dims[i]);
    return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not of shape %s", name, text);
}

static hinge_status check_inputs(const struct hinge_node *node, const struct recurrent_kind *kind,
                                 const struct recurrent_shape *s)
{
    int64_t n_gate_rows, n_biases;
    if (!op_multiply(s->hidden, kind->n_gates, &n_gate_rows) ||
        !op_multiply(n_gate_rows, 2, &n_biases))
        return OP_FAIL(node, HINGE_LIMIT, "hidden_size %lld is too large", (long long)s->hidden);
    const int64_t n = s->n_directions;
    const int64_t states[2][3] = {{n, s->batch, s->hidden}, {s->batch, n, s->hidden}};
    hinge_status status = check_dims(node, W, "W", 3, (const int64_t[]){n, n_gate_rows, s->input});
    if (!status)
        status = check_dims(node, R, "R", 3, (const int64_t[]){n, n_gate_rows, s->hidden});
    if (!status)
        status = check_dims(node, B, "B", 2, (const int64_t[]){n, n_biases});
    if (!status)
        status = check_dims(node, LENGTHS, "sequence_lens", 1, &s->batch);
    if (!status)
        status = check_dims(node, INITIAL_H, "initial_h", 3, states[s->is_batch_first]);
    if (!status && kind->has_cell)
        status = check_dims(node, INITIAL_C, "initial_c", 3, states[s->is_batch_first]);
    if (!status && kind->has_cell)
        status = check_dims(node, P, "P", 2, (const int64_t[]){n, 3 * s->hidden});
    return status;
}

hinge_status recurrent_read_shape(const struct hinge_node *node, const struct recurrent_kind *kind,
                                  struct recurrent_shape *s)
{
    const hinge_tensor *x = node->inputs[X], *r = node->inputs[R];
    const struct hinge_attribute *hidden_size = &node->attributes[RECURRENT_HIDDEN_SIZE];
    const int64_t layout = node->opset < 14 ? 0 : node->attributes[kind->layout].i;
    *s = (struct recurrent_shape){.is_batch_first = layout == 1};
    hinge_status status = read_directions(node, s);
    if (status)
        return status;
    if (layout != 0 && layout != 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "layout is %lld, not 0 or 1", (long long)layout);
    if (x->rank != 3 || r->rank != 3)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X and R have ranks %d and %d, not 3", (int)x->rank,
                       (int)r->rank);
    s->length = x->dims[s->is_batch_first];
    s->batch = x->dims[!s->is_batch_first];
    s->input = x->dims[2];
    s->hidden = r->dims[2];
    if (hidden_size->present && hidden_size->i != s->hidden)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "hidden_size is %lld, but R has %lld columns",
                       (long long)hidden_size->i, (long long)s->hidden);
    return check_inputs(node, kind, s);
}

hinge_status recurrent_infer(const struct hinge_node *node, const struct recurrent_kind *kind)
{
    struct recurrent_shape s;
    hinge_status status = recurrent_read_shape(node, kind, &s);
    if (status)
        return status;
    const int64_t n = s.n_directions;
    const int64_t y[2][4] = {{s.length, n, s.batch, s.hidden}, {s.batch, s.length, n, s.hidden}};
    const int64_t last[2][3] = {{n, s.batch, s.hidden}, {s.batch, n, s.hidden}};
    status = op_set_dims(node, 0, 4, y[s.is_batch_first]);
    for (unsigned i = 1; !status && i <= (kind->has_cell ? 2 : 1); i++)
        status = op_set_dims(node, i, 3, last[s.is_batch_first]);
    return status;
}

/* The activations by name, with what alpha and beta are unless given. NAN: must be given; negative
 * zero: not used. */
#define UNUSED (-0.0F)
static const struct known {
    const char *name;
    enum hinge_activation_kind kind;
    enum recurrent_form form;
    float alpha, beta;
} known[] = {
    {"Relu", HINGE_ACT_RELU, RECURRENT_KERNEL, UNUSED, UNUSED},
    {"Tanh", HINGE_ACT_TANH, RECURRENT_KERNEL, UNUSED, UNUSED},
    {"Sigmoid", HINGE_ACT_SIGMOID, RECURRENT_KERNEL, UNUSED, UNUSED},
    {"Affine", HINGE_ACT_NONE, RECURRENT_AFFINE, 1, 0},
    {"LeakyRelu", HINGE_ACT_LEAKY_RELU, RECURRENT_KERNEL, 0.01F, UNUSED},
    {"ThresholdedRelu", HINGE_ACT_NONE, RECURRENT_THRESHOLDED, 1, UNUSED},
    {"ScaledTanh", HINGE_ACT_TANH, RECURRENT_SCALED, NAN, NAN},
    {"HardSigmoid", HINGE_ACT_HARD_SIGMOID, RECURRENT_KERNEL, 0.2F, 0.5F},
    {"Elu", HINGE_ACT_ELU, RECURRENT_KERNEL, 1, UNUSED},
    {"Softsign", HINGE_ACT_SOFTSIGN, RECURRENT_KERNEL, UNUSED, UNUSED},
    {"Softplus", HINGE_ACT_SOFTPLUS, RECURRENT_KERNEL, UNUSED, UNUSED},
};

static const struct known *find(hinge_string name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (name.size == strlen(known[i].name) &&
            !strncasecmp(name.bytes, known[i].name, name.size))
            return &known[i];
    return NULL;
}

/* The next of the values that the model gives, if the activation takes one; otherwise its own. */
static float take(float otherwise, const struct hinge_attribute *given, size_t *taken)
{
    if (otherwise == 0 && signbit(otherwise))
        return 0;
    return *taken < given->count ? given->floats[(*taken)++] : otherwise;
}

static hinge_status read_activations(const struct hinge_node *node,
                                     const struct recurrent_kind *kind, int n_directions,
                                     struct recurrent_state *state)
{
    const struct hinge_attribute *a = node->attributes, *names = &a[RECURRENT_ACTIVATIONS];
    const int n = kind->n_activations * n_directions;
    size_t n_alphas = 0, n_betas = 0;
    /* RNN's default for one direction has two, so more than are needed may stand there. */
    if (names->present && names->count < (size_t)n)
        return OP_FAIL(node, HINGE_BAD_VALUE, "activations has %zu names, not %d", names->count, n);
    for (int i = 0; i < n; i++) {
        const int k = i % kind->n_activations;
        const hinge_string name =
            names->present ? names->strings[i]
                           : (hinge_string){kind->activations[k], strlen(kind->activations[k])};
        const struct known *found = find(name);
        if (!found)
            return OP_FAIL(node, HINGE_BAD_VALUE, "\"%.*s\" is no activation that is known",
                           (int)min_i64((int64_t)name.size, 64), name.bytes);
        struct recurrent_activation *activation = &state->activations[i / kind->n_activations][k];
        activation->form = found->form;
        activation->kernel =
            (struct hinge_activation){.kind = found->kind,
                                      .alpha = take(found->alpha, &a[RECURRENT_ALPHAS], &n_alphas),
                                      .beta = take(found->beta, &a[RECURRENT_BETAS], &n_betas)};
        if (found->form == RECURRENT_SCALED &&
            (isnan(activation->kernel.alpha) || isnan(activation->kernel.beta)))
            return OP_FAIL(node, HINGE_BAD_VALUE, "ScaledTanh has no alpha or no beta");
    }
    return HINGE_OK;
}

size_t recurrent_packed_size(hinge_type type, int64_t hidden, int n_parts, const int *part_gates,
                             int64_t depth)
{
    size_t size = 0;
    for (int part = 0; part < n_parts; part++)
        size += (gemm_packed_size(0, recurrent_real(type), part_gates[part] * hidden, depth) + 63) /
                64 * 64;
    return size;
}

void recurrent_pack(hinge_type type, int64_t hidden, int n_parts, const int *part_gates,
                    int64_t depth, const void *x, void *packed)
{
    const char *from = x;
    char *to = packed;
    for (int part = 0; part < n_parts; part++) {
        const int64_t columns = part_gates[part] * hidden;
        if (half_is(type))
            gemm_pack_half(type, columns, depth, (const uint16_t *)(const void *)from, depth, 1,
                           GEMM_COLUMNS, to, depth * GEMM_COLUMNS);
        else
            gemm_pack_b(0, type, columns, depth, from, 1, depth, to);
        from += hinge_size(type, columns * depth);
        to += recurrent_packed_size(type, hidden, 1, &part_gates[part], depth);
    }
}

struct packing {
    const hinge_tensor *x;
    const int *part_gates;
    size_t size; /* of a direction */
    int64_t hidden, depth;
    int n_parts, n_directions;
};

static void pack_directions(void *argument, void *packed)
{
    const struct packing *p = argument;
    const size_t rows_size = hinge_size(p->x->type, p->x->dims[1] * p->depth);
    for (size_t d = 0; d < (size_t)p->n_directions; d++)
        recurrent_pack(p->x->type, p->hidden, p->n_parts, p->part_gates, p->depth,
                       (const char *)p->x->data + d * rows_size, (char *)packed + d * p->size);
}

/* Packs the constant input of n_gates * hidden rows for each direction, if it is that, into
 * *packed, and gives the original up. */
static hinge_status pack_constant(struct hinge_node *node, unsigned input,
                                  const struct recurrent_kind *kind, int n_directions,
                                  const void **packed)
{
    const hinge_tensor *x = node->inputs[input];
    struct packing p = {.x = x,
                        .part_gates = input == R ? kind->part_gates : &kind->n_gates,
                        .n_parts = input == R ? kind->n_parts : 1,
                        .n_directions = n_directions};
    if (!x->data || x->rank != 3 || x->dims[0] != n_directions || x->dims[1] % kind->n_gates != 0 ||
        hinge_count(x) == 0)
        return HINGE_OK;
    p.hidden = x->dims[1] / kind->n_gates;
    p.depth = x->dims[2];
    p.size = recurrent_packed_size(x->type, p.hidden, p.n_parts, p.part_gates, p.depth);
    *packed = node->host->pack(node, p.size * (size_t)n_directions, pack_directions, &p);
    if (!*packed)
        return HINGE_NO_MEMORY;
    node->host->release(node, input, 0, hinge_size(x->type, hinge_count(x)));
    return HINGE_OK;
}

hinge_status recurrent_init(struct hinge_node *node, const struct recurrent_kind *kind)
{
    const struct hinge_attribute *clip = &node->attributes[RECURRENT_CLIP];
    struct recurrent_shape shape;
    hinge_status status = read_directions(node, &shape);
    if (status)
        return status;
    if (clip->present && !(clip->f > 0))
        return OP_FAIL(node, HINGE_BAD_VALUE, "clip is %g, not above 0", (double)clip->f);
    struct recurrent_state *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    *state = (struct recurrent_state){.kind = kind};
    node->state = state;
    status = read_activations(node, kind, shape.n_directions, state);
    if (!status)
        status = pack_constant(node, W, kind, shape.n_directions, &state->w);
    if (!status)
        status = pack_constant(node, R, kind, shape.n_directions, &state->r);
    return status;
}
