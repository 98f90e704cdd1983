/* The services that make values of unknown size: outputs, and what containers are made of. */
#include "base/tensor.h"
#include "host/host.h"

#include <string.h>

/* Where it is noted what the element at address holds: in container, or in one that it alone holds.
 * From there on it is to be checked again. */
static struct buffer **find(struct buffer *container, const hinge_tensor *address)
{
    if (!container || container->n_elements < 0 || container->n_holders != 1)
        return NULL;
    struct buffer **place = NULL;
    uintptr_t offset = (uintptr_t)address - (uintptr_t)container->bytes;
    int64_t i = 0;
    if (offset < (size_t)container->n_elements * sizeof *address) {
        i = (int64_t)(offset / sizeof *address);
        place = offset % sizeof *address ? NULL : pool_held(container, i);
    } else {
        while (i < container->n_elements && !place)
            place = find(*pool_held(container, i++), address);
        i--;
    }
    if (place && i < container->n_checked)
        container->n_checked = i;
    return place;
}

/* A value that the node may make. */
struct made {
    uint32_t output;        /* that it is, or belongs to */
    bool is_element;        /* of that output */
    struct buffer **holder; /* where it is noted what it holds */
};

static bool find_made(const struct hinge_node *node, const hinge_tensor *value, struct made *made)
{
    for (uint32_t i = 0; i < node->n_outputs && value; i++) {
        struct host_value *output = (struct host_value *)(void *)node->outputs[i];
        if (!output)
            continue;
        made->output = i;
        made->is_element = &output->tensor != value;
        made->holder = &output->holder;
        if (made->is_element)
            made->holder = find(output->holder, value);
        if (made->holder)
            return true;
    }
    return false;
}

/* Makes value hold what it now is, and no longer what it was. */
static void set(const struct hinge_node *node, struct buffer **holder, hinge_tensor *value,
                const hinge_tensor *now, struct buffer *buffer)
{
    pool_drop(host_node_of(node)->caller->pool, *holder);
    *holder = buffer;
    *value = *now;
    value->data = buffer->bytes;
}

static hinge_status fail_size(const struct hinge_node *node, uint32_t output)
{
    return node->host->fail(node, HINGE_LIMIT, "the size of output %u does not fit",
                            (unsigned)output);
}

static hinge_status make(const struct hinge_node *node, const struct made *made,
                         hinge_tensor *value, const hinge_tensor *wanted)
{
    size_t size;
    if (!tensor_size(wanted, &size))
        return fail_size(node, made->output);
    struct buffer *buffer = pool_take(host_node_of(node)->caller->pool, size);
    if (!buffer)
        return HINGE_NO_MEMORY;
    set(node, made->holder, value, wanted, buffer);
    return HINGE_OK;
}

static hinge_status check_dims(const struct hinge_node *node, const struct made *made, int32_t rank,
                               const int64_t *dims)
{
    const char *what = made->is_element ? "an element of output" : "output";
    if (rank < 0 || rank > HINGE_MAX_RANK)
        return node->host->fail(node, HINGE_BAD_PLUGIN, "gives %s %u rank %d; 0 to %d are right",
                                what, (unsigned)made->output, (int)rank, HINGE_MAX_RANK);
    for (int32_t d = 0; d < rank; d++)
        if (dims[d] < 0)
            return node->host->fail(node, HINGE_BAD_PLUGIN, "gives %s %u dimension %lld", what,
                                    (unsigned)made->output, (long long)dims[d]);
    return HINGE_OK;
}

/* Gives an output that has been resized before another size, keeping what fits. */
static hinge_status resize_again(const struct hinge_node *node, const struct made *made,
                                 hinge_tensor *tensor, const hinge_tensor *wanted)
{
    size_t size, old_size = 0;
    if (!tensor_size(wanted, &size))
        return fail_size(node, made->output);
    tensor_size(tensor, &old_size);
    if (size <= (*made->holder)->size) {
        void *data = tensor->data;
        *tensor = *wanted;
        tensor->data = data;
        return HINGE_OK;
    }
    struct buffer *buffer = pool_take(host_node_of(node)->caller->pool, size);
    if (!buffer)
        return HINGE_NO_MEMORY;
    if (old_size)
        memcpy(buffer->bytes, tensor->data, old_size < size ? old_size : size);
    set(node, made->holder, tensor, wanted, buffer);
    return HINGE_OK;
}

hinge_status values_resize(const struct hinge_node *node, unsigned output, int32_t rank,
                           const int64_t *dims)
{
    struct host_node *self = host_node_of(node);
    if (output >= node->n_outputs)
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "resizes output %u, but the node has %u outputs", output,
                                (unsigned)node->n_outputs);
    hinge_tensor *tensor = node->outputs[output];
    if (!tensor)
        return HINGE_OK;
    struct host_value *value = (struct host_value *)(void *)tensor;
    const struct made made = {output, false, &value->holder};
    hinge_status status = check_dims(node, &made, rank, dims);
    if (status)
        return status;
    if (!self->is_running || !self->is_dynamic || tensor_is_known(&self->promised[output]))
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "resizes output %u, whose shape is known already", output);
    const hinge_tensor *promised = &self->promised[output];
    if (hinge_is_container(promised->type))
        return node->host->fail(node, HINGE_BAD_PLUGIN, "resizes output %u, which is a %s", output,
                                hinge_type_text(promised->type));
    hinge_tensor wanted = hinge_tensor_over(promised->type, rank, dims, NULL);
    if (!tensor_fits(&wanted, promised)) {
        char said[128], given[128];
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "resizes output %u to %s, but infer said %s", output,
                                tensor_shape_text(&wanted, given, sizeof given),
                                tensor_shape_text(promised, said, sizeof said));
    }
    return value->holder && value->holder->n_holders == 1
               ? resize_again(node, &made, tensor, &wanted)
               : make(node, &made, tensor, &wanted);
}

/* Whether the node may make values now, and value one of this type. */
static hinge_status check_value(const struct hinge_node *node, const hinge_tensor *value,
                                hinge_type type, struct made *made)
{
    const struct host_node *self = host_node_of(node);
    if (!self->is_running || !self->is_dynamic)
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "makes a value where none is to be made: its outputs are there");
    if (!find_made(node, value, made))
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "makes a value that is no output which is wanted, and no element "
                                "of one");
    if (!made->is_element && self->promised[made->output].type != type)
        return node->host->fail(node, HINGE_BAD_PLUGIN, "makes output %u %s, but it is %s",
                                (unsigned)made->output, hinge_type_text(type),
                                hinge_type_text(self->promised[made->output].type));
    return HINGE_OK;
}

hinge_tensor *values_elements(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                              int64_t n)
{
    struct made made = {0};
    if (check_value(node, value, type, &made))
        return NULL;
    if (n < 0 || !hinge_is_container(type)) {
        node->host->fail(node, HINGE_BAD_PLUGIN, "makes a %s of %lld elements",
                         hinge_type_text(type), (long long)n);
        return NULL;
    }
    struct buffer *buffer = pool_take_elements(host_node_of(node)->caller->pool, n);
    if (!buffer)
        return NULL;
    hinge_tensor now = {.type = type, .rank = 1, .dims = {n}};
    set(node, made.holder, value, &now, buffer);
    return value->data;
}

static hinge_status check_promise(const struct hinge_node *node, const struct made *made,
                                  const hinge_tensor *value)
{
    const hinge_tensor *promised = &host_node_of(node)->promised[made->output];
    if (made->is_element || hinge_is_container(value->type) || tensor_fits(value, promised))
        return HINGE_OK;
    char said[128], given[128];
    return node->host->fail(node, HINGE_BAD_PLUGIN, "makes output %u %s, but infer said %s",
                            (unsigned)made->output, tensor_shape_text(value, given, sizeof given),
                            tensor_shape_text(promised, said, sizeof said));
}

hinge_status values_tensor(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                           int32_t rank, const int64_t *dims)
{
    struct made made = {0};
    if (!hinge_type_bits(type))
        return node->host->fail(node, HINGE_BAD_PLUGIN, "makes a tensor of type %d", (int)type);
    hinge_status status = check_value(node, value, type, &made);
    if (!status)
        status = check_dims(node, &made, rank, dims);
    if (status)
        return status;
    hinge_tensor wanted = hinge_tensor_over(type, rank, dims, NULL);
    status = check_promise(node, &made, &wanted);
    return status ? status : make(node, &made, value, &wanted);
}

static int64_t n_elements(const hinge_tensor *value)
{
    return !hinge_is_container(value->type) ? 0 : value->type == HINGE_SPARSE ? 2 : value->dims[0];
}

/* Of what a buffer holds only that it is as large as said: all else was looked at when it was an
 * output. */
static bool is_in_buffer(const hinge_tensor *value, const struct buffer *buffer)
{
    size_t size;
    if (buffer->n_elements >= 0)
        return hinge_is_container(value->type) && value->rank == 1 &&
               value->dims[0] == buffer->n_elements;
    return hinge_type_bits(value->type) && tensor_size(value, &size) && size <= buffer->size;
}

bool values_are_there(const struct hinge_node *node, const hinge_tensor *value)
{
    size_t size;
    if (!value || (!hinge_is_container(value->type) && !hinge_type_bits(value->type)) ||
        !tensor_size(value, &size) || (size && !value->data))
        return false;
    const struct pool *pool = host_node_of(node)->caller->pool;
    const struct buffer *buffer = pool ? pool_find(pool, value->data) : NULL;
    if (buffer && (!is_in_buffer(value, buffer) || buffer->n_elements < 0 ||
                   (buffer->checked && buffer->n_checked == buffer->n_elements)))
        return is_in_buffer(value, buffer);
    const hinge_tensor *elements = value->data;
    for (int64_t i = 0; i < n_elements(value); i++)
        if (!values_are_there(node, &elements[i]))
            return false;
    return true;
}

/* Into the memory that a planned output has. */
static hinge_status copy_planned(const struct hinge_node *node, hinge_tensor *value,
                                 const hinge_tensor *from)
{
    size_t size;
    if (!tensor_same(value, from) || !tensor_size(from, &size)) {
        char had[128], given[128];
        return node->host->fail(node, HINGE_BAD_PLUGIN, "shares a value of %s, but infer said %s",
                                tensor_shape_text(from, given, sizeof given),
                                tensor_shape_text(value, had, sizeof had));
    }
    if (size && value->data != from->data)
        memcpy(value->data, from->data, size);
    return HINGE_OK;
}

static bool is_output(const struct hinge_node *node, const hinge_tensor *value)
{
    bool found = false;
    for (uint32_t i = 0; i < node->n_outputs && value && !found; i++)
        found = node->outputs[i] == value;
    return found;
}

hinge_status values_share(const struct hinge_node *node, hinge_tensor *value,
                          const hinge_tensor *from)
{
    struct pool *pool = host_node_of(node)->caller->pool;
    struct made made = {0};
    if (!values_are_there(node, from))
        return node->host->fail(node, HINGE_BAD_PLUGIN,
                                "shares a value that is not there, or not "
                                "filled");
    const struct host_node *self = host_node_of(node);
    if (self->is_running && !self->is_dynamic && is_output(node, value))
        return copy_planned(node, value, from);
    hinge_status status = check_value(node, value, from->type, &made);
    if (!status)
        status = check_promise(node, &made, from);
    if (!status && find(pool_find(pool, from->data), value))
        status =
            node->host->fail(node, HINGE_BAD_PLUGIN, "shares a value with an element of its own");
    hinge_tensor now;
    struct buffer *buffer = NULL;
    if (!status)
        status = pool_share(pool, from, &now, &buffer);
    if (!status)
        set(node, made.holder, value, &now, buffer);
    return status;
}

/* Where the input's buffer is noted, if nobody reads that after the node, nor the node elsewhere.
 */
static struct buffer **sole_holder(struct host_node *node, unsigned input)
{
    const uint32_t *inputs = node->graph_node->inputs;
    bool is_sole = host_is_last_reader(node, inputs[input]);
    for (uint32_t i = 0; i < node->node.n_inputs && is_sole; i++)
        is_sole = i == input || inputs[i] != inputs[input];
    if (!is_sole)
        return NULL;
    struct buffer **holder = host_holder(node->node.inputs[input]);
    return *holder && (*holder)->n_holders == 1 ? holder : NULL;
}

hinge_tensor *values_extend(const struct hinge_node *node, unsigned output, unsigned input,
                            int64_t n)
{
    struct host_node *self = host_node_of(node);
    struct made made = {0};
    hinge_tensor *from =
        input < node->n_inputs ? (hinge_tensor *)(uintptr_t)node->inputs[input] : NULL;
    hinge_tensor *value = output < node->n_outputs ? node->outputs[output] : NULL;
    if (check_value(node, value, HINGE_SEQUENCE, &made))
        return NULL;
    if (!values_are_there(node, from) || from->type != HINGE_SEQUENCE || n < from->dims[0]) {
        node->host->fail(node, HINGE_BAD_PLUGIN,
                         "extends input %u, which is no sequence of at most %lld elements", input,
                         (long long)n);
        return NULL;
    }
    struct pool *pool = self->caller->pool;
    struct buffer **holder = sole_holder(self, input);
    struct buffer *buffer =
        holder ? pool_extend(pool, *holder, n) : pool_copy_elements(pool, from, n);
    if (!buffer)
        return NULL;
    if (holder) {
        *holder = NULL;
        from->dims[0] = 0;
        from->data = NULL;
    }
    hinge_tensor now = {.type = HINGE_SEQUENCE, .rank = 1, .dims = {n}};
    set(node, made.holder, value, &now, buffer);
    return value->data;
}
