#include "serve/models/probe.h"

#include "base/array.h"
#include "inputs/random.h"
#include "serve/clock.h"

#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>

#define TIME_NS 30000000000u
/* Of dimensions that are not known, but for the rows. */
#define SOME_SIZE 4

static bool has_rows(const hinge_tensor *info)
{
    return !hinge_is_container(info->type) && info->type != HINGE_STRING &&
           hinge_type_bits(info->type) >= 8;
}

static bool is_same_name(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Whether the shapes allow it. */
static bool is_joinable(const hinge_session *session)
{
    size_t n = hinge_n_inputs(session);
    const char *rows = n ? hinge_input_dim_name(session, 0, 0) : NULL;
    for (size_t i = 0; i < n; i++) {
        const hinge_tensor *info = hinge_input_info(session, i);
        if (!has_rows(info) || info->rank < 1 || info->dims[0] >= 0 ||
            hinge_input_has_default(session, i))
            return false;
        for (int32_t axis = 0; axis < info->rank; axis++)
            if (is_same_name(hinge_input_dim_name(session, i, axis), rows) != (axis == 0))
                return false;
    }
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (!has_rows(hinge_output_info(session, i)))
            return false;
    return n > 0;
}

struct probe {
    const hinge_session *session;
    hinge_context *context;
    size_t n_inputs, n_outputs;
    struct array *inputs; /* of as many rows as there may be */
    hinge_tensor *views, *outputs;
    struct array *alone; /* the outputs of each row by itself, one row after the other */
};

static bool make_inputs(struct probe *probe, size_t max_rows)
{
    hinge_error error;
    for (size_t i = 0; i < probe->n_inputs; i++) {
        hinge_tensor shape = *hinge_input_info(probe->session, i);
        shape.dims[0] = (int64_t)max_rows;
        for (int32_t axis = 1; axis < shape.rank; axis++)
            if (shape.dims[axis] < 0)
                shape.dims[axis] = SOME_SIZE;
        if (!array_create(&probe->inputs[i], shape.type, shape.rank, shape.dims, &error) ||
            !random_fill(&probe->inputs[i], i, 0, 1, &error))
            return false;
    }
    return true;
}

/* Rows first to first + n; false where the run fails, or its outputs are not rows. */
static bool run(struct probe *probe, size_t first, size_t n)
{
    for (size_t i = 0; i < probe->n_inputs; i++) {
        const hinge_tensor *all = &probe->inputs[i].tensor;
        size_t row_size = array_size(all) / (size_t)all->dims[0];
        probe->views[i] = *all;
        probe->views[i].dims[0] = (int64_t)n;
        probe->views[i].data = (char *)all->data + first * row_size;
    }
    if (hinge_run(probe->context, probe->views, probe->n_inputs, probe->outputs, probe->n_outputs,
                  NULL, NULL) != HINGE_OK)
        return false;
    for (size_t i = 0; i < probe->n_outputs; i++)
        if (probe->outputs[i].rank < 1 || probe->outputs[i].dims[0] != (int64_t)n)
            return false;
    return true;
}

static bool run_alone(struct probe *probe, size_t row, size_t max_rows)
{
    hinge_error error;
    if (!run(probe, row, 1))
        return false;
    for (size_t i = 0; i < probe->n_outputs; i++) {
        hinge_tensor shape = probe->outputs[i];
        size_t size = array_size(&shape);
        shape.dims[0] = (int64_t)max_rows;
        if (row == 0 && !array_create(&probe->alone[i], shape.type, shape.rank, shape.dims, &error))
            return false;
        if (size * max_rows != array_size(&probe->alone[i].tensor))
            return false;
        memcpy((char *)probe->alone[i].tensor.data + row * size, probe->outputs[i].data, size);
    }
    return true;
}

static bool is_same_together(struct probe *probe, size_t n)
{
    if (!run(probe, 0, n))
        return false;
    for (size_t i = 0; i < probe->n_outputs; i++)
        if (memcmp(probe->alone[i].tensor.data, probe->outputs[i].data,
                   array_size(&probe->outputs[i])) != 0)
            return false;
    return true;
}

static size_t compare(struct probe *probe, size_t max_rows)
{
    uint64_t end_ns = clock_now_ns() + TIME_NS;
    size_t n = 1;
    for (size_t row = 0; row < max_rows; row++)
        if (!run_alone(probe, row, max_rows))
            return 1;
    while (n < max_rows && clock_now_ns() < end_ns && is_same_together(probe, n + 1))
        n++;
    return n;
}

size_t probe_rows(const hinge_session *session, size_t max_rows)
{
    struct probe probe = {.session = session,
                          .n_inputs = hinge_n_inputs(session),
                          .n_outputs = hinge_n_outputs(session)};
    size_t rows = 1;
    if (max_rows <= 1 || !is_joinable(session))
        return 1;
    probe.inputs = calloc(probe.n_inputs, sizeof *probe.inputs);
    probe.views = calloc(probe.n_inputs, sizeof *probe.views);
    probe.outputs = calloc(probe.n_outputs + 1, sizeof *probe.outputs);
    probe.alone = calloc(probe.n_outputs + 1, sizeof *probe.alone);
    if (probe.inputs && probe.views && probe.outputs && probe.alone &&
        make_inputs(&probe, max_rows) &&
        hinge_context_create(session, &probe.context, NULL) == HINGE_OK)
        rows = compare(&probe, max_rows);
    hinge_context_destroy(probe.context);
    for (size_t i = 0; probe.inputs && i < probe.n_inputs; i++)
        array_free(&probe.inputs[i]);
    for (size_t i = 0; probe.alone && i < probe.n_outputs; i++)
        array_free(&probe.alone[i]);
    free(probe.inputs);
    free(probe.views);
    free(probe.outputs);
    free(probe.alone);
    return rows;
}
