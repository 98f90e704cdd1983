/*
 * The loader: from a .onnx file, or its bytes in memory, to a graph. Nothing after it knows that
 * there were protobuf messages or files.
 *
 * The bytes are not trusted. What comes out is sound: every name resolved, every index in range,
 * every constant as large as its dims say, nodes in an executable order without cycles, every
 * node's operator set imported. Whether the operators exist, and whether arity and attributes are
 * theirs, is for the registry to say.
 *
 * Constants stay where they are in the file's map (GRAPH_MAPPED) wherever they lie there as a
 * tensor must: aligned to their element, in the host's form. All others get memory of their own,
 * and the pages that they came from are given back. Files that are small (1 MiB in all) are read
 * instead of mapped and may be changed at will. Who changes a mapped file in place while it is in
 * use gets what the operating system does then: other values, or SIGBUS when it becomes shorter. A
 * new file that is renamed over it does no harm.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "base/budget.h"
#include "graph/graph.h"

struct load_files;

/* Zero is the default. */
struct load_options {
    /* An initializer that the model also lists among its inputs becomes an input with a default:
     * see graph_value.default_tensor. Otherwise it is a constant, and no input. */
    bool overridable_defaults;
    /* Bytes that the model may ask for beyond its file; 0: see budget_for_file, and the size of its
     * external data besides. */
    size_t memory_budget;
};

struct loaded_model {
    const hinge_allocator *allocator;
    struct graph *graph;
    struct load_files *files; /* what mapped constants lie in */
    struct budget budget;     /* what loading has left of it */
};

/* Loads the model at path. On success *model is the caller's, to be closed with load_close; on
 * failure it is NULL. options may be NULL; allocator must outlive the model. */
hinge_status load_path(const char *path, const struct load_options *options,
                       const hinge_allocator *allocator, struct loaded_model **model,
                       hinge_error *error);

/* The same for bytes in memory, which must outlive the model, unchanged. External data is refused:
 * there is no folder to look in. */
hinge_status load_memory(const void *bytes, size_t size, const struct load_options *options,
                         const hinge_allocator *allocator, struct loaded_model **model,
                         hinge_error *error);

/* Frees graph and maps. NULL is allowed. */
void load_close(struct loaded_model *model);

/* Says that nobody will soon read these bytes of a mapped constant: whole pages among them leave
 * memory, and come back from the file when they are read after all. Bytes that lie in no map are
 * left alone. Thread-safe. */
void load_release(const struct loaded_model *model, const void *bytes, size_t size);

#endif
