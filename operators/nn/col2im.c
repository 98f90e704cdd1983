/* Col2Im-18: any number of spatial dimensions. Elements that fall on each other are added up, in
 * double or int64 (which wrap), and rounded once; of bools it is said whether any is true. Strings
 * cannot be added. */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"
#include "operators/op/copy.h"
#include "operators/op/spatial.h"

enum { DATA, IMAGE_SHAPE, BLOCK_SHAPE };
enum { DILATIONS, PADS, STRIDES };
enum { MAX_AXES = HINGE_MAX_RANK - 2, CHUNK = 128 };

/* Bounds that keep every sum and product of a few of them inside of int64_t. */
#define MAX_EXTENT (INT64_C(1) << 40)

struct shape {
    int32_t n_axes;
    int64_t image[MAX_AXES], block[MAX_AXES], dilation[MAX_AXES], stride[MAX_AXES];
    int64_t pad[MAX_AXES], n_blocks[MAX_AXES];
    int64_t pixels, positions, length; /* products of image, block and n_blocks */
};

static hinge_status read_axis(const struct hinge_node *node, struct shape *s, int32_t d)
{
    const int32_t n = s->n_axes;
    int64_t pad_end = 0;
    hinge_status status =
        op_spatial_entry(node, DILATIONS, "dilations", n, d, 1, 1, &s->dilation[d]);
    if (!status)
        status = op_spatial_entry(node, STRIDES, "strides", n, d, 1, 1, &s->stride[d]);
    if (!status)
        status = op_spatial_entry(node, PADS, "pads", 2 * n, d, 0, 0, &s->pad[d]);
    if (!status)
        status = op_spatial_entry(node, PADS, "pads", 2 * n, n + d, 0, 0, &pad_end);
    if (status)
        return status;
    if (s->image[d] < 0 || s->image[d] > MAX_EXTENT || s->block[d] < 1 ||
        s->block[d] > OP_SPATIAL_MAX || s->block[d] - 1 > MAX_EXTENT / s->dilation[d])
        return OP_FAIL(node, HINGE_BAD_VALUE, "at axis %d the image is %lld, the block %lld",
                       (int)d, (long long)s->image[d], (long long)s->block[d]);
    const int64_t room = s->image[d] + s->pad[d] + pad_end - (s->block[d] - 1) * s->dilation[d] - 1;
    s->n_blocks[d] = room < 0 ? 0 : room / s->stride[d] + 1;
    if (!op_multiply(s->pixels, s->image[d], &s->pixels) ||
        !op_multiply(s->positions, s->block[d], &s->positions) ||
        !op_multiply(s->length, s->n_blocks[d], &s->length))
        return OP_FAIL(node, HINGE_LIMIT, "image or block are too large");
    return HINGE_OK;
}

static hinge_status read_shape(const struct hinge_node *node, struct shape *s)
{
    const hinge_tensor *x = node->inputs[DATA];
    size_t n, n_block;
    *s = (struct shape){.pixels = 1, .positions = 1, .length = 1};
    hinge_status status = op_input_ints(node, IMAGE_SHAPE, s->image, MAX_AXES, &n);
    if (!status)
        status = op_input_ints(node, BLOCK_SHAPE, s->block, MAX_AXES, &n_block);
    if (status)
        return status;
    if (n < 1 || n != n_block)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "image_shape has %zu values, block_shape %zu", n,
                       n_block);
    s->n_axes = (int32_t)n;
    for (int32_t d = 0; d < s->n_axes && !status; d++)
        status = read_axis(node, s, d);
    if (status)
        return status;
    if (x->rank != 3)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input has rank %d, not 3", (int)x->rank);
    if (x->dims[1] % s->positions)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld rows are no multiple of a block's %lld",
                       (long long)x->dims[1], (long long)s->positions);
    if (x->dims[2] != s->length)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "there are %lld blocks, and %lld fit the image",
                       (long long)x->dims[2], (long long)s->length);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[DATA];
    struct shape s;
    int64_t dims[HINGE_MAX_RANK];
    if (x->type == HINGE_STRING)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "strings cannot be added");
    hinge_status status = read_shape(node, &s);
    if (status)
        return status;
    dims[0] = x->dims[0];
    dims[1] = x->dims[1] / s.positions;
    memcpy(dims + 2, s.image, (size_t)s.n_axes * sizeof *dims);
    return op_set_output(node, 0, x->type, s.n_axes + 2, dims);
}

/* A complex element is two of these. */
static hinge_type part_type(hinge_type type)
{
    return type == HINGE_COMPLEX64 ? HINGE_FLOAT : type == HINGE_COMPLEX128 ? HINGE_DOUBLE : type;
}

static int64_t n_parts(hinge_type type)
{
    return part_type(type) == type ? 1 : 2;
}

union sum {
    double real;
    int64_t whole;
};

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct shape s;
    int64_t size;
    hinge_status status = read_shape(node, &s);
    if (status)
        return status;
    if (!op_multiply(s.pixels, n_parts(node->inputs[DATA]->type) * (int64_t)sizeof(union sum),
                     &size) ||
        !op_multiply(size, node->n_threads, &size))
        return OP_FAIL(node, HINGE_LIMIT, "the image is too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    struct shape shape;
    hinge_type type; /* of a part */
    int64_t parts;
    const char *x;
    char *y;
    union sum *sums;
};

/* Adds count elements to those step elements apart. */
static inline void add_reals(union sum *to, const double *from, int64_t count, int64_t step,
                             int64_t parts)
{
    for (int64_t k = 0; k < count; k++)
        for (int64_t p = 0; p < parts; p++)
            to[k * step * parts + p].real += from[k * parts + p];
}

/* The same for what is most common, without a copy in double between: floats to neighbours. */
static void add_floats(double *to, const float *from, int64_t count)
{
    int64_t i = 0;
    for (; i + VF64_LANES <= count; i += VF64_LANES)
        vf64_store(to + i, vf64_add(vf64_load(to + i), vf64_load_f32(from + i)));
    for (; i < count; i++)
        to[i] += (double)from[i];
}

static void add_integers(union sum *to, const int64_t *from, int64_t count, int64_t step,
                         bool are_bool)
{
    for (int64_t k = 0; k < count; k++) {
        int64_t *whole = &to[k * step].whole;
        *whole = are_bool ? *whole | from[k] : (int64_t)((uint64_t)*whole + (uint64_t)from[k]);
    }
}

/* Adds count elements from x on to elements step apart. */
static void add(const struct job *job, const char *x, int64_t count, int64_t step, union sum *to)
{
    const int64_t parts = job->parts;
    union {
        double real[CHUNK];
        int64_t whole[CHUNK];
    } row;
    if (job->type == HINGE_FLOAT && parts == 1 && step == 1) {
        add_floats(&to->real, (const float *)(const void *)x, count);
        return;
    }
    for (int64_t i = 0, n; i < count; i += n, to += n * step * parts) {
        n = min_i64(CHUNK / parts, count - i);
        const char *from = x + hinge_size(job->type, i * parts);
        if (!convert_is_floating(job->type)) {
            convert_to_int(job->type, row.whole, from, n);
            add_integers(to, row.whole, n, step, job->type == HINGE_BOOL);
            continue;
        }
        convert_to_double(job->type, row.real, from, n * parts);
        if (parts > 1)
            add_reals(to, row.real, n, step, 2);
        else if (step > 1)
            add_reals(to, row.real, n, step, 1);
        else
            add_reals(to, row.real, n, 1, 1);
    }
}

/* Where the elements of one position of the blocks come to lie along each axis, from the first
 * block on, and which blocks of a row put theirs on the image. */
struct place {
    int64_t offset[MAX_AXES], begin, end;
};

static struct place place_of(const struct shape *s, int64_t position)
{
    const int32_t last = s->n_axes - 1;
    struct place p;
    for (int32_t d = s->n_axes; d-- > 0; position /= s->block[d])
        p.offset[d] = position % s->block[d] * s->dilation[d] - s->pad[d];
    const int64_t offset = p.offset[last], room = s->image[last] - offset;
    p.begin = offset < 0 ? min_i64(ceil_div(-offset, s->stride[last]), s->n_blocks[last]) : 0;
    p.end = room > 0 ? min_i64(ceil_div(room, s->stride[last]), s->n_blocks[last]) : 0;
    return p;
}

/* The pixel of a row's first block, on the image or beside it along the last axis; false: the row
 * is not on the image. */
static bool row_target(const struct shape *s, const struct place *p, const int64_t *row,
                       int64_t *at)
{
    *at = 0;
    for (int32_t d = 0; d < s->n_axes - 1; d++) {
        const int64_t i = row[d] * s->stride[d] + p->offset[d];
        if (i < 0 || i >= s->image[d])
            return false;
        *at = (*at + i) * s->image[d + 1];
    }
    *at += p->offset[s->n_axes - 1];
    return true;
}

static void next_row(const struct shape *s, int64_t *row)
{
    for (int32_t d = s->n_axes - 1; d-- > 0; row[d] = 0)
        if (++row[d] < s->n_blocks[d])
            return;
}

/* The elements x of one position of all blocks. */
static void add_position(const struct job *job, int64_t position, const char *x, union sum *sums)
{
    const struct shape *s = &job->shape;
    const struct place p = place_of(s, position);
    const int64_t width = s->n_blocks[s->n_axes - 1], stride = s->stride[s->n_axes - 1];
    int64_t row[MAX_AXES] = {0}, at;
    if (p.begin >= p.end)
        return;
    for (int64_t first = 0; first < s->length; first += width, next_row(s, row))
        if (row_target(s, &p, row, &at))
            add(job, x + hinge_size(job->type, (first + p.begin) * job->parts), p.end - p.begin,
                stride, sums + (at + p.begin * stride) * job->parts);
}

static void store(const struct job *job, union sum *sums, int64_t count, char *y)
{
    union {
        double real[CHUNK];
        int64_t whole[CHUNK];
    } row;
    for (int64_t i = 0; i < count; i += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - i);
        char *to = y + hinge_size(job->type, i);
        if (convert_is_floating(job->type)) {
            for (int64_t k = 0; k < n; k++)
                row.real[k] = sums[i + k].real;
            convert_from_double(job->type, to, row.real, n);
        } else {
            for (int64_t k = 0; k < n; k++)
                row.whole[k] = sums[i + k].whole;
            convert_from_int(job->type, false, to, row.whole, n);
        }
    }
}

static void channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct shape *s = &job->shape;
    const int64_t parts = job->parts;
    union sum *sums = job->sums + (int64_t)thread * s->pixels * parts;
    for (int64_t c = begin; c < end; c++) {
        memset(sums, 0, (size_t)(s->pixels * parts) * sizeof *sums); /* 0 of either kind */
        for (int64_t k = 0; k < s->positions; k++) {
            const int64_t first = (c * s->positions + k) * s->length * parts;
            add_position(job, k, job->x + hinge_size(job->type, first), sums);
        }
        store(job, sums, s->pixels * parts, job->y + hinge_size(job->type, c * s->pixels * parts));
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[DATA];
    hinge_tensor *y = node->outputs[0];
    struct job job = {.type = part_type(x->type),
                      .parts = n_parts(x->type),
                      .x = x->data,
                      .y = y->data,
                      .sums = node->scratch};
    hinge_status status = read_shape(node, &job.shape);
    if (status || hinge_count(y) == 0)
        return status;
    node->host->parallel(node, y->dims[0] * y->dims[1],
                         op_grain(16384, min_i64(hinge_count(x), 16384)), channels, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "dilations", .type = HINGE_ATTR_INTS},
    {.name = "pads", .type = HINGE_ATTR_INTS},
    {.name = "strides", .type = HINGE_ATTR_INTS},
    {.name = NULL},
};

const struct hinge_op op_col2im[] = {
    {.name = "Col2Im",
     .since = 18,
     .signature = "(input: T, image_shape: int64, block_shape: int64) -> (output: T); "
                  "T: " OP_TYPES_ALL_IR4,
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
