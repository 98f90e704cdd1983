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

static void snake_row(const struct hinge_activation *snake, const float *x, float *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        float sine = sinf(snake->alpha * x[i]);
        y[i] = x[i] + sine * sine / snake->alpha;
    }
}

static void snake_derivative(const struct hinge_activation *snake, const float *x, float *y,
                             int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = 1 + sinf(2 * snake->alpha * x[i]);
}

static void snake_activation(const struct hinge_node *node, struct hinge_activation *snake)
{
    snake->alpha = node->attributes[ALPHA].f;
    snake->kind = snake->alpha != 0 ? HINGE_ACT_OWN : HINGE_ACT_NONE;
}

/* What the threads that share one run need to know. */
struct job {
    const float *x;
    float *y;
    struct hinge_activation snake;
};

static void snake_piece(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    (void)thread;
    snake_row(&job->snake, job->x + begin, job->y + begin, end - begin);
}

static hinge_status snake_run(const struct hinge_node *node)
{
    struct job job = {.x = node->inputs[0]->data, .y = node->outputs[0]->data};
    snake_activation(node, &job.snake);
    node->host->parallel(node, hinge_count(node->inputs[0]), 4096, snake_piece, &job);
    return HINGE_OK;
}

static hinge_status snake_init(struct hinge_node *node)
{
    if (node->attributes[ALPHA].f == 0)
        return node->host->fail(node, HINGE_BAD_MODEL, "alpha is 0");
    return HINGE_OK;
}

static const struct hinge_op snake[] = {
    {.name = "Snake",
     .domain = "com.acme",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = snake_attributes,
     .init = snake_init,
     .activation = snake_activation,
     .row = snake_row,
     .derivative = snake_derivative,
     .kernels = HINGE_KERNELS({.type = HINGE_FLOAT, .run = snake_run})},
    {0}};

HINGE_PLUGIN("acme", "1.0", 0, snake);
