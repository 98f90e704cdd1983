#include "summary.h"

#include "array.h"
#include "number.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Shown of a tensor. */
#define FIRST_VALUES 12

struct summary summary_of(const hinge_tensor *tensor)
{
    struct summary summary = {NAN, NAN, NAN, 0, 0};
    if (tensor->type == HINGE_STRING)
        return summary;
    hinge_tensor parts = number_parts(tensor);
    int64_t count = array_count(&parts), n_finite = 0;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double value = number_value(&parts, i);
        if (isnan(value)) {
            summary.n_nan++;
            continue;
        }
        summary.min = fmin(summary.min, value);
        summary.max = fmax(summary.max, value);
        if (isinf(value)) {
            summary.n_inf++;
        } else {
            sum += value;
            n_finite++;
        }
    }
    if (n_finite)
        summary.mean = sum / (double)n_finite;
    return summary;
}

void summary_print(FILE *file, const char *name, const hinge_tensor *tensor)
{
    char shape[TEXT_SHAPE_SIZE], number[TEXT_NUMBER_SIZE];
    int64_t count = array_count(tensor);
    text_print(file, name, 0);
    fprintf(file, "  %s%s\n", hinge_type_text(tensor->type), text_dims(shape, tensor));
    if (count == 0)
        return;
    if (tensor->type != HINGE_STRING) {
        struct summary summary = summary_of(tensor);
        fprintf(file, "  min %.6g  max %.6g  mean %.6g  NaN %" PRId64, summary.min, summary.max,
                summary.mean, summary.n_nan);
        if (summary.n_inf)
            fprintf(file, "  Inf %" PRId64, summary.n_inf);
        putc('\n', file);
    }
    fputs(" ", file);
    for (int64_t i = 0; i < count && i < FIRST_VALUES; i++) {
        putc(' ', file);
        text_print(file, text_number(number, tensor, i), 0);
    }
    fputs(count > FIRST_VALUES ? " …\n" : "\n", file);
}

static json_t *value_json(const hinge_tensor *tensor, int64_t index)
{
    if (tensor->type == HINGE_STRING) {
        const hinge_string *string = (const hinge_string *)tensor->data + index;
        return json_text(string->size ? string->bytes : "", string->size);
    }
    if (tensor->type == HINGE_BOOL)
        return json_boolean(number_bits(tensor, index));
    if (tensor->type == HINGE_INT64)
        return json_integer((json_int_t)number_bits(tensor, index));
    char number[TEXT_NUMBER_SIZE];
    bool is_complex = number_parts(tensor).type != tensor->type;
    if (is_complex || tensor->type == HINGE_UINT64)
        return json_string(text_number(number, tensor, index));
    double value = number_value(tensor, index);
    return number_is_float(tensor->type) ? json_number(value) : json_integer((json_int_t)value);
}

json_t *summary_json(const char *name, const hinge_tensor *tensor)
{
    bool good = true;
    json_t *object = json_object(), *first = json_array();
    json_put(object, "name", json_text(name, strlen(name)), &good);
    json_put(object, "type", json_string(hinge_type_text(tensor->type)), &good);
    json_put(object, "shape", json_dims(tensor), &good);
    if (tensor->type != HINGE_STRING) {
        struct summary summary = summary_of(tensor);
        json_put(object, "min", json_number(summary.min), &good);
        json_put(object, "max", json_number(summary.max), &good);
        json_put(object, "mean", json_number(summary.mean), &good);
        json_put(object, "nan", json_integer(summary.n_nan), &good);
        json_put(object, "inf", json_integer(summary.n_inf), &good);
    }
    int64_t count = array_count(tensor);
    for (int64_t i = 0; i < count && i < FIRST_VALUES; i++)
        json_add(first, value_json(tensor, i), &good);
    json_put(object, "first", first, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
