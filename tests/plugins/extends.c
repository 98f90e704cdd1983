/* Extend(s) -> y: s with `more` elements more, `filled` of which are s's first one, by way of the
 * host's service; with attributes that make the call a wrong one. */
#include <hinge/plugin.h>

enum { MORE, FILLED, INPUT, OUTPUT, TIMES, REPLACES };

static hinge_status run(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = node->inputs[0]->dims[0];
    hinge_tensor *elements = NULL;
    for (int64_t i = 0; i < a[TIMES].i; i++) {
        elements =
            node->host->extend(node, (unsigned)a[OUTPUT].i, (unsigned)a[INPUT].i, n + a[MORE].i);
        if (!elements)
            return HINGE_NO_MEMORY;
    }
    hinge_status status = HINGE_OK;
    for (int64_t i = 0; i < a[FILLED].i && !status; i++)
        status = node->host->share(node, &elements[n + i], &elements[0]);
    /* A sequence of another type where there was an element that is known to be right. */
    if (!status && a[REPLACES].i)
        status = node->host->tensor(node, &elements[0], HINGE_INT64, 0, NULL);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [MORE] = {.name = "more", .type = HINGE_ATTR_INT},
    [FILLED] = {.name = "filled", .type = HINGE_ATTR_INT},
    [INPUT] = {.name = "input", .type = HINGE_ATTR_INT},
    [OUTPUT] = {.name = "output", .type = HINGE_ATTR_INT},
    [TIMES] = {.name = "times", .type = HINGE_ATTR_INT, .i = 1},
    [REPLACES] = {.name = "replaces", .type = HINGE_ATTR_INT},
    {.name = NULL}};

static const struct hinge_op extend[] = {
    {.name = "Extend",
     .domain = "test.plugins",
     .since = 1,
     .signature = "(s: seq(T), t?: seq(T), x?: T) -> (y: seq(T)); T: float",
     .attributes = attributes,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    {.name = NULL}};

HINGE_PLUGIN("extends", "1", 0, extend);
