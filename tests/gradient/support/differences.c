#include "tests/gradient/support/differences.h"

#include "tests/support/allocation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Balances the error of the difference, in step squared, and that of rounding, in 1 / step. */
#define STEP 1e-5

double random_in(double low, double high)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

struct model *begin_model(int64_t opset)
{
    struct model *model = model_create();
    model_import(model, opset);
    model_import_domain(model, TRAINING, 1);
    return model;
}

void add_gradient(struct model *model, const char *xs, const char *zs, const char *y,
                  const char *inputs, const char *outputs)
{
    model_node(model, TRAINING, "Gradient", inputs, outputs);
    model_attribute_strings(model, "xs", xs);
    if (zs)
        model_attribute_strings(model, "zs", zs);
    model_attribute_string(model, "y", y);
}

/* CUnit shows the words of its macro, not what they are. */
void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    CU_FAIL_FATAL("see above");
}

static hinge_status open_with(struct model *model, const hinge_allocator *allocator,
                              hinge_session **session, hinge_error *error)
{
    hinge_options options = {
        .size = sizeof options, .n_threads = 1, .plugin_folder = BUILT_IN_PLUGINS};
    if (allocator)
        options.allocator = *allocator;
    size_t size;
    const void *bytes = model_bytes(model, &size);
    return hinge_open_memory(bytes, size, &options, session, error);
}

hinge_status open_model(struct model *model, hinge_session **session, hinge_error *error)
{
    return open_with(model, NULL, session, error);
}

hinge_session *open_sound(struct model *model)
{
    hinge_session *session;
    hinge_error error;
    if (open_model(model, &session, &error))
        fail(error.message);
    return session;
}

void begin_run(struct run *run, struct model *model)
{
    hinge_error error;
    *run = (struct run){.session = open_sound(model)};
    run->n_outputs = hinge_n_outputs(run->session);
    CU_ASSERT_FATAL(run->n_outputs <= MAX_VALUES);
    if (hinge_context_create(run->session, &run->context, &error))
        fail(error.message);
}

void do_run(struct run *run, const hinge_tensor *inputs, size_t n_inputs)
{
    hinge_error error;
    memset(run->outputs, 0, sizeof run->outputs);
    if (hinge_run(run->context, inputs, n_inputs, run->outputs, run->n_outputs, NULL, &error))
        fail(error.message);
}

void end_run(struct run *run)
{
    hinge_context_destroy(run->context);
    hinge_close(run->session);
}

void check_fails(struct model *model, hinge_status status, const char *says)
{
    hinge_session *session = NULL;
    hinge_error error;
    CU_ASSERT_EQUAL(open_model(model, &session, &error), status);
    hinge_close(session);
    if (!strstr(error.message, says))
        fail(error.message);
}

void check_allocation_failures(struct model *model)
{
    allocation_check(model, open_with);
}

static double sum(const hinge_tensor *y)
{
    double total = 0;
    for (int64_t i = 0; i < hinge_tensor_count(y); i++)
        total += ((const double *)y->data)[i];
    return total;
}

static double difference_by(struct run *run, const hinge_tensor *inputs, size_t n_inputs, double *x)
{
    const double at = *x;
    *x = at + STEP;
    do_run(run, inputs, n_inputs);
    const double above = sum(&run->outputs[0]);
    *x = at - STEP;
    do_run(run, inputs, n_inputs);
    const double below = sum(&run->outputs[0]);
    *x = at;
    return (above - below) / (2 * STEP);
}

/* got is a copy of the derivative, whose memory the runs use again. */
static void check_input(const char *what, struct run *run, const hinge_tensor *inputs,
                        size_t n_inputs, size_t input, const double *got, double tolerance)
{
    double largest = 1, worst = 0;
    for (int64_t i = 0; i < hinge_tensor_count(&inputs[input]); i++) {
        double *x = (double *)inputs[input].data + i;
        const double expected = difference_by(run, inputs, n_inputs, x);
        const double error = fabs(got[i] - expected);
        largest = fmax(largest, fabs(expected));
        worst = error <= worst ? worst : error; /* NaN is the worst */
    }
    char text[200];
    snprintf(text, sizeof text, "%s: by input %zu off by %g of %g", what, input, worst, largest);
    if (!(worst <= tolerance * largest))
        fail(text);
}

void check_derivatives(const char *what, struct model *model, const hinge_tensor *inputs,
                       size_t n_inputs, double tolerance)
{
    static double got[4096];
    struct run run;
    begin_run(&run, model);
    for (size_t i = 0, output = 1; i < n_inputs; i++) {
        if (inputs[i].type != HINGE_DOUBLE)
            continue;
        do_run(&run, inputs, n_inputs);
        const hinge_tensor *dx = &run.outputs[output++];
        const size_t size = (size_t)hinge_tensor_size(&inputs[i]);
        const bool is_alike =
            dx->rank == inputs[i].rank && dx->type == HINGE_DOUBLE &&
            memcmp(dx->dims, inputs[i].dims, (size_t)dx->rank * sizeof dx->dims[0]) == 0;
        if (!is_alike)
            fail(what);
        CU_ASSERT_FATAL(size <= sizeof got);
        memcpy(got, dx->data, size);
        check_input(what, &run, inputs, n_inputs, i, got, tolerance);
    }
    end_run(&run);
}
