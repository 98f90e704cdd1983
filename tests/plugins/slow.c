/* Slow(x; n): y is x, n milliseconds later: a parallel job of n items that sleep, shared by the
 * threads. Domain "test.plugins". */
#include <hinge/plugin.h>

#include <string.h>
#include <time.h>

static const struct hinge_attribute_def attributes[] = {
    {.name = "n", .type = HINGE_ATTR_INT, .i = 10}, {.name = NULL}};

static void sleep_task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)argument, (void)thread;
    for (int64_t i = begin; i < end; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static hinge_status run(const struct hinge_node *node)
{
    node->host->parallel(node, node->attributes[0].i, 1, sleep_task, NULL);
    if (hinge_count(node->inputs[0]))
        memcpy(node->outputs[0]->data, node->inputs[0]->data,
               hinge_size(HINGE_FLOAT, hinge_count(node->inputs[0])));
    return HINGE_OK;
}

static const struct hinge_op op_slow[] = {{.name = "Slow",
                                           .domain = "test.plugins",
                                           .since = 1,
                                           .signature = "(x: T) -> (y: T); T: float",
                                           .attributes = attributes,
                                           .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
                                          {.name = NULL}};

HINGE_PLUGIN("slow", "1", 0, op_slow);
