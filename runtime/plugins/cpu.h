/* What the processor and the operating system let a plugin use. */
#ifndef PLUGINS_CPU_H
#define PLUGINS_CPU_H

#include <stdint.h>

/* The set of enum hinge_cpu_feature that is there. */
uint32_t cpu_features(void);

#endif
