#include "activation/activation_node.h"

#include "base/text.h"
#include "files/message.h"

#include <errno.h>
#include <hinge/plugin.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IR_VERSION 10

/* Fields of onnx.proto. */
enum { MODEL_IR_VERSION = 1, MODEL_GRAPH = 7, MODEL_OPSET_IMPORT = 8 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_S = 4, ATTRIBUTE_TYPE = 20 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_TYPE = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_PARAM = 2 };
enum { INITIALIZER_TYPE = 2, INITIALIZER_FLOAT_DATA = 4, INITIALIZER_NAME = 8 };

/* What the node gets beside its input. */
struct parts {
    struct message attributes; /* fields of the node */
    float bounds[2];
    bool has_bound[2];
};

static bool not_elementwise(hinge_error *error, const struct activation_op *op, const char *reason)
{
    return error_set(error, HINGE_UNSUPPORTED,
                     "%.80s is not an elementwise operator of one floating-point input%s",
                     op->op.name, reason);
}

static bool parse_float(const char *text, float *value)
{
    char *end;
    *value = strtof(text, &end);
    return end != text && !*end && isfinite(*value);
}

static bool parse_int(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

static bool wrong_value(hinge_error *error, const char *name, const char *wanted, const char *value)
{
    return error_set(error, HINGE_BAD_ARGUMENT, "attribute \"%.80s\" is %s, which \"%.80s\" is not",
                     name, wanted, value);
}

static bool set_attribute(struct parts *parts, const hinge_attribute_info *info, const char *value,
                          hinge_error *error)
{
    struct message attribute = {0};
    const char *wanted = NULL;
    float number;
    int64_t integer;
    message_text(&attribute, ATTRIBUTE_NAME, info->name);
    message_int(&attribute, ATTRIBUTE_TYPE, info->type);
    switch ((int)info->type) {
    case HINGE_ATTR_FLOAT:
        wanted = parse_float(value, &number) ? NULL : "a finite number";
        message_float(&attribute, ATTRIBUTE_F, number);
        break;
    case HINGE_ATTR_INT:
        wanted = parse_int(value, &integer) ? NULL : "an integer";
        message_int(&attribute, ATTRIBUTE_I, (uint64_t)integer);
        break;
    case HINGE_ATTR_STRING: message_text(&attribute, ATTRIBUTE_S, value); break;
    default:
        message_free(&attribute);
        return error_set(error, HINGE_UNSUPPORTED,
                         "attribute \"%.80s\" is no single number or string, which is all that can "
                         "be given here",
                         info->name);
    }
    message_part(&parts->attributes, NODE_ATTRIBUTE, &attribute);
    return !wanted || wrong_value(error, info->name, wanted, value);
}

static bool no_such_attribute(hinge_error *error, const hinge_registry *registry,
                              const struct activation_op *op, const struct option_pair *pair)
{
    char list[300] = "";
    hinge_attribute_info info = {.size = sizeof info};
    for (size_t i = 0; hinge_get_op_attribute(registry, op->plugin, op->index, i, &info); i++)
        text_append(list, sizeof list, "%s\"%.60s\"", i ? ", " : "", info.name);
    return error_set(error, HINGE_BAD_ARGUMENT, "%.80s has no attribute \"%.*s\"; it has %s",
                     op->op.name, pair->name_size > 80 ? 80 : pair->name_size, pair->name,
                     *list ? list : "none");
}

static bool is_named(const struct option_pair *pair, const char *name)
{
    return strlen(name) == (size_t)pair->name_size &&
           memcmp(name, pair->name, (size_t)pair->name_size) == 0;
}

/* Clip has had its bounds as inputs since opset 11: which of them the pair is, -1 where none. */
static int which_bound(const struct activation_op *op, const struct option_pair *pair)
{
    if (*op->op.domain || strcmp(op->op.name, "Clip") || op->op.max_inputs < 3)
        return -1;
    return is_named(pair, "min") ? 0 : is_named(pair, "max") ? 1 : -1;
}

static bool take_attribute(struct parts *parts, const hinge_registry *registry,
                           const struct activation_op *op, const struct option_pair *pair,
                           hinge_error *error)
{
    hinge_attribute_info info = {.size = sizeof info};
    int bound = which_bound(op, pair);
    if (bound >= 0) {
        parts->has_bound[bound] = true;
        return parse_float(pair->value, &parts->bounds[bound]) ||
               wrong_value(error, bound ? "max" : "min", "a finite number", pair->value);
    }
    bool found = false;
    for (size_t i = 0; !found && hinge_get_op_attribute(registry, op->plugin, op->index, i, &info);
         i++)
        found = is_named(pair, info.name);
    if (!found)
        return no_such_attribute(error, registry, op, pair);
    return set_attribute(parts, &info, pair->value, error);
}

static bool take_attributes(struct parts *parts, char *title, size_t title_size,
                            const hinge_registry *registry, const struct activation_op *op,
                            const struct option_pairs *pairs, hinge_error *error)
{
    for (size_t p = 0; p < pairs->n; p++) {
        const struct option_pair *pair = &pairs->items[p];
        bool replaced = false;
        for (size_t later = p + 1; later < pairs->n; later++)
            replaced |= pairs->items[later].name_size == pair->name_size &&
                        memcmp(pairs->items[later].name, pair->name, (size_t)pair->name_size) == 0;
        if (replaced)
            continue;
        text_append(title, title_size, ", %.*s = %s", pair->name_size, pair->name, pair->value);
        if (!take_attribute(parts, registry, op, pair, error))
            return false;
    }
    return true;
}

/* A float vector of any length. */
static void add_value(struct message *graph, unsigned field, const char *name, bool is_typed)
{
    struct message dim = {0}, shape = {0}, tensor = {0}, type = {0}, value = {0};
    message_text(&dim, DIM_PARAM, "count");
    message_part(&shape, SHAPE_DIM, &dim);
    message_int(&tensor, TENSOR_TYPE, HINGE_FLOAT);
    message_part(&tensor, TENSOR_SHAPE, &shape);
    message_part(&type, TYPE_TENSOR, &tensor);
    message_text(&value, VALUE_NAME, name);
    if (is_typed)
        message_part(&value, VALUE_TYPE, &type);
    message_free(&type);
    message_part(graph, field, &value);
}

/* A scalar initializer. */
static void add_bound(struct message *graph, const char *name, float bound)
{
    struct message tensor = {0};
    message_int(&tensor, INITIALIZER_TYPE, HINGE_FLOAT);
    message_float(&tensor, INITIALIZER_FLOAT_DATA, bound);
    message_text(&tensor, INITIALIZER_NAME, name);
    message_part(graph, GRAPH_INITIALIZER, &tensor);
}

static void add_node(struct message *graph, struct parts *parts, const struct activation_op *op)
{
    static const char *const bounds[] = {"min", "max"};
    struct message node = {0};
    message_text(&node, NODE_INPUT, "x");
    for (size_t i = 0; i < 2; i++) {
        if (parts->has_bound[i])
            add_bound(graph, bounds[i], parts->bounds[i]);
        if (parts->has_bound[i] || (i == 0 && parts->has_bound[1]))
            message_text(&node, NODE_INPUT, parts->has_bound[i] ? bounds[i] : "");
    }
    message_text(&node, NODE_OUTPUT, "y");
    message_text(&node, NODE_OP_TYPE, op->op.name);
    message_text(&node, NODE_DOMAIN, op->op.domain);
    message_fields(&node, &parts->attributes);
    message_part(graph, GRAPH_NODE, &node);
}

/* x -> node -> y; the type of y is for the operator to say. */
static struct message make_model(struct parts *parts, const struct activation_op *op)
{
    struct message model = {0}, graph = {0}, opset = {0};
    add_node(&graph, parts, op);
    message_text(&graph, GRAPH_NAME, "activation");
    add_value(&graph, GRAPH_INPUT, "x", true);
    add_value(&graph, GRAPH_OUTPUT, "y", false);
    message_text(&opset, OPSET_DOMAIN, op->op.domain);
    message_int(&opset, OPSET_VERSION, op->opset);
    message_int(&model, MODEL_IR_VERSION, IR_VERSION);
    message_part(&model, MODEL_OPSET_IMPORT, &opset);
    message_part(&model, MODEL_GRAPH, &graph);
    return model;
}

/* The session without any pass. */
static bool open_session(struct activation_node *node, const struct common_options *options,
                         hinge_error *error)
{
    hinge_options open = options->open;
    size_t n_passes = 0;
    while (hinge_pass_name(n_passes))
        n_passes++;
    const char **passes = calloc(n_passes + 1, sizeof *passes);
    if (!passes)
        return error_no_memory(error);
    for (size_t i = 0; i < n_passes; i++)
        passes[i] = hinge_pass_name(i);
    open.disabled_passes = passes;
    open.n_disabled_passes = n_passes;
    bool ok = hinge_open_memory(node->model.bytes, node->model.size, &open, &node->session,
                                error) == HINGE_OK &&
              hinge_context_create(node->session, &node->context, error) == HINGE_OK;
    free(passes);
    return ok;
}

/* What is an activation of its input 0 passes whatever else it declares: Clip has three inputs. */
static bool check_elementwise(const struct activation_node *node, const struct activation_op *op,
                              hinge_error *error)
{
    hinge_activation_info activation = {.size = sizeof activation};
    if (hinge_get_activation(node->session, 0, &activation))
        return true;
    return (op->op.flags & HINGE_OP_ELEMENTWISE && op->op.max_inputs == 1) ||
           not_elementwise(error, op, "");
}

bool activation_node_open(struct activation_node *node, const struct common_options *options,
                          const hinge_registry *registry, const struct activation_op *op,
                          const struct option_pairs *attributes, hinge_error *error)
{
    *node = (struct activation_node){0};
    if (op->op.min_inputs != 1 || op->op.min_outputs > 1 || op->op.max_outputs == 0) {
        char reason[80];
        snprintf(reason, sizeof reason, ": it needs %" PRIu32 " inputs", op->op.min_inputs);
        return not_elementwise(error, op, op->op.min_inputs == 1 ? "" : reason);
    }
    struct parts parts = {0};
    text_append(node->title, sizeof node->title, "%s", op->op.name);
    bool ok =
        take_attributes(&parts, node->title, sizeof node->title, registry, op, attributes, error);
    if (ok) {
        node->model = make_model(&parts, op);
        ok = !node->model.failed || error_no_memory(error);
    }
    ok = ok && open_session(node, options, error) && check_elementwise(node, op, error);
    message_free(&parts.attributes);
    if (!ok)
        activation_node_close(node);
    return ok;
}

void activation_node_close(struct activation_node *node)
{
    hinge_context_destroy(node->context);
    hinge_close(node->session);
    message_free(&node->model);
    *node = (struct activation_node){0};
}

bool activation_node_values(const struct activation_node *node, const float *x, float *y,
                            size_t count, hinge_error *error)
{
    int64_t dims[] = {(int64_t)count};
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 1, dims, (float *)x), output = {0};
    if (hinge_run(node->context, &input, 1, &output, 1, NULL, error))
        return false;
    if (output.type != HINGE_FLOAT || hinge_tensor_count(&output) != dims[0])
        return error_set(error, HINGE_UNSUPPORTED,
                         "%s is not an elementwise operator of one floating-point input: what "
                         "comes out is %s",
                         node->title,
                         output.type == HINGE_FLOAT ? "of another shape"
                                                    : hinge_type_text(output.type));
    memcpy(y, output.data, count * sizeof *y);
    return true;
}

const char *activation_node_plugin(const struct activation_node *node)
{
    hinge_node_info info = {.size = sizeof info};
    return hinge_get_node(node->session, 0, &info) ? info.plugin : "";
}

bool activation_node_derivatives(const struct activation_node *node, const float *x, float *y,
                                 size_t count, hinge_error *error)
{
    hinge_status status = hinge_apply_activation(node->session, 0, true, x, y, count, error);
    if (status == HINGE_UNSUPPORTED)
        return error_set(error, status, "the plugin %.80s declares no derivative of %s",
                         activation_node_plugin(node), node->title);
    return status == HINGE_OK;
}
