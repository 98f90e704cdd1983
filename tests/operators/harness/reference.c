/* What references are written with: expected outputs, attributes, walks over indices. */
#include "tests/operators/harness/harness_internal.h"

#include <stdlib.h>
#include <string.h>

hinge_tensor *harness_output(struct harness_call *call, unsigned k, hinge_type type, int32_t rank,
                             const int64_t *dims)
{
    free(call->outputs[k]->data);
    call->types[k] = type;
    tensor_open(call->outputs[k], harness_is_floating(type) ? HINGE_DOUBLE : type, rank, dims);
    return call->outputs[k];
}

hinge_tensor *harness_output_like(struct harness_call *call, unsigned k, const hinge_tensor *x)
{
    return harness_output(call, k, x->type, x->rank, x->dims);
}

hinge_tensor *harness_output_broadcast(struct harness_call *call, unsigned k, hinge_type type)
{
    int32_t rank = 0;
    int64_t dims[HINGE_MAX_RANK] = {0};
    for (unsigned n = 0; n < call->n_inputs; n++)
        if (call->inputs[n]->rank > rank)
            rank = call->inputs[n]->rank;
    for (int32_t d = 0; d < rank; d++) {
        dims[d] = 1;
        for (unsigned n = 0; n < call->n_inputs; n++) {
            const hinge_tensor *x = call->inputs[n];
            int32_t own = d - (rank - x->rank);
            if (own >= 0 && x->dims[own] != 1)
                dims[d] = x->dims[own];
        }
    }
    return harness_output(call, k, type, rank, dims);
}

void harness_move(hinge_tensor *y, int64_t to, const hinge_tensor *x, int64_t from)
{
    if (x->type == HINGE_STRING)
        harness_set_string(y, to, harness_get_string(x, from));
    else if (harness_is_floating(x->type))
        harness_set(y, to, harness_get(x, from));
    else
        harness_set_int(y, to, harness_get_int(x, from));
}

const struct harness_attribute *harness_attr(const struct harness_call *call, const char *name)
{
    for (int i = 0; i < HARNESS_MAX_ATTRIBUTES && call->c->attributes[i].name; i++)
        if (!strcmp(call->c->attributes[i].name, name))
            return &call->c->attributes[i];
    return NULL;
}

int64_t harness_attr_int(const struct harness_call *call, const char *name, int64_t otherwise)
{
    const struct harness_attribute *attribute = harness_attr(call, name);
    return attribute ? attribute->i : otherwise;
}

float harness_attr_float(const struct harness_call *call, const char *name, float otherwise)
{
    const struct harness_attribute *attribute = harness_attr(call, name);
    return attribute ? attribute->f : otherwise;
}

void harness_coordinates(const hinge_tensor *x, int64_t i, int64_t *coordinates)
{
    for (int32_t d = x->rank; d-- > 0; i /= x->dims[d])
        coordinates[d] = i % x->dims[d];
}

int64_t harness_index(const hinge_tensor *x, const int64_t *coordinates)
{
    int64_t i = 0;
    for (int32_t d = 0; d < x->rank; d++)
        i = i * x->dims[d] + coordinates[d];
    return i;
}

int64_t harness_broadcast_index(const hinge_tensor *y, int64_t i, const hinge_tensor *x)
{
    int64_t at[HINGE_MAX_RANK];
    harness_coordinates(y, i, at);
    int64_t *own = at + (y->rank - x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        if (x->dims[d] == 1)
            own[d] = 0;
    return harness_index(x, own);
}

void harness_map(struct harness_call *call, double (*f)(double x))
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(y, i, f(harness_get(x, i)));
}

void harness_map2(struct harness_call *call, hinge_type type, double (*f)(double a, double b))
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    hinge_tensor *y = harness_output_broadcast(call, 0, type ? type : a->type);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set(y, i,
                    f(harness_get(a, harness_broadcast_index(y, i, a)),
                      harness_get(b, harness_broadcast_index(y, i, b))));
}

void harness_map_int(struct harness_call *call, int64_t (*f)(int64_t x))
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set_int(y, i, f(harness_get_int(x, i)));
}

void harness_map2_int(struct harness_call *call, hinge_type type,
                      int64_t (*f)(int64_t a, int64_t b))
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    hinge_tensor *y = harness_output_broadcast(call, 0, type ? type : a->type);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set_int(y, i,
                        f(harness_get_int(a, harness_broadcast_index(y, i, a)),
                          harness_get_int(b, harness_broadcast_index(y, i, b))));
}
