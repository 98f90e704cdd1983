/* What tests of Gradient share: models of double, opened and run, and derivatives held against
 * central differences. */
#ifndef TESTS_GRADIENT_SUPPORT_DIFFERENCES_H
#define TESTS_GRADIENT_SUPPORT_DIFFERENCES_H

#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/hinge.h>

#define TRAINING "ai.onnx.preview.training"
#define MAX_VALUES 8

/* Numbers in [low, high) from a sequence that is the same in every run. */
double random_in(double low, double high);

/* Fails the test, saying text. */
void fail(const char *text);

/* A model of opset 21, or another, with Gradient's domain. */
struct model *begin_model(int64_t opset);
void add_gradient(struct model *model, const char *xs, const char *zs, const char *y,
                  const char *inputs, const char *outputs);
hinge_status open_model(struct model *model, hinge_session **session, hinge_error *error);
/* Fails the test where the model cannot be opened. */
hinge_session *open_sound(struct model *model);

struct run {
    hinge_session *session;
    hinge_context *context;
    hinge_tensor outputs[MAX_VALUES];
    size_t n_outputs;
};
void begin_run(struct run *run, struct model *model);
/* The outputs hold until the next time. */
void do_run(struct run *run, const hinge_tensor *inputs, size_t n_inputs);
void end_run(struct run *run);

/* Opening must fail with this status and a message that has says in it. */
void check_fails(struct model *model, hinge_status status, const char *says);
/* Opens the model with the n-th allocation failing, for every n, until it opens. */
void check_allocation_failures(struct model *model);

/* The model's inputs are doubles, or others that are not differentiated by; output 0 is what is,
 * and those after it are the derivatives by the inputs that are doubles, in order. Each must be
 * within tolerance of the central difference of the sum of output 0, relative to the largest. */
void check_derivatives(const char *what, struct model *model, const hinge_tensor *inputs,
                       size_t n_inputs, double tolerance);

#endif
