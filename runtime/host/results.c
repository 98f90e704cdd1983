/* What a kernel has made of its outputs. */
#include "base/tensor.h"
#include "host/host.h"

static hinge_type_code code_of(const struct host_node *node, uint32_t output)
{
    return node->graph->values[node->graph_node->outputs[output]].type_code;
}

void results_promise(struct host_node *node)
{
    for (uint32_t i = 0; i < node->node.n_outputs; i++)
        if (node->node.outputs[i])
            node->promised[i] = *node->node.outputs[i];
}

static struct buffer *holder_of(const hinge_tensor *output)
{
    return ((const struct host_value *)(const void *)output)->holder;
}

static hinge_status fail_changed(struct host_node *node, uint32_t output)
{
    char said[128], given[128];
    const hinge_tensor *now = node->node.outputs[output];
    return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                 "changes output %u by itself (from %s to %s, or its type or data)",
                                 (unsigned)output,
                                 tensor_shape_text(&node->promised[output], said, sizeof said),
                                 tensor_shape_text(now, given, sizeof given));
}

/* A tensor whose memory is a buffer. */
static hinge_status check_tensor(struct host_node *node, uint32_t index)
{
    const hinge_tensor *output = node->node.outputs[index], *promised = &node->promised[index];
    const struct buffer *holder = holder_of(output);
    const void *data = holder ? holder->bytes : promised->data;
    size_t size;
    if (!holder && !tensor_is_known(promised))
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "leaves output %u without its shape (resize)",
                                     (unsigned)index);
    bool fits = tensor_size(output, &size) && output->type == promised->type &&
                tensor_fits(output, promised) && output->data == data &&
                (!holder || size <= holder->size);
    return fits ? HINGE_OK : fail_changed(node, index);
}

/* The type of a container's element; 0 where it is not known. */
static hinge_type_code element_code(hinge_type_code code, int64_t element,
                                    const hinge_tensor *value)
{
    hinge_type_code inner = hinge_element_code(code);
    if ((code & 0xff) != HINGE_MAP)
        return inner;
    if (element == 0)
        return code >> 8 & 0xff;
    return value->type == HINGE_SEQUENCE ? inner << 8 | HINGE_SEQUENCE : inner;
}

static hinge_status check_container(struct host_node *node, uint32_t output,
                                    const hinge_tensor *value, struct buffer *buffer,
                                    hinge_type_code code);

static hinge_status check_element(struct host_node *node, uint32_t output, int64_t element,
                                  const hinge_tensor *value, struct buffer *buffer,
                                  hinge_type_code code)
{
    hinge_type type = (hinge_type)(code & 0xff);
    size_t size;
    if (!buffer)
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "leaves element %lld of output %u empty", (long long)element,
                                     (unsigned)output);
    if (type && value->type != type)
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "makes element %lld of output %u %s, but it is %s",
                                     (long long)element, (unsigned)output,
                                     hinge_type_text(value->type), hinge_type_text(type));
    if (buffer->n_elements >= 0)
        return check_container(node, output, value, buffer, code);
    if (value->data != buffer->bytes || !hinge_type_bits(value->type) ||
        !tensor_size(value, &size) || size > buffer->size)
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "changes element %lld of output %u by itself",
                                     (long long)element, (unsigned)output);
    return HINGE_OK;
}

static hinge_status check_container(struct host_node *node, uint32_t output,
                                    const hinge_tensor *value, struct buffer *buffer,
                                    hinge_type_code code)
{
    if (!buffer || buffer->n_elements < 0 || value->data != buffer->bytes || value->rank != 1 ||
        value->dims[0] != buffer->n_elements || (code && value->type != (hinge_type)(code & 0xff)))
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "leaves output %u without a value", (unsigned)output);
    const hinge_tensor *elements = (const void *)buffer->bytes;
    hinge_status status = HINGE_OK;
    for (int64_t i = code && buffer->checked == code ? buffer->n_checked : 0;
         i < buffer->n_elements && !status; i++)
        status = check_element(node, output, i, &elements[i], *pool_held(buffer, i),
                               element_code(code, i, &elements[i]));
    if (!status) {
        buffer->checked = code;
        buffer->n_checked = buffer->n_elements;
    }
    return status;
}

/* A value that the plan says nothing of. */
static hinge_status check_dynamic(struct host_node *node, uint32_t index)
{
    const hinge_tensor *output = node->node.outputs[index];
    hinge_type_code code = code_of(node, index);
    if (hinge_is_container((hinge_type)(code & 0xff)))
        return check_container(node, index, output, holder_of(output), code);
    return check_tensor(node, index);
}

static bool is_as_promised(const struct host_node *node, uint32_t index)
{
    const hinge_tensor *output = node->node.outputs[index], *promised = &node->promised[index];
    return output->data == promised->data && tensor_same(output, promised);
}

hinge_status results_check(struct host_node *node, hinge_status status)
{
    for (uint32_t i = 0; i < node->node.n_outputs; i++) {
        hinge_tensor *output = node->node.outputs[i];
        if (!output)
            continue;
        if (node->is_dynamic && !status) {
            status = check_dynamic(node, i);
        } else if (!node->is_dynamic && !is_as_promised(node, i)) {
            if (!status)
                status = fail_changed(node, i);
            *output = node->promised[i];
        }
    }
    return status;
}
