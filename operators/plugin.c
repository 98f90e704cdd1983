/* The one exported symbol of a built-in plugin: its part of operators.def as a table. */
#include "operators/op.h"

#define VECTOR(family, file) extern const struct hinge_op op_##file[];
#define PLAIN(family, file) VECTOR(family, file)
#include "operators/operators.def"
#undef VECTOR
#undef PLAIN

static const struct hinge_op *const operators[] = {
#define VECTOR(family, file) op_##file,
#ifdef HINGE_SIMD_SCALAR
#define PLAIN(family, file) op_##file,
#else
#define PLAIN(family, file)
#endif
#include "operators/operators.def"
    NULL};

#if defined(HINGE_SIMD_AVX512)
#define PLUGIN_NAME "avx512"
#define PLUGIN_FEATURES (HINGE_CPU_AVX512 | HINGE_CPU_AVX2)
#elif defined(HINGE_SIMD_AVX2)
#define PLUGIN_NAME "avx2"
#define PLUGIN_FEATURES HINGE_CPU_AVX2
#else
#define PLUGIN_NAME "scalar"
#define PLUGIN_FEATURES 0
#endif

extern HINGE_EXPORT const struct hinge_plugin hinge_plugin;
const struct hinge_plugin hinge_plugin = {.abi = HINGE_ABI,
                                          .size = sizeof(struct hinge_plugin),
                                          .node_size = sizeof(struct hinge_node),
                                          .op_size = sizeof(struct hinge_op),
                                          .host_size = sizeof(struct hinge_host),
                                          .cpu_features = PLUGIN_FEATURES,
                                          .name = PLUGIN_NAME,
                                          .version = HINGE_VERSION,
                                          .opset = OP_LATEST_OPSET,
                                          .ops = operators};
