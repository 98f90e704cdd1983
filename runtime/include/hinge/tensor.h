/* Statuses, element types and tensors: what hinge.h (embedding) and plugin.h (operators) share. */
#ifndef HINGE_TENSOR_H
#define HINGE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every way a call can end. The sentence that goes with a failure is in hinge_error. */
#define HINGE_STATUSES(X)                                                                          \
    X(HINGE_OK, "ok")                                                                              \
    X(HINGE_NO_MEMORY, "out of memory")                                                            \
    X(HINGE_IO, "file cannot be read")                                                             \
    X(HINGE_BAD_FORMAT, "not a valid ONNX file")                                                   \
    X(HINGE_BAD_MODEL, "model is not valid")                                                       \
    X(HINGE_UNSUPPORTED, "not supported")                                                          \
    X(HINGE_BAD_ARGUMENT, "argument is not valid")                                                 \
    X(HINGE_BAD_SHAPE, "shape does not fit")                                                       \
    X(HINGE_BAD_VALUE, "value is out of range")                                                    \
    X(HINGE_BAD_PLUGIN, "plugin cannot be used")                                                   \
    X(HINGE_LIMIT, "limit exceeded")                                                               \
    X(HINGE_CANCELLED, "cancelled")                                                                \
    X(HINGE_DEADLINE, "deadline passed")                                                           \
    X(HINGE_NEEDS_DATA, "shape depends on data")

typedef enum hinge_status {
#define HINGE_STATUS_NAME(name, text) name,
    HINGE_STATUSES(HINGE_STATUS_NAME)
#undef HINGE_STATUS_NAME
} hinge_status;

typedef enum hinge_log_level { HINGE_LOG_DEBUG, HINGE_LOG_INFO, HINGE_LOG_WARNING } hinge_log_level;

/* Element types, numbered as TensorProto.DataType of the ONNX standard. */
#define HINGE_TYPES(X)                                                                             \
    X(HINGE_FLOAT, 1, 32, "float")                                                                 \
    X(HINGE_UINT8, 2, 8, "uint8")                                                                  \
    X(HINGE_INT8, 3, 8, "int8")                                                                    \
    X(HINGE_UINT16, 4, 16, "uint16")                                                               \
    X(HINGE_INT16, 5, 16, "int16")                                                                 \
    X(HINGE_INT32, 6, 32, "int32")                                                                 \
    X(HINGE_INT64, 7, 64, "int64")                                                                 \
    X(HINGE_STRING, 8, 128, "string")                                                              \
    X(HINGE_BOOL, 9, 8, "bool")                                                                    \
    X(HINGE_FLOAT16, 10, 16, "float16")                                                            \
    X(HINGE_DOUBLE, 11, 64, "double")                                                              \
    X(HINGE_UINT32, 12, 32, "uint32")                                                              \
    X(HINGE_UINT64, 13, 64, "uint64")                                                              \
    X(HINGE_COMPLEX64, 14, 64, "complex64")                                                        \
    X(HINGE_COMPLEX128, 15, 128, "complex128")                                                     \
    X(HINGE_BFLOAT16, 16, 16, "bfloat16")                                                          \
    X(HINGE_FLOAT8E4M3FN, 17, 8, "float8e4m3fn")                                                   \
    X(HINGE_FLOAT8E4M3FNUZ, 18, 8, "float8e4m3fnuz")                                               \
    X(HINGE_FLOAT8E5M2, 19, 8, "float8e5m2")                                                       \
    X(HINGE_FLOAT8E5M2FNUZ, 20, 8, "float8e5m2fnuz")                                               \
    X(HINGE_UINT4, 21, 4, "uint4")                                                                 \
    X(HINGE_INT4, 22, 4, "int4")                                                                   \
    X(HINGE_FLOAT4E2M1, 23, 4, "float4e2m1")                                                       \
    X(HINGE_FLOAT8E8M0, 24, 8, "float8e8m0")                                                       \
    X(HINGE_UINT2, 25, 2, "uint2")                                                                 \
    X(HINGE_INT2, 26, 2, "int2")

typedef enum hinge_type {
    HINGE_NO_TYPE = 0,
#define HINGE_TYPE_NAME(name, number, bits, text) name = number,
    HINGE_TYPES(HINGE_TYPE_NAME)
#undef HINGE_TYPE_NAME
        HINGE_N_TYPES = 27, /* of element types */

    /* Values that hold values: see hinge_tensor. */
    HINGE_SEQUENCE = 0x41,
    HINGE_OPTIONAL = 0x42,
    HINGE_MAP = 0x43,
    HINGE_SPARSE = 0x44
} hinge_type;

/*
 * The type of a value of any kind, without its shape: one byte a level, the outermost in the lowest
 * byte. A tensor is its element type; a sequence, an optional and a sparse tensor are their type
 * and, from the next byte on, what they hold; a map is HINGE_MAP, the type of its keys, and what
 * its values are. So a sequence of float tensors is HINGE_SEQUENCE | HINGE_FLOAT << 8. A level of 0
 * is not known.
 */
typedef uint64_t hinge_type_code;
#define HINGE_MAX_TYPE_LEVELS 8

static inline bool hinge_is_container(hinge_type type)
{
    return type >= HINGE_SEQUENCE && type <= HINGE_SPARSE;
}

/* The type of what a value of that type is made of: of a sequence's or optional's elements, of a
 * map's values. */
static inline hinge_type_code hinge_element_code(hinge_type_code code)
{
    return (code & 0xff) == HINGE_MAP ? code >> 16 : code >> 8;
}

/* An element of a HINGE_STRING tensor: size bytes, no terminator promised. */
typedef struct hinge_string {
    const char *bytes;
    size_t size;
} hinge_string;

#define HINGE_MAX_RANK 16

/*
 * A value: a dense row-major array, in these four fields for ever. Nothing in it is owned: whoever
 * hands a tensor over says for how long data stays valid. data is aligned to the element; types
 * below 8 bits are packed, first element in the lowest bits, the last byte padded with zero bits. A
 * dimension of -1 is not known (model descriptions only); rank is -1 where not even the rank is
 * known.
 *
 * A value that holds values is the same struct, data an array of hinge_tensor:
 *   HINGE_SEQUENCE  rank 1, dims[0] elements of one type
 *   HINGE_OPTIONAL  rank 1, dims[0] is 1 (the element) or 0 (none)
 *   HINGE_MAP       rank 1, dims[0] is 2: the keys, a tensor of rank 1, and the
 *                   values in their order: a tensor of rank 1 where each is one element, otherwise
 *                   a sequence
 *   HINGE_SPARSE    rank and dims are those of the dense tensor; always two: the elements that are
 *                   not zero, of rank 1, and their places in ascending order, int64: either flat
 *                   indices (rank 1) or a row of coordinates each (rank 2)
 */
typedef struct hinge_tensor {
    hinge_type type;
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];
    void *data;
} hinge_tensor;

#ifdef __cplusplus
}
#endif
#endif
