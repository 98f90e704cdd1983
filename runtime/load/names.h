/* From the name of a value to its index, in one graph. */
#ifndef LOAD_NAMES_H
#define LOAD_NAMES_H

#include "base/memory.h"

struct names_slot;

/* Zero but for the allocator is an empty table. */
struct names {
    const hinge_allocator *allocator;
    struct names_slot *slots;
    size_t capacity, count;
};

#define NAMES_NONE UINT32_MAX

uint32_t names_find(const struct names *names, const char *name);
/* name is not in the table yet; it is kept, not copied. Returns false where there is no memory. */
bool names_add(struct names *names, const char *name, uint32_t index);
void names_free(struct names *names);

#endif
