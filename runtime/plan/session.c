#include "plan/session.h"

#include <string.h>

hinge_status session_options(const hinge_options *given, hinge_options *complete,
                             hinge_error *error)
{
    *complete = (hinge_options){0};
    if (!given)
        return HINGE_OK;
    if (given->size < sizeof given->size)
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "hinge_options.size is %zu, not sizeof(hinge_options)", given->size);
    memcpy(complete, given, given->size < sizeof *complete ? given->size : sizeof *complete);
    return HINGE_OK;
}

hinge_status session_fail(const hinge_session *session, hinge_status status, hinge_error *error)
{
    if (status == HINGE_NO_MEMORY && session->limit && memory_limit_hit(session->limit))
        status_fail(error, status, "the memory limit of %zu bytes is reached",
                    session->limit->most);
    if (status && session->path)
        status_prefix_path(error, session->path);
    return status;
}
