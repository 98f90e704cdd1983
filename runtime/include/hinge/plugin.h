/*
 * The operator ABI: everything an operator plugin needs, and all it may use.
 *
 * A plugin is a shared object that exports one constant, `hinge_plugin` (see HINGE_PLUGIN at the
 * end). It links against nothing of Hinge: whatever it needs from the runtime comes through the
 * host table that each node carries. Structs begin with, or are reached through, a size, so that
 * later minor versions can append fields. A zero field always means "not there" or the default.
 */
#ifndef HINGE_PLUGIN_H
#define HINGE_PLUGIN_H

#include <hinge/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HINGE_ABI 1u

struct hinge_node;

/* Attributes */

enum hinge_attribute_type {
    HINGE_ATTR_NONE = 0,
    HINGE_ATTR_FLOAT = 1, /* numbered as AttributeProto.AttributeType */
    HINGE_ATTR_INT = 2,
    HINGE_ATTR_STRING = 3,
    HINGE_ATTR_TENSOR = 4,
    HINGE_ATTR_GRAPH = 5,
    HINGE_ATTR_FLOATS = 6,
    HINGE_ATTR_INTS = 7,
    HINGE_ATTR_STRINGS = 8,
    HINGE_ATTR_TENSORS = 9,
    HINGE_ATTR_GRAPHS = 10,
    HINGE_ATTR_SPARSE_TENSOR = 11,
    HINGE_ATTR_SPARSE_TENSORS = 12,
    HINGE_ATTR_TYPE_PROTO = 13,
    HINGE_ATTR_TYPE_PROTOS = 14
};

/* What an operator declares: name, type, and the default of a scalar one. List attributes have no
 * default here; an absent one has count 0 and present false. */
struct hinge_attribute_def {
    const char *name;
    enum hinge_attribute_type type;
    bool required;
    float f;
    int64_t i;
    const char *s;
};

/* What a node gets: one for each declared attribute, in the order of the declaration. */
struct hinge_attribute {
    enum hinge_attribute_type type;
    bool present; /* given by the model, not defaulted */
    size_t count; /* of the lists */
    union {
        float f;
        int64_t i;
        hinge_string s;
        const float *floats;
        const int64_t *ints;
        const hinge_string *strings;
        const hinge_tensor *tensor;
    };
};

/* Activations, and what a Conv, Gemm or MatMul may compute on its result while that is still in
 * registers: y = activation(y + addend). */

enum hinge_activation_kind {
    HINGE_ACT_NONE = 0,
    HINGE_ACT_RELU,             /* max(x, 0) */
    HINGE_ACT_LEAKY_RELU,       /* x >= 0 ? x : alpha x */
    HINGE_ACT_ELU,              /* x >= 0 ? x : alpha (e^x - 1) */
    HINGE_ACT_SOFTPLUS,         /* log(1 + e^x) */
    HINGE_ACT_SIGMOID,          /* 1 / (1 + e^-x) */
    HINGE_ACT_TANH,             /* tanh x */
    HINGE_ACT_CLIP,             /* min(max(x, alpha), beta) */
    HINGE_ACT_SELU,             /* gamma (x > 0 ? x : alpha (e^x - 1)), beta is gamma */
    HINGE_ACT_CELU,             /* max(0, x) + min(0, alpha (e^(x / alpha) - 1)) */
    HINGE_ACT_THRESHOLDED_RELU, /* x > alpha ? x : 0 */
    HINGE_ACT_HARD_SIGMOID,     /* max(0, min(1, alpha x + beta)) */
    HINGE_ACT_HARD_SWISH,       /* x max(0, min(1, x / 6 + 1 / 2)) */
    HINGE_ACT_SWISH,            /* x sigmoid(alpha x) */
    HINGE_ACT_MISH,             /* x tanh(softplus(x)) */
    HINGE_ACT_GELU,             /* x (1 + erf(x / sqrt 2)) / 2 */
    HINGE_ACT_GELU_TANH,        /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    HINGE_ACT_SOFTSIGN,         /* x / (1 + |x|) */
    HINGE_ACT_SHRINK,           /* x < -alpha ? x + beta : x > alpha ? x - beta : 0 */
    HINGE_ACT_ERF,              /* erf x */
    HINGE_ACT_EXP,              /* e^x */
    HINGE_ACT_LOG,              /* log x */
    HINGE_ACT_OWN,              /* what hinge_op.row computes */
    HINGE_N_ACTIVATIONS
};

struct hinge_activation;

/* y[i] = f(x[i]) for count elements, by the activation's parameters alone; y may be x, otherwise
 * they do not overlap. Called from several threads at once. */
typedef void hinge_activation_row(const struct hinge_activation *activation, const float *x,
                                  float *y, int64_t count);

struct hinge_activation {
    enum hinge_activation_kind kind;
    float alpha, beta;
    /* Those of the operator that is this activation, put in by the host. row is never NULL where
     * kind is HINGE_ACT_OWN; derivative may be. */
    hinge_activation_row *row, *derivative;
};

struct hinge_epilogue {
    struct hinge_activation activation;
    int32_t
        addend; /* index of the input that is added first, of exactly the output's shape; 0: none */
};

/* The host's services. Each takes the node that the hook was called with, never a copy of it. */

/* Part [begin, end) of a parallel job; thread is below hinge_node.n_threads and is held by one
 * caller at a time within the job, so it may index per-thread scratch. */
typedef void hinge_task(void *argument, int64_t begin, int64_t end, unsigned thread);

struct hinge_host {
    uint32_t size;
    /* Records the sentence that explains a failure and returns status. The host adds file, node and
     * operator in front. Callable from hooks, not from parallel tasks. */
    hinge_status (*fail)(const struct hinge_node *node, hinge_status status, const char *format,
                         ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 3, 4)))
#endif
        ;
    /* Runs task over [0, count) in pieces of at least grain on the session's threads, the caller's
     * among them; returns when all is done. Runs inline where that is cheaper. */
    void (*parallel)(const struct hinge_node *node, int64_t count, int64_t grain, hinge_task *task,
                     void *argument);
    /* Memory for the node's state, 64-byte aligned, freed by the host with the node. NULL when
     * there is none. From init only. */
    void *(*alloc)(const struct hinge_node *node, size_t size);
    /* Says that bytes [offset, offset + size) of the constant input will never be read again by
     * this node (it has its own packed copy). From init only. */
    void (*release)(const struct hinge_node *node, unsigned input, size_t offset, size_t size);
    /* Gives an output whose shape is known only now its memory and sets its dims and data. From run
     * only, for outputs that infer left with a dimension of -1. */
    hinge_status (*resize)(const struct hinge_node *node, unsigned output, int32_t rank,
                           const int64_t *dims);
    /* Bytes for the strings of a string output, valid as long as the outputs of this run. From run
     * only; not from parallel tasks. NULL when there are none. */
    char *(*alloc_string)(const struct hinge_node *node, size_t size);
};

/* A node as its operator's hooks see it. Nothing in it may be changed but what a hook's description
 * names. */
struct hinge_node {
    uint32_t size;
    uint32_t opset; /* of the operator's domain, as the model imports it */
    uint32_t n_inputs, n_outputs;
    uint32_t n_threads; /* how many threads parallel may use at once */
    const struct hinge_host *host;
    /* NULL for an optional input that is left out. In init and infer, data is NULL unless the value
     * is known then (constants; shape arithmetic). */
    const hinge_tensor *const *inputs;
    /* NULL for an output that nobody wants. infer sets type, rank and dims; run fills data. */
    hinge_tensor *const *outputs;
    const struct hinge_attribute *attributes;
    const struct hinge_epilogue *epilogue; /* never NULL */
    void *state;                           /* what init left there; shared by all runs */
    void *scratch; /* run only: 64-byte aligned, as large as .scratch asked */
};

/* Operators */

enum hinge_op_flags {
    HINGE_OP_ELEMENTWISE = 1 << 0, /* y[i] depends on x[i] alone (inputs broadcast) */
    HINGE_OP_IN_PLACE = 1 << 1,   /* output 0 may share memory with an input of its size and type */
    HINGE_OP_VIEW = 1 << 2,       /* output 0 is input 0's bytes under another shape */
    HINGE_OP_SHAPE_ONLY = 1 << 3, /* reads its inputs' shapes, never their data */
    HINGE_OP_NONDETERMINISTIC = 1 << 4,   /* may not be folded nor merged */
    HINGE_OP_ABSORBS_ACTIVATION = 1 << 5, /* by its float32 kernel: see hinge_epilogue */
    HINGE_OP_ABSORBS_ADDEND = 1 << 6,
    HINGE_OP_COMMUTES = 1 << 7, /* two inputs that can be swapped */
    HINGE_OP_SUM = 1 << 8,      /* output 0 is the sum of its inputs, broadcast */
};

/* Where a linear operator (Conv, ConvTranspose, Gemm, MatMul …) keeps what a per-channel
 * y -> y scale[c] + shift[c] of its output is folded into: multiplied into the weight, multiplied
 * and added into the bias. */
struct hinge_linear {
    uint8_t weight, bias; /* input indices; the bias may be left out of the node */
    uint8_t weight_axis;  /* of the output channels in the weight */
    int8_t axis;          /* of the channels in the output; negative: counted from its end */
    int64_t n_groups;     /* where weight_axis only runs over the channels of a group, the groups
                             being equal parts of axis 0; 1 otherwise */
};

struct hinge_kernel {
    hinge_type type; /* of the input that key names; HINGE_NO_TYPE: any type */
    hinge_status (*run)(const struct hinge_node *node);
};

#define HINGE_MAX_KERNELS 16

struct hinge_op {
    const char *name;
    const char *domain; /* NULL: the ONNX standard's own */
    uint32_t since;     /* the first opset this entry is right for */
    uint32_t until;     /* the last; 0: the last that the plugin knows (hinge_plugin.opset) */
    struct {
        uint16_t min, max; /* max of UINT16_MAX: any number */
    } inputs, outputs;
    uint32_t flags;
    uint32_t
        key; /* the input whose type chooses the kernel; where there is no such input, output 0's */
    const struct hinge_attribute_def *attributes; /* ended by an entry without name */

    /* A hook that returns another status than HINGE_OK has called host->fail (a bare
     * HINGE_NO_MEMORY is enough for that one). Left out, they do nothing. */

    /* Checks attributes, packs constant inputs; once per node and session, before the first run.
     * The input shapes are those of the first run, and a later run may come with others. */
    hinge_status (*init)(struct hinge_node *node);
    void (*fini)(struct hinge_node *node);
    /* Sets type, rank and dims of every wanted output from the inputs'. May return HINGE_NEEDS_DATA
     * (without calling fail) when an input's data is not known yet: it is called again when it is.
     * Dimensions left at -1 are set by run through host->resize. Must be thread-safe; called before
     * init too. Left out, output 0 is like input 0. */
    hinge_status (*infer)(const struct hinge_node *node);
    /* Sets *size to the bytes of scratch memory that a run with these shapes needs. */
    hinge_status (*scratch)(const struct hinge_node *node, size_t *size);
    /* For an operator that is an activation of its input 0 for these attributes and constant
     * inputs: sets kind, alpha and beta. Otherwise, and for attributes that init refuses, leaves
     * kind at HINGE_ACT_NONE. */
    void (*activation)(const struct hinge_node *node, struct hinge_activation *activation);
    /* The activation and its derivative over rows of float32. With kind HINGE_ACT_OWN, row is what
     * makes the operator fit into the epilogue of another one. */
    hinge_activation_row *row, *derivative;
    /* For an operator that with these attributes is linear in input 0, whose bias is its last input
     * and is added as it is: fills *linear. Returns false where it is not. */
    bool (*linear)(const struct hinge_node *node, struct hinge_linear *linear);
    /* For an operator that with these constant inputs is y = x scale[c] + shift[c] of its one
     * non-constant float32 input, c running over axis (counted from the end where negative) and
     * n_channels long: fills scale and shift (arrays of n_channels) and sets *input to that input's
     * index. rank is x's, or -1 where it is not known. Returns false where it is not so for every x
     * of that rank and that many channels. An epilogue comes after it. */
    bool (*affine)(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input);
    /* Whether with these attributes and constant inputs output 0 is always input 0 unchanged. */
    bool (*is_identity)(const struct hinge_node *node);

    struct hinge_kernel kernels[HINGE_MAX_KERNELS]; /* ended by an entry without run */
};

/* Plugins */

enum hinge_cpu_feature {
    HINGE_CPU_AVX2 = 1 << 0,   /* with FMA and F16C */
    HINGE_CPU_AVX512 = 1 << 1, /* F, BW, DQ, VL */
};

struct hinge_plugin {
    uint32_t abi;  /* HINGE_ABI */
    uint32_t size; /* sizeof(struct hinge_plugin) */
    uint32_t node_size, op_size, host_size;
    uint32_t cpu_features; /* what must be there before anything in it is called */
    const char *name, *version;
    uint32_t opset; /* the newest opset its entries without until are known for; 0: no limit */
    /* Arrays of operators, each ended by one without a name; the list by NULL. */
    const struct hinge_op *const *ops;
};

#if defined(_WIN32)
#define HINGE_EXPORT __declspec(dllexport)
#else
#define HINGE_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define HINGE_EXTERN_C extern "C"
#else
#define HINGE_EXTERN_C extern
#endif

/* The one symbol of a plugin: HINGE_PLUGIN("acme", "1.0", 0, op_acme_snake, op_acme_gate). */
#define HINGE_PLUGIN(plugin_name, plugin_version, features, ...)                                   \
    static const struct hinge_op *const hinge_plugin_ops[] = {__VA_ARGS__, NULL};                  \
    HINGE_EXTERN_C HINGE_EXPORT const struct hinge_plugin hinge_plugin;                            \
    const struct hinge_plugin hinge_plugin = {HINGE_ABI,                                           \
                                              sizeof(struct hinge_plugin),                         \
                                              sizeof(struct hinge_node),                           \
                                              sizeof(struct hinge_op),                             \
                                              sizeof(struct hinge_host),                           \
                                              features,                                            \
                                              plugin_name,                                         \
                                              plugin_version,                                      \
                                              0,                                                   \
                                              hinge_plugin_ops}

/* The number of elements of a tensor whose dims are known and were checked by the host (their
 * product and its size in bytes fit int64_t). */
static inline int64_t hinge_count(const hinge_tensor *tensor)
{
    int64_t count = 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        count *= tensor->dims[i];
    return count;
}

/* Bits an element takes; 0 for an unknown type. */
static inline unsigned hinge_type_bits(hinge_type type)
{
    switch (type) {
#define HINGE_TYPE_BITS(name, number, bits, text)                                                  \
    case name: return bits;
        HINGE_TYPES(HINGE_TYPE_BITS)
#undef HINGE_TYPE_BITS
    default: return 0;
    }
}

/* The size in bytes of count elements, to be used with a count the host checked. */
static inline size_t hinge_size(hinge_type type, int64_t count)
{
    size_t bits = hinge_type_bits(type);
    return bits >= 8 ? (size_t)count * (bits / 8) : ((size_t)count * bits + 7) / 8;
}

#ifdef __cplusplus
}
#endif
#endif
