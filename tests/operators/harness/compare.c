/* Judges outputs: type, shape, and every element within the case's bound. */
#include "tests/operators/harness/harness_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void describe(const hinge_tensor *x, hinge_type type, char *text, size_t size)
{
    int used = snprintf(text, size, "%s[", tensor_type_name(type));
    for (int32_t d = 0; d < x->rank && used >= 0 && (size_t)used < size; d++)
        used += snprintf(text + used, size - (size_t)used, "%s%" PRId64, d ? "," : "", x->dims[d]);
    if (used >= 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "]");
}

bool compare_shape(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                   bool may_be_open, char *why, size_t why_size)
{
    const hinge_tensor *expected = call->outputs[k];
    bool same = actual->type == call->types[k] &&
                (actual->rank == expected->rank || (may_be_open && actual->rank < 0));
    for (int32_t d = 0; same && d < actual->rank; d++)
        same = actual->dims[d] == expected->dims[d] || (may_be_open && actual->dims[d] == -1);
    if (!same) {
        char is[256], should[256];
        describe(actual, actual->type, is, sizeof is);
        describe(expected, call->types[k], should, sizeof should);
        snprintf(why, why_size, "output %u is %s, not %s", k, is, should);
    }
    return same;
}

static bool within(const struct harness_case *c, hinge_type type, double expected, double actual)
{
    if (isnan(expected) || isnan(actual))
        return isnan(expected) && isnan(actual);
    if (c->signed_zeros && expected == 0 && actual == 0)
        return !signbit(expected) == !signbit(actual);
    if (isinf(expected) || expected == actual)
        return expected == actual;
    /* An infinity that the exact value rounds to, or nearly: measured as the power of two above
     * the largest number. */
    double limit = tensor_limit(type);
    double e = fabs(expected) > limit ? copysign(limit, expected) : expected;
    double a = isinf(actual) ? copysign(limit, actual) : actual;
    double error = fabs(e - a);
    bool exact = c->ulp == 0 && c->absolute == 0 && c->relative == 0;
    /* The reference's own rounding gets a millionth of a unit. */
    double units = exact ? 0.500001 : c->ulp + 1e-6;
    if (error <= units * tensor_ulp(type, fabs(e) < limit ? e : e / 2))
        return true;
    return !exact && error <= c->absolute + c->relative * fabs(e);
}

static bool same_string(hinge_string a, hinge_string b)
{
    return a.size == b.size && (!a.size || !memcmp(a.bytes, b.bytes, a.size));
}

bool compare_output(const struct harness_call *call, unsigned k, const hinge_tensor *actual,
                    char *why, size_t why_size)
{
    const hinge_tensor *expected = call->outputs[k];
    hinge_type type = call->types[k];
    int64_t count = hinge_count(expected), n_wrong = 0;
    char first[256] = "";
    if (!compare_shape(call, k, actual, false, why, why_size))
        return false;
    for (int64_t i = 0; i < count; i++) {
        bool right;
        if (type == HINGE_STRING) {
            right = same_string(harness_get_string(expected, i), harness_get_string(actual, i));
        } else if (harness_is_floating(type)) {
            right = within(call->c, type, harness_get(expected, i), harness_get(actual, i));
        } else if (call->c->absolute > 0) {
            right = fabs(harness_get(expected, i) - harness_get(actual, i)) <= call->c->absolute;
        } else {
            right = harness_get_int(expected, i) == harness_get_int(actual, i);
        }
        if (right || n_wrong++)
            continue;
        if (type == HINGE_STRING)
            snprintf(first, sizeof first, "[%" PRId64 "]", i);
        else if (harness_is_floating(type))
            snprintf(first, sizeof first, "[%" PRId64 "] is %.9g, not %.9g (%.3g ULP)", i,
                     harness_get(actual, i), harness_get(expected, i),
                     fabs(harness_get(actual, i) - harness_get(expected, i)) /
                         (isfinite(harness_get(expected, i))
                              ? tensor_ulp(type, harness_get(expected, i))
                              : 1));
        else
            snprintf(first, sizeof first, "[%" PRId64 "] is %" PRId64 ", not %" PRId64, i,
                     harness_get_int(actual, i), harness_get_int(expected, i));
    }
    if (n_wrong)
        snprintf(why, why_size, "output %u: %" PRId64 " of %" PRId64 " elements wrong, first %s", k,
                 n_wrong, count, first);
    return n_wrong == 0;
}
