/* One opened plugin. */
#ifndef PLUGINS_PLUGIN_H
#define PLUGINS_PLUGIN_H

#include "base/memory.h"
#include "base/status.h"

#include <hinge/plugin.h>

struct plugin {
    const struct hinge_plugin *table;
    void *handle;     /* of dlopen; NULL for one that is linked in */
    const char *path; /* "" for one that is linked in */
    bool built_in;
};

/* Opens the shared object at path and checks it before any of its code is called: ABI, sizes, CPU
 * features, a sound table. path must live as long as the plugin. */
hinge_status plugin_open(const char *path, uint32_t features, struct plugin *plugin,
                         hinge_error *error);
/* The same checks for a table that is linked in. */
hinge_status plugin_check(const struct hinge_plugin *table, uint32_t features, hinge_error *error);
void plugin_close(struct plugin *plugin);

/* Walks over all operators of a plugin: NULL first, then what the last call returned. */
struct plugin_cursor {
    size_t group, index;
};
const struct hinge_op *plugin_next(const struct hinge_plugin *table, struct plugin_cursor *cursor);

#endif
