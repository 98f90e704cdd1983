/* Tensors in files of their own: serialised TensorProto messages, as ONNX's test data are. */
#ifndef TOOL_TENSOR_PB_H
#define TOOL_TENSOR_PB_H

#include "array.h"

/* Reads a tensor from raw or typed data; external data are refused. The bytes are untrusted. */
bool tensor_pb_parse(const unsigned char *bytes, size_t size, struct array *array,
                     hinge_error *error);
bool tensor_pb_read(const char *path, struct array *array, hinge_error *error);

/* Writes name, type, dims and raw_data (string_data for strings). */
bool tensor_pb_write(const char *path, const char *name, const hinge_tensor *tensor,
                     hinge_error *error);

#endif
