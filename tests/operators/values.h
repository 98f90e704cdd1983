/*
 * Tests of operators on values made of values (sequences, optionals, maps) and of those that run
 * graphs, which the tables of harness.h do not state. A case is run through the plugin ABI like
 * theirs, by a host that is as unkind as the ABI allows: what call returned is gone two calls
 * later, memory moves whenever it may, is filled with rubbish and ends where it was asked to; and
 * the n-th allocation fails, for every n (of many, for some). A graph is a function of the test.
 *
 *     CHECK_VALUES(.op = "SequenceLength", .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1, 2))},
 *                  .outputs = {INT64(1)});
 */
#ifndef TESTS_OPERATORS_VALUES_H
#define TESTS_OPERATORS_VALUES_H

#include "tests/operators/harness.h"

#define VALUES_MAX 12

/* A value with its whole type: no type at all is an input that is left out, or an output that
 * nobody wants. */
struct value {
    hinge_type_code type;
    int32_t rank; /* of a tensor; of a container, dims[0] is the number of elements */
    int64_t dims[HINGE_MAX_RANK];
    const double *numbers; /* a tensor's elements, or */
    const char *const *strings;
    const struct value *elements;
};

#define VALUE_COUNT(type, ...) ((int64_t)(sizeof((const type[]){__VA_ARGS__}) / sizeof(type)))

/* TENSOR_OF(type, rank, DIMS(dims…), numbers…) */
#define DIMS(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define TENSOR_OF(element, n_dims, sizes, ...)                                                     \
    {                                                                                              \
        .type = (element), .rank = (n_dims), .dims = sizes, .numbers = (const double[])            \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* Of rank 1: LIST_OF(type, numbers…), FLOATS(numbers…), STRINGS(texts…). */
#define LIST_OF(element, ...)                                                                      \
    {                                                                                              \
        .type = (element), .rank = 1, .dims = {VALUE_COUNT(double, __VA_ARGS__)},                  \
        .numbers = (const double[])                                                                \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define FLOATS(...) LIST_OF(HINGE_FLOAT, __VA_ARGS__)
#define STRINGS(...)                                                                               \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 1, .dims = {VALUE_COUNT(char *, __VA_ARGS__)},               \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* Of rank 0. */
#define NUMBER(element, number)                                                                    \
    {                                                                                              \
        .type = (element), .numbers = (const double[])                                             \
        {                                                                                          \
            number                                                                                 \
        }                                                                                          \
    }
#define BOOLEAN(boolean) NUMBER(HINGE_BOOL, boolean)
#define INT64(integer) NUMBER(HINGE_INT64, integer)
/* SEQUENCE(type of an element, elements…); EMPTY(HINGE_SEQUENCE, type); HOLDING(element) */
#define SEQUENCE(element, ...)                                                                     \
    {                                                                                              \
        .type = HINGE_SEQUENCE | (hinge_type_code)(element) << 8,                                  \
        .dims = {VALUE_COUNT(struct value, __VA_ARGS__)}, .elements = (const struct value[])       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define EMPTY(container, element)                                                                  \
    {                                                                                              \
        .type = (container) | (hinge_type_code)(element) << 8                                      \
    }
#define HOLDING(element, ...)                                                                      \
    {                                                                                              \
        .type = HINGE_OPTIONAL | (hinge_type_code)(element) << 8, .dims = {1},                     \
        .elements = (const struct value[])                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* A map from keys of a type to float: its keys and its values. */
#define FLOAT_MAP_TYPE(key)                                                                        \
    (HINGE_MAP | (hinge_type_code)(key) << 8 | (hinge_type_code)HINGE_FLOAT << 16)
#define FLOAT_MAP(key, ...)                                                                        \
    {                                                                                              \
        .type = FLOAT_MAP_TYPE(key), .dims = {2}, .elements = (const struct value[])               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SEQUENCE_TYPE(element) (HINGE_SEQUENCE | (hinge_type_code)(element) << 8)

struct values_call;
/* A graph: fills call->outputs with the functions below. Another status than HINGE_OK ends the
 * operator's run. */
typedef hinge_status values_body(struct values_call *call);

struct values_graph {
    values_body *run;
    uint32_t n_inputs, n_outputs;
    hinge_type_code outputs[VALUES_MAX];
    /* As it declares them; NULL: not at all. */
    const hinge_tensor *declared_inputs, *declared_outputs;
};

struct values_attribute {
    const char *name;
    enum hinge_attribute_type type;
    int64_t i;
    const char *s;
    size_t count;
    const int64_t *ints;
    const hinge_string *strings;
    hinge_type_code type_code;
    struct values_graph graph;
};

struct values_case {
    const char *op, *domain; /* domain NULL: the standard's */
    uint32_t opset;          /* 0: the newest */
    struct values_attribute attributes[HARNESS_MAX_ATTRIBUTES];
    struct value inputs[VALUES_MAX], outputs[VALUES_MAX];
    uint32_t n_inputs, n_outputs; /* 0: up to the last that is there */
    int64_t n_calls;              /* of graphs, in all */
    int64_t most_allocations;     /* that it may ask the host for; 0: any number */
    double tolerance;             /* of numbers, relative to 1 and to them */
    hinge_status fails;           /* whichever hook it is that fails, saying this */
    const char *says;
};

#define CHECK_VALUES(...) values_check(__FILE__, __LINE__, &(const struct values_case){__VA_ARGS__})
void values_check(const char *file, int line, const struct values_case *c);

/* For graphs. */

struct values_call {
    unsigned attribute;
    int64_t n; /* calls of it before this one */
    uint32_t n_inputs, n_outputs;
    const hinge_tensor *const *inputs;
    hinge_tensor *outputs;
    void *memory; /* the host's */
};

/* Makes an output a tensor, and returns its data; the same with one number. */
void *values_tensor(struct values_call *call, uint32_t output, hinge_type type, int32_t rank,
                    const int64_t *dims);
void values_number(struct values_call *call, uint32_t output, hinge_type type, double number);
/* Makes an output a container, and returns its elements. */
hinge_tensor *values_elements(struct values_call *call, uint32_t output, hinge_type type,
                              int64_t n);
/* Makes value, an output or an element of one, the same as from. */
void values_copy(struct values_call *call, hinge_tensor *value, const hinge_tensor *from);

#endif
