/* What the references of ScatterElements and ScatterND do with an update. */
#ifndef TESTS_OPERATORS_SCATTER_H
#define TESTS_OPERATORS_SCATTER_H

#include "tests/operators/harness.h"

#include <string.h>

static inline int64_t scatter_int(const char *reduction, int64_t a, int64_t b, bool is_unsigned)
{
    const bool above = is_unsigned ? (uint64_t)a > (uint64_t)b : a > b;
    if (!strcmp(reduction, "add"))
        return (int64_t)((uint64_t)a + (uint64_t)b);
    if (!strcmp(reduction, "mul"))
        return (int64_t)((uint64_t)a * (uint64_t)b);
    return !strcmp(reduction, "max") == above ? a : b;
}

static inline double scatter_double(const char *reduction, double a, double b)
{
    if (!strcmp(reduction, "add"))
        return a + b;
    if (!strcmp(reduction, "mul"))
        return a * b;
    if (a != a || b != b)
        return a + b;
    return !strcmp(reduction, "max") == (a > b) ? a : b;
}

/* Element to of y becomes element from of the updates, or that and what was there. */
static inline void scatter_update(const struct harness_call *call, hinge_tensor *y, int64_t to,
                                  int64_t from)
{
    const hinge_tensor *updates = call->inputs[2];
    const struct harness_attribute *given = harness_attr(call, "reduction");
    if (!given || !strcmp(given->s, "none"))
        harness_move(y, to, updates, from);
    else if (harness_is_floating(updates->type))
        harness_set(y, to,
                    scatter_double(given->s, harness_get(y, to), harness_get(updates, from)));
    else
        harness_set_int(y, to,
                        scatter_int(given->s, harness_get_int(y, to),
                                    harness_get_int(updates, from),
                                    !harness_is_signed(updates->type)));
}

#endif
