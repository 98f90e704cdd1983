/* The parts of the conversion from protobuf messages to a graph, one file each. */
#ifndef LOAD_PARTS_H
#define LOAD_PARTS_H

#include "base/status.h"
#include "graph/graph.h"
#include "load/files.h"
#include "load/load.h"
#include "load/names.h"
#include "load/wire.h"
#include "onnx.pb-c.h"

#define LOAD_MIN_IR 3
#define LOAD_MAX_IR ONNX__VERSION__IR_VERSION

/* One loading under way, of a model or of a value. Whatever fails has filled error. */
struct load {
    const hinge_allocator *allocator;
    hinge_error *error;
    struct load_files *files;
    struct wire_stripped stripped;
    const Onnx__ModelProto *model;
    struct load_options options;
    bool copies;               /* all data, none stay in the file */
    struct graph *main;        /* functions import what it does; of a value, NULL */
    struct names missing;      /* domains of nodes for which no operator set is imported */
    hinge_error missing_error; /* about all of them */
    struct budget *budget;     /* the model's; of a value, NULL */
};

/* One graph being built. */
struct load_scope {
    struct load *load;
    struct load_scope *parent; /* of a subgraph; NULL for the main graph and a function's body */
    struct graph *graph;
    struct names names;               /* of its values */
    const struct graph_opset *opsets; /* of the model or function that it belongs to */
    uint32_t n_opsets;
    bool in_function;
};

/* parse.c: messages in memory of their own, which goes at once. */
struct load_messages {
    struct arena arena;
    size_t left; /* bytes that it may still take */
    bool is_exhausted, is_too_large;
};

/* Strips and parses the model's file as a message of that type. HINGE_LIMIT where its messages take
 * many times the memory that they take in the file, as no real ones do. The caller ends with
 * load_forget, also after a failure. */
hinge_status load_parse(struct load *load, const ProtobufCMessageDescriptor *type,
                        struct load_messages *messages, ProtobufCMessage **message);
void load_forget(struct load *load, struct load_messages *messages);

/* recognize.c: for a file that could not be read as a model: an error that says what it is, where
 * that can be told, instead of status and the error that is there. */
hinge_status load_recognize(struct load *load, hinge_status status);

/* model.c: version, operator sets, main graph and functions. On success *graph is the caller's. */
hinge_status load_model(struct load *load, struct graph **graph);

/* opset.c: sets the opsets of scope and its graph. Of two versions of a domain the higher counts.
 */
hinge_status load_opsets(struct load_scope *scope, Onnx__OperatorSetIdProto *const *protos,
                         size_t n_protos);
/* The version that scope imports of domain; 0 where it imports none. */
uint32_t load_opset(const struct load_scope *scope, const char *domain);
/* Adds domain (which lives as long as load) to those that are not imported. *is_first asks for the
 * node's name to be put in front of load->missing_error. */
hinge_status load_note_missing_opset(struct load *load, const char *domain, bool *is_first);
/* Fails where there is such a domain, naming them all. */
hinge_status load_missing_opsets(struct load *load);

/* body.c: fill scope->graph, which is empty. */
hinge_status load_graph_body(struct load_scope *scope, const Onnx__GraphProto *proto);
hinge_status load_function_body(struct load_scope *scope, const Onnx__FunctionProto *proto);

/* gradient.c: for a node of the training preview's Gradient, once its attributes are there. */
bool load_is_gradient(const struct graph_node *node);
hinge_status load_gradient(struct load_scope *scope, uint32_t node);

/* "ai.onnx" and NULL are "". */
const char *load_domain(const char *domain);

/* scope.c: values by name. */

/* Adds a value of that name, which must be new to the graph and not empty. what says in messages
 * what the name is for. */
hinge_status load_new_value(struct load_scope *scope, const char *name, const char *what,
                            uint32_t *value);
/* Finds the value of that name in the graph or around it; GRAPH_NONE where there is none. */
hinge_status load_find_value(struct load_scope *scope, const char *name, uint32_t *value);

/* What a model says of a value: tensor without data, rank -1 where it says nothing of the shape. */
struct load_declaration {
    hinge_type_code code;
    hinge_tensor tensor;
    const char *const *dim_names;
};

/* type.c: a type of any kind. proto may be NULL, which says nothing. */
hinge_status load_type(struct load_scope *scope, const Onnx__TypeProto *proto,
                       struct load_declaration *declared);
hinge_status load_type_code(struct load *load, const Onnx__TypeProto *proto, hinge_type_code *code);

/* attribute.c: proto into *attribute, everything it leads to in the arena of scope's graph. A
 * subgraph is given back with graph_destroy. */
hinge_status load_attribute(struct load_scope *scope, const Onnx__AttributeProto *proto,
                            struct graph_attribute *attribute);

/* tensor.c: fills *tensor. The data come from arena or, where that is NULL, from the allocator
 * (*storage is GRAPH_OWNED), unless they can stay where they are (GRAPH_MAPPED). The bytes of
 * strings live as long as the model's graph in any case. */
hinge_status load_tensor(struct load *load, const Onnx__TensorProto *proto, struct arena *arena,
                         hinge_tensor *tensor, enum graph_storage *storage);
/* Sets type, rank and dims of *tensor, *count and *size (bytes) after checking all of them. */
hinge_status load_shape(struct load *load, int32_t type, const int64_t *dims, size_t n_dims,
                        hinge_tensor *tensor, size_t *count, size_t *size);
/* Memory as load_tensor takes it. NULL when there is none. */
void *load_alloc(struct load *load, struct arena *arena, size_t size);

/* external.c: finds a tensor's size bytes in the file that external_data names. */
hinge_status load_external(struct load *load, const Onnx__TensorProto *proto, size_t size,
                           struct load_file **file, size_t *offset);

/* sparse.c: values and indices in the arena, checked, as HINGE_SPARSE has them; or a dense tensor
 * with the same elements, in memory as load_tensor takes it. */
hinge_status load_sparse(struct load *load, const Onnx__SparseTensorProto *proto,
                         struct arena *arena, hinge_tensor *tensor);
hinge_status load_sparse_tensor(struct load *load, const Onnx__SparseTensorProto *proto,
                                struct arena *arena, hinge_tensor *tensor);

#endif
