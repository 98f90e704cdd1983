#include "tests/operators/harness/window.h"

#include <math.h>
#include <string.h>

static int64_t list_value(const struct harness_call *call, const char *name, int32_t i,
                          int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

static void pad_same(struct window_geometry *g, int32_t to, bool upper)
{
    const int64_t steps = (g->in[to] + g->stride[to] - 1) / g->stride[to];
    const int64_t reach = (g->kernel[to] - 1) * g->dilation[to] + 1;
    int64_t total = (steps - 1) * g->stride[to] + reach - g->in[to];
    total = total < 0 ? 0 : total;
    g->pad[to] = upper ? total / 2 : (total + 1) / 2;
    g->pad_end[to] = total - g->pad[to];
}

struct window_geometry window_geometry_of(const struct harness_call *call,
                                          const hinge_tensor *weight, bool ceiling)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *automatic = harness_attr(call, "auto_pad");
    const bool same = automatic && !strncmp(automatic->s, "SAME", 4);
    struct window_geometry g = {.n = x->rank - 2};
    for (int32_t i = 0; i < 3; i++)
        g.in[i] = g.out[i] = g.kernel[i] = g.stride[i] = g.dilation[i] = 1;
    for (int32_t i = 0; i < g.n; i++) {
        const int32_t to = 3 - g.n + i;
        g.in[to] = x->dims[2 + i];
        g.kernel[to] = weight ? weight->dims[2 + i] : list_value(call, "kernel_shape", i, 1);
        g.stride[to] = list_value(call, "strides", i, 1);
        g.dilation[to] = list_value(call, "dilations", i, 1);
        g.pad[to] = list_value(call, "pads", i, 0);
        g.pad_end[to] = list_value(call, "pads", g.n + i, 0);
        if (same)
            pad_same(&g, to, !strcmp(automatic->s, "SAME_UPPER"));
        const int64_t reach = (g.kernel[to] - 1) * g.dilation[to] + 1;
        const double steps =
            (double)(g.in[to] + g.pad[to] + g.pad_end[to] - reach) / (double)g.stride[to];
        g.out[to] = (int64_t)(ceiling && !same ? ceil(steps) : floor(steps)) + 1;
        if (ceiling && (g.out[to] - 1) * g.stride[to] >= g.in[to] + g.pad[to])
            g.out[to]--;
    }
    return g;
}

int32_t window_geometry_dims(const struct window_geometry *g, const struct harness_call *call,
                             int64_t channels, int64_t *dims)
{
    dims[0] = call->inputs[0]->dims[0];
    dims[1] = channels;
    for (int32_t i = 0; i < g->n; i++)
        dims[2 + i] = g->out[3 - g->n + i];
    return g->n + 2;
}
