/*
 * The operator ABI: everything an operator plugin needs, and all it may use.
 *
 * A plugin is a shared object that exports one constant, `hinge_plugin` (see HINGE_PLUGIN at the
 * end). It links against nothing of Hinge: whatever it needs from the runtime comes through the
 * host table that each node carries. A zero field always means "not there" or the default.
 *
 * It can grow: fields are only ever appended, arrays of the plugin's structs are walked by the
 * sizes that hinge_plugin states, and a struct of an older header reads as zeros behind its end. A
 * plugin built against any header of HINGE_ABI 2 loads in every runtime of that number that is not
 * older. hinge_tensor, hinge_string and hinge_attribute stay as they are.
 */
#ifndef HINGE_PLUGIN_H
#define HINGE_PLUGIN_H

#include <hinge/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HINGE_ABI 2u

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
        const hinge_tensor *tensor;        /* or count of them; sparse ones are made dense */
        const hinge_type_code *type_codes; /* of type protos: one, or count of them */
        struct {
            uint32_t n_inputs, n_outputs; /* what hinge_host.call expects */
            /* As the graph declares them: type, rank and dims, -1 where it does not say. */
            const hinge_tensor *inputs, *outputs;
        } graph;
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
    HINGE_N_ACTIVATIONS,        /* those that this header names */
    HINGE_ACT_OWN = 0xffff      /* what hinge_op.row computes */
};

struct hinge_activation;

/* y[i] = f(x[i]) for count elements, by the activation's parameters alone; y may be x, otherwise
 * they do not overlap. Called from several threads at once. */
typedef void hinge_activation_row(const struct hinge_activation *activation, const float *x,
                                  float *y, int64_t count);

struct hinge_activation {
    enum hinge_activation_kind kind;
    float alpha, beta;
    /* Those of the operator that is this activation, put in by the host; either may be NULL. An
     * operator that absorbs an activation of a kind that it does not know computes it by row, which
     * is there then. */
    hinge_activation_row *row, *derivative;
};

struct hinge_epilogue {
    const struct hinge_activation *activation; /* never NULL; kind HINGE_ACT_NONE: none */
    int32_t
        addend; /* index of the input that is added first, of exactly the output's shape; 0: none */
};

/* The host's services. Each takes the node that the hook was called with, never a copy of it, and
 * unless it says otherwise is not for parallel tasks. */

/* Part [begin, end) of a parallel job; thread is below hinge_node.n_threads and is held by one
 * caller at a time within the job, so it may index per-thread scratch. */
typedef void hinge_task(void *argument, int64_t begin, int64_t end, unsigned thread);

/* Writes what is packed, all of it, into memory. */
typedef void hinge_fill(void *argument, void *memory);

#if defined(__GNUC__)
#define HINGE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define HINGE_PRINTF(text, first)
#endif

struct hinge_host {
    uint32_t size;
    /* Records the sentence that explains a failure and returns status. The host adds file, node and
     * operator in front. */
    hinge_status (*fail)(const struct hinge_node *node, hinge_status status, const char *format,
                         ...) HINGE_PRINTF(3, 4);
    /* A line for the session's log. */
    void (*log)(const struct hinge_node *node, hinge_log_level level, const char *format, ...)
        HINGE_PRINTF(3, 4);
    /* Runs task over [0, count) in pieces of at least grain on the session's threads, the caller's
     * among them; returns when all is done. Runs inline where that is cheaper. Once the run is
     * cancelled or its time is up no further piece is begun, and what the node's outputs hold does
     * not matter any more. */
    void (*parallel)(const struct hinge_node *node, int64_t count, int64_t grain, hinge_task *task,
                     void *argument);
    /* Memory for the node, 64-byte aligned, freed by the host. From init: for hinge_node.state, as
     * long as the session. From prepare: for hinge_node.prepared, as long as the preparation. NULL
     * when there is none. */
    void *(*alloc)(const struct hinge_node *node, size_t size);
    /* Says that bytes [offset, offset + size) of the constant input will never be read again by
     * this node (it has its own packed copy). From init only. */
    void (*release)(const struct hinge_node *node, unsigned input, size_t offset, size_t size);
    /* Gives an output whose shape is known only now its memory and sets its dims and data. From run
     * only, for outputs that infer left with an unknown rank or a dimension of -1; what infer did
     * say must hold. Called again, it keeps the bytes that fit the new size, and moves nothing
     * where that is not larger. */
    hinge_status (*resize)(const struct hinge_node *node, unsigned output, int32_t rank,
                           const int64_t *dims);
    /* Bytes for the strings of a string output, valid as long as the outputs of this run. From run
     * only; from parallel tasks too. NULL when there are none. */
    char *(*alloc_string)(const struct hinge_node *node, size_t size);

    /* Values made of values, from run only. value is an output, or an element that elements gave.
     */

    /* Makes value a container of n elements that are still to be filled, and returns them. NULL
     * when there is no memory. */
    hinge_tensor *(*elements)(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                              int64_t n);
    /* Makes value a tensor with memory of its own, uninitialised. */
    hinge_status (*tensor)(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                           int32_t rank, const int64_t *dims);
    /* Makes value the same as from: an input, what call returned, a value of the node's own that is
     * filled, or an element of one of these. Bytes are shared where that is possible. An output
     * whose shape infer told must have that of from. */
    hinge_status (*share)(const struct hinge_node *node, hinge_tensor *value,
                          const hinge_tensor *from);

    /* Subgraphs. attribute is the index of a graph attribute in hinge_node.attributes. */

    /* From types only: tells the types of the graph's inputs and asks for those of its outputs. */
    hinge_status (*graph_types)(const struct hinge_node *node, unsigned attribute,
                                const hinge_type_code *inputs, uint32_t n_inputs,
                                hinge_type_code *outputs, uint32_t n_outputs);
    /* From run only: runs the graph. inputs may be tensors of the caller's, inputs of the node, or
     * what an earlier call returned. outputs are filled in, and hold until the call of this
     * attribute after the next one, or the end of the node's run: the states of a loop can be
     * handed from one call to the next as they are. */
    hinge_status (*call)(const struct hinge_node *node, unsigned attribute,
                         const hinge_tensor *const *inputs, uint32_t n_inputs,
                         hinge_tensor *outputs, uint32_t n_outputs);
    /* The same with flags (enum hinge_call_flags), by which what the node needs no more may move
     * into the graph: what that alone holds it may change in its place. */
    hinge_status (*call_with)(const struct hinge_node *node, unsigned attribute, uint32_t flags,
                              const hinge_tensor *const *inputs, uint32_t n_inputs,
                              hinge_tensor *outputs, uint32_t n_outputs);
    /* From run only: makes an output a sequence of n elements, the first of which are those of the
     * sequence at input, at most n, and the others still to be filled; returns all of them. What
     * that input holds then is unspecified: where nobody else needs it, nothing is copied, so that
     * to grow one by one takes no longer than to grow at once. NULL when there is no memory. */
    hinge_tensor *(*extend)(const struct hinge_node *node, unsigned output, unsigned input,
                            int64_t n);
    /* From init only: memory as alloc gives it, with what fill(argument, memory) writes into all of
     * its size bytes, and read-only from then on. Where the session has a cache (see
     * hinge_options.cache) and fill has written for such a node before, fill is not called, and the
     * memory is a map of a file that processes share. Such a node has the same plugin (the same
     * build of it), operator, opset, attributes, epilogue, options, cpu_features, the same types
     * and dims of inputs and outputs, the same bytes of constant inputs, and has asked for as many
     * bytes, after as many calls before. What fill writes may depend on nothing else, such as
     * n_threads or the environment, and holds no addresses. The inputs may be released afterwards.
     * NULL when there is no memory. */
    const void *(*pack)(const struct hinge_node *node, size_t size, hinge_fill *fill,
                        void *argument);
};

/* For hinge_host.call_with. Only sequences, optionals and maps ever move. */
enum hinge_call_flags {
    /* The inputs of the call are read no more after it, neither by the node nor by other calls:
     * those that an earlier call returned, and those that are the node's own inputs. */
    HINGE_CALL_MOVES = 1 << 0,
    /* It is the last call of the node's run, so that nor is what the graph captures. */
    HINGE_CALL_LAST = 1 << 1,
};

/* Bits of hinge_node.options. */
enum hinge_node_options {
    HINGE_DIRECT_CONVOLUTION = 1 << 0, /* no transforms: see hinge_options.direct_convolution */
};

/* A node as its operator's hooks see it. Nothing in it may be changed but what a hook's description
 * names. */
struct hinge_node {
    uint32_t size;
    uint32_t opset; /* of the operator's domain, as the model imports it */
    uint32_t n_inputs, n_outputs;
    uint32_t n_threads; /* how many threads parallel may use at once */
    uint32_t options;   /* enum hinge_node_options */
    const struct hinge_host *host;
    /* NULL for an optional input that is left out. Before run, data is NULL unless the value is
     * known (constants; shape arithmetic). */
    const hinge_tensor *const *inputs;
    /* NULL for an output that nobody wants. infer sets rank and dims; run fills data. */
    hinge_tensor *const *outputs;
    const struct hinge_attribute *attributes;
    const struct hinge_epilogue *epilogue; /* never NULL */
    void *state;                           /* what init left there; shared by all runs */
    void *prepared; /* what prepare left there; shared by all runs with these shapes */
    void *scratch;  /* run only: 64-byte aligned, as large as prepare asked; never NULL */
    /* What built-in operators may use (enum hinge_cpu_feature): what the CPU has, up to the ISA
     * level that the session was opened with. */
    uint64_t cpu_features;
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
    HINGE_OP_MOVES = 1 << 9,    /* elements of input 0 elsewhere, or the greatest of some */
    /* Output 0 is input 0 in units of input 1, a scale, from input 2 on, a zero point that may be
     * left out: rounded to integers, and the way back. Scales may be those of an attribute axis. */
    HINGE_OP_QUANTIZES = 1 << 10,
    HINGE_OP_DEQUANTIZES = 1 << 11,
    HINGE_OP_CONCATENATES = 1 << 12, /* its inputs one behind the other along `axis` */
    HINGE_OP_PRODUCT = 1 << 13,      /* output 0 is the product of its two inputs, broadcast */
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

/* One implementation. type is that of the type variable that the signature constrains first;
 * HINGE_NO_TYPE: any. For a combination with the type of the next variable: HINGE_PAIR. */
struct hinge_kernel {
    hinge_type type;
    hinge_status (*run)(const struct hinge_node *node);
};

#define HINGE_PAIR(first, second) ((hinge_type)((first) | (second) << 8))

/*
 * Parameters and types, as the standard writes them:
 *
 *     "(X: T, W: T, B?: T) -> (Y: T); T: float16 float double"
 *
 * A parameter is name: type; name? may be left out, name... is one or more of one type, name* any
 * number of any types. A type is an element type ("float", which stands for tensors of it), a
 * variable, seq(type), optional(type) or map(key, type). Each variable has a list of the types it
 * may be behind a semicolon, in which those in the brackets of seq(…), optional(…) and map(key, …)
 * are lists too: "T: float seq(float int8)". An output's variable that no input binds is the only
 * type of its list, or is told by the operator's types hook or, with "variable@attribute: …", by an
 * attribute: an int (a data type), a tensor (its type) or a type. Where that is left out and has no
 * default, input 0's type counts.
 */

/*
 * Derivatives are formulas by the inputs of the sum of output 0 times dy:
 *
 *     "s = Sigmoid(alpha * x); dy * (s + alpha * x * s * (1 - s))"
 *
 * a to e are the first inputs, x is a, y output 0, dy its derivative; up to 6 names may be set,
 * each before a semicolon; others in small letters are numbers among the attributes. Numbers are of
 * dy's type. Comparisons (< > <= >= ==), + - * / and the sign bind as in C. Names with a capital
 * are operators of the standard (opset 21) of at most 4 inputs without attributes, or these:
 * Shape(v), a constant where it is known; SumTo(v, w), v summed over what w was broadcast by;
 * Like(v, w), v in w's shape. "|" stands between inputs; an empty formula is none, "0" is 0.
 *
 * "broadcast: dy * b | dy * a": the formulas are as large as the output, and are summed to their
 * inputs' shapes. "flat:": the derivative is 0 wherever there is one. Other words with a colon name
 * the rule of an operator of the standard, for all that have its inputs and attributes.
 */
#define HINGE_RULES(X)                                                                             \
    X(average_pool)                                                                                \
    X(batch_normalization)                                                                         \
    X(clip)                                                                                        \
    X(concat)                                                                                      \
    X(conv)                                                                                        \
    X(conv_transpose)                                                                              \
    X(cross_entropy) /* SoftmaxCrossEntropyLoss */                                                 \
    X(cumsum)                                                                                      \
    X(dropout)                                                                                     \
    X(einsum)                                                                                      \
    X(extremum) /* Max, Min */                                                                     \
    X(gather)                                                                                      \
    X(gather_elements)                                                                             \
    X(gelu)                                                                                        \
    X(gemm)                                                                                        \
    X(group_normalization) /* and InstanceNormalization */                                         \
    X(layer_normalization)                                                                         \
    X(log_softmax)                                                                                 \
    X(lrn)                                                                                         \
    X(matmul) /* and com.microsoft's FusedMatMul */                                                \
    X(max_pool)                                                                                    \
    X(mean)                                                                                        \
    X(move) /* Slice, Tile …: elements of input 0 elsewhere, and zeros; runs again, on int64 */  \
    X(negative_log_likelihood)                                                                     \
    X(pad)                                                                                         \
    X(reduce)          /* with a formula, in which y and dy have kept the reduced axes */          \
    X(reduce_extremum) /* ReduceMax, ReduceMin */                                                  \
    X(resize)                                                                                      \
    X(scatter_elements)                                                                            \
    X(scatter_nd)                                                                                  \
    X(softmax)                                                                                     \
    X(split)                                                                                       \
    X(sum)                                                                                         \
    X(topk)                                                                                        \
    X(transpose)

/* An operator from one opset to another. */
struct hinge_op {
    const char *name;
    const char *domain; /* NULL: the ONNX standard's own */
    uint32_t since;     /* the first opset this entry is right for */
    uint32_t until;     /* the last; 0: the last that the plugin knows (hinge_plugin.opset) */
    uint32_t flags;     /* enum hinge_op_flags */
    const char *signature;
    const struct hinge_kernel *kernels;           /* ended by an entry without run */
    const struct hinge_attribute_def *attributes; /* ended by an entry without name; NULL: none */

    /* A hook that returns another status than HINGE_OK has called host->fail (a bare
     * HINGE_NO_MEMORY is enough for that one). Left out, they do nothing. All but init and fini
     * must be thread-safe. */

    /* For outputs whose types the signature does not tell: sets outputs[i], 0 on entry where it is
     * not known. inputs[i] is 0 for an input that is left out. Once, when the model is opened. */
    hinge_status (*types)(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs);
    /* Checks attributes, packs constant inputs; once per node and session, before the first run.
     * Inputs have the dims that every run will have, -1 for the others. */
    hinge_status (*init)(struct hinge_node *node);
    void (*fini)(struct hinge_node *node);
    /* Sets rank and dims of every wanted output that is a tensor from the inputs' (the types are
     * there). May return HINGE_NEEDS_DATA (without calling fail) when an input's data is not known
     * yet: it is called again when it is. Ranks and dimensions left at -1 are set by run through
     * host->resize. Called before init too. Left out, output 0 is like input 0. */
    hinge_status (*infer)(const struct hinge_node *node);
    /* What depends on shapes, once for each node and shapes: sets *scratch to the bytes of scratch
     * memory that a run needs (0 on entry) and may leave decisions in node->prepared, in memory of
     * host->alloc. It sees the data of the inputs that infer saw, and no data of outputs; both are
     * called again only where what they saw is another. */
    hinge_status (*prepare)(struct hinge_node *node, size_t *scratch);
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
    /* For an operator whose input 0 and output 0 are of one rank, axis 1 of both being channels:
     * the operator of the domain ai.hinge that computes the same where the channels are the last
     * axis of both (and of an addend), with the same attributes and other inputs. NULL where there
     * is none for this node, or it is slower. */
    const char *(*channels_last)(const struct hinge_node *node);
    /* The attribute that names an axis, an integer, or axes, a list (or a parameter), of output 0
     * and of the inputs of its rank, others being of lower rank; negative ones count from the end.
     * All lines along them are treated alike: put into another order, these alone have to follow.
     * No list: every axis. Output 0 has the rank of input 0, but where a list says otherwise. */
    const char *axis;
    /* How a Gradient node (ai.onnx.preview.training) gets through the operator: see HINGE_RULES.
     * NULL: there is no derivative, unless another plugin has one of the same operator. */
    const char *gradient;
    /* For an operator of float32 whose inputs come out of nodes that dequantize and whose output
     * goes into one that quantizes: the operator that computes the same on the integers, with the
     * opset of that, and its inputs, as "com.microsoft::QGemm-1(a, b, C, y)". a to e are this
     * operator's inputs, each of which becomes integers, scale and zero point, "a..." all of them,
     * y scale and zero point of the output, C a bias: int32 in units of the product of the first
     * two inputs' scales, at most 2^28. All integers are of one type, and each scale is one number,
     * but where `linear` is there: then types may differ, and where it holds, the weight may have a
     * scale for each channel. The attributes that it declares are this node's of the same names,
     * one called opset is this node's opset. */
    const char *integers;
    /* Whether that is so with these attributes and shapes (-1: not known): also that sums stay
     * within int32. Left out: always. */
    bool (*fits_integers)(const struct hinge_node *node);
    /* The operator of the domain ai.hinge that does the same, but writes its output into some
     * channels, the last axis, of a wider one. It has one input more, behind the others: what the
     * other channels are, of the output's shape and in its memory where that is possible; where it
     * is left out they are unspecified. Attributes: first_channel, and channels of the wider one.
     * NULL: there is none. */
    const char *into;
    /* With HINGE_OP_IN_PLACE: the only input whose memory output 0 may share, counted from 1. 0:
     * any. */
    uint32_t in_place;
};

/* Whether output 0 of an operator with HINGE_OP_IN_PLACE may share that input's memory. */
static inline int hinge_may_share(const struct hinge_op *op, uint32_t input)
{
    return op->in_place == 0 || op->in_place == input + 1;
}

/* Plugins */

/* What a CPU has, and the operating system lets it use. */
enum hinge_cpu_feature {
    HINGE_CPU_AVX2 = 1 << 0,   /* with FMA and F16C */
    HINGE_CPU_AVX512 = 1 << 1, /* F, BW, DQ, VL */
    HINGE_CPU_AVX_VNNI = 1 << 2,
    HINGE_CPU_AVX512_VNNI = 1 << 3,
    HINGE_CPU_AVX512_BF16 = 1 << 4,
    HINGE_CPU_AVX512_FP16 = 1 << 5,
    HINGE_CPU_AMX_INT8 = 1 << 6, /* AMX: tiles are there, and asked for */
    HINGE_CPU_AMX_BF16 = 1 << 7,
    HINGE_CPU_NEON = 1 << 16, /* AArch64 with Advanced SIMD */
    HINGE_CPU_NEON_DOT = 1 << 17,
    HINGE_CPU_NEON_FP16 = 1 << 18,
    HINGE_CPU_NEON_BF16 = 1 << 19,
    HINGE_CPU_NEON_I8MM = 1 << 20,
    HINGE_CPU_SVE = 1 << 21,
    HINGE_CPU_SVE2 = 1 << 22,
};

struct hinge_plugin {
    uint32_t abi;  /* HINGE_ABI */
    uint32_t size; /* sizeof(struct hinge_plugin) */
    /* Sizes of the structs that it was compiled with. */
    uint32_t node_size, host_size, op_size, kernel_size, attribute_def_size;
    uint32_t epilogue_size, activation_size, linear_size;
    uint64_t cpu_features; /* what must be there before anything in it is called */
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

/* The fields of a hinge_plugin before its features. */
#define HINGE_PLUGIN_SIZES                                                                         \
    HINGE_ABI, sizeof(struct hinge_plugin), sizeof(struct hinge_node), sizeof(struct hinge_host),  \
        sizeof(struct hinge_op), sizeof(struct hinge_kernel), sizeof(struct hinge_attribute_def),  \
        sizeof(struct hinge_epilogue), sizeof(struct hinge_activation),                            \
        sizeof(struct hinge_linear)

/* The one symbol of a plugin: HINGE_PLUGIN("acme", "1.0", 0, op_acme_snake, op_acme_gate). */
#define HINGE_PLUGIN(plugin_name, plugin_version, features, ...)                                   \
    static const struct hinge_op *const hinge_plugin_ops[] = {__VA_ARGS__, NULL};                  \
    HINGE_EXTERN_C HINGE_EXPORT const struct hinge_plugin hinge_plugin;                            \
    const struct hinge_plugin hinge_plugin = {HINGE_PLUGIN_SIZES, features, plugin_name,           \
                                              plugin_version,     0,        hinge_plugin_ops}

/* A list of kernels where it is wanted: .kernels = HINGE_KERNELS({HINGE_FLOAT, relu_f32}). */
#define HINGE_KERNELS(...)                                                                         \
    (const struct hinge_kernel[])                                                                  \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            HINGE_NO_TYPE, NULL                                                                    \
        }                                                                                          \
    }

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
