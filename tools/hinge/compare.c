#include "compare.h"

#include "array.h"
#include "number.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
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
        rtol = fmax(rtol, 1e-2);
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
