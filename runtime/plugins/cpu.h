/* What the CPU and the operating system let a plugin use: enum hinge_cpu_feature. */
#ifndef PLUGINS_CPU_H
#define PLUGINS_CPU_H

#include <stddef.h>
#include <stdint.h>

uint64_t cpu_features(void);

/* The features of a set by their names, "AVX2, AVX-512", into text. */
const char *cpu_features_text(uint64_t features, char *text, size_t size);

#endif
