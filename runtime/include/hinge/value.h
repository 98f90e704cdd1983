/*
 * Values in files of their own: the .pb files of ONNX's test data, which are serialized
 * TensorProto, SequenceProto, OptionalProto, MapProto and SparseTensorProto messages. Needs no
 * session.
 *
 *     hinge_value *image;
 *     if (hinge_value_read("input_0.pb", HINGE_FLOAT, NULL, &image, &error))
 *         return fprintf(stderr, "%s\n", error.message), 1;
 *     … image->tensor …
 *     hinge_value_free(image);
 *
 * Such a file does not say which of the messages it is: whoever reads it does, by a type code.
 * Files are not trusted: what comes out is sound, or an error that says what is wrong. Every
 * function may be called from any thread.
 */
#ifndef HINGE_VALUE_H
#define HINGE_VALUE_H

#include <hinge/hinge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A value that owns all that it leads to. It stays as it is until hinge_value_free. */
typedef struct hinge_value {
    hinge_tensor tensor;  /* a value of any kind */
    hinge_type_code type; /* 0 at the levels below a sequence or optional without elements, where
                             neither file nor caller tells what it would hold */
    const char *name;     /* as the file gives it, or "" */
} hinge_value;

/*
 * Reads the value in the file at path, or in bytes, which are not needed afterwards. Of type the
 * outermost level says which message it is (0: a tensor), the others what it must hold as far as
 * they are not 0; HINGE_BAD_VALUE where it holds something else. allocator (NULL: malloc's) needs
 * not outlive the call; its functions must serve until hinge_value_free. On success *value is the
 * caller's; on failure it is NULL. Data that lie in another file are found in the folder of path,
 * and refused with bytes.
 */
HINGE_API hinge_status hinge_value_read(const char *path, hinge_type_code type,
                                        const hinge_allocator *allocator, hinge_value **value,
                                        hinge_error *error);
HINGE_API hinge_status hinge_value_parse(const void *bytes, size_t size, hinge_type_code type,
                                         const hinge_allocator *allocator, hinge_value **value,
                                         hinge_error *error);
/* Everything at once. NULL is allowed. */
HINGE_API void hinge_value_free(hinge_value *value);

/*
 * Writes tensor, a value of any kind, as hinge_value_read reads it. name may be NULL. type says
 * what a sequence or optional without elements would hold (0: not known). The new file replaces one
 * at path only when it is complete; where path is no regular file (a pipe, /dev/stdout), it is
 * written as it comes. HINGE_BAD_ARGUMENT where the value is not what hinge_tensor describes,
 * HINGE_LIMIT from 2 GiB on, which no such message can be larger than.
 */
HINGE_API hinge_status hinge_value_write(const char *path, const char *name,
                                         const hinge_tensor *tensor, hinge_type_code type,
                                         const hinge_allocator *allocator, hinge_error *error);

/* How many values tensor holds as its elements: 0 for one that holds numbers or strings. */
static inline int64_t hinge_n_elements(const hinge_tensor *tensor)
{
    switch ((int)tensor->type) {
    case HINGE_SEQUENCE:
    case HINGE_OPTIONAL: return tensor->dims[0];
    case HINGE_MAP:
    case HINGE_SPARSE: return 2;
    default: return 0;
    }
}
/* The one at index, which is below that number. */
static inline const hinge_tensor *hinge_element(const hinge_tensor *tensor, int64_t index)
{
    return (const hinge_tensor *)tensor->data + index;
}

#ifdef __cplusplus
}
#endif
#endif
