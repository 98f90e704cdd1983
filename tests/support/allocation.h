/* That a model is opened, or refused for want of memory, whichever allocation fails. */
#ifndef TESTS_SUPPORT_ALLOCATION_H
#define TESTS_SUPPORT_ALLOCATION_H

#include <CUnit/CUnit.h>

#include "tests/support/counter.h"
#include "tests/support/model.h"

typedef hinge_status model_opener(struct model *model, const hinge_allocator *allocator,
                                  hinge_session **session, hinge_error *error);

/* Opens the model with each allocation failing in turn, until there is none to fail. */
static inline void allocation_check(struct model *model, model_opener *open)
{
    bool failed = true;
    for (size_t fail_at = 1; failed; fail_at++) {
        struct counter counter = {.fail_at = fail_at};
        const hinge_allocator allocator = counter_allocator(&counter);
        hinge_session *session;
        hinge_error error;
        const hinge_status status = open(model, &allocator, &session, &error);
        CU_ASSERT(status == HINGE_OK || status == HINGE_NO_MEMORY);
        /* What only the log wants may be left out. */
        failed = counter_failed(&counter);
        CU_ASSERT(status == HINGE_OK || failed);
        if (status == HINGE_OK)
            hinge_close(session);
        CU_ASSERT_EQUAL(counter.n_live, 0);
        if (status != HINGE_OK && status != HINGE_NO_MEMORY)
            return;
    }
}

#endif
