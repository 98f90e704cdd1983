/* What a session says of its inputs, outputs and nodes, as text. */
#ifndef TOOL_DESCRIBE_H
#define TOOL_DESCRIBE_H

#include "base/text.h"

#include <hinge/inspect.h>

/* "float[batch,3,?]": the declared type and shape, with the names of symbolic dimensions. Return
 * text, which has TEXT_SHAPE_SIZE bytes. */
const char *describe_input(char *text, const hinge_session *session, size_t index);
const char *describe_output(char *text, const hinge_session *session, size_t index);

/* "float[2,3]", or for what holds values "seq(tensor(float))"; "any" without a type. type is that
 * of all levels, as far as it is known. Returns text, which has TEXT_SHAPE_SIZE bytes. */
const char *describe_value(char *text, const hinge_tensor *value, hinge_type_code type);

/* "Conv+Add+Relu": a node's operator with what it computes in the same step. Returns text, which
 * has DESCRIBE_OP_SIZE bytes. */
#define DESCRIBE_OP_SIZE 96
const char *describe_op(char *text, const hinge_node_info *node);

#endif
