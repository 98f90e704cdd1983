/*
 * Looking inside: which plugins were found and what they offer, what became of a model's graph,
 * what each pass changed, and where the memory of a run goes.
 *
 * Structs are the caller's and are filled in: set size to sizeof of the struct before the call;
 * fields beyond the size that the library knows stay as they were. Text and arrays that they lead
 * to belong to the object asked (registry, session, context) and live as long as it. A function
 * that fills a struct returns false, and fills nothing, where an index is too large. All are
 * thread-safe on a registry and a session; a context serves one thread at a time, as always.
 */
#ifndef HINGE_INSPECT_H
#define HINGE_INSPECT_H

#include <hinge/hinge.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HINGE_NO_INDEX SIZE_MAX

/* Plugins and their operators, without a model */

typedef struct hinge_registry hinge_registry;

/* Looks for plugins exactly as hinge_open does with these options (threads and passes do not
 * matter); they are listed in the order in which operators are looked up. Succeeds also where
 * plugins are refused: they stand at the end of the list, with the reason. Close with
 * hinge_registry_close. */
HINGE_API hinge_status hinge_registry_open(const hinge_options *options, hinge_registry **registry,
                                           hinge_error *error);
HINGE_API void hinge_registry_close(hinge_registry *registry); /* NULL is allowed */

typedef struct hinge_plugin_info {
    size_t size;
    const char *name;    /* what the plugin calls itself; "" where it could not be asked */
    const char *path;    /* of the file; "" for a plugin that is linked in */
    const char *version; /* "" where it has none */
    const char *refused; /* the sentence that says why it is not used; NULL where it is */
    uint32_t abi;
    uint64_t cpu_features; /* enum hinge_cpu_feature of plugin.h */
    uint32_t opset;        /* newest opset it is known for; 0: no limit */
    size_t n_ops;          /* operator entries; 0 for a refused one */
    bool is_builtin;
} hinge_plugin_info;

HINGE_API size_t hinge_n_plugins(const hinge_registry *registry);
HINGE_API bool hinge_get_plugin(const hinge_registry *registry, size_t index,
                                hinge_plugin_info *info);

/* One entry of a plugin's operator table: an operator from one opset to another. */
typedef struct hinge_op_info {
    size_t size;
    const char *name, *domain; /* domain "" is the ONNX standard's own */
    uint32_t since, until;     /* until 0: the newest opset of the plugin */
    uint32_t min_inputs, max_inputs, min_outputs, max_outputs; /* UINT32_MAX: any number */
    uint32_t flags;                                            /* enum hinge_op_flags of plugin.h */
    const char *signature; /* as plugin.h describes; types are those it has kernels for */
    uint64_t types;        /* 1 << type for each element type that the first type variable may be */
} hinge_op_info;

HINGE_API bool hinge_get_op(const hinge_registry *registry, size_t plugin, size_t index,
                            hinge_op_info *info);

/* An attribute that such an entry declares. */
typedef struct hinge_attribute_info {
    size_t size;
    const char *name;
    uint32_t type; /* enum hinge_attribute_type of plugin.h */
    bool is_required;
} hinge_attribute_info;

HINGE_API bool hinge_get_op_attribute(const hinge_registry *registry, size_t plugin, size_t op,
                                      size_t index, hinge_attribute_info *info);

/*
 * The graphs of a session, as they are run: after all passes. Nodes and values are numbered through
 * all graphs: those of the main graph first, then those of the bodies of its nodes, depth first.
 */

/* What the file says of itself. */
typedef struct hinge_model_info {
    size_t size;
    const char *graph_name, *producer_name, *producer_version; /* "" where not given */
    int64_t ir_version;
    size_t n_opsets;
    size_t n_values, n_nodes; /* of the main graph */
    size_t n_nodes_loaded;    /* nodes the main graph had before the first pass */
    size_t mapped_size;       /* bytes of constants that lie in a mapped file */
    size_t owned_size;        /* bytes of constants in memory of their own */
    size_t packed_size; /* bytes that operators hold as prepared copies; those of a body are made
                           when it is first run */
    size_t n_graphs, n_all_values, n_all_nodes; /* with the bodies */
    size_t n_missing;       /* operators and kernels that no plugin has (allow_missing) */
    size_t n_model_outputs; /* outputs after them were asked for by name */
    const char *domain, *doc, *graph_doc; /* "" where not given */
    int64_t model_version;
    size_t n_metadata;
    size_t cached_size; /* bytes of packed_size that lie in files of hinge_options.cache */
} hinge_model_info;

HINGE_API bool hinge_get_model(const hinge_session *session, hinge_model_info *info);
/* The index-th opset import: domain ("" is the standard's own) and version. */
HINGE_API bool hinge_get_opset(const hinge_session *session, size_t index, const char **domain,
                               uint32_t *version);

/* The index-th entry of the model's metadata; keys may repeat. */
HINGE_API bool hinge_get_metadata(const hinge_session *session, size_t index, const char **key,
                                  const char **value);
/* The index-th file that the model was opened from: number 0 is its own, with location "", the
 * others hold its external data, at the location that the model gives. bytes are those of the file
 * as the session has read or mapped it, and stay until hinge_close. */
HINGE_API bool hinge_get_file(const hinge_session *session, size_t index, const char **location,
                              const void **bytes, size_t *size);
/* The index-th operator or kernel that is missing, as a phrase; NULL past the end. */
HINGE_API const char *hinge_missing(const hinge_session *session, size_t index);

/* A graph: number 0 is the main one, the others are bodies. */
typedef struct hinge_graph_info {
    size_t size;
    const char *name;
    size_t first_node, n_nodes, first_value, n_values;
    size_t n_inputs, n_outputs;
    size_t parent_node;    /* whose body it is; HINGE_NO_INDEX for the main graph */
    const char *attribute; /* of that node; NULL for the main graph */
} hinge_graph_info;

HINGE_API bool hinge_get_graph(const hinge_session *session, size_t index, hinge_graph_info *info);
/* The value that is a graph's input or output; HINGE_NO_INDEX when an index is too large. */
HINGE_API size_t hinge_graph_input(const hinge_session *session, size_t graph, size_t index);
HINGE_API size_t hinge_graph_output(const hinge_session *session, size_t graph, size_t index);

/* A node; nodes are numbered in the order of execution. */
typedef struct hinge_node_info {
    size_t size;
    const char *name; /* "" where the model gives none */
    const char *op, *domain;
    uint32_t opset;         /* version of the domain that the model imports */
    uint32_t since;         /* of the operator entry that serves it; 0 where plugin is "" */
    const char *plugin;     /* the name of the plugin that runs it; "" where none has it for these
                               types, or where a type before it is not known for that reason */
    const char *activation; /* computed in the same step: "Relu", …; NULL where none */
    size_t n_inputs, n_outputs;
    bool adds; /* adds one of its inputs to the result before the activation */
    size_t graph;
    const char *label; /* its name or, where it has none, that of its first output */
} hinge_node_info;

HINGE_API bool hinge_get_node(const hinge_session *session, size_t index, hinge_node_info *info);
/* The value that a node reads or writes; HINGE_NO_INDEX where it is left out or index is too large.
 */
HINGE_API size_t hinge_node_input(const hinge_session *session, size_t node, size_t index);
HINGE_API size_t hinge_node_output(const hinge_session *session, size_t node, size_t index);

/* An activation: a node that is one, or the one that a node computes in the same step. */
typedef struct hinge_activation_info {
    size_t size;
    const char *op, *domain; /* of the activation, also where it is fused: "Elu", "" */
    uint32_t kind;           /* enum hinge_activation_kind of plugin.h */
    float alpha, beta;       /* what the kind makes of them */
    bool is_fused;
    bool has_row, has_derivative; /* what hinge_apply_activation can compute */
} hinge_activation_info;

/* false also where the node has no activation. */
HINGE_API bool hinge_get_activation(const hinge_session *session, size_t node,
                                    hinge_activation_info *info);
/* y[i] = f(x[i]), or the derivative f'(x[i]), for count elements by the code of the plugin whose
 * operator the activation is; y may be x. HINGE_UNSUPPORTED where the plugin has no such code. */
HINGE_API hinge_status hinge_apply_activation(const hinge_session *session, size_t node,
                                              bool derivative, const float *x, float *y,
                                              size_t count, hinge_error *error);

typedef struct hinge_value_info {
    size_t size;
    const char *name;    /* "" where a pass made it */
    hinge_tensor tensor; /* type and dims as far as they are known without a run; data is NULL */
    size_t producer;     /* node, or HINGE_NO_INDEX for inputs and constants */
    size_t n_readers;    /* 0: nobody needs it */
    bool is_input, is_output, is_constant;
    hinge_type_code type; /* the whole type; 0 where it is not known */
    size_t graph;
    size_t
        outer; /* of a body: the value of the graph around it that it stands for, or HINGE_NO_INDEX
                */
    bool is_channels_last; /* a rewrite has moved axis 1 of the model's value of that name behind
                              the others */
} hinge_value_info;

HINGE_API bool hinge_get_value(const hinge_session *session, size_t index, hinge_value_info *info);

/* What the passes did when the session was opened, in the order of hinge_pass_name */

typedef struct hinge_pass_info {
    size_t size;
    const char *name;
    bool disabled;
    size_t nodes_before, nodes_after; /* of the main graph */
    size_t n_changes;
} hinge_pass_info;

HINGE_API bool hinge_get_pass(const hinge_session *session, size_t index, hinge_pass_info *info);
/* One change as a sentence, such as: fused Relu "r1" into Conv "c1". NULL when an index is too
 * large. */
HINGE_API const char *hinge_pass_change(const hinge_session *session, size_t pass, size_t index);

/* The memory plan of a context: that of its latest run or hinge_plan, whether or not it succeeded
 */

/* Makes the plan of a run with inputs of these types and dims, as hinge_run would, without running
 * it: the data may be NULL. Memory is reserved as for the run. */
HINGE_API hinge_status hinge_plan(hinge_context *context, const hinge_tensor *inputs,
                                  size_t n_inputs, hinge_error *error);

typedef struct hinge_plan_info {
    size_t size;
    size_t arena_size;   /* bytes of the one block that values share */
    size_t scratch_size; /* bytes beside it that operators use while they run */
    size_t unshared;     /* bytes the values of the arena would take, each in its own place */
    size_t n_steps;      /* nodes that are left when shape arithmetic is done */
    size_t n_dynamic;    /* values that are allocated as they appear (shapes depend on data) */
} hinge_plan_info;

/* false where there is no plan yet. */
HINGE_API bool hinge_get_plan(const hinge_context *context, hinge_plan_info *info);
/* The node that a step runs; steps are numbered as in hinge_node_event.index. HINGE_NO_INDEX where
 * there is no such step. */
HINGE_API size_t hinge_plan_step(const hinge_context *context, size_t step);

typedef enum hinge_placement {
    HINGE_PLACE_NONE,     /* nobody wants it */
    HINGE_PLACE_CONSTANT, /* of the model, or computed while planning */
    HINGE_PLACE_INPUT,    /* in the caller's input memory */
    HINGE_PLACE_ARENA,    /* at offset in the arena, or in the caller's output memory instead */
    HINGE_PLACE_DYNAMIC   /* allocated when its shape is known */
} hinge_placement;

typedef struct hinge_place_info {
    size_t size;
    hinge_placement placement;
    size_t offset; /* in the arena */
    size_t over;   /* the value whose memory it takes over; HINGE_NO_INDEX where none */
    bool is_view;  /* it is that value's bytes under another shape; otherwise written over it */
    hinge_tensor
        tensor; /* type and dims in this plan; -1 where they depend on data; data is NULL */
} hinge_place_info;

/* Where a value (as numbered for hinge_get_value) lies. */
HINGE_API bool hinge_get_place(const hinge_context *context, size_t value, hinge_place_info *info);

#ifdef __cplusplus
}
#endif
#endif
