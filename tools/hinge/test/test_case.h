/* One ONNX backend test folder: model.onnx, test_data_set_N/input_I.pb and output_I.pb. */
#ifndef TOOL_TEST_CASE_H
#define TOOL_TEST_CASE_H

#include "base/compare.h"
#include "options/options.h"

enum test_verdict { TEST_PASS, TEST_FAIL, TEST_UNSUPPORTED };

struct test_case_options {
    const struct common_options *common;
    struct compare_rule rule;
};

/* Runs the model on every data set and compares every output that is there. why, which begins as
 * zero, has the reason in message; of TEST_PASS, that outputs were not compared, where a data set
 * has some and not all. TEST_UNSUPPORTED only where the runtime says HINGE_UNSUPPORTED. Data sets
 * that have no output, lack an input without a default, or have one too many, fail. */
enum test_verdict test_case_run(const char *folder, const struct test_case_options *options,
                                hinge_error *why);

#endif
