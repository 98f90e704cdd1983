/* A plugin of operators that misbehave, for the isolation of hinge test. */
#include <hinge/plugin.h>
#include <signal.h>
#include <unistd.h>

static hinge_status crash(const struct hinge_node *node)
{
    (void)node;
    raise(SIGKILL); /* as the kernel ends a process: no handler can see it */
    return HINGE_OK;
}

static hinge_status hang(const struct hinge_node *node)
{
    (void)node;
    while (pause())
        ;
    return HINGE_OK;
}

static hinge_status leave(const struct hinge_node *node)
{
    (void)node;
    _exit(0);
}

static hinge_status refuse(const struct hinge_node *node)
{
    return node->host->fail(node, HINGE_BAD_VALUE, "the value\tis bad\nhere");
}

static const struct hinge_op operators[] = {
    {.name = "Crash",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, crash})},
    {.name = "Hang",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, hang})},
    {.name = "Leave",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, leave})},
    {.name = "Refuse",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, refuse})},
    {.name = NULL},
};

HINGE_PLUGIN("faulty", "1.0", 0, operators);
