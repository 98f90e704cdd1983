/*
 * The rule of Resize and Upsample. Nearest moves elements. The others are linear along each axis by
 * itself: what the operator makes of the identity, a matrix [positions of y, positions of x], is
 * multiplied with dy the other way round. What is extrapolated does not depend on x.
 */
#include "passes/gradient/gradient.h"

#include <string.h>

enum { ROI = 1, SCALES, SIZES };

struct resize {
    uint32_t x, y, roi, scales; /* scales: GRAPH_NONE where y's dimensions say it */
    int32_t rank;
    bool is_crop;                       /* roi counts */
    const struct hinge_attribute *axes; /* NULL: all */
};

static bool is_text(const struct hinge_attribute *attribute, const char *text)
{
    return attribute && attribute->s.size == strlen(text) &&
           memcmp(attribute->s.bytes, text, strlen(text)) == 0;
}

/* The node once more that takes numbers of elements; 0, which is none, is extrapolated. */
static void by_nearest(struct gradient *g)
{
    struct gradient moving = *g;
    moving.node.attributes =
        arena_array(&g->graph->arena, g->node.n_attributes, sizeof *g->node.attributes);
    moving.node.n_attributes = 0;
    if (!moving.node.attributes) {
        g->status = status_no_memory(g->run->error);
        return;
    }
    for (uint32_t a = 0; a < g->node.n_attributes; a++)
        if (strcmp(g->node.attributes[a].name, "extrapolation_value") != 0)
            moving.node.attributes[moving.node.n_attributes++] = g->node.attributes[a];
    gradient_move(&moving);
    g->status = moving.status;
}

static bool is_empty(const struct gradient *g, uint32_t value)
{
    const hinge_tensor *tensor = &g->graph->values[value].tensor;
    return pass_is_static(g->graph, value) && tensor->rank == 1 && tensor->dims[0] == 0;
}

static void read_resize(struct gradient *g, struct resize *r)
{
    const struct hinge_attribute *policy =
        gradient_attribute(g, "keep_aspect_ratio_policy", HINGE_ATTR_STRING);
    const struct hinge_attribute *mode =
        gradient_attribute(g, "coordinate_transformation_mode", HINGE_ATTR_STRING);
    const uint32_t sizes = gradient_input(g, SIZES);
    const bool is_first = !mode; /* opset 10, whose scales are input 1 */
    *r = (struct resize){.x = g->node.inputs[0], .y = g->node.outputs[0]};
    r->rank = gradient_rank(g, r->x);
    r->roi = is_first ? GRAPH_NONE : gradient_input(g, ROI);
    r->scales = gradient_input(g, is_first ? ROI : SCALES);
    r->is_crop = is_text(mode, "tf_crop_and_resize");
    r->axes = gradient_attribute(g, "axes", HINGE_ATTR_INTS);
    if (r->axes && !r->axes->present)
        r->axes = NULL;
    if (sizes != GRAPH_NONE && !is_empty(g, sizes))
        r->scales = GRAPH_NONE;
    if (r->rank < 0)
        gradient_fail(g, HINGE_UNSUPPORTED, "the rank of its input is not known");
    else if (r->scales == GRAPH_NONE && policy && !is_text(policy, "stretch"))
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with keep_aspect_ratio_policy");
    else if (is_text(mode, "tf_half_pixel_for_nn")) /* which moves other axes too */
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with tf_half_pixel_for_nn");
    else if (r->is_crop && r->roi == GRAPH_NONE)
        gradient_fail(g, HINGE_BAD_MODEL, "tf_crop_and_resize needs roi");
}

/* Whether an axis, which is number at among those that are resized, is left as it is. */
static bool is_kept(const struct gradient *g, const struct resize *r, int32_t axis, int64_t at)
{
    const struct graph *graph = g->graph;
    if (r->is_crop)
        return false;
    if (r->scales == GRAPH_NONE)
        return pass_is_static(graph, r->x) && pass_is_static(graph, r->y) &&
               graph->values[r->x].tensor.dims[axis] == graph->values[r->y].tensor.dims[axis];
    const hinge_tensor *scales = &graph->values[r->scales].tensor;
    return graph_is_constant(graph, r->scales) && scales->data && scales->type == HINGE_FLOAT &&
           scales->rank == 1 && at < scales->dims[0] && ((const float *)scales->data)[at] == 1;
}

static uint32_t take(struct gradient *g, uint32_t list, const int64_t *places, size_t n)
{
    return gradient_binary(g, "Gather", list, gradient_list(g, places, n));
}

static uint32_t matrix(struct gradient *g, const struct resize *r, int32_t axis, int64_t at,
                       int64_t n_axes)
{
    static const struct {
        const char *name;
        enum hinge_attribute_type type;
    } kept[] = {{"mode", HINGE_ATTR_STRING},
                {"coordinate_transformation_mode", HINGE_ATTR_STRING},
                {"cubic_coeff_a", HINGE_ATTR_FLOAT},
                {"exclude_outside", HINGE_ATTR_INT},
                {"antialias", HINGE_ATTR_INT}};
    const int64_t first = 0, region[] = {at, n_axes + at};
    const struct graph_attribute join = gradient_int("axis", 0);
    struct graph_attribute attributes[6] = {gradient_ints("axes", &first, 1)};
    uint32_t n = 1;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const struct hinge_attribute *value = gradient_attribute(g, kept[i].name, kept[i].type);
        if (value || i == 1)
            attributes[n++].name = kept[i].name;
        if (value)
            attributes[n - 1].value = *value;
        else if (i == 1)
            attributes[n - 1].value =
                (struct hinge_attribute){.type = HINGE_ATTR_STRING, .s = {"asymmetric", 10}};
    }
    const uint32_t size = gradient_dims(g, r->x, axis, axis + 1);
    const uint32_t sizes = gradient_node(g, "Concat", GRADIENT_LIST(size, size), &join, 1);
    const uint32_t zeros = gradient_binary(g, "Expand", gradient_number(g, 0, r->x), sizes);
    uint32_t inputs[] = {gradient_unary(g, "EyeLike", zeros), GRAPH_NONE, GRAPH_NONE, GRAPH_NONE};
    if (r->is_crop)
        inputs[ROI] = take(g, r->roi, region, 2);
    if (r->scales == GRAPH_NONE)
        inputs[SIZES] = gradient_dims(g, r->y, axis, axis + 1);
    else
        inputs[SCALES] = take(g, r->scales, &at, 1);
    return gradient_node(g, "Resize", inputs, r->scales == GRAPH_NONE ? 4 : 3, attributes, n);
}

/* dy, in which an axis is as long as the matrix has rows, times it along that axis. */
static uint32_t multiply(struct gradient *g, uint32_t dy, uint32_t matrix, int32_t axis,
                         int32_t rank)
{
    int64_t order[HINGE_MAX_RANK];
    for (int32_t d = 0; d < rank; d++)
        order[d] = d;
    order[axis] = rank - 1;
    order[rank - 1] = axis;
    const struct graph_attribute swap = gradient_ints("perm", order, (size_t)rank);
    if (axis == rank - 1)
        return gradient_binary(g, "MatMul", dy, matrix);
    const uint32_t swapped = gradient_node(g, "Transpose", &dy, 1, &swap, 1);
    const uint32_t product = gradient_binary(g, "MatMul", swapped, matrix);
    return gradient_node(g, "Transpose", &product, 1, &swap, 1);
}

void gradient_resize(struct gradient *g)
{
    struct resize r;
    for (uint32_t i = 1; i < g->node.n_inputs; i++)
        if (g->is_wanted[i])
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none by input %u", (unsigned)i);
    if (g->status)
        return;
    if (is_text(gradient_attribute(g, "mode", HINGE_ATTR_STRING), "nearest")) {
        by_nearest(g);
        return;
    }
    read_resize(g, &r);
    if (g->status)
        return;
    const int64_t n_axes = r.axes ? (int64_t)r.axes->count : r.rank;
    uint32_t dx = gradient_dy(g);
    for (int64_t at = 0; at < n_axes && !g->status; at++) {
        const int64_t given = r.axes ? r.axes->ints[at] : at;
        const int64_t axis = given < 0 ? given + r.rank : given;
        if (axis < 0 || axis >= r.rank)
            gradient_fail(g, HINGE_BAD_MODEL, "axis %lld is none of its input", (long long)given);
        else if (!is_kept(g, &r, (int32_t)axis, at))
            dx = multiply(g, dx, matrix(g, &r, (int32_t)axis, at, n_axes), (int32_t)axis, r.rank);
    }
    g->dx[0] = dx;
}
