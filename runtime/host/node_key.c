#include "base/tensor.h"
#include "host/host.h"

#include <string.h>

static struct hash add_text(struct hash hash, const char *text)
{
    return text ? hash_bytes(hash, text, strlen(text)) : hash_number(hash, 0);
}

static struct hash add_float(struct hash hash, float number)
{
    return hash_bytes(hash, &number, sizeof number);
}

static struct hash add_shape(struct hash hash, const hinge_tensor *tensor)
{
    if (!tensor)
        return hash_number(hash, 0);
    hash = hash_number(hash, (uint64_t)tensor->type << 32 | (uint32_t)tensor->rank);
    return hash_bytes(hash, tensor->dims,
                      tensor->rank > 0 ? (size_t)tensor->rank * sizeof *tensor->dims : 0);
}

/* With the bytes, where they are known. */
static bool add_tensor(struct hash *hash, const hinge_tensor *tensor)
{
    size_t size;
    *hash = add_shape(*hash, tensor);
    if (!tensor || !tensor->data)
        return true;
    if (tensor->type == HINGE_STRING || hinge_is_container(tensor->type) ||
        !tensor_size(tensor, &size))
        return false;
    *hash = hash_bytes(*hash, tensor->data, size);
    return true;
}

static bool add_attribute(struct hash *hash, const struct hinge_attribute *a)
{
    *hash = hash_number(hash_number(*hash, (uint64_t)a->type << 1 | a->present), a->count);
    switch (a->type) {
    case HINGE_ATTR_NONE: return true;
    case HINGE_ATTR_FLOAT: *hash = add_float(*hash, a->f); return true;
    case HINGE_ATTR_INT: *hash = hash_number(*hash, (uint64_t)a->i); return true;
    case HINGE_ATTR_STRING: *hash = hash_bytes(*hash, a->s.bytes, a->s.size); return true;
    case HINGE_ATTR_FLOATS: *hash = hash_bytes(*hash, a->floats, a->count * sizeof(float)); break;
    case HINGE_ATTR_INTS: *hash = hash_bytes(*hash, a->ints, a->count * sizeof(int64_t)); break;
    case HINGE_ATTR_STRINGS:
        for (size_t i = 0; i < a->count; i++)
            *hash = hash_bytes(*hash, a->strings[i].bytes, a->strings[i].size);
        break;
    default: return !a->present;
    }
    return true;
}

static struct hash add_epilogue(struct hash hash, const struct graph_node *node)
{
    const struct hinge_activation *activation = node->epilogue.activation;
    hash = hash_number(hash, (uint64_t)activation->kind << 32 | (uint32_t)node->epilogue.addend);
    hash = add_float(add_float(hash, activation->alpha), activation->beta);
    return add_text(add_text(hash, node->activation_op), node->activation_domain);
}

static struct hash add_operator(struct hash hash, const struct host_node *node)
{
    const struct hinge_op *op = node->graph_node->definition;
    hash = add_text(add_text(hash, op->name), op->domain);
    hash = hash_number(hash, (uint64_t)op->since << 32 | node->node.opset);
    hash = hash_number(hash, node->node.cpu_features);
    hash = hash_number(hash, node->node.options);
    return hash_number(hash, (uint64_t)node->node.n_inputs << 32 | node->node.n_outputs);
}

static bool hash_node(const struct host_node *node, struct hash *hash)
{
    const struct graph_node *graph_node = node->graph_node;
    const struct hinge_attribute_def *defs = graph_node->definition->attributes;
    *hash = cache_plugin(node->caller->session->cache, graph_node->plugin,
                         graph_node->definition->init);
    *hash = add_epilogue(add_operator(add_text(*hash, HINGE_VERSION), node), graph_node);
    for (uint32_t i = 0; i < node->node.n_outputs; i++)
        *hash = add_shape(*hash, node->node.outputs[i]);
    for (unsigned i = 0; defs && defs[i].name; i++)
        if (!add_attribute(hash, &node->node.attributes[i]))
            return false;
    for (uint32_t i = 0; i < node->node.n_inputs; i++)
        if (!add_tensor(hash, node->node.inputs[i]))
            return false;
    return true;
}

bool node_key(struct host_node *node, size_t size, struct hash *key)
{
    if (!node->is_hashed && !hash_node(node, &node->node_hash))
        return false;
    node->is_hashed = true;
    *key = hash_number(hash_number(node->node_hash, node->n_packed), size);
    return true;
}
