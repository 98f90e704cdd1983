#include "operators/norm/rows.h"

#include "operators/kernels/broadcast.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BLOCK 2048  /* numbers added up in their own type */
#define PIECE 512   /* numbers converted at a time on their way to y */
#define COLUMNS 256 /* columns taken at a time */
#define GRAIN 16384 /* elements that are worth a thread */

/* Count, mean and moment of some elements. */
struct part {
    double count, mean, sum;
};

/* What becomes of an element: see apply in rows_tmpl.c. */
struct line {
    double mean, factor, shift;
};

#define ROWS(name) name##_f32
#define ROWS_NUMBER float
#define ROWS_LANES VF32_LANES
#define ROWS_V(word) vf32##word
#define ROWS_FIRST vm32_first
#include "operators/norm/rows_tmpl.c"

#define ROWS(name) name##_f64
#define ROWS_NUMBER double
#define ROWS_LANES VF64_LANES
#define ROWS_V(word) vf64##word
#define ROWS_FIRST vm64_first
#include "operators/norm/rows_tmpl.c"

double rows_deviation(double sum, double count, double epsilon)
{
    return sqrt(sum / count + epsilon);
}

struct rows rows_begin(const struct hinge_node *node, double epsilon)
{
    const hinge_tensor *x = node->inputs[0], *y = node->outputs[0];
    return (struct rows){.node = node,
                         .x_type = x->type,
                         .y_type = y ? y->type : x->type,
                         .rank = x->rank,
                         .dims = x->dims,
                         .x = x->data,
                         .y = y ? y->data : NULL,
                         .norm = rows_deviation,
                         .epsilon = epsilon};
}

void rows_contiguous(struct rows *rows, int64_t n_sets, int64_t length)
{
    rows->kept =
        (struct rows_walk){.rank = 1, .count = n_sets, .dims = {n_sets}, .steps = {length}};
    rows->reduced = (struct rows_walk){.count = 1};
    rows->length = rows->run = length;
    rows->columns = 1;
}

/* Another dimension outside of those that are there, merged with the outermost where that is
 * possible. */
static void walk_add(struct rows_walk *walk, int64_t dim, int64_t step)
{
    walk->count *= dim;
    if (walk->rank > 0 && walk->steps[0] * walk->dims[0] == step) {
        walk->dims[0] *= dim;
        return;
    }
    memmove(walk->dims + 1, walk->dims, (size_t)walk->rank * sizeof *walk->dims);
    memmove(walk->steps + 1, walk->steps, (size_t)walk->rank * sizeof *walk->steps);
    walk->dims[0] = dim;
    walk->steps[0] = step;
    walk->rank++;
}

void rows_reduce(struct rows *rows, uint32_t mask)
{
    int64_t step = 1;
    bool begun = false;
    rows->kept = rows->reduced = (struct rows_walk){.count = 1};
    rows->length = rows->columns = 1;
    for (int32_t d = rows->rank; d-- > 0;) {
        const int64_t dim = rows->dims[d];
        const bool is_reduced = mask >> d & 1;
        if (dim == 1)
            continue;
        if (!is_reduced && !begun)
            rows->columns *= dim;
        else if (is_reduced && rows->reduced.rank == 0 && rows->kept.rank == 0)
            rows->length *= dim;
        else
            walk_add(is_reduced ? &rows->reduced : &rows->kept, dim, step);
        begun = begun || is_reduced;
        step *= dim;
    }
    rows->run = rows->length;
}

int32_t rows_from_axis(struct rows *rows, int64_t axis)
{
    const int32_t first = (int32_t)(axis < 0 ? axis + rows->rank : axis);
    int64_t n_sets = 1, length = 1;
    for (int32_t d = 0; d < rows->rank; d++)
        *(d < first ? &n_sets : &length) *= rows->dims[d];
    rows_contiguous(rows, n_sets, length);
    return first;
}

static int64_t walk_offset(const struct rows_walk *walk, int64_t index)
{
    int64_t offset = 0;
    for (int32_t d = walk->rank; d-- > 0;) {
        offset += index % walk->dims[d] * walk->steps[d];
        index /= walk->dims[d];
    }
    return offset;
}

static hinge_type number_type(const struct rows *rows)
{
    return rows->x_type == HINGE_DOUBLE || rows->y_type == HINGE_DOUBLE ? HINGE_DOUBLE
                                                                        : HINGE_FLOAT;
}

static void to_numbers(hinge_type number, void *to, const hinge_tensor *from, int64_t at,
                       int64_t count)
{
    const char *source = (const char *)from->data + hinge_size(from->type, at);
    if (number == HINGE_DOUBLE)
        convert_to_double(from->type, to, source, count);
    else if (half_is(from->type))
        half_load(from->type, to, (const uint16_t *)(const void *)source, count);
    else
        memcpy(to, source, (size_t)count * sizeof(float));
}

/* Operands */

void rows_list(struct rows_operand *operand, const hinge_tensor *list)
{
    const int64_t count = list->dims[0];
    *operand = (struct rows_operand){.tensor = list, .period = count, .unit = 1, .n_values = count};
}

void rows_list_each(struct rows_operand *operand, const hinge_tensor *list, int64_t count)
{
    rows_list(operand, list);
    operand->period = list->dims[0] / count;
    operand->unit = count;
    operand->step = 1;
}

hinge_status rows_check_list(const struct hinge_node *node, const char *name,
                             const hinge_tensor *list, int64_t count)
{
    if (list->rank != 1 || list->dims[0] != count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not a list of %lld values", name,
                       (long long)count);
    return HINGE_OK;
}

hinge_status rows_check_stash_type(const struct hinge_node *node, unsigned attribute)
{
    const int64_t type = node->attributes[attribute].i;
    if (type < 0 || type > HINGE_N_TYPES || !convert_is_floating((hinge_type)type))
        return OP_FAIL(node, HINGE_BAD_MODEL, "stash_type is %lld", (long long)type);
    return HINGE_OK;
}

hinge_status rows_check_broadcast(const struct hinge_node *node, const char *name,
                                  const hinge_tensor *tensor)
{
    const hinge_tensor *x = node->inputs[0];
    for (int32_t d = 0; d < tensor->rank; d++) {
        const int32_t of_x = d + x->rank - tensor->rank;
        const int64_t dim = tensor->dims[d];
        if (dim != 1 && (of_x < 0 || dim != x->dims[of_x]))
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "%s, dimension %d of which is %lld, does not "
                           "broadcast to input 0",
                           name, (int)d, (long long)dim);
    }
    if (tensor->rank > x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has rank %d, input 0 %d", name, (int)tensor->rank,
                       (int)x->rank);
    return HINGE_OK;
}

void rows_broadcast(const struct rows *rows, struct rows_operand *operand,
                    const hinge_tensor *tensor, int32_t axis)
{
    const int32_t missing = rows->rank - tensor->rank;
    const int64_t count = hinge_count(tensor);
    int64_t outside = 1;
    for (int32_t d = 0; d < axis - missing; d++)
        outside *= tensor->dims[d];
    const bool shared = outside == 1;
    *operand = (struct rows_operand){.tensor = tensor,
                                     .period = shared ? 1 : rows->kept.count,
                                     .unit = shared ? 0 : rows->length,
                                     .step = 1,
                                     .first = shared ? axis : 0};
    operand->n_values = shared ? rows->length : rows->length * rows->kept.count;
    operand->broadcast = count != operand->n_values;
}

/* Scratch memory of an operand whose tensor does not hold its numbers as they are needed. */
static hinge_status operand_scratch(const struct rows *rows, const struct rows_operand *operand,
                                    size_t *scratch)
{
    const hinge_type number = number_type(rows);
    size_t size;
    if (!operand->tensor || (!operand->broadcast && operand->tensor->type == number))
        return HINGE_OK;
    if (__builtin_mul_overflow((size_t)operand->n_values, hinge_size(number, 1), &size) ||
        size > SIZE_MAX / 4)
        return OP_FAIL(rows->node, HINGE_LIMIT, "%lld values of scale or bias are too many",
                       (long long)operand->n_values);
    *scratch += (size + 63) / 64 * 64;
    return HINGE_OK;
}

hinge_status rows_scratch(const struct rows *rows, size_t *scratch)
{
    *scratch = 0;
    hinge_status status = operand_scratch(rows, &rows->scale, scratch);
    return status ? status : operand_scratch(rows, &rows->bias, scratch);
}

static void broadcast_values(const struct rows *rows, const struct rows_operand *operand, char *to)
{
    const hinge_tensor *t = operand->tensor;
    const hinge_type number = number_type(rows);
    const int32_t missing = rows->rank - t->rank;
    const int32_t skipped = operand->first > missing ? operand->first - missing : 0;
    struct broadcast plan;
    struct broadcast_cursor cursor;
    if (operand->n_values == 0) /* where there is no place to seek */
        return;
    broadcast_begin(&plan, rows->rank - operand->first, rows->dims + operand->first);
    broadcast_operand(&plan, t->rank - skipped, t->dims + skipped);
    broadcast_merge(&plan);
    broadcast_seek(&plan, &cursor, 0);
    const bool advances = broadcast_inner_step(&plan, 0) != 0;
    for (int64_t at = 0, n; at < operand->n_values; at += n) {
        n = broadcast_piece(&plan, &cursor, operand->n_values - at);
        char *piece = to + hinge_size(number, at);
        to_numbers(number, piece, t, broadcast_offset(&plan, &cursor, 0), advances ? n : 1);
        for (int64_t i = 1; !advances && i < n; i++)
            memcpy(piece + hinge_size(number, i), piece, hinge_size(number, 1));
        broadcast_advance(&plan, &cursor, n);
    }
}

/* Leaves the operand's numbers at values, which may be at scratch; returns what is left of that. */
static char *operand_read(const struct rows *rows, struct rows_operand *operand, char *scratch)
{
    const hinge_type number = number_type(rows);
    size_t size = 0;
    if (!operand->tensor)
        return scratch;
    (void)operand_scratch(rows, operand, &size); /* prepare let it pass */
    operand->values = size ? scratch : operand->tensor->data;
    if (operand->broadcast)
        broadcast_values(rows, operand, scratch);
    else if (size)
        to_numbers(number, scratch, operand->tensor, 0, operand->n_values);
    return scratch + size;
}

static const void *operand_at(const struct rows *rows, const struct rows_operand *operand,
                              int64_t run)
{
    if (!operand->tensor)
        return NULL;
    const int64_t at = run % operand->period * operand->unit;
    return (const char *)operand->values + hinge_size(number_type(rows), at);
}

/* The number at numbers + offset bytes, or otherwise where there is none. */
static double number_at(hinge_type number, const void *numbers, int64_t offset, double otherwise)
{
    if (!numbers)
        return otherwise;
    const void *at = (const char *)numbers + offset;
    return number == HINGE_DOUBLE ? *(const double *)at : (double)*(const float *)at;
}

/* Sets in rows */

/* Elements of x as numbers: themselves, or converted into buffer. */
static const void *numbers_of(hinge_type number, hinge_type type, const void *elements, int64_t at,
                              int64_t count, void *buffer)
{
    const hinge_tensor tensor = {.type = type, .data = (void *)(uintptr_t)elements};
    if (type == number)
        return (const char *)elements + hinge_size(type, at);
    to_numbers(number, buffer, &tensor, at, count);
    return buffer;
}

static struct part block(const struct rows *rows, int64_t at, int64_t count)
{
    double buffer[BLOCK];
    if (number_type(rows) == HINGE_FLOAT) {
        const struct part part = part_f32(
            numbers_of(HINGE_FLOAT, rows->x_type, rows->x, at, count, buffer), count, rows->moment);
        if (part.sum > 0x1p-80 && part.sum <= (double)FLT_MAX)
            return part;
    }
    return part_f64(numbers_of(HINGE_DOUBLE, rows->x_type, rows->x, at, count, buffer), count,
                    rows->moment);
}

static struct part merge(struct part a, struct part b)
{
    const double count = a.count + b.count, apart = b.mean - a.mean;
    return (struct part){count,
                         isfinite(apart) ? a.mean + apart * (b.count / count) : a.mean + b.mean,
                         a.sum + b.sum + apart * apart * (a.count * b.count / count)};
}

static struct part gather(const struct rows *rows, int64_t set_at)
{
    struct part all = {0, 0, 0};
    for (int64_t r = 0; r < rows->reduced.count; r++) {
        const int64_t begin = set_at + walk_offset(&rows->reduced, r);
        for (int64_t i = 0; i < rows->length; i += BLOCK) {
            const int64_t n = rows->length - i < BLOCK ? rows->length - i : BLOCK;
            const struct part part = block(rows, begin + i, n);
            all = all.count > 0 ? merge(all, part) : part;
        }
    }
    return all;
}

/* count elements from at on; scale and bias are NULL or have an element each. */
static void put(const struct rows *rows, int64_t at, int64_t count, struct line line,
                const void *scale, const void *bias)
{
    const hinge_type number = number_type(rows);
    const bool wide = number == HINGE_DOUBLE;
    const int64_t piece = rows->x_type == number && rows->y_type == number ? count : PIECE;
    double x_buffer[PIECE], y_buffer[PIECE], *const y_piece = y_buffer;
    for (int64_t i = 0; i < count; i += piece) {
        const int64_t n = count - i < piece ? count - i : piece;
        const void *x = numbers_of(number, rows->x_type, rows->x, at + i, n, x_buffer);
        void *to = (char *)rows->y + hinge_size(rows->y_type, at + i);
        void *y = rows->y_type == number ? to : y_piece;
        const size_t skipped = hinge_size(number, i);
        const void *s = scale ? (const char *)scale + skipped : NULL;
        const void *b = bias ? (const char *)bias + skipped : NULL;
        if (s)
            (wide ? apply_each_f64 : apply_each_f32)(y, x, n, line, s, b);
        else
            (wide ? apply_f64 : apply_f32)(y, x, n, line);
        if (y != to && wide)
            convert_from_double(rows->y_type, to, y, n);
        else if (y != to)
            half_store(rows->y_type, to, y, n);
    }
}

/* The same in double and step by step, where a factor would lose what its parts still have. */
static void put_slowly(const struct rows *rows, int64_t at, int64_t count, double mean, double norm,
                       const char *scale, const char *bias)
{
    const hinge_type number = number_type(rows);
    const int64_t size = (int64_t)hinge_size(number, 1);
    double buffer[PIECE];
    for (int64_t i = 0; i < count; i += PIECE) {
        const int64_t n = count - i < PIECE ? count - i : PIECE;
        const double *x = numbers_of(HINGE_DOUBLE, rows->x_type, rows->x, at + i, n, buffer);
        for (int64_t k = 0; k < n; k++) {
            const double z = (x[k] - mean) / norm;
            const double s = number_at(number, scale, (i + k) * rows->scale.step * size, 1);
            const double b = number_at(number, bias, (i + k) * rows->bias.step * size, 0);
            buffer[k] = z * s + b;
        }
        convert_from_double(rows->y_type, (char *)rows->y + hinge_size(rows->y_type, at + i),
                            buffer, n);
    }
}

/* Whether the numbers are as good with it as double is. */
static bool is_tame(hinge_type number, double factor)
{
    const double least = number == HINGE_DOUBLE ? 0x1p-900 : 0x1p-100;
    return factor == 0 || (fabs(factor) > least && fabs(factor) < 1 / least);
}

/* Run number q, which begins at at. */
static void finish_run(const struct rows *rows, int64_t q, int64_t at, double mean, double norm)
{
    const hinge_type number = number_type(rows);
    const void *scale = operand_at(rows, &rows->scale, q), *bias = operand_at(rows, &rows->bias, q);
    const bool each = rows->scale.step != 0;
    const double factor = 1 / norm * (each ? 1 : number_at(number, scale, 0, 1));
    struct line line = {mean, factor, each ? 0 : number_at(number, bias, 0, 0)};
    if (!isfinite(norm) || !is_tame(number, factor)) {
        put_slowly(rows, at, rows->run, mean, norm, scale, bias);
        return;
    }
    if (number == HINGE_FLOAT) {
        /* What float leaves of the mean goes into the shift. */
        line.mean = (double)(float)mean;
        line.shift += (line.mean - mean) * factor;
    }
    put(rows, at, rows->run, line, each ? scale : NULL, each ? bias : NULL);
}

static void store(hinge_tensor *t, int64_t i, double value)
{
    if (t)
        convert_from_double(t->type, (char *)t->data + hinge_size(t->type, i), &value, 1);
}

static void sets(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct rows *rows = argument;
    const int64_t n_runs = rows->run ? rows->length / rows->run : 0;
    for (int64_t s = begin; s < end; s++) {
        const int64_t at = walk_offset(&rows->kept, s);
        if (rows->fill)
            rows->fill(rows, s);
        const struct part all = gather(rows, at);
        const double norm = rows->norm(all.sum, all.count, rows->epsilon);
        for (int64_t r = 0; r < rows->reduced.count; r++) {
            const int64_t first = at + walk_offset(&rows->reduced, r);
            for (int64_t q = 0; q < n_runs; q++)
                finish_run(rows, s * n_runs + q, first + q * rows->run, all.mean, norm);
        }
        store(rows->means, s, all.count > 0 ? all.mean : NAN);
        store(rows->inverses, s, 1 / norm);
    }
}

/* Sets in columns, which are taken many at a time, in double */

static double term(enum rows_moment moment, double x, double mean)
{
    const double d = x - mean;
    return moment == ROWS_MAGNITUDES ? fabs(x) : d * d;
}

static const double *read_row(const struct rows *rows, int64_t at, int64_t row, int64_t count,
                              int64_t *row_at, double *buffer)
{
    *row_at =
        at + walk_offset(&rows->reduced, row / rows->length) + row % rows->length * rows->columns;
    return numbers_of(HINGE_DOUBLE, rows->x_type, rows->x, *row_at, count, buffer);
}

static void some_columns(const struct rows *rows, int64_t at, int64_t count)
{
    const int64_t n_rows = rows->reduced.count * rows->length;
    double mean[COLUMNS] = {0}, norm[COLUMNS] = {0}, buffer[COLUMNS];
    int64_t row_at;
    for (int64_t r = 0; rows->moment == ROWS_DEVIATION && r < n_rows; r++) {
        const double *x = read_row(rows, at, r, count, &row_at, buffer);
        for (int64_t i = 0; i < count; i++)
            mean[i] += x[i];
    }
    for (int64_t i = 0; i < count; i++)
        mean[i] /= (double)n_rows;
    for (int64_t r = 0; r < n_rows; r++) {
        const double *x = read_row(rows, at, r, count, &row_at, buffer);
        for (int64_t i = 0; i < count; i++)
            norm[i] += term(rows->moment, x[i], mean[i]);
    }
    for (int64_t i = 0; i < count; i++)
        norm[i] = rows->norm(norm[i], (double)n_rows, rows->epsilon);
    for (int64_t r = 0; r < n_rows; r++) {
        const double *x = read_row(rows, at, r, count, &row_at, buffer);
        for (int64_t i = 0; i < count; i++)
            buffer[i] = (x[i] - mean[i]) / norm[i];
        convert_from_double(rows->y_type, (char *)rows->y + hinge_size(rows->y_type, row_at),
                            buffer, count);
    }
}

static void column_sets(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct rows *rows = argument;
    const int64_t n_parts = (rows->columns + COLUMNS - 1) / COLUMNS;
    for (int64_t i = begin; i < end; i++) {
        const int64_t first = i % n_parts * COLUMNS, left = rows->columns - first;
        some_columns(rows, walk_offset(&rows->kept, i / n_parts) + first,
                     left < COLUMNS ? left : COLUMNS);
    }
}

void rows_run(struct rows *rows)
{
    const int64_t count = rows->reduced.count * rows->length;
    const int64_t n_parts = (rows->columns + COLUMNS - 1) / COLUMNS;
    const int64_t width = rows->columns < COLUMNS ? rows->columns : COLUMNS;
    char *left = operand_read(rows, &rows->scale, rows->node->scratch);
    operand_read(rows, &rows->bias, left);
    rows->node->host->parallel(rows->node, rows->kept.count * n_parts,
                               op_grain(GRAIN, count * width),
                               rows->columns > 1 ? column_sets : sets, rows);
}
