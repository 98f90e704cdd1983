/* Pow-1, -7, -12, -13, -15: y = a^b, broadcast, of a's type whatever type of number b is. Between
 * integers it is the product modulo 2^bits, and with a negative exponent the exact value truncated
 * (0 for the base 0, too). Otherwise it is computed in float where both are float, or in double. */
#include <math.h>

#include "operators/kernels/broadcast.h"
#include "operators/kernels/convert.h"
#include "operators/op/elementwise.h"

#define GRAIN 2048
#define BLOCK 256

OP_BINARY_ROW(power_row, float, float, powf(a, b))

/* Of exponents that are all 2, or all 0.5; unlike the square root, the power of -0 is 0 and of
 * -infinity infinity. */
OP_BINARY_ROW(square_row, float, float, ((void)b, a *a))
OP_BINARY_ROW(root_row, float, float, ((void)b, a == -INFINITY ? INFINITY : sqrtf(a) + 0.0F))

static hinge_status pow_f32(const struct hinge_node *node)
{
    const hinge_tensor *b = node->inputs[1];
    const float exponent = hinge_count(b) == 1 ? *(const float *)b->data : NAN;
    return op_binary(node, exponent == 2 ? square_row : exponent == 0.5F ? root_row : power_row);
}

/* Modulo 2^64. */
static int64_t int_power(int64_t base, int64_t exponent, bool huge)
{
    uint64_t result = 1, square = (uint64_t)base;
    if (exponent < 0 && !huge)
        return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    for (uint64_t left = (uint64_t)exponent; left; left >>= 1, square *= square)
        if (left & 1)
            result *= square;
    return (int64_t)result;
}

struct job {
    struct broadcast plan;
    const struct hinge_node *node;
};

/* count elements of which a and b advance by their steps. */
static void mixed_row(const struct job *job, int64_t at, int64_t a_at, int64_t b_at, int64_t count)
{
    const hinge_tensor *a = job->node->inputs[0], *b = job->node->inputs[1];
    hinge_tensor *y = job->node->outputs[0];
    const uint8_t *a_from = (const uint8_t *)a->data + hinge_size(a->type, a_at);
    const uint8_t *b_from = (const uint8_t *)b->data + hinge_size(b->type, b_at);
    uint8_t *to = (uint8_t *)y->data + hinge_size(y->type, at);
    const int64_t step_a = broadcast_inner_step(&job->plan, 0);
    const int64_t step_b = broadcast_inner_step(&job->plan, 1);
    const int64_t n_a = step_a ? count : 1, n_b = step_b ? count : 1;
    if (convert_is_floating(a->type) || convert_is_floating(b->type)) {
        double base[BLOCK], exponent[BLOCK], result[BLOCK];
        convert_to_double(a->type, base, a_from, n_a);
        convert_to_double(b->type, exponent, b_from, n_b);
        for (int64_t i = 0; i < count; i++)
            result[i] = pow(base[i * step_a], exponent[i * step_b]);
        convert_from_double(y->type, to, result, count);
    } else {
        int64_t base[BLOCK], exponent[BLOCK], result[BLOCK];
        convert_to_int(a->type, base, a_from, n_a);
        convert_to_int(b->type, exponent, b_from, n_b);
        for (int64_t i = 0; i < count; i++)
            result[i] = int_power(base[i * step_a], exponent[i * step_b], b->type == HINGE_UINT64);
        convert_from_int(y->type, false, to, result, count);
    }
}

static void mixed_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    struct broadcast_cursor cursor;
    broadcast_seek(&job->plan, &cursor, begin);
    for (int64_t n; begin < end; begin += n, broadcast_advance(&job->plan, &cursor, n)) {
        n = broadcast_piece(&job->plan, &cursor, end - begin);
        n = n < BLOCK ? n : BLOCK;
        mixed_row(job, begin, broadcast_offset(&job->plan, &cursor, 0),
                  broadcast_offset(&job->plan, &cursor, 1), n);
    }
}

static hinge_status power(const struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    const hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(y);
    struct job job;
    if (a->type == HINGE_FLOAT && b->type == HINGE_FLOAT)
        return pow_f32(node);
    if (count == 0)
        return HINGE_OK;
    job.node = node;
    op_binary_plan(node, &job.plan);
    if (count <= GRAIN || node->n_threads == 1)
        mixed_part(&job, 0, count, 0);
    else
        node->host->parallel(node, count, GRAIN, mixed_part, &job);
    return HINGE_OK;
}

static bool is_identity(const struct hinge_node *node)
{
    return op_is_neutral(node, 1);
}

const struct hinge_op op_pow[] = {
    {.name = "Pow",
     .gradient = "broadcast: e = CastLike(b, a); "
                 "Where(e == 0, 0, dy * e * Pow(a, e - 1)) | p = Where(a > 0, a, 1); "
                 "CastLike(dy * y * Log(p), b)",
     .since = 7,
     .signature =
         "(X: T, Y: T1) -> (Z: T); T: " OP_TYPES_FLOAT " int32 int64; T1: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_broadcast,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, power}, {HINGE_DOUBLE, power}, {HINGE_FLOAT16, power},
                              {HINGE_BFLOAT16, power}, {HINGE_INT32, power}, {HINGE_INT64, power})},
    OP_ALIGNED_ENTRY("Pow", OP_TYPES_FLOAT, "T", OP_FLOATING(power)),
    OP_END,
};
