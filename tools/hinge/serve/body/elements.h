/* Elements of tensors in the two forms that the protocol carries: JSON and little-endian bytes. */
#ifndef SERVE_ELEMENTS_H
#define SERVE_ELEMENTS_H

#include "base/array.h"
#include "serve/bytes.h"

/* What a tensor of a request owns. */
struct elements {
    hinge_tensor tensor;
    void *data; /* NULL where the tensor lies in the request */
    char *text; /* the bytes of strings */
};

/*
 * Fill elements->tensor, whose type and shape are set and whose dims are not negative. At most
 * limit bytes are allocated. They fail where there are not just as many elements as the shape says,
 * or one is none of the type; elements_free is due all the same.
 *
 * json: an array of numbers in any nesting; of BOOL true and false, of BYTES strings; NaN,
 * Infinity and -Infinity, in quotes or not; complex numbers as two each.
 * binary: as the protocol's binary data extension has them: BYTES with a length of 4 bytes in front
 * of each; of types below 8 bits Hinge's packing. data must stay, and may be written to.
 */
bool elements_from_json(struct elements *elements, const char *json, size_t size, size_t limit,
                        hinge_error *error);
bool elements_from_binary(struct elements *elements, char *data, size_t size, size_t limit,
                          hinge_error *error);
void elements_free(struct elements *elements);

/* Append a tensor's elements. */
void elements_to_json(struct bytes *bytes, const hinge_tensor *tensor);
void elements_to_binary(struct bytes *bytes, const hinge_tensor *tensor);

#endif
