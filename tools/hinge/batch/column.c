#include "batch/column.h"

#include "base/array.h"
#include "base/text.h"
#include "files/npy.h"
#include "files/npy_string.h"

#include <errno.h>
#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>

static hinge_tensor row_of(const hinge_tensor *result)
{
    hinge_tensor row = *result;
    if (row.rank > 0 && row.dims[0] == 1) {
        row.rank--;
        memmove(row.dims, row.dims + 1, (size_t)row.rank * sizeof *row.dims);
    }
    return row;
}

/* The rows so far as one tensor. */
static hinge_tensor all_rows(const struct column *column, int64_t n)
{
    hinge_tensor all = column->row;
    memmove(all.dims + 1, all.dims, (size_t)all.rank * sizeof *all.dims);
    all.dims[0] = n;
    all.rank++;
    all.data = NULL;
    return all;
}

static bool is_like(const hinge_tensor *a, const hinge_tensor *b)
{
    bool same = a->type == b->type && a->rank == b->rank;
    for (int32_t i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

bool column_takes(const struct column *column, const hinge_tensor *result, hinge_error *error)
{
    hinge_tensor row = row_of(result);
    char before[TEXT_SHAPE_SIZE], now[TEXT_SHAPE_SIZE];
    if (hinge_is_container(row.type) || hinge_type_bits(row.type) < 8 || row.rank >= HINGE_MAX_RANK)
        return error_set(error, HINGE_UNSUPPORTED, "%s %s cannot be a row: give --separate",
                         hinge_type_text(row.type), text_dims(now, &row));
    if (column->n_rows && !is_like(&row, &column->row))
        return error_set(error, HINGE_BAD_SHAPE,
                         "%s %.200s, and %s %.200s for the records before: give --separate",
                         hinge_type_text(row.type), text_dims(now, &row),
                         hinge_type_text(column->row.type), text_dims(before, &column->row));
    if (row.type != HINGE_STRING)
        return true;
    unsigned char *data = NULL;
    size_t width;
    bool ok = npy_make_strings(&row, &data, &width, error);
    free(data);
    return ok;
}

static bool fail(const struct column *column, hinge_error *error)
{
    return error_set(error, HINGE_IO, "%.400s: %s", column->path, strerror(errno));
}

/* The header gets the room that it needs for any number of rows. */
static bool begin(struct column *column, const hinge_tensor *row, hinge_error *error)
{
    char header[NPY_HEADER_SIZE];
    column->row = *row;
    if (row->type == HINGE_STRING)
        return true;
    hinge_tensor all = all_rows(column, INT64_MAX);
    column->header_size = npy_make_header(header, NULL, &all, 0);
    column->file = fopen(column->path, "wb");
    return (column->file &&
            fwrite(header, 1, column->header_size, column->file) == column->header_size) ||
           fail(column, error);
}

static bool grow(void **memory, size_t *capacity, size_t needed, hinge_error *error)
{
    if (needed <= *capacity)
        return true;
    size_t bigger_capacity = needed + needed / 2 + 64;
    void *bigger = bigger_capacity > needed ? realloc(*memory, bigger_capacity) : NULL;
    if (!bigger)
        return error_no_memory(error);
    *memory = bigger;
    *capacity = bigger_capacity;
    return true;
}

static bool add_strings(struct column *column, const hinge_tensor *row, hinge_error *error)
{
    const hinge_string *strings = row->data;
    size_t n = (size_t)array_count(row);
    size_t *sizes = realloc(column->sizes, (column->n_sizes + n + 1) * sizeof *sizes);
    if (!sizes)
        return error_no_memory(error);
    column->sizes = sizes;
    for (size_t i = 0; i < n; i++) {
        void *text = column->text;
        if (!grow(&text, &column->text_capacity, column->text_size + strings[i].size, error))
            return false;
        column->text = text;
        if (strings[i].size)
            memcpy(column->text + column->text_size, strings[i].bytes, strings[i].size);
        column->text_size += strings[i].size;
        column->sizes[column->n_sizes++] = strings[i].size;
    }
    return true;
}

bool column_add(struct column *column, const hinge_tensor *result, hinge_error *error)
{
    hinge_tensor row = row_of(result);
    size_t size = array_size(&row);
    if (column->n_rows == 0 && !begin(column, &row, error))
        return false;
    if (row.type == HINGE_STRING) {
        if (!add_strings(column, &row, error))
            return false;
    } else if (size && fwrite(row.data, 1, size, column->file) != size) {
        return fail(column, error);
    }
    column->n_rows++;
    return true;
}

static bool finish_strings(struct column *column, hinge_error *error)
{
    hinge_tensor all = all_rows(column, (int64_t)column->n_rows);
    hinge_string *strings = calloc(column->n_sizes + 1, sizeof *strings);
    if (!strings)
        return error_no_memory(error);
    const char *text = column->text;
    for (size_t i = 0; i < column->n_sizes; i++) {
        strings[i] = (hinge_string){text, column->sizes[i]};
        text += text ? column->sizes[i] : 0;
    }
    all.data = strings;
    bool ok = npy_write(column->path, &all, error);
    free(strings);
    return ok;
}

bool column_finish(struct column *column, hinge_error *error)
{
    char header[NPY_HEADER_SIZE];
    if (column->n_rows == 0)
        return true;
    if (column->row.type == HINGE_STRING)
        return finish_strings(column, error);
    hinge_tensor all = all_rows(column, (int64_t)column->n_rows);
    size_t size = npy_make_header(header, NULL, &all, column->header_size);
    bool ok =
        fseek(column->file, 0, SEEK_SET) == 0 && fwrite(header, 1, size, column->file) == size;
    ok = (fclose(column->file) == 0) & ok;
    column->file = NULL;
    return ok || fail(column, error);
}

void column_free(struct column *column)
{
    if (column->file)
        fclose(column->file);
    free(column->path);
    free(column->text);
    free(column->sizes);
    *column = (struct column){0};
}
