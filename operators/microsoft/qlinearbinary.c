/* QLinearAdd-1 and QLinearMul-1 of com.microsoft: restored numbers are added (multiplied) in
 * float32. Source: docs/ContribOperators.md of ONNX Runtime. */
#include <math.h>
#include <string.h>

#include "operators/kernels/broadcast.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"
#include "operators/microsoft/qlinear.h"

enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, C_SCALE, C_ZERO };
enum { GRAIN = 16384 };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[A], *b = node->inputs[B];
    const int32_t rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = qlinear_check(node, A_SCALE, A_ZERO);
    if (!status)
        status = qlinear_check(node, B_SCALE, B_ZERO);
    if (!status)
        status = qlinear_check(node, C_SCALE, C_ZERO);
    for (int32_t i = 0; !status && i < rank; i++) {
        const int32_t in_a = i - rank + a->rank, in_b = i - rank + b->rank;
        const int64_t of_a = in_a < 0 ? 1 : a->dims[in_a], of_b = in_b < 0 ? 1 : b->dims[in_b];
        if (of_a != of_b && of_a != 1 && of_b != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimensions of %lld and %lld do not broadcast",
                           (long long)of_a, (long long)of_b);
        dims[i] = of_a == 1 ? of_b : of_a;
    }
    return status ? status : op_set_dims(node, 0, rank, dims);
}

struct operand {
    const uint8_t *x;
    vf32 scale;
    vi32 flip;       /* makes a byte 2^23 and its number, an int8 with 128 more, in float32 */
    vf32 zero_point; /* with as much more */
    bool is_moderate;
};

struct job {
    struct broadcast plan;
    struct operand a, b;
    vf32 scale, inverse, least, largest; /* of c; the bounds are less its zero point */
    vi32 zero_point;
    uint8_t *c;
    bool adds, by_inverse;
};

/* Whether scaled_back may multiply: the vectors' fnma rounds once, and neither a quotient of at
 * least 1/4 nor its remainder gets out of float32's normal numbers. */
static bool is_moderate(float scale)
{
    return VF32_LANES > 4 && fabsf(scale) > 0x1p-30F && fabsf(scale) < 0x1p30F;
}

static struct operand operand_of(const struct hinge_node *node, unsigned x, unsigned scale,
                                 unsigned zero_point)
{
    const struct qlinear q = qlinear_read(node, scale, zero_point);
    const int32_t shift = node->inputs[x]->type == HINGE_INT8 ? 128 : 0;
    return (struct operand){.x = node->inputs[x]->data,
                            .scale = vf32_set1(q.scale),
                            .flip = vi32_set1(0x4B000000 | shift),
                            .zero_point = vf32_set1((float)(0x800000 + shift + q.zero_point)),
                            .is_moderate = is_moderate(q.scale)};
}

static vf32 restored(const struct operand *o, vi32 bytes)
{
    const vf32 number = vi32_as_vf32(vi32_xor(bytes, o->flip));
    return vf32_mul(vf32_sub(number, o->zero_point), o->scale);
}

/* x / scale by a step towards it from x * inverse: the float32 that division gives, or its
 * neighbour where the quotient lies within 2^-22 units in the last place of the middle between the
 * two. */
static vf32 scaled_back(vf32 x, vf32 scale, vf32 inverse)
{
    const vf32 near = vf32_mul(x, inverse);
    return vf32_fma(vf32_fnma(near, scale, x), inverse, near);
}

/* Bytes from a and b on, or one where an operand stands still; count is a multiple of VF32_LANES.
 * The numbers of the job are taken out of it, as bytes that are written may be any of them. */
static void combine(const struct job *job, const uint8_t *a, bool a_moves, const uint8_t *b,
                    bool b_moves, int64_t count, uint8_t *c)
{
    const struct operand left = job->a, right = job->b;
    const vf32 scale = job->scale, inverse = job->inverse;
    const vf32 least = job->least, largest = job->largest;
    const vi32 zero_point = job->zero_point;
    const vf32 one_a = restored(&left, vi32_set1(*a)), one_b = restored(&right, vi32_set1(*b));
    const bool adds = job->adds, by_inverse = job->by_inverse;
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const vf32 x = a_moves ? restored(&left, vi32_load_u8(a + i)) : one_a;
        const vf32 z = b_moves ? restored(&right, vi32_load_u8(b + i)) : one_b;
        const vf32 both = adds ? vf32_add(x, z) : vf32_mul(x, z);
        const vf32 quotient =
            by_inverse ? scaled_back(both, scale, inverse) : vf32_div(both, scale);
        const vf32 inside = vf32_min(vf32_max(quotient, least), largest);
        vi32_store_8(c + i, vi32_add(vf32_to_vi32(inside), zero_point));
    }
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const bool a_moves = broadcast_inner_step(&job->plan, 0) != 0;
    const bool b_moves = broadcast_inner_step(&job->plan, 1) != 0;
    struct broadcast_cursor cursor;
    broadcast_seek(&job->plan, &cursor, begin);
    for (int64_t at = begin; at < end;) {
        const int64_t n = broadcast_piece(&job->plan, &cursor, end - at);
        const int64_t whole = n - n % VF32_LANES, rest = n - whole;
        const uint8_t *a = job->a.x + broadcast_offset(&job->plan, &cursor, 0);
        const uint8_t *b = job->b.x + broadcast_offset(&job->plan, &cursor, 1);
        combine(job, a, a_moves, b, b_moves, whole, job->c + at);
        if (rest) {
            uint8_t last[3][VF32_LANES] = {{0}};
            memcpy(last[0], a_moves ? a + whole : a, a_moves ? (size_t)rest : 1);
            memcpy(last[1], b_moves ? b + whole : b, b_moves ? (size_t)rest : 1);
            combine(job, last[0], a_moves, last[1], b_moves, VF32_LANES, last[2]);
            memcpy(job->c + at + whole, last[2], (size_t)rest);
        }
        broadcast_advance(&job->plan, &cursor, n);
        at += n;
    }
}

static hinge_status run(const struct hinge_node *node, bool adds)
{
    const hinge_tensor *a = node->inputs[A], *b = node->inputs[B], *c = node->outputs[0];
    const struct qlinear to = qlinear_read(node, C_SCALE, C_ZERO);
    const int64_t count = hinge_count(c);
    float least, largest;
    if (count == 0)
        return HINGE_OK;
    quantize_range(c->type, &least, &largest);
    struct job job = {.a = operand_of(node, A, A_SCALE, A_ZERO),
                      .b = operand_of(node, B, B_SCALE, B_ZERO),
                      .scale = vf32_set1(to.scale),
                      .inverse = vf32_set1(1 / to.scale),
                      .zero_point = vi32_set1(to.zero_point),
                      .least = vf32_set1(least - (float)to.zero_point),
                      .largest = vf32_set1(largest - (float)to.zero_point),
                      .c = c->data,
                      .adds = adds};
    job.by_inverse = is_moderate(to.scale) && job.a.is_moderate && job.b.is_moderate;
    broadcast_begin(&job.plan, c->rank, c->dims);
    broadcast_operand(&job.plan, a->rank, a->dims);
    broadcast_operand(&job.plan, b->rank, b->dims);
    broadcast_merge(&job.plan);
    node->host->parallel(node, count, GRAIN, part, &job);
    return HINGE_OK;
}

static hinge_status add(const struct hinge_node *node)
{
    return run(node, true);
}

static hinge_status multiply(const struct hinge_node *node)
{
    return run(node, false);
}

#define ENTRY(operator, kernel)                                                                    \
    {                                                                                              \
        .name = (operator), .domain = "com.microsoft", .since = 1,                                 \
        .until = OP_LATEST_OPSET_MICROSOFT,                                                        \
        .signature = "(A: T, A_scale: float, A_zero_point?: T, B: T, B_scale: float, "             \
                     "B_zero_point?: T, C_scale: float, C_zero_point?: T) -> (C: T); "             \
                     "T: uint8 int8",                                                              \
        .infer = infer, .kernels = HINGE_KERNELS({HINGE_UINT8, kernel}, {HINGE_INT8, kernel})      \
    }

const struct hinge_op op_qlinearbinary[] = {
    ENTRY("QLinearAdd", add),
    ENTRY("QLinearMul", multiply),
    OP_END,
};
