/* The operators that the library has linked in, for a mutator to draw from. */
#ifndef TESTS_FUZZ_OPERATORS_H
#define TESTS_FUZZ_OPERATORS_H

#include <hinge/inspect.h>

/* Reads the list; ends the program where that fails. */
void operators_open(void);
size_t operators_count(void);
void operators_get(size_t index, hinge_op_info *op);
/* The draw-th attribute, modulo their number, of an operator of that name; false where it has none.
 */
bool operators_attribute(const char *name, size_t size, size_t draw, hinge_attribute_info *info);

#endif
