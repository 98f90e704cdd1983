/* A shared object that is no plugin. */
#include <hinge/plugin.h>

extern HINGE_EXPORT const int hinge_other;
const int hinge_other = 1;
