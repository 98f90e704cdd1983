/* How the parts of the harness fit: guard.c gives memory, host.c stands in for the runtime,
 * tensor.c reads and writes elements, signature.c says which types an operator takes, compare.c
 * judges, derivative.c does so for derivatives, claims.c for what other hooks say, node.c binds a
 * case to an operator, check.c runs it in all ways, bench.c times it, main.c holds the lists. */
#ifndef TESTS_OPERATORS_HARNESS_INTERNAL_H
#define TESTS_OPERATORS_HARNESS_INTERNAL_H

#include "tests/operators/harness.h"

#include <pthread.h>

/* guard.c: memory next to pages that must not be touched. */

struct guard {
    uint8_t *map, *data;
    size_t size, inner_size;
};

enum guard_side {
    GUARD_AFTER, /* data ends at a forbidden page (up to alignment, and there checked by value) */
    GUARD_BEFORE,
};

/* Ends the program where the system has no memory: nothing could be tested. */
void guard_open(struct guard *guard, size_t size, size_t alignment, enum guard_side side,
                int poison);
void guard_protect(struct guard *guard);
void guard_unprotect(struct guard *guard);
/* Whether the bytes between data and the forbidden pages are as they were. */
bool guard_intact(const struct guard *guard);
void guard_close(struct guard *guard); /* a zeroed one does nothing */

/* host.c */

enum host_threading { HOST_INLINE, HOST_PIECES, HOST_THREADS };

#define HOST_MAX_BLOCKS 64

/* The hook that runs, for services that are not for all. */
enum host_hook { HOST_NONE, HOST_TYPES, HOST_INIT, HOST_INFER, HOST_PREPARE, HOST_RUN };

struct host_blocks {
    struct guard blocks[HOST_MAX_BLOCKS];
    int n;
};

struct host {
    struct hinge_host table;
    enum host_threading threading;
    enum guard_side side;
    int poison;
    int fail_allocation; /* the n-th from 1; 0: none */
    int n_allocations, n_parallel;
    enum host_hook hook;
    pthread_mutex_t lock; /* of what tasks may call: strings */
    bool said;            /* fail was called */
    char sentence[512];
    char misuse[128]; /* the first thing the operator did that it may not */
    struct host_blocks state, prepared, strings;
    struct host_value *values; /* what elements and tensor gave */
    struct guard outputs[HARNESS_MAX_OUTPUTS];
    struct {
        unsigned input;
        size_t offset, size;
    } released[HARNESS_MAX_INPUTS];
    int n_released;
};

void host_open(struct host *host, enum host_threading threading, enum guard_side side, int poison);
/* Frees what prepare was given: there will be another preparation. */
void host_forget_prepared(struct host *host);
bool host_intact(const struct host *host);
void host_close(struct host *host);
unsigned host_n_threads(enum host_threading threading);
/* Those that kernels choose by at run time; none in pieces, so that both ways are checked. */
uint64_t host_cpu_features(enum host_threading threading);

/* tensor.c */

void tensor_open(hinge_tensor *x, hinge_type type, int32_t rank, const int64_t *dims);
void tensor_fill(hinge_tensor *x, const struct harness_tensor *spec, bool specials);
bool tensor_has_specials(const struct harness_tensor *spec);
void tensor_seed(uint64_t seed);
uint64_t tensor_random_at(void); /* a seed that goes on from here */
const char *tensor_type_name(hinge_type type);
/* float16, bfloat16 and the like: sign, exponent and fraction to a value and back, to nearest even.
 */
double tensor_decode(uint32_t bits, int exponent_bits, int fraction_bits);
uint32_t tensor_encode(double value, int exponent_bits, int fraction_bits);
/* The unit in the last place of a floating-point type at a finite value. */
double tensor_ulp(hinge_type type, double value);
/* Twice the largest power of two that the type holds: where rounding to infinity begins to count.
 */
double tensor_limit(hinge_type type);

/* signature.c */

#define SIGNATURE_MAX_TYPES 128 /* of a variable */
#define SIGNATURE_MAX_PARAMETERS 32
#define SIGNATURE_MAX_VARIABLES 8

/* Levels around an element type or, where element is HINGE_NO_TYPE, around a variable. */
struct signature_type {
    uint8_t levels[8];
    int n_levels;
    hinge_type element;
    char variable[16];
};

enum signature_count { SIGNATURE_ONE, SIGNATURE_OPTIONAL, SIGNATURE_ALIKE, SIGNATURE_ANY };

struct signature_parameter {
    char name[32];
    enum signature_count count;
    struct signature_type type;
};

struct signature_variable {
    char name[16], attribute[32]; /* which tells it, or "" */
    struct signature_type types[SIGNATURE_MAX_TYPES];
    int n_types;
};

struct signature {
    struct signature_parameter inputs[SIGNATURE_MAX_PARAMETERS], outputs[SIGNATURE_MAX_PARAMETERS];
    struct signature_variable variables[SIGNATURE_MAX_VARIABLES];
    int n_inputs, n_outputs, n_variables;
};

/* Whether text is a signature; otherwise why it is none. */
bool signature_read(struct signature *s, const char *text, char *why, size_t why_size);
/* How many of a call's inputs are the signature's: passes may have put a bias or an addend behind
 * them. */
unsigned signature_n_inputs(const struct signature *s, const struct hinge_op *op,
                            const struct harness_call *call);
/* Whether inputs of these types (0: left out) and so many outputs are allowed. bound gets the
 * variables' types, 0 where no input tells. */
bool signature_allows(const struct signature *s, const hinge_type_code *inputs, unsigned n_inputs,
                      unsigned n_outputs, hinge_type_code *bound, char *why, size_t why_size);
/* The type of output k; 0 where it is not known. */
hinge_type_code signature_output(const struct signature *s, unsigned k,
                                 const hinge_type_code *bound);
/* Whether output k may have this type; binds the variables that it tells. */
bool signature_bind_output(const struct signature *s, unsigned k, hinge_type_code code,
                           hinge_type_code *bound);
/* Whether a type, or a container of that kind, is in the list of variable v. */
bool signature_lists(const struct signature *s, int v, hinge_type type);

/* compare.c: whether actual is output k as expected; otherwise why not. */
bool compare_output(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                    char *why, size_t why_size);
bool compare_shape(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                   bool may_be_open, char *why, size_t why_size);

/* node.c: an operator's node over a call, through its life. */

/* What init sees of the shapes of inputs that are not known constants. */
enum node_shapes { NODE_SHAPES_FIXED, NODE_SHAPES_OPEN, NODE_SHAPES_UNKNOWN };

struct variant {
    const char *name;
    enum host_threading threading;
    enum guard_side side;
    int poison;
    bool constants;      /* init and infer see the constant inputs' data */
    bool other_shape;    /* init sees a different HARNESS_N */
    int in_place;        /* the input that lends its memory to output 0; -1: none */
    int fail_allocation; /* in init */
    enum node_shapes shapes;
};

struct node {
    struct host host; /* first: services find it from node.host */
    struct hinge_node abi;
    struct hinge_epilogue epilogue;
    const struct harness_case *original; /* with HARNESS_N and HARNESS_T still in it */
    const struct harness_call *call;
    const struct hinge_op *op;
    const struct hinge_kernel *kernel;
    struct hinge_attribute attributes[HARNESS_MAX_ATTRIBUTES];
    hinge_tensor attribute_tensors[HARNESS_MAX_ATTRIBUTES];
    hinge_string *attribute_strings[HARNESS_MAX_ATTRIBUTES];
    hinge_tensor inputs[HARNESS_MAX_INPUTS], outputs[HARNESS_MAX_OUTPUTS];
    hinge_type_code output_types[HARNESS_MAX_OUTPUTS];
    const hinge_tensor *input_list[HARNESS_MAX_INPUTS];
    hinge_tensor *output_list[HARNESS_MAX_OUTPUTS];
    struct guard input_memory[HARNESS_MAX_INPUTS];
    struct guard scratch;
    bool initialised;
    char why[1024]; /* what went wrong, when a function returned false */
};

/* Binds, checks types, infers and initialises. Returns the status of the hook that failed; a bad
 * harness use or operator table leaves a sentence in why and returns HINGE_BAD_ARGUMENT. */
hinge_status node_open(struct node *node, const struct harness_case *original,
                       const struct harness_call *call, const struct hinge_op *op,
                       const struct hinge_kernel *kernel, const struct variant *variant);
/* Puts another call's inputs in the place of those that are no constants. */
void node_rebind(struct node *node, const struct harness_call *call, const struct variant *variant);
/* Infers and prepares. */
hinge_status node_prepare(struct node *node, const struct variant *variant);
/* The same, gives the outputs memory, runs. */
hinge_status node_run(struct node *node, const struct variant *variant);
/* What node_run does last, alone: for timing. */
hinge_status node_rerun(struct node *node);
/* Whether outputs and surroundings are right; otherwise why says what is not. */
bool node_verify(struct node *node);
/* claims.c: whether affine, is_identity and derivative tell the truth about this call. */
bool node_verify_claims(struct node *node);
bool node_verify_derivative(struct node *node); /* derivative.c */
void node_close(struct node *node);

/* check.c */

#define CHECK_MAX_ENTRIES 64
#define CHECK_MAX_KERNELS 64

/* The plugin and file under test, and what of its table has run. */
struct check_target {
    const char *isa;
    const struct hinge_plugin *plugin;
    const struct hinge_op *table; /* op_<file> of this plugin */
    uint64_t ran[CHECK_MAX_ENTRIES];
    bool ran_packed[CHECK_MAX_ENTRIES]; /* with elements that share a byte */
    int n_failures, n_checks;
    bool bench;
};

void check_begin(const char *isa, const struct hinge_plugin *plugin, const struct hinge_op *table,
                 bool bench);
/* Fails where an entry or a kernel has not run. */
void check_end(const char *file);
/* What was running, for the message of a crash. */
const char *check_label(void);
/* For checks of their own: the operator of that name, whose one kernel then counts as run (*opset
 * of 0 becomes the newest); and what came of it. */
const struct hinge_op *check_find(const char *op, const char *domain, uint32_t *opset);
void check_failed(const char *file, int line, const char *why);
void check_passed(const char *file, int line);

/* recall.c */

/* Before the cases of a test file in one of the builds. */
void recall_begin(bool is_first_build);
/* Fills the outputs as the case's reference does, which it asks where it has to. */
void recall_outputs(struct harness_call *call);

/* bench.c: times a call that was found right and prints a line. */
void bench_call(const char *isa, const struct harness_case *c, const struct harness_call *call,
                const struct hinge_op *op, const struct hinge_kernel *kernel);

#endif
