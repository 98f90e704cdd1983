/* A plugin with one operator, com.acme::Snake: y = x + sin²(alpha x) / alpha, the activation of
 * Ziyin, Hartwig and Ueda, "Neural networks fail to learn periodic functions and how to fix it"
 * (2020), which the ONNX standard lacks. float32, alpha not 0, 1 where it is left out.
 *
 *     cc -O2 -fPIC -shared snake.c $(pkg-config --cflags hinge) -lm -o snake.so
 *     hinge run model.onnx --plugin ./snake.so
 */
#include <hinge/plugin.h>
#include <math.h>

enum { ALPHA };

static const struct hinge_attribute_def snake_attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1}, {0}};

/* What the threads that share one run need to know. */
struct job {
    const float *x;
    float *y;
    float alpha;
};

static void snake_piece(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        float sine = sinf(job->alpha * job->x[i]);
        job->y[i] = job->x[i] + sine * sine / job->alpha;
    }
}

static hinge_status snake_run(const struct hinge_node *node)
{
    struct job job = {node->inputs[0]->data, node->outputs[0]->data, node->attributes[ALPHA].f};
    node->host->parallel(node, hinge_count(node->inputs[0]), 4096, snake_piece, &job);
    return HINGE_OK;
}

static hinge_status snake_init(struct hinge_node *node)
{
    if (node->attributes[ALPHA].f == 0)
        return node->host->fail(node, HINGE_BAD_MODEL, "alpha is 0");
    return HINGE_OK;
}

static const struct hinge_op snake[] = {{.name = "Snake",
                                         .domain = "com.acme",
                                         .since = 1,
                                         .inputs = {1, 1},
                                         .outputs = {1, 1},
                                         .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
                                         .attributes = snake_attributes,
                                         .init = snake_init,
                                         .kernels = {{HINGE_FLOAT, snake_run}}},
                                        {0}};

HINGE_PLUGIN("acme", "1.0", 0, snake);
