/* How the parts of the harness fit: guard.c gives memory, host.c stands in for the runtime,
 * tensor.c reads and writes elements, compare.c judges, derivative.c does so for derivatives,
 * node.c binds a case to an operator, check.c runs it in all ways, bench.c times it, main.c holds
 * the list. */
#ifndef TESTS_OPERATORS_HARNESS_INTERNAL_H
#define TESTS_OPERATORS_HARNESS_INTERNAL_H

#include "tests/operators/harness.h"

/* guard.c: memory next to pages that must not be touched. */

struct guard {
    uint8_t *map, *data;
    size_t map_size, size, inner_size;
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

struct host {
    struct hinge_host table;
    enum host_threading threading;
    enum guard_side side;
    int poison;
    int fail_allocation; /* the n-th from 1; 0: none */
    int n_allocations, n_parallel;
    bool in_init, in_run;
    bool said; /* fail was called */
    char sentence[512];
    char misuse[128]; /* the first thing the operator did that it may not */
    struct guard blocks[HOST_MAX_BLOCKS];
    int n_blocks;
    struct guard outputs[HARNESS_MAX_OUTPUTS];
    struct {
        unsigned input;
        size_t offset, size;
    } released[HARNESS_MAX_INPUTS];
    int n_released;
};

void host_open(struct host *host, enum host_threading threading, enum guard_side side, int poison);
bool host_intact(const struct host *host);
void host_close(struct host *host);
unsigned host_n_threads(enum host_threading threading);

/* tensor.c */

void tensor_open(hinge_tensor *x, hinge_type type, int32_t rank, const int64_t *dims);
void tensor_fill(hinge_tensor *x, const struct harness_tensor *spec, bool specials);
bool tensor_has_specials(const struct harness_tensor *spec);
void tensor_seed(uint64_t seed);
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

/* compare.c: whether actual is output k as expected; otherwise why not. */
bool compare_output(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                    char *why, size_t why_size);
bool compare_shape(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                   bool may_be_open, char *why, size_t why_size);

/* node.c: an operator's node over a call, through its life. */

struct variant {
    const char *name;
    enum host_threading threading;
    enum guard_side side;
    int poison;
    bool constants;      /* init and infer see the constant inputs' data */
    bool other_shape;    /* init sees a different HARNESS_N */
    int in_place;        /* the input that lends its memory to output 0; -1: none */
    int fail_allocation; /* in init */
};

struct node {
    struct host host; /* first: services find it from node.host */
    struct hinge_node abi;
    const struct harness_case *original; /* with HARNESS_N and HARNESS_T still in it */
    const struct harness_call *call;
    const struct hinge_op *op;
    const struct hinge_kernel *kernel;
    struct hinge_attribute attributes[HARNESS_MAX_ATTRIBUTES];
    hinge_tensor attribute_tensors[HARNESS_MAX_ATTRIBUTES];
    hinge_string attribute_strings[HARNESS_MAX_ATTRIBUTES][8];
    hinge_tensor inputs[HARNESS_MAX_INPUTS], outputs[HARNESS_MAX_OUTPUTS];
    const hinge_tensor *input_list[HARNESS_MAX_INPUTS];
    hinge_tensor *output_list[HARNESS_MAX_OUTPUTS];
    struct guard input_memory[HARNESS_MAX_INPUTS];
    struct guard scratch;
    bool initialised;
    char why[1024]; /* what went wrong, when a function returned false */
};

/* Binds, infers and initialises. Returns the status of the hook that failed; a bad harness use or
 * operator table leaves a sentence in why and returns HINGE_BAD_ARGUMENT. */
hinge_status node_open(struct node *node, const struct harness_case *original,
                       const struct harness_call *call, const struct hinge_op *op,
                       const struct hinge_kernel *kernel, const struct variant *variant);
/* Infers, gives the outputs memory, runs. */
hinge_status node_run(struct node *node, const struct variant *variant);
/* What node_run does last, alone: for timing. */
hinge_status node_rerun(struct node *node);
/* Whether outputs and surroundings are right; otherwise why says what is not. */
bool node_verify(struct node *node);
/* Whether affine, is_identity and derivative tell the truth about this call. */
bool node_verify_claims(struct node *node);
bool node_verify_derivative(struct node *node); /* derivative.c */
void node_close(struct node *node);

/* check.c */

#define CHECK_MAX_ENTRIES 64

/* The plugin and file under test, and what of its table has run. */
struct check_target {
    const char *isa;
    const struct hinge_plugin *plugin;
    const struct hinge_op *table; /* op_<file> of this plugin */
    uint32_t ran[CHECK_MAX_ENTRIES];
    int n_failures, n_checks;
    bool bench;
};

void check_begin(const char *isa, const struct hinge_plugin *plugin, const struct hinge_op *table,
                 bool bench);
/* Fails where an entry or a kernel has not run. */
void check_end(const char *file);
/* What was running, for the message of a crash. */
const char *check_label(void);

/* bench.c: times a call that was found right and prints a line. */
void bench_call(const char *isa, const struct harness_case *c, const struct harness_call *call,
                const struct hinge_op *op, const struct hinge_kernel *kernel);

#endif
