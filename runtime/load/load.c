/* The stages of loading, in order: map, strip, parse, convert. */
#include "load/load.h"

#include "load/parts.h"

static hinge_status build(struct load *load, struct graph **graph)
{
    *graph = NULL;
    if (files_model(load->files)->size == 0)
        return status_fail(load->error, HINGE_BAD_FORMAT, "the file is empty");
    struct load_messages messages;
    ProtobufCMessage *message;
    hinge_status status = load_parse(load, &onnx__model_proto__descriptor, &messages, &message);
    if (!status) {
        load->model = (const Onnx__ModelProto *)message;
        status = load_model(load, graph);
    }
    bool is_model = load->model && load->model->ir_version >= LOAD_MIN_IR && load->model->graph;
    load_forget(load, &messages);
    return status == HINGE_OK || status == HINGE_NO_MEMORY || is_model
               ? status
               : load_recognize(load, status);
}

/* Takes over files. */
static hinge_status finish(struct load_files *files, const struct load_options *options,
                           const hinge_allocator *allocator, struct loaded_model **model,
                           hinge_error *error)
{
    struct load load = {.allocator = allocator,
                        .error = error,
                        .files = files,
                        .options = options ? *options : (struct load_options){0},
                        .missing = {.allocator = allocator}};
    *model = memory_alloc_zeroed(allocator, sizeof **model);
    if (!*model) {
        files_close(files);
        return status_no_memory(error);
    }
    (*model)->allocator = allocator;
    (*model)->files = files;
    budget_start(&(*model)->budget, load.options.memory_budget
                                        ? load.options.memory_budget
                                        : budget_for_file(files_model(files)->size));
    load.budget = &(*model)->budget;
    hinge_status status = build(&load, &(*model)->graph);
    if (status) {
        load_close(*model);
        *model = NULL;
    }
    return status;
}

hinge_status load_path(const char *path, const struct load_options *options,
                       const hinge_allocator *allocator, struct loaded_model **model,
                       hinge_error *error)
{
    struct load_files *files;
    *model = NULL;
    hinge_status status = files_open(path, allocator, &files, error);
    if (status)
        return status;
    status = finish(files, options, allocator, model, error);
    if (status)
        status_prefix_path(error, path);
    return status;
}

hinge_status load_memory(const void *bytes, size_t size, const struct load_options *options,
                         const hinge_allocator *allocator, struct loaded_model **model,
                         hinge_error *error)
{
    struct load_files *files;
    *model = NULL;
    hinge_status status = files_over(bytes, size, allocator, &files, error);
    return status ? status : finish(files, options, allocator, model, error);
}

void load_close(struct loaded_model *model)
{
    if (!model)
        return;
    graph_destroy(model->graph);
    files_close(model->files);
    memory_free(model->allocator, model);
}

void load_release(const struct loaded_model *model, const void *bytes, size_t size)
{
    files_release(model->files, bytes, size);
}
