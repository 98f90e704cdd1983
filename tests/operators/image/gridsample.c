/* GridSample axis by axis, as the standard's text has it, in double. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

struct sampler {
    const hinge_tensor *x;
    const char *mode, *padding;
    bool align;
};

static double reflect(double x, double least, double most)
{
    if (most <= least)
        return least;
    while (x < least || x > most)
        x = x < least ? 2 * least - x : 2 * most - x;
    return x;
}

/* Element i along an axis; -1: none. */
static int64_t place(const struct sampler *s, double i, int64_t extent)
{
    const double edge = s->align ? 0 : -0.5, last = (double)extent - 1;
    if (i >= 0 && i <= last)
        return (int64_t)i;
    if (!strcmp(s->padding, "zeros"))
        return -1;
    if (!strcmp(s->padding, "border"))
        return i < 0 ? 0 : extent - 1;
    return (int64_t)reflect(i, edge, last - edge);
}

static double kernel(const struct sampler *s, double distance)
{
    const double d = fabs(distance), a = -0.75;
    if (!strcmp(s->mode, "nearest"))
        return d == 0;
    if (strstr(s->mode, "linear"))
        return d < 1 ? 1 - d : 0;
    return d < 1   ? ((a + 2) * d - (a + 3)) * d * d + 1
           : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
                   : 0;
}

/* The value at positions of axes d and on, the elements of the axes before being chosen. */
static double sample(const struct sampler *s, int64_t *at, int32_t d, const double *position)
{
    if (d == s->x->rank)
        return harness_get(s->x, harness_index(s->x, at));
    const int64_t extent = s->x->dims[d];
    const double edge = s->align ? 0 : -0.5, last = (double)extent - 1;
    double x = position[d], sum = 0;
    if (!strcmp(s->mode, "nearest"))
        x = nearbyint(x);
    if (x < edge || x > last - edge) {
        if (!strcmp(s->padding, "border"))
            x = x < 0 ? 0 : last;
        else if (!strcmp(s->padding, "reflection"))
            x = reflect(x, edge, last - edge);
    }
    for (int k = -1; k <= 2; k++) {
        const double i = floor(x) + k;
        const double weight = kernel(s, x - i);
        at[d] = place(s, i, extent);
        if (weight != 0 && at[d] >= 0)
            sum += weight * sample(s, at, d + 1, position);
    }
    return sum;
}

static const char *text(const struct harness_call *call, const char *name, const char *otherwise)
{
    const struct harness_attribute *attribute = harness_attr(call, name);
    return attribute ? attribute->s : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *grid = call->inputs[1];
    const struct sampler s = {.x = x,
                              .mode = text(call, "mode", "linear"),
                              .padding = text(call, "padding_mode", "zeros"),
                              .align = harness_attr_int(call, "align_corners", 0) != 0};
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d < 2 ? x->dims[d] : grid->dims[d - 1];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK], in_grid[HINGE_MAX_RANK];
        double position[HINGE_MAX_RANK] = {0};
        harness_coordinates(y, i, at);
        in_grid[0] = at[0];
        memcpy(in_grid + 1, at + 2, (size_t)(x->rank - 2) * sizeof *at);
        for (int32_t d = 2; d < x->rank; d++) {
            const double extent = (double)x->dims[d];
            in_grid[x->rank - 1] = x->rank - 1 - d;
            const double n = harness_get(grid, harness_index(grid, in_grid));
            position[d] = s.align ? (n + 1) / 2 * (extent - 1) : ((n + 1) * extent - 1) / 2;
        }
        const double value = sample(&s, at, 2, position);
        harness_set(y, i, harness_is_floating(y->type) ? value : trunc(value));
    }
}

#define X(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = 0, .high = 100, .dims = {__VA_ARGS__},                             \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define GRID(type_, ...)                                                                           \
    {                                                                                              \
        .type = (type_), .low = -1.7, .high = 1.7, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define GRIDSAMPLE(...)                                                                            \
    CHECK_OP(.op = "GridSample", .reference = reference, .absolute = 1e-4, __VA_ARGS__)

static void modes(void)
{
    static const char *const paddings[] = {"zeros", "border", "reflection"};
    static const char *const names[] = {"nearest", "linear", "cubic"};
    static const char *const older[] = {"nearest", "bilinear", "bicubic"};
    for (int i = 0; i < 9; i++)
        for (int align = 0; align < 2; align++) {
            GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 2, 3, 5, 7), GRID(HINGE_FLOAT, 2, 4, 35, 2)},
                       .attributes = {ATTR_STRING("mode", names[i / 3]),
                                      ATTR_STRING("padding_mode", paddings[i % 3]),
                                      ATTR_INT("align_corners", align)},
                       .opsets = {20, 22});
            GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 1, 2, 6, 1), GRID(HINGE_FLOAT, 1, 4, 5, 2)},
                       .attributes = {ATTR_STRING("mode", older[i / 3]),
                                      ATTR_STRING("padding_mode", paddings[i % 3]),
                                      ATTR_INT("align_corners", align)},
                       .opsets = {16});
            GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 1, 2, 3, 4, 5), GRID(HINGE_FLOAT, 1, 2, 3, 9, 3)},
                       .attributes = {ATTR_STRING("mode", names[i / 3]),
                                      ATTR_STRING("padding_mode", paddings[i % 3]),
                                      ATTR_INT("align_corners", align)});
        }
}

static void types(void)
{
    GRIDSAMPLE(.inputs = {X(HARNESS_T, 1, 3, 9, 8), GRID(HINGE_FLOAT, 1, 3, 50, 2)},
               .types = HARNESS_NUMBERS & ~HARNESS_TYPE(HINGE_FLOAT), .ulp = 0.6);
    GRIDSAMPLE(.inputs = {X(HARNESS_T, 1, 3, 9, 8), GRID(HINGE_FLOAT16, 1, 3, 50, 2)},
               .types = HARNESS_NUMBERS, .attributes = {ATTR_STRING("mode", "nearest")});
    GRIDSAMPLE(.inputs = {X(HINGE_BOOL, 1, 3, 9, 8), GRID(HARNESS_T, 1, 3, 5, 2)},
               .types = HARNESS_FLOATS, .attributes = {ATTR_STRING("mode", "nearest")});
    const double middle[] = {0, 0, 9, 9};
    CHECK_OP(.op = "GridSample",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 4,
                         .dims = {1, 1, 1, 3},
                         .strings = (const char *const[]){"a", "bc", "d"}},
                        {.type = HINGE_FLOAT, .rank = 4, .dims = {1, 1, 2, 2}, .values = middle}},
             .attributes = {ATTR_STRING("mode", "nearest")},
             .expect = {{.type = HINGE_STRING,
                         .rank = 4,
                         .dims = {1, 1, 1, 2},
                         .strings = (const char *const[]){"bc", ""}}});
    CHECK_OP(.op = "GridSample",
             .inputs = {X(HINGE_BOOL, 1, 1, 2, 3), GRID(HINGE_FLOAT, 1, 1, 2, 2)},
             .fails = HINGE_UNSUPPORTED, .says = "cannot be interpolated");
}

/* Positions that are no numbers, or far away. */
static void beyond(void)
{
    const double x[] = {1, 2, 3}, grid[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, 0};
    const double zeros[] = {0, 0, 0, 0, 0, 2};
    const double border[] = {1, 3, 1, 3, 1, 2};
    const struct harness_tensor inputs[2] = {
        {.type = HINGE_FLOAT, .rank = 3, .dims = {1, 1, 3}, .values = x},
        {.type = HINGE_FLOAT, .rank = 3, .dims = {1, 6, 1}, .values = grid}};
    CHECK_OP(.op = "GridSample", .inputs = {inputs[0], inputs[1]},
             .expect = {{.type = HINGE_FLOAT, .rank = 3, .dims = {1, 1, 6}, .values = zeros}});
    CHECK_OP(.op = "GridSample", .inputs = {inputs[0], inputs[1]},
             .attributes = {ATTR_STRING("padding_mode", "border")},
             .expect = {{.type = HINGE_FLOAT, .rank = 3, .dims = {1, 1, 6}, .values = border}});
}

static void errors(void)
{
    const struct harness_tensor x = X(HINGE_FLOAT, 1, 2, 3, 4), g = GRID(HINGE_FLOAT, 1, 2, 2, 2);
    CHECK_OP(.op = "GridSample", .inputs = {x, g}, .attributes = {ATTR_STRING("mode", "bilinear")},
             .fails = HINGE_BAD_MODEL, .says = "mode is \"bilinear\"");
    CHECK_OP(.op = "GridSample", .inputs = {x, g}, .opsets = {16},
             .attributes = {ATTR_STRING("mode", "linear")}, .fails = HINGE_BAD_MODEL,
             .says = "mode is \"linear\"");
    CHECK_OP(.op = "GridSample", .inputs = {x, g},
             .attributes = {ATTR_STRING("padding_mode", "wrap")}, .fails = HINGE_BAD_MODEL,
             .says = "padding_mode is \"wrap\"");
    CHECK_OP(.op = "GridSample", .inputs = {X(HINGE_FLOAT, 1, 2), g}, .fails = HINGE_BAD_SHAPE,
             .says = "X has rank 2");
    CHECK_OP(.op = "GridSample", .opsets = {16},
             .inputs = {X(HINGE_FLOAT, 1, 2, 3), GRID(HINGE_FLOAT, 1, 2, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "X has rank 3, not 4");
    CHECK_OP(.op = "GridSample", .inputs = {x, GRID(HINGE_FLOAT, 1, 2, 2, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "positions of 2");
    CHECK_OP(.op = "GridSample", .inputs = {x, GRID(HINGE_FLOAT, 2, 2, 2, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "1 images meet 2 grids");
    CHECK_OP(.op = "GridSample", .inputs = {X(HINGE_FLOAT, 1, 2, 0, 4), g},
             .attributes = {ATTR_STRING("padding_mode", "border")}, .fails = HINGE_BAD_SHAPE,
             .says = "no border");
    CHECK_OP(.op = "GridSample",
             .inputs = {X(HINGE_FLOAT, 1, 1, 1, 1, 1, 1, 1),
                        GRID(HINGE_FLOAT, 1, 1, 1, 1, 1, 1, 5)},
             .attributes = {ATTR_STRING("mode", "cubic")}, .fails = HINGE_LIMIT,
             .says = "more than 256");
}

void test_gridsample(void)
{
    modes();
    GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 1, 4, 20, 30), GRID(HINGE_FLOAT, 1, HARNESS_N, 1, 2)});
    GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 3, 2, 11), GRID(HINGE_FLOAT, 3, 70, 1)});
    GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 2, 2, 0, 5), GRID(HINGE_FLOAT, 2, 3, 2, 2)});
    types();
    beyond();
    errors();
    GRIDSAMPLE(.inputs = {X(HINGE_FLOAT, 1, 64, 60, 80),
                          {.type = HINGE_FLOAT,
                           .rank = 4,
                           .dims = {1, 60, 80, 2},
                           .low = -0.95,
                           .high = 0.95,
                           .specials = HARNESS_SPECIALS_NEVER}},
               .bench = true);
}
