#include "describe/summary.h"

#include "base/array.h"
#include "base/number.h"
#include "describe/describe.h"

#include <hinge/value.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Shown of a tensor, or of a sequence. */
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

/* Text */

static void print_first(FILE *file, const hinge_tensor *tensor, int indent)
{
    char number[TEXT_NUMBER_SIZE];
    int64_t count = array_count(tensor);
    if (count == 0)
        return;
    if (tensor->type != HINGE_STRING) {
        struct summary summary = summary_of(tensor);
        fprintf(file, "%*smin %.6g  max %.6g  mean %.6g  NaN %" PRId64, indent, "", summary.min,
                summary.max, summary.mean, summary.n_nan);
        if (summary.n_inf)
            fprintf(file, "  Inf %" PRId64, summary.n_inf);
        putc('\n', file);
    }
    fprintf(file, "%*s", indent - 1, "");
    for (int64_t i = 0; i < count && i < FIRST_VALUES; i++) {
        putc(' ', file);
        text_print(file, text_number(number, tensor, i), 0);
    }
    fputs(count > FIRST_VALUES ? " …\n" : "\n", file);
}

static void print_value(FILE *file, const char *name, const hinge_tensor *value,
                        hinge_type_code type, int indent);

static void print_rest(FILE *file, int64_t n, int indent)
{
    if (n > FIRST_VALUES)
        fprintf(file, "%*s… and %" PRId64 " more\n", indent, "", n - FIRST_VALUES);
}

static void print_elements(FILE *file, const hinge_tensor *value, hinge_type_code type, int indent)
{
    char label[32];
    for (int64_t i = 0; i < value->dims[0] && i < FIRST_VALUES; i++) {
        snprintf(label, sizeof label, "[%" PRId64 "]", i);
        print_value(file, label, hinge_element(value, i), hinge_element_code(type), indent);
    }
    print_rest(file, value->dims[0], indent);
}

/* A line for each key where the values are values themselves, otherwise one line. */
static void print_entries(FILE *file, const hinge_tensor *map, hinge_type_code type, int indent)
{
    const hinge_tensor *keys = hinge_element(map, 0), *values = hinge_element(map, 1);
    bool nested = hinge_is_container(values->type);
    char key[TEXT_NUMBER_SIZE], number[TEXT_NUMBER_SIZE];
    int64_t n = keys->dims[0];
    for (int64_t i = 0; i < n && i < FIRST_VALUES; i++) {
        text_number(key, keys, i);
        if (nested) {
            print_value(file, key, hinge_element(values, i), hinge_element_code(type), indent);
            continue;
        }
        fprintf(file, "%*s", i ? 2 : indent, "");
        text_print(file, key, 0);
        fputs(": ", file);
        text_print(file, text_number(number, values, i), 0);
    }
    if (nested)
        print_rest(file, n, indent);
    else if (n)
        fputs(n > FIRST_VALUES ? "  …\n" : "\n", file);
}

static void print_count(FILE *file, const hinge_tensor *value)
{
    int64_t n = value->type == HINGE_MAP ? hinge_element(value, 0)->dims[0] : value->dims[0];
    const char *one = value->type == HINGE_MAP ? "entry" : "element";
    const char *many = value->type == HINGE_MAP ? "entries" : "elements";
    if (value->type == HINGE_OPTIONAL)
        fputs(n ? "" : ", empty", file);
    else
        fprintf(file, ", %" PRId64 " %s", n, n == 1 ? one : many);
}

static void print_value(FILE *file, const char *name, const hinge_tensor *value,
                        hinge_type_code type, int indent)
{
    char text[TEXT_SHAPE_SIZE];
    fprintf(file, "%*s", indent, "");
    text_print(file, name, 0);
    fputs("  ", file);
    fputs(describe_value(text, value, type), file);
    if (value->type == HINGE_SPARSE)
        fputs(text_dims(text, value), file);
    else if (hinge_is_container(value->type))
        print_count(file, value);
    putc('\n', file);
    switch ((int)value->type) {
    case HINGE_SEQUENCE:
    case HINGE_OPTIONAL: print_elements(file, value, type, indent + 2); break;
    case HINGE_MAP: print_entries(file, value, type, indent + 2); break;
    case HINGE_SPARSE:
        print_value(file, "values", hinge_element(value, 0), 0, indent + 2);
        print_value(file, "indices", hinge_element(value, 1), 0, indent + 2);
        break;
    default: print_first(file, value, indent + 2);
    }
}

void summary_print(FILE *file, const char *name, const hinge_tensor *value, hinge_type_code type)
{
    print_value(file, name, value, type, 0);
}

/* JSON */

static json_t *number_json(const hinge_tensor *tensor, int64_t index, bool all)
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
    if (!number_is_float(tensor->type))
        return json_integer((json_int_t)value);
    return all ? json_any_number(value) : json_number(value);
}

static void put_tensor(json_t *object, const hinge_tensor *tensor, bool all, bool *good)
{
    json_t *first = json_array();
    int64_t count = array_count(tensor);
    json_put(object, "shape", json_dims(tensor), good);
    if (tensor->type != HINGE_STRING) {
        struct summary summary = summary_of(tensor);
        json_put(object, "min", json_number(summary.min), good);
        json_put(object, "max", json_number(summary.max), good);
        json_put(object, "mean", json_number(summary.mean), good);
        json_put(object, "nan", json_integer(summary.n_nan), good);
        json_put(object, "inf", json_integer(summary.n_inf), good);
    }
    for (int64_t i = 0; i < count && (all || i < FIRST_VALUES) && *good; i++)
        json_add(first, number_json(tensor, i, all), good);
    json_put(object, all ? "elements" : "first", first, good);
}

static void put_elements(json_t *object, const hinge_tensor *value, hinge_type_code type, bool all,
                         bool *good)
{
    json_t *first = json_array();
    json_put(object, "count", json_integer(value->dims[0]), good);
    for (int64_t i = 0; i < value->dims[0] && (all || i < FIRST_VALUES) && *good; i++)
        json_add(first, summary_json(NULL, hinge_element(value, i), hinge_element_code(type), all),
                 good);
    json_put(object, all ? "elements" : "first", first, good);
}

/* The two parts of a map or sparse tensor. */
static void put_parts(json_t *object, const hinge_tensor *value, const char *const names[2],
                      bool all, bool *good)
{
    json_put(object, names[0], summary_json(NULL, hinge_element(value, 0), 0, all), good);
    json_put(object, names[1], summary_json(NULL, hinge_element(value, 1), 0, all), good);
}

json_t *summary_json(const char *name, const hinge_tensor *value, hinge_type_code type, bool all)
{
    bool good = true;
    char text[HINGE_TYPE_CODE_TEXT];
    json_t *object = json_object();
    if (name)
        json_put(object, "name", json_text(name, strlen(name)), &good);
    json_put(object, "type",
             json_string(hinge_is_container(value->type)
                             ? hinge_type_code_text(type ? type : value->type, text, sizeof text)
                             : hinge_type_text(value->type)),
             &good);
    switch ((int)value->type) {
    case HINGE_SEQUENCE:
    case HINGE_OPTIONAL: put_elements(object, value, type, all, &good); break;
    case HINGE_MAP:
        put_parts(object, value, (const char *const[]){"keys", "values"}, all, &good);
        break;
    case HINGE_SPARSE:
        json_put(object, "shape", json_dims(value), &good);
        put_parts(object, value, (const char *const[]){"values", "indices"}, all, &good);
        break;
    default: put_tensor(object, value, all, &good);
    }
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
