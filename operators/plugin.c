/* The one exported symbol of a built-in plugin: the part of its family's list that this build has,
 * as a table. PLUGIN_LIST, PLUGIN_NAME and PLUGIN_OPSET are the family's. */
#include "operators/op/op.h"

#define VECTOR(folder, file) extern const struct hinge_op op_##file[];
#ifdef HINGE_SIMD_SCALAR
#define PLAIN(folder, file) VECTOR(folder, file)
#else
#define PLAIN(folder, file)
#endif
#include PLUGIN_LIST
#undef VECTOR

static const struct hinge_op *const operators[] = {
#define VECTOR(folder, file) op_##file,
#include PLUGIN_LIST
    NULL};

#if defined(HINGE_SIMD_AVX512)
#define PLUGIN_FEATURES (HINGE_CPU_AVX512 | HINGE_CPU_AVX2)
#elif defined(HINGE_SIMD_AVX2)
#define PLUGIN_FEATURES HINGE_CPU_AVX2
#else
#define PLUGIN_FEATURES 0
#endif

extern HINGE_EXPORT const struct hinge_plugin hinge_plugin;
const struct hinge_plugin hinge_plugin = {HINGE_PLUGIN_SIZES, PLUGIN_FEATURES, PLUGIN_NAME,
                                          HINGE_VERSION,      PLUGIN_OPSET,    operators};
