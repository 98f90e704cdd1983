/*
 * Models for the loader's tests, put together as protobuf-c messages and packed by protobuf-c, so
 * that what is read was not written by the reader's own code. Everything lives until build_free.
 * Lists of names are written with commas: "x,,y" leaves the second out.
 */
#ifndef TESTS_LOAD_BUILD_H
#define TESTS_LOAD_BUILD_H

#include "load/load.h"
#include "onnx.pb-c.h"

struct build {
    hinge_allocator allocator;
    struct arena arena;
    Onnx__ModelProto model; /* IR version 8, opset 17, and graph */
    Onnx__GraphProto *graph;
};

void build_begin(struct build *build);
void build_free(struct build *build);

Onnx__GraphProto *build_graph(struct build *build);
Onnx__NodeProto *build_node(struct build *build, Onnx__GraphProto *graph, const char *op,
                            const char *inputs, const char *outputs);
/* A float tensor with that many dimensions; -1 is left open. */
Onnx__ValueInfoProto *build_input(struct build *build, Onnx__GraphProto *graph, const char *name,
                                  size_t rank, const int64_t *dims);
Onnx__ValueInfoProto *build_output(struct build *build, Onnx__GraphProto *graph, const char *name);
Onnx__TensorProto *build_tensor(struct build *build, const char *name, int32_t type, size_t rank,
                                const int64_t *dims);
/* build_tensor, as an initializer. */
Onnx__TensorProto *build_initializer(struct build *build, Onnx__GraphProto *graph, const char *name,
                                     int32_t type, size_t rank, const int64_t *dims);
void build_raw(Onnx__TensorProto *tensor, const void *bytes, size_t size); /* not copied */
void build_external(struct build *build, Onnx__TensorProto *tensor, const char *key,
                    const char *value);
Onnx__AttributeProto *build_attribute(struct build *build, Onnx__NodeProto *node, const char *name,
                                      int type);
void build_opset(struct build *build, const char *domain, int64_t version);
Onnx__FunctionProto *build_function(struct build *build, const char *domain, const char *name,
                                    const char *inputs, const char *outputs);
Onnx__NodeProto *build_function_node(struct build *build, Onnx__FunctionProto *function,
                                     const char *op, const char *inputs, const char *outputs);

char *build_text(struct build *build, const char *text);
void *build_memory(struct build *build, size_t size); /* zeroed */
/* Appends to one of the messages' arrays of pointers. */
void build_append(struct build *build, size_t *n, void *array, void *item);

/* The serialized model. */
uint8_t *build_pack(struct build *build, size_t *size);
void build_write(struct build *build, const char *path);

/* Packs and loads; malloc's memory. NULL on failure, with error filled. */
struct loaded_model *build_load(struct build *build, hinge_error *error);

/* The value of that name, or NULL. */
const struct graph_value *find_value(const struct graph *graph, const char *name);
uint32_t find_index(const struct graph *graph, const char *name);

#endif
