/* One opened plugin. */
#ifndef PLUGINS_PLUGIN_H
#define PLUGINS_PLUGIN_H

#include "base/memory.h"
#include "base/status.h"

#include <hinge/plugin.h>

struct plugin {
    const struct hinge_plugin *table; /* in this runtime's size */
    /* Its operators as this runtime's structs: where the plugin's are shorter, copies that end in
     * zeros, in the arena. */
    const struct hinge_op **ops;
    size_t n_ops;
    void *handle;     /* of dlopen; NULL for one that is linked in */
    const char *path; /* "" for one that is linked in */
    bool built_in;
};

/* Opens the shared object at path and checks it before any of its code is called: ABI, sizes, CPU
 * features, a sound table. path, and arena, must live as long as the plugin. */
hinge_status plugin_open(const char *path, uint64_t features, struct arena *arena,
                         struct plugin *plugin, hinge_error *error);
/* The same for a table that is linked in. */
hinge_status plugin_link(const struct hinge_plugin *table, uint64_t features, struct arena *arena,
                         struct plugin *plugin, hinge_error *error);
void plugin_close(struct plugin *plugin);

#endif
