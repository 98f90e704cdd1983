#include "base/compare.h"

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

#include <hinge/plugin.h>
#include <hinge/value.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool differ_in_kind(const hinge_tensor *got, const hinge_tensor *want, hinge_error *why)
{
    if (got->type != want->type)
        return error_set(why, HINGE_BAD_VALUE, "type is %s, expected %s",
                         hinge_type_text(got->type), hinge_type_text(want->type));
    size_t dims_size = (size_t)(want->rank > 0 ? want->rank : 0) * sizeof *want->dims;
    if (got->rank != want->rank || memcmp(got->dims, want->dims, dims_size) != 0) {
        char got_text[TEXT_SHAPE_SIZE], want_text[TEXT_SHAPE_SIZE];
        return error_set(why, HINGE_BAD_SHAPE, "shape is %s, expected %s", text_dims(got_text, got),
                         text_dims(want_text, want));
    }
    return true;
}

static bool compare_strings(const hinge_tensor *got, const hinge_tensor *want, hinge_error *why)
{
    const hinge_string *g = got->data, *w = want->data;
    int64_t count = array_count(want), n_wrong = 0, first = 0;
    for (int64_t i = count - 1; i >= 0; i--)
        if (g[i].size != w[i].size || (w[i].size && memcmp(g[i].bytes, w[i].bytes, w[i].size))) {
            first = i;
            n_wrong++;
        }
    if (n_wrong == 0)
        return true;
    int got_size = g[first].size > 80 ? 80 : (int)g[first].size;
    int want_size = w[first].size > 80 ? 80 : (int)w[first].size;
    return error_set(why, HINGE_BAD_VALUE,
                     "%" PRId64 " of %" PRId64 " strings differ, first [%" PRId64
                     "]: \"%.*s\", expected \"%.*s\"",
                     n_wrong, count, first, got_size, got_size ? g[first].bytes : "", want_size,
                     want_size ? w[first].bytes : "");
}

static bool compare_exact(const hinge_tensor *got, const hinge_tensor *want, hinge_error *why)
{
    int64_t count = array_count(want), n_wrong = 0, first = 0;
    for (int64_t i = count - 1; i >= 0; i--)
        if (number_bits(got, i) != number_bits(want, i)) {
            first = i;
            n_wrong++;
        }
    if (n_wrong == 0)
        return true;
    char got_text[TEXT_NUMBER_SIZE], want_text[TEXT_NUMBER_SIZE];
    return error_set(
        why, HINGE_BAD_VALUE,
        "%" PRId64 " of %" PRId64 " elements differ, first [%" PRId64 "]: %s, expected %s", n_wrong,
        count, first, text_number(got_text, got, first), text_number(want_text, want, first));
}

static bool is_close(double got, double want, double rtol, double atol)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got))
        return got == want;
    return fabs(got - want) <= atol + rtol * fabs(want);
}

static bool compare_floats(const hinge_tensor *got, const hinge_tensor *want, double rtol,
                           double atol, hinge_error *why)
{
    int64_t count = array_count(want), n_wrong = 0, first = 0;
    double worst = 0;
    for (int64_t i = count - 1; i >= 0; i--) {
        double g = number_value(got, i), w = number_value(want, i);
        if (is_close(g, w, rtol, atol))
            continue;
        first = i;
        n_wrong++;
        worst = fmax(worst, fabs(g - w));
    }
    if (n_wrong == 0)
        return true;
    return error_set(why, HINGE_BAD_VALUE,
                     "%" PRId64 " of %" PRId64 " elements differ, first [%" PRId64
                     "]: %.9g, expected %.9g, largest difference %.3g",
                     n_wrong, count, first, number_value(got, first), number_value(want, first),
                     worst);
}

bool compare_tensors(const hinge_tensor *got, const hinge_tensor *want,
                     const struct compare_rule *rule, hinge_error *why)
{
    if (!differ_in_kind(got, want, why))
        return false;
    if (want->type == HINGE_STRING)
        return compare_strings(got, want, why);
    hinge_tensor got_parts = number_parts(got), want_parts = number_parts(want);
    if (!number_is_float(want_parts.type))
        return compare_exact(got, want, why);
    double rtol = rule->rtol, atol = rule->atol;
    if (want->type == HINGE_FLOAT16 || want->type == HINGE_BFLOAT16)
        rtol = rtol > 0 ? fmax(rtol, 1e-2) : 0;
    else if (want_parts.type != HINGE_FLOAT && want_parts.type != HINGE_DOUBLE)
        rtol = atol = 0;
    if (rule->relative_to_max && rtol > 0) {
        double largest = 1;
        int64_t count = array_count(&want_parts);
        for (int64_t i = 0; i < count; i++) {
            double magnitude = fabs(number_value(&want_parts, i));
            if (isfinite(magnitude))
                largest = fmax(largest, magnitude);
        }
        atol = rtol * largest;
        rtol = 0;
    }
    return compare_floats(&got_parts, &want_parts, rtol, atol, why);
}

/* Values that hold values */

static bool compare_elements(const hinge_tensor *got, const hinge_tensor *want,
                             const struct compare_rule *rule, hinge_error *why)
{
    if (got->dims[0] != want->dims[0])
        return error_set(why, HINGE_BAD_SHAPE, "has %" PRId64 " element%s, expected %" PRId64,
                         got->dims[0], got->dims[0] == 1 ? "" : "s", want->dims[0]);
    for (int64_t i = 0; i < want->dims[0]; i++)
        if (!compare_values(hinge_element(got, i), hinge_element(want, i), rule, why))
            return want->type == HINGE_OPTIONAL ? false : error_prefix(why, "element %" PRId64, i);
    return true;
}

static bool is_same_key(const hinge_tensor *got, int64_t g, const hinge_tensor *want, int64_t w)
{
    if (want->type != HINGE_STRING)
        return number_bits(got, g) == number_bits(want, w);
    const hinge_string *a = (const hinge_string *)got->data + g;
    const hinge_string *b = (const hinge_string *)want->data + w;
    return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* For each key expected the place of the same among those that there are. places has room for all.
 */
static bool find_keys(int64_t *places, const hinge_tensor *got, const hinge_tensor *want,
                      hinge_error *why)
{
    char key[TEXT_NUMBER_SIZE];
    int64_t n = want->dims[0];
    if (got->type != want->type || got->dims[0] != n)
        return differ_in_kind(got, want, why) || error_prefix(why, "keys");
    for (int64_t w = 0; w < n; w++) {
        int64_t g = w; /* where it is in most maps */
        for (int64_t tried = 0; tried < n && !is_same_key(got, g, want, w); tried++)
            g = tried;
        if (!is_same_key(got, g, want, w))
            return error_set(why, HINGE_BAD_VALUE, "key %s is missing", text_number(key, want, w));
        places[w] = g;
    }
    return true;
}

/* The values at the places, in memory that is the caller's to free. */
static bool reorder(hinge_tensor *ordered, const hinge_tensor *values, const int64_t *places,
                    hinge_error *why)
{
    bool nested = hinge_is_container(values->type);
    size_t width = nested ? sizeof(hinge_tensor) : hinge_type_bits(values->type) / 8;
    size_t n = (size_t)values->dims[0];
    *ordered = *values;
    ordered->data = calloc(n + 1, width + 1);
    if (!ordered->data)
        return error_no_memory(why);
    for (size_t i = 0; i < n; i++)
        if (width)
            memcpy((char *)ordered->data + i * width,
                   (const char *)values->data + (size_t)places[i] * width, width);
        else
            number_set_bits(ordered, (int64_t)i, number_bits(values, places[i]));
    return true;
}

static bool compare_maps(const hinge_tensor *got, const hinge_tensor *want,
                         const struct compare_rule *rule, hinge_error *why)
{
    const hinge_tensor *keys = hinge_element(want, 0), *values = hinge_element(got, 1);
    hinge_tensor ordered = {.data = NULL};
    int64_t *places = calloc((size_t)keys->dims[0] + 1, sizeof *places);
    bool same = places || error_no_memory(why);
    same = same && find_keys(places, hinge_element(got, 0), keys, why) &&
           reorder(&ordered, values, places, why) &&
           (compare_values(&ordered, hinge_element(want, 1), rule, why) ||
            error_prefix(why, "values"));
    free(ordered.data);
    free(places);
    return same;
}

static bool compare_sparse(const hinge_tensor *got, const hinge_tensor *want,
                           const struct compare_rule *rule, hinge_error *why)
{
    return differ_in_kind(got, want, why) &&
           (compare_tensors(hinge_element(got, 1), hinge_element(want, 1), rule, why) ||
            error_prefix(why, "indices")) &&
           (compare_tensors(hinge_element(got, 0), hinge_element(want, 0), rule, why) ||
            error_prefix(why, "values"));
}

static const char *kind_text(hinge_type type)
{
    switch ((int)type) {
    case HINGE_SEQUENCE: return "a sequence";
    case HINGE_OPTIONAL: return "an optional";
    case HINGE_MAP: return "a map";
    case HINGE_SPARSE: return "a sparse tensor";
    default: return "a tensor";
    }
}

bool compare_values(const hinge_tensor *got, const hinge_tensor *want,
                    const struct compare_rule *rule, hinge_error *why)
{
    bool nested = hinge_is_container(want->type);
    if (got->type != want->type && (nested || hinge_is_container(got->type)))
        return error_set(why, HINGE_BAD_VALUE, "is %s, expected %s", kind_text(got->type),
                         kind_text(want->type));
    switch ((int)want->type) {
    case HINGE_SEQUENCE:
    case HINGE_OPTIONAL: return compare_elements(got, want, rule, why);
    case HINGE_MAP: return compare_maps(got, want, rule, why);
    case HINGE_SPARSE: return compare_sparse(got, want, rule, why);
    default: return compare_tensors(got, want, rule, why);
    }
}
