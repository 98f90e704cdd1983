/* The public headers as C++ reads them, and that their functions keep C linkage. */
#include <hinge/hinge.h>
#include <hinge/inspect.h>
#include <hinge/plugin.h>
#include <hinge/value.h>

extern "C" const char *hinge_version(void);
extern "C" hinge_status hinge_run(hinge_context *, const hinge_tensor *, size_t, hinge_tensor *,
                                  size_t, const hinge_run_options *, hinge_error *);

static const struct hinge_op nothing[1] = {};
HINGE_PLUGIN("nothing", "1", 0, nothing);

hinge_tensor a_tensor(float *pixels)
{
    const int64_t dims[] = {8, 8};
    return hinge_tensor_over(HINGE_FLOAT, 2, dims, pixels);
}
