/* The parts of the conversion from protobuf messages to a graph, one file each. */
#ifndef LOAD_PARTS_H
#define LOAD_PARTS_H

#include "base/status.h"
#include "graph/graph.h"
#include "load/files.h"
#include "load/names.h"
#include "load/wire.h"
#include "onnx.pb-c.h"

#define LOAD_MIN_IR 3
#define LOAD_MAX_IR ONNX__VERSION__IR_VERSION

/* One loading under way. Whatever fails has filled error. */
struct load {
    const hinge_allocator *allocator;
    hinge_error *error;
    struct load_files *files;
    struct wire_stripped stripped;
    const Onnx__ModelProto *model;
    const struct graph *main; /* functions import what it does */
    size_t densified;         /* bytes of the sparse tensors that were made dense */
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

/* model.c: version, operator sets, main graph and functions. On success *graph is the caller's. */
hinge_status load_model(struct load *load, struct graph **graph);

/* body.c: fill scope->graph, which is empty. */
hinge_status load_graph_body(struct load_scope *scope, const Onnx__GraphProto *proto);
hinge_status load_function_body(struct load_scope *scope, const Onnx__FunctionProto *proto);

/* value.c: values by name, and what the model declares of them. */

/* "ai.onnx" and NULL are "". */
const char *load_domain(const char *domain);
/* Adds a value of that name, which must be new to the graph and not empty. what says in messages
 * what the name is for. */
hinge_status load_new_value(struct load_scope *scope, const char *name, const char *what,
                            uint32_t *value);
/* Finds the value of that name in the graph or around it; GRAPH_NONE where there is none. */
hinge_status load_find_value(struct load_scope *scope, const char *name, uint32_t *value);
/* Reads a declared type into *tensor (data NULL) and *dim_names. */
hinge_status load_type(struct load_scope *scope, const Onnx__TypeProto *proto, hinge_tensor *tensor,
                       const char *const **dim_names);

/* attribute.c: proto into *attribute, everything it leads to in the arena of scope's graph. A
 * subgraph is given back with graph_destroy. */
hinge_status load_attribute(struct load_scope *scope, const Onnx__AttributeProto *proto,
                            struct graph_attribute *attribute);

/* tensor.c: fills *tensor. The data come from arena or, where that is NULL, from the allocator
 * (*storage is GRAPH_OWNED), unless they can stay where they are (GRAPH_MAPPED). */
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

/* sparse.c: a dense tensor with the same elements, in memory as load_tensor takes it. */
hinge_status load_sparse_tensor(struct load *load, const Onnx__SparseTensorProto *proto,
                                struct arena *arena, hinge_tensor *tensor);

#endif
