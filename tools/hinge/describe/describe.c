#include "describe/describe.h"

#include <inttypes.h>

typedef const char *dim_name(const hinge_session *session, size_t index, int32_t axis);

const char *describe_value(char *text, const hinge_tensor *value, hinge_type_code type)
{
    if (!hinge_is_container(value->type)) {
        char dims[TEXT_SHAPE_SIZE];
        *text = '\0';
        text_append(text, TEXT_SHAPE_SIZE, "%s%s",
                    value->type ? hinge_type_text(value->type) : "any", text_dims(dims, value));
        return text;
    }
    return hinge_type_code_text(type ? type : value->type, text, TEXT_SHAPE_SIZE);
}

static const char *describe(char *text, const hinge_tensor *info, hinge_type_code type,
                            dim_name *name, const hinge_session *session, size_t index)
{
    if (hinge_is_container(info->type))
        return describe_value(text, info, type);
    snprintf(text, TEXT_SHAPE_SIZE, "%s%s", info->type ? hinge_type_text(info->type) : "any",
             info->rank < 0 ? "[…]" : "[");
    for (int32_t i = 0; i < info->rank; i++) {
        const char *symbol = info->dims[i] < 0 ? name(session, index, i) : NULL;
        text_append(text, TEXT_SHAPE_SIZE, i ? "," : "");
        if (info->dims[i] >= 0)
            text_append(text, TEXT_SHAPE_SIZE, "%" PRId64, info->dims[i]);
        else
            text_append(text, TEXT_SHAPE_SIZE, "%.60s", symbol && *symbol ? symbol : "?");
    }
    if (info->rank >= 0)
        text_append(text, TEXT_SHAPE_SIZE, "]");
    return text;
}

const char *describe_input(char *text, const hinge_session *session, size_t index)
{
    return describe(text, hinge_input_info(session, index), hinge_input_type(session, index),
                    hinge_input_dim_name, session, index);
}

const char *describe_output(char *text, const hinge_session *session, size_t index)
{
    return describe(text, hinge_output_info(session, index), hinge_output_type(session, index),
                    hinge_output_dim_name, session, index);
}

const char *describe_op(char *text, const hinge_node_info *node)
{
    snprintf(text, DESCRIBE_OP_SIZE, "%.60s%s%s%s", node->op, node->adds ? "+Add" : "",
             node->activation ? "+" : "", node->activation ? node->activation : "");
    return text;
}
