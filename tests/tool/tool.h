/* The suites of the program test_tool: one for each part of the command that needs no model. */
#ifndef TESTS_TOOL_TOOL_H
#define TESTS_TOOL_TOOL_H

#include <CUnit/CUnit.h>

extern CU_TestInfo tool_compare_tests[], tool_diff_tests[], tool_health_tests[], tool_npy_tests[],
    tool_options_tests[], tool_peak_tests[], tool_random_tests[], tool_value_tests[];

#endif
