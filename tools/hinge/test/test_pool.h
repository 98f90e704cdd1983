/* Test folders run in processes of their own, some at a time, so that a crash, a hang or a leak of
 * one is a failure of that one alone. */
#ifndef TOOL_TEST_POOL_H
#define TOOL_TEST_POOL_H

#include "test/test_case.h"

struct test_result {
    enum test_verdict verdict;
    char reason[512];
};

struct test_pool_options {
    struct test_case_options test;
    unsigned n_jobs;
    double timeout_s;
    /* Called when a folder is done, in any order. */
    void (*on_result)(void *user, size_t index, const struct test_result *result);
    void *user;
};

/* Runs all folders and fills results[i]. Must be called while the process has one thread. Fails
 * only where no process can be started. */
bool test_pool_run(const char *const *folders, size_t n, const struct test_pool_options *options,
                   struct test_result *results, hinge_error *error);

#endif
