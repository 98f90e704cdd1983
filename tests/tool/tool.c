#include "tool.h"

#include <CUnit/Basic.h>

int main(void)
{
    CU_SuiteInfo suites[] = {
        {.pName = "compare", .pTests = tool_compare_tests},
        {.pName = "diff", .pTests = tool_diff_tests},
        {.pName = "health", .pTests = tool_health_tests},
        {.pName = "npy", .pTests = tool_npy_tests},
        {.pName = "options", .pTests = tool_options_tests},
        {.pName = "peak", .pTests = tool_peak_tests},
        {.pName = "random", .pTests = tool_random_tests},
        {.pName = "value", .pTests = tool_value_tests},
        CU_SUITE_INFO_NULL,
    };
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
        return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned n_run = CU_get_number_of_tests_run(), n_failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return n_run == 0 || n_failed > 0;
}
