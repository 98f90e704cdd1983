/*
 * The operator test harness: what a test of an operator states, and what it gets checked for that.
 *
 * tests/operators/activation/relu.c defines `void test_relu(void)`, for the row `VECTOR(activation,
 * relu)` of operators/onnx.def; without it the tests do not link. It states cases, each with a
 * reference that is independent of the operators' code (a plain loop in double):
 *
 *     static double relu(double x)
 *     {
 *         return x <= 0 ? 0 : x;
 *     }
 *
 *     static void reference(struct harness_call *call)
 *     {
 *         harness_map(call, relu);
 *     }
 *
 *     void test_relu(void)
 *     {
 *         CHECK_OP(.op = "Relu", .opsets = {6, 14}, .reference = reference,
 *                  .types = HARNESS_FLOATS, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
 *     }
 *
 * A case runs for each opset in opsets, each type in types (standing where an input's type is
 * HARNESS_T), and, where a dimension is HARNESS_N, with 0, 1, vector lengths and their neighbours,
 * primes and large numbers in its place (fewer of them for the second type on, and two at opsets
 * that are not the last in the list). The operator is driven straight through the plugin ABI in
 * every build that the CPU can run (onnx-scalar, onnx-avx2, …), each time
 * - with buffers, state and scratch memory that end at, or begin after, memory that must not be
 *   touched, inputs read-only, outputs and scratch poisoned;
 * - on one thread, in odd pieces one after the other, on four threads (if it uses them);
 * - with the inputs marked constant known to init and infer, and with nothing known until run; the
 *   others' shapes known to init, their ranks only, or nothing of them;
 * - in place, for every input of the output's type and shape, where the operator says it may;
 * - with NaN, infinities, zeros of both signs, subnormal and largest numbers among floating-point
 *   inputs (see harness_specials);
 * - with the n-th allocation of init and prepare failing, for every n;
 * - and where the operator offers affine or is_identity, or is an activation and hence has a
 *   derivative, what these say is held against the reference.
 * Types that an entry's signature does not allow end a case with HINGE_BAD_MODEL, saying
 * "signature", before any hook is called. Every entry and every kernel of an operator's table must
 * have run, its signature must be one, and its kernels those of the types that it claims, or the
 * test fails.
 *
 *     test_operators [--isa NAME] [FILE…]           checks (all files, or the named ones; NAME is
 *                                                   scalar, avx2 or avx512)
 *     test_operators --bench [--isa NAME] [FILE…]   checks each case, then times it; HARNESS_N is
 *                                                   4096 and 1048576, T the first of the types
 *
 * A case passes when every element is within ulp units in the last place of the output's type, or
 * within absolute + relative × |expected|. With all three 0 the element must be the expected value
 * rounded to nearest. Integers, booleans and strings must be equal unless absolute is given.
 */
#ifndef TESTS_OPERATORS_HARNESS_H
#define TESTS_OPERATORS_HARNESS_H

#include <hinge/plugin.h>

#define HARNESS_N (-7)          /* as a dimension: many sizes */
#define HARNESS_T HINGE_N_TYPES /* as an input's type: every type of the case */

/* Sets of types, for harness_case.types. */
#define HARNESS_TYPE(type) (UINT32_C(1) << (type))
#define HARNESS_FLOATS                                                                             \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16) |        \
     HARNESS_TYPE(HINGE_BFLOAT16))
#define HARNESS_SIGNED                                                                             \
    (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_INT16) | HARNESS_TYPE(HINGE_INT32) |            \
     HARNESS_TYPE(HINGE_INT64))
#define HARNESS_UNSIGNED                                                                           \
    (HARNESS_TYPE(HINGE_UINT8) | HARNESS_TYPE(HINGE_UINT16) | HARNESS_TYPE(HINGE_UINT32) |         \
     HARNESS_TYPE(HINGE_UINT64))
#define HARNESS_INTEGERS (HARNESS_SIGNED | HARNESS_UNSIGNED)
#define HARNESS_NUMBERS (HARNESS_FLOATS | HARNESS_INTEGERS)
/* One type of every size that whole bytes make. */
#define HARNESS_SIZES                                                                              \
    (HARNESS_TYPE(HINGE_BOOL) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_FLOAT) |          \
     HARNESS_TYPE(HINGE_INT64))

/* And of which several share a byte. */
#define HARNESS_ALL_SIZES (HARNESS_SIZES | HARNESS_TYPE(HINGE_INT4) | HARNESS_TYPE(HINGE_UINT2))

/* Whether an input is also filled with the special values of its type. */
enum harness_specials {
    HARNESS_SPECIALS_OF_FLOATS = 0, /* NaN, ±Inf, ±0, subnormal, largest; none for integers */
    HARNESS_SPECIALS_NEVER,
    HARNESS_SPECIALS_ALWAYS, /* integers too: least, -1, 0, 1, largest */
};

/* An input: random values in [low, high], or the values given. A zero entry is an input left out.
 */
struct harness_tensor {
    hinge_type type;
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];
    double low, high;
    const double *values;       /* NULL: random */
    const char *const *strings; /* of a HINGE_STRING tensor */
    bool constant;              /* known to init and infer (checked unknown as well) */
    enum harness_specials specials;
};

#define HARNESS_COUNT(type, ...) (sizeof((const type[]){__VA_ARGS__}) / sizeof(type))

/* TENSOR(type, low, high, dims…), SCALAR(type, low, high), LIST(type, values…) of rank 1,
 * CONSTANT(…) and CONSTANT_LIST(…) the same known from the start; OMITTED. */
#define HARNESS_RANDOM(is_constant, element, least, most, ...)                                     \
    {                                                                                              \
        .type = (element), .low = (least), .high = (most), .dims = {__VA_ARGS__},                  \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .constant = (is_constant)            \
    }
#define HARNESS_LIST(is_constant, element, ...)                                                    \
    {                                                                                              \
        .type = (element), .rank = 1, .dims = {(int64_t)HARNESS_COUNT(double, __VA_ARGS__)},       \
        .values = (const double[]){__VA_ARGS__}, .constant = (is_constant)                         \
    }
#define TENSOR(element, least, most, ...) HARNESS_RANDOM(false, element, least, most, __VA_ARGS__)
#define CONSTANT(element, least, most, ...) HARNESS_RANDOM(true, element, least, most, __VA_ARGS__)
#define LIST(element, ...) HARNESS_LIST(false, element, __VA_ARGS__)
#define CONSTANT_LIST(element, ...) HARNESS_LIST(true, element, __VA_ARGS__)
#define SCALAR(element, least, most)                                                               \
    {                                                                                              \
        .type = (element), .low = (least), .high = (most)                                          \
    }
#define OMITTED                                                                                    \
    {                                                                                              \
        .type = HINGE_NO_TYPE                                                                      \
    }

struct harness_attribute {
    const char *name;
    enum hinge_attribute_type type;
    int64_t i;
    float f;
    const char *s;
    size_t count;
    const int64_t *ints;
    const float *floats;
    const char *const *strings;
    const struct harness_tensor *tensor;
};

#define ATTR_INT(label, value)                                                                     \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_INT, .i = (value)                                      \
    }
#define ATTR_FLOAT(label, value)                                                                   \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_FLOAT, .f = (value)                                    \
    }
#define ATTR_STRING(label, value)                                                                  \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_STRING, .s = (value)                                   \
    }
#define ATTR_INTS(label, ...)                                                                      \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_INTS, .ints = (const int64_t[]){__VA_ARGS__},          \
        .count = HARNESS_COUNT(int64_t, __VA_ARGS__)                                               \
    }
#define ATTR_FLOATS(label, ...)                                                                    \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_FLOATS, .floats = (const float[]){__VA_ARGS__},        \
        .count = HARNESS_COUNT(float, __VA_ARGS__)                                                 \
    }
#define ATTR_STRINGS(label, ...)                                                                   \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_STRINGS,                                               \
        .strings = (const char *const[]){__VA_ARGS__}, .count = HARNESS_COUNT(char *, __VA_ARGS__) \
    }
/* ATTR_TENSOR("value", LIST(HINGE_FLOAT, 1, 2)) */
#define ATTR_TENSOR(label, ...)                                                                    \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_TENSOR,                                                \
        .tensor = &(const struct harness_tensor)__VA_ARGS__                                        \
    }

#define HARNESS_MAX_INPUTS 16
#define HARNESS_MAX_OUTPUTS 8
#define HARNESS_MAX_ATTRIBUTES 24

/* As hinge_epilogue. */
struct harness_epilogue {
    struct hinge_activation activation;
    int32_t addend;
};

struct harness_call;

struct harness_case {
    const char *op, *domain; /* domain NULL: the standard's */
    uint32_t opsets[16];     /* ended by 0; none: the newest */
    uint32_t types;          /* for inputs of type HARNESS_T */
    struct harness_attribute attributes[HARNESS_MAX_ATTRIBUTES];
    struct harness_tensor inputs[HARNESS_MAX_INPUTS];
    uint32_t n_outputs; /* 0: one */
    uint32_t unwanted;  /* bit k: nobody wants output k */
    /* Computes the outputs; or, without one, expect states them. */
    void (*reference)(struct harness_call *call);
    struct harness_tensor expect[HARNESS_MAX_OUTPUTS];
    double ulp, absolute, relative;
    bool signed_zeros; /* -0 and 0 differ */
    struct harness_epilogue epilogue;
    /* A case that must fail with this status, saying (a part of) this. */
    hinge_status fails;
    const char *says;
    bool bench; /* too large for every run: with --bench only */
};

#define CHECK_OP(...) harness_check(__FILE__, __LINE__, &(const struct harness_case){__VA_ARGS__})
/* The same for a case that is a variable: CHECK_CASE(&c). */
#define CHECK_CASE(pointer) harness_check(__FILE__, __LINE__, (pointer))
void harness_check(const char *file, int line, const struct harness_case *c);
/* For a case of two inputs, given as scalars: with many pairs of shapes that broadcast, some of
 * them for the first type only. */
#define CHECK_BROADCAST(...)                                                                       \
    harness_check_broadcast(__FILE__, __LINE__, &(const struct harness_case){__VA_ARGS__})
void harness_check_broadcast(const char *file, int line, const struct harness_case *c);

/* The case at each of the sizes in place of HARNESS_N (float where the type is HARNESS_T), one run
 * after the other on the same node, in this order and the reverse: the bits must be the same. */
#define CHECK_ORDER(c, ...)                                                                        \
    harness_check_order(__FILE__, __LINE__, (c), (const int64_t[]){__VA_ARGS__},                   \
                        (int)HARNESS_COUNT(int64_t, __VA_ARGS__))
void harness_check_order(const char *file, int line, const struct harness_case *c,
                         const int64_t *sizes, int n_sizes);

/* For references. */

/* One call of the operator: the case (with its types and dimensions put in), its inputs (NULL where
 * left out) and the expected outputs as the reference sets them. */
struct harness_call {
    const struct harness_case *c;
    uint32_t opset;
    uint32_t n_inputs, n_outputs;
    const hinge_tensor *inputs[HARNESS_MAX_INPUTS];
    hinge_tensor *outputs[HARNESS_MAX_OUTPUTS]; /* float types are kept as double in here */
    hinge_type types[HARNESS_MAX_OUTPUTS];      /* what they really are */
};

/* Makes expected output k, zeroed; the harness owns it. */
hinge_tensor *harness_output(struct harness_call *call, unsigned k, hinge_type type, int32_t rank,
                             const int64_t *dims);
/* The same with the type and dimensions of a tensor. */
hinge_tensor *harness_output_like(struct harness_call *call, unsigned k, const hinge_tensor *x);
/* The same with the dimensions that all inputs broadcast to. */
hinge_tensor *harness_output_broadcast(struct harness_call *call, unsigned k, hinge_type type);

/* Element i of a tensor of any numeric type, exactly (int64 and uint64: the nearest double); of
 * complex types, in turn the real part and the imaginary one, the other being 0. */
double harness_get(const hinge_tensor *x, int64_t i);
void harness_set(hinge_tensor *x, int64_t i, double value);
/* All elements, as harness_get has them, for loops that need each many times. To be freed. */
double *harness_numbers(const hinge_tensor *x);
/* Element i of an integer or boolean tensor; uint64 in two's complement. Setting wraps. Of float8
 * types and float4e2m1 the bits. */
int64_t harness_get_int(const hinge_tensor *x, int64_t i);
void harness_set_int(hinge_tensor *x, int64_t i, int64_t value);
hinge_string harness_get_string(const hinge_tensor *x, int64_t i);
/* Keeps bytes as they are; they must outlive the check. */
void harness_set_string(hinge_tensor *x, int64_t i, hinge_string value);

/* Element to of y = element from of x, of any type: for operators that move elements. */
void harness_move(hinge_tensor *y, int64_t to, const hinge_tensor *x, int64_t from);

/* The attribute as the case states it, or NULL. */
const struct harness_attribute *harness_attr(const struct harness_call *call, const char *name);
int64_t harness_attr_int(const struct harness_call *call, const char *name, int64_t otherwise);
float harness_attr_float(const struct harness_call *call, const char *name, float otherwise);

/* Index of the element of x that meets element i of y when x is broadcast to y's dimensions. */
int64_t harness_broadcast_index(const hinge_tensor *y, int64_t i, const hinge_tensor *x);
/* Element number to coordinates (rank many) and back. */
void harness_coordinates(const hinge_tensor *x, int64_t i, int64_t *coordinates);
int64_t harness_index(const hinge_tensor *x, const int64_t *coordinates);

/* Output 0 = f(input 0), same type and shape. */
void harness_map(struct harness_call *call, double (*f)(double x));
/* Output 0 = f(input 0, input 1), broadcast, of the given type (HINGE_NO_TYPE: input 0's). */
void harness_map2(struct harness_call *call, hinge_type type, double (*f)(double a, double b));
/* The same over integers and booleans: uint64 in two's complement, the result wraps to its type. */
void harness_map_int(struct harness_call *call, int64_t (*f)(int64_t x));
void harness_map2_int(struct harness_call *call, hinge_type type,
                      int64_t (*f)(int64_t a, int64_t b));

/* A number from the harness's own sequence, which begins anew for every test. */
uint64_t harness_random(void);
/* Uniform in [low, high). */
double harness_random_in(double low, double high);

bool harness_is_floating(hinge_type type);
bool harness_is_signed(hinge_type type);

#endif
