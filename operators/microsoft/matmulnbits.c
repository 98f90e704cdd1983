/* com.microsoft MatMulNBits-1: as numpy.matmul, with a right operand of N columns whose elements
 * have 2, 4 or 8 bits and in blocks of K a scale and a zero point, 2^(bits - 1) where none is
 * given. Constant ones are packed once, at the size they have, and their originals given up.
 * Computed in float32 whatever accuracy_level allows. With g_idx step k of K has the scale and zero
 * point of block g_idx[k]. */
#include "operators/kernels/convert.h"
#include "operators/kernels/gemm/gemm_nbits.h"
#include "operators/kernels/half.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <string.h>

enum { K_STEPS, N_COLUMNS, ACCURACY, BITS, BLOCK, PREPACKED };
enum { A, B, SCALES, ZEROS, GROUPS, BIAS };

enum { PIECE = 64 }; /* columns */

struct packed {
    int64_t words, numbers; /* elements of words; of scales and of zeros each */
    int64_t groups;
    size_t size;
};

static hinge_status read_attributes(const struct hinge_node *node, struct gemm_nbits *b)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t bits = a[BITS].i, block = a[BLOCK].i;
    *b = (struct gemm_nbits){
        .bits = (unsigned)bits, .columns = a[N_COLUMNS].i, .depth = a[K_STEPS].i, .block = block};
    if (bits != 2 && bits != 4 && bits != 8)
        return OP_FAIL(node, HINGE_BAD_VALUE, "bits is %lld, not 2, 4 or 8", (long long)bits);
    if (block < 16 || (block & (block - 1)) != 0 || block > INT64_C(1) << 40)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "block_size is %lld, not a power of 2 from 16 to 2^40", (long long)block);
    if (a[K_STEPS].i < 0 || a[N_COLUMNS].i < 0 || a[K_STEPS].i > INT64_C(1) << 40)
        return OP_FAIL(node, HINGE_BAD_VALUE, "K is %lld, N %lld", (long long)a[K_STEPS].i,
                       (long long)a[N_COLUMNS].i);
    if (a[PREPACKED].i)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "weight_prepacked is %lld, the layout of a GPU",
                       (long long)a[PREPACKED].i);
    return HINGE_OK;
}

/* Whether it is columns x count elements, in one dimension or two. */
static bool is_list(const hinge_tensor *t, int64_t columns, int64_t count)
{
    int64_t all = 0;
    if (t->rank == 2)
        return t->dims[0] == columns && t->dims[1] == count;
    return t->rank == 1 && op_multiply(columns, count, &all) && t->dims[0] == all;
}

static hinge_status check_weights(const struct hinge_node *node, const struct gemm_nbits *b)
{
    const hinge_tensor *weights = node->inputs[B];
    const hinge_tensor *zeros = op_input(node, ZEROS), *groups = op_input(node, GROUPS);
    const int64_t blocks = gemm_nbits_blocks(b), bytes = gemm_nbits_words(b) * 4;
    if (weights->rank != 3 || weights->dims[0] != b->columns || weights->dims[1] != blocks ||
        (blocks && weights->dims[2] != bytes / blocks))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "B is not %lld x %lld x %lld", (long long)b->columns,
                       (long long)blocks, (long long)(blocks ? bytes / blocks : 0));
    if (!is_list(node->inputs[SCALES], b->columns, blocks))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "scales is not %lld x %lld", (long long)b->columns,
                       (long long)blocks);
    if (zeros && zeros->type != HINGE_UINT8 && zeros->type != node->inputs[A]->type)
        return OP_FAIL(node, HINGE_BAD_MODEL, "zero_points have neither A's type nor uint8");
    const int64_t of_zeros =
        zeros && zeros->type == HINGE_UINT8 ? ceil_div(blocks * (int64_t)b->bits, 8) : blocks;
    if (zeros && !is_list(zeros, b->columns, of_zeros))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "zero_points is not %lld x %lld",
                       (long long)b->columns, (long long)of_zeros);
    if (groups && (groups->rank != 1 ||
                   (groups->dims[0] != b->depth && groups->dims[0] != blocks * b->block)))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "g_idx is not of %lld values", (long long)b->depth);
    return HINGE_OK;
}

static hinge_status read_node(const struct hinge_node *node, struct gemm_nbits *b)
{
    const hinge_tensor *x = node->inputs[A], *bias = op_input(node, BIAS);
    hinge_status status = read_attributes(node, b);
    if (status)
        return status;
    if (x->rank < 1 || x->dims[x->rank - 1] != b->depth)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the last dimension of A is not K, %lld",
                       (long long)b->depth);
    if (bias && (bias->rank != 1 || bias->dims[0] != b->columns))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "bias is not of %lld values", (long long)b->columns);
    return check_weights(node, b);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct gemm_nbits b;
    const hinge_tensor *x = node->inputs[A];
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = read_node(node, &b);
    if (status)
        return status;
    memcpy(dims, x->dims, (size_t)x->rank * sizeof *dims);
    dims[x->rank - 1] = b.columns;
    return op_set_dims(node, 0, x->rank, dims);
}

/* What the packed operand takes, each part a multiple of 64 bytes from the one before. */
static bool measure(const struct hinge_node *node, const struct gemm_nbits *b, struct packed *p)
{
    const int64_t columns = round_up(b->columns, GEMM_COLUMNS);
    int64_t size;
    if (!op_multiply(columns, gemm_nbits_words(b), &p->words) ||
        !op_multiply(columns, gemm_nbits_blocks(b), &p->numbers) || p->words > INT64_MAX / 64 ||
        p->numbers > INT64_MAX / 64)
        return false;
    p->groups = op_input(node, GROUPS) ? round_up(b->depth, 16) : 0;
    size = (p->words + 2 * p->numbers + p->groups) * (int64_t)sizeof(float);
    p->size = (size_t)size;
    return true;
}

static float number_at(const hinge_tensor *t, int64_t i)
{
    float number;
    convert_to_float(t->type, &number, (const char *)t->data + hinge_size(t->type, i), 1);
    return number;
}

/* The zero point of a column's block; those in bytes lie as elements do. */
static float zero_at(const hinge_tensor *zeros, const struct gemm_nbits *b, int64_t column,
                     int64_t block)
{
    const int64_t n_blocks = gemm_nbits_blocks(b), bits = (int64_t)b->bits;
    if (!zeros)
        return (float)(1 << (bits - 1));
    if (zeros->type != HINGE_UINT8)
        return number_at(zeros, column * n_blocks + block);
    const uint8_t *bytes = (const uint8_t *)zeros->data + column * ceil_div(n_blocks * bits, 8);
    return (float)(bytes[block * bits / 8] >> block * bits % 8 & ((1 << bits) - 1));
}

static void pack_numbers(const struct hinge_node *node, const struct gemm_nbits *b, int64_t panel,
                         float *scales, float *zeros)
{
    const int64_t n_blocks = gemm_nbits_blocks(b);
    for (int64_t i = 0; i < n_blocks * GEMM_COLUMNS; i++) {
        const int64_t column = panel * GEMM_COLUMNS + i % GEMM_COLUMNS, block = i / GEMM_COLUMNS;
        const int64_t to = panel * n_blocks * GEMM_COLUMNS + i;
        const bool is_there = column < b->columns;
        scales[to] = is_there ? number_at(node->inputs[SCALES], column * n_blocks + block) : 0;
        zeros[to] = is_there ? zero_at(op_input(node, ZEROS), b, column, block) : 0;
    }
}

struct packing {
    const struct hinge_node *node;
    const struct gemm_nbits *b;
    int32_t *words;
    float *scales, *zeros;
};

static void pack_panels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct packing *p = argument;
    gemm_nbits_pack(p->b, p->node->inputs[B]->data, begin, end, p->words);
    for (int64_t panel = begin; panel < end; panel++)
        pack_numbers(p->node, p->b, panel, p->scales, p->zeros);
}

static void lay_out(struct gemm_nbits *b, const struct packed *p, void *memory)
{
    b->words = memory;
    b->scales = (const float *)(b->words + p->words);
    b->zeros = b->scales + p->numbers;
    b->groups = p->groups ? (const int32_t *)(b->zeros + p->numbers) : NULL;
}

/* Packs the operand into memory of measure's size; threads: in a run. */
static hinge_status pack(const struct hinge_node *node, struct gemm_nbits *b,
                         const struct packed *p, void *memory, bool threads)
{
    int32_t *words = memory;
    float *scales = (float *)(words + p->words), *zeros = scales + p->numbers;
    int32_t *groups = (int32_t *)(zeros + p->numbers);
    struct packing packing = {node, b, words, scales, zeros};
    const hinge_tensor *given = op_input(node, GROUPS);
    lay_out(b, p, memory);
    for (int64_t k = 0; given && k < b->depth; k++) {
        const int64_t group = op_index_raw(given, k);
        if (group < 0 || group >= gemm_nbits_blocks(b))
            return OP_FAIL(node, HINGE_BAD_VALUE, "g_idx[%lld] is %lld, not one of %lld blocks",
                           (long long)k, (long long)group, (long long)gemm_nbits_blocks(b));
        groups[k] = (int32_t)group;
    }
    const int64_t n_panels = ceil_div(b->columns, GEMM_COLUMNS);
    if (threads)
        node->host->parallel(node, n_panels, op_grain(16384, gemm_nbits_words(b) * GEMM_COLUMNS),
                             pack_panels, &packing);
    else
        pack_panels(&packing, 0, n_panels, 0);
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    struct gemm_nbits b;
    struct packed p;
    hinge_status status = read_attributes(node, &b);
    if (status)
        return status;
    for (unsigned i = B; i <= GROUPS; i++)
        if (op_input(node, i) && !node->inputs[i]->data)
            return HINGE_OK;
    status = check_weights(node, &b);
    if (status)
        return status;
    if (!measure(node, &b, &p))
        return OP_FAIL(node, HINGE_LIMIT, "B is too large");
    if (p.size == 0)
        return HINGE_OK;
    void *memory = node->host->alloc(node, p.size);
    if (!memory)
        return HINGE_NO_MEMORY;
    status = pack(node, &b, &p, memory, false);
    for (unsigned i = B; !status && i <= ZEROS; i++)
        if (op_input(node, i))
            node->host->release(node, i, 0,
                                hinge_size(node->inputs[i]->type, hinge_count(node->inputs[i])));
    node->state = memory;
    return status;
}

/* The operand, its packed form in state or, in the scratch memory, made now. */
static hinge_status operand(const struct hinge_node *node, struct gemm_nbits *b, char **scratch)
{
    struct packed p;
    hinge_status status = read_node(node, b);
    if (status)
        return status;
    if (!measure(node, b, &p))
        return OP_FAIL(node, HINGE_LIMIT, "B is too large");
    if (node->state) {
        lay_out(b, &p, node->state);
        return HINGE_OK;
    }
    char *memory = *scratch;
    *scratch += p.size;
    return pack(node, b, &p, memory, true);
}

static int64_t count_rows(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[A];
    int64_t rows = 1;
    for (int32_t d = 0; d < x->rank - 1; d++)
        rows *= x->dims[d];
    return rows;
}

static bool has_few_rows(const struct hinge_node *node)
{
    return count_rows(node) <= GEMM_FEW_ROWS && !op_input(node, GROUPS);
}

struct job {
    const struct hinge_node *node;
    const struct gemm_nbits *b;
    int64_t rows;
    const float *a;
};

static void add_bias(const void *argument, void *row_at, int64_t index, int64_t row, int64_t column,
                     int64_t count)
{
    (void)index, (void)row;
    enum { COUNT = 64 };
    const hinge_tensor *bias = argument;
    float *y = row_at, terms[COUNT];
    for (int64_t i = 0; i < count; i += COUNT) {
        const int64_t n = min_i64(COUNT, count - i);
        convert_to_float(bias->type, terms,
                         (const char *)bias->data + hinge_size(bias->type, column + i), n);
        for (int64_t k = 0; k < n; k++)
            y[i + k] += terms[k];
    }
}

static void few_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const hinge_tensor *bias = op_input(job->node, BIAS), *y = job->node->outputs[0];
    float results[GEMM_FEW_ROWS * PIECE];
    for (int64_t i = begin; i < end; i++) {
        const int64_t column = i * PIECE, n = min_i64(PIECE, job->b->columns - column);
        gemm_nbits_few(job->b, job->rows, job->a, job->b->depth, column, n, results, PIECE);
        for (int64_t r = 0; r < job->rows; r++) {
            char *to = (char *)y->data + hinge_size(y->type, r * job->b->columns + column);
            if (bias)
                add_bias(bias, results + r * PIECE, 0, r, column, n);
            convert_from_float(y->type, NULL, to, results + r * PIECE, n);
        }
    }
}

static struct gemm_call call_of(const struct hinge_node *node, const struct gemm_nbits *b)
{
    const hinge_tensor *bias = op_input(node, BIAS);
    return (struct gemm_call){.node = node,
                              .type = node->inputs[A]->type,
                              .batch = 1,
                              .rows = count_rows(node),
                              .columns = b->columns,
                              .depth = b->depth,
                              .a = node->inputs[A]->data,
                              .a_row = b->depth,
                              .a_depth = 1,
                              .panels = gemm_nbits_panels,
                              .operand = b,
                              .c = node->outputs[0]->data,
                              .finish = bias ? add_bias : NULL,
                              .finish_argument = bias};
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct gemm_nbits b;
    struct packed p;
    hinge_status status = read_node(node, &b);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    if (!measure(node, &b, &p))
        return OP_FAIL(node, HINGE_LIMIT, "B is too large");
    const struct gemm_call call = call_of(node, &b);
    *scratch = node->state ? 0 : p.size;
    if (!has_few_rows(node))
        *scratch += gemm_scratch(&call);
    else if (half_is(call.type))
        *scratch += (size_t)(call.rows * b.depth) * sizeof(float);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[A];
    struct gemm_nbits b;
    char *scratch = node->scratch;
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    hinge_status status = operand(node, &b, &scratch);
    if (status)
        return status;
    if (has_few_rows(node)) {
        struct job job = {node, &b, count_rows(node), x->data};
        if (half_is(x->type)) {
            convert_to_float(x->type, (float *)(void *)scratch, x->data, hinge_count(x));
            job.a = (const float *)(const void *)scratch;
        }
        node->host->parallel(node, ceil_div(b.columns, PIECE),
                             gemm_grain(job.rows * PIECE * b.depth), few_rows, &job);
        return HINGE_OK;
    }
    struct gemm_call call = call_of(node, &b);
    call.scratch = scratch;
    gemm_run(&call);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "K", .type = HINGE_ATTR_INT, .required = true},
    {.name = "N", .type = HINGE_ATTR_INT, .required = true},
    {.name = "accuracy_level", .type = HINGE_ATTR_INT},
    {.name = "bits", .type = HINGE_ATTR_INT, .i = 4},
    {.name = "block_size", .type = HINGE_ATTR_INT, .required = true},
    {.name = "weight_prepacked", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

const struct hinge_op op_matmulnbits[] = {
    {.name = "MatMulNBits",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T1, B: T2, scales: T1, zero_points?: T3, g_idx?: T4, bias?: T1) -> (Y: T1); "
                  "T1: float float16 bfloat16; T2: uint8; T3: uint8 float float16 bfloat16; "
                  "T4: int32",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
