/* Modules: parts of the command that need libraries which would take time at every start. Each is a
 * file of its own, opened when it is asked for. */
#ifndef TOOL_MODULE_H
#define TOOL_MODULE_H

#include "base/error.h"

#include <stdatomic.h>

/* A module, which is static where it is used. */
struct module {
    const char *name;   /* of the file: lib/hinge/NAME.so in the tree that the command lies in */
    const char *symbol; /* that it shows */
    const char *needs;  /* what it serves and which library: how the sentence begins without it */
    bool has_version;   /* the symbol is a struct that begins with MODULE_VERSION */
    bool is_global;     /* its symbols are there for what it opens itself */
    void *_Atomic address; /* of the symbol, once it is open */
};

/* Where it is another than the command's, the structs that they share may be others. */
#define MODULE_VERSION HINGE_VERSION

#define MODULE_EXPORT __attribute__((visibility("default")))

/* The address of the module's symbol. It is opened the first time, and stays open. Where that fails
 * the sentence names the file and the reason, and NULL is returned. May be called from any thread.
 */
void *module_open(struct module *module, hinge_error *error);

#endif
