/* One ONNX backend test folder: model.onnx, test_data_set_N/input_I.pb and output_I.pb. */
#ifndef TOOL_TEST_CASE_H
#define TOOL_TEST_CASE_H

#include "compare.h"

enum test_verdict { TEST_PASS, TEST_FAIL, TEST_UNSUPPORTED };

/* Runs the model on every data set and compares every output. Not TEST_PASS: why->message is the
 * reason. TEST_UNSUPPORTED only where the runtime says HINGE_UNSUPPORTED. Data sets that lack an
 * input or output of the model, or have one too many, fail. */
enum test_verdict test_case_run(const char *folder, const hinge_options *options,
                                const struct compare_rule *rule, hinge_error *why);

#endif
