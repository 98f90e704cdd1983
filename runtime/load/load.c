/* The stages of loading, in order: map, strip, parse, convert. */
#include "load/load.h"

#include "load/parts.h"

/* protobuf-c's memory: an arena, since all of it goes at once. */
struct parse_memory {
    struct arena arena;
    bool is_exhausted;
};

static void *parse_alloc(void *user, size_t size)
{
    struct parse_memory *memory = user;
    void *bytes = arena_alloc(&memory->arena, size);
    if (!bytes)
        memory->is_exhausted = true;
    return bytes;
}

static void parse_release(void *user, void *bytes)
{
    (void)user;
    (void)bytes;
}

static hinge_status parse(struct load *load, struct parse_memory *memory)
{
    ProtobufCAllocator allocator = {parse_alloc, parse_release, memory};
    struct wire_stripped *stripped = &load->stripped;
    load->model = onnx__model_proto__unpack(&allocator, stripped->size, stripped->bytes);
    memory_free(load->allocator, stripped->bytes);
    stripped->bytes = NULL;
    if (load->model)
        return HINGE_OK;
    return memory->is_exhausted
               ? status_no_memory(load->error)
               : status_fail(load->error, HINGE_BAD_FORMAT, "a list of numbers is cut off");
}

static hinge_status build(struct load *load, struct graph **graph)
{
    const struct load_file *file = files_model(load->files);
    *graph = NULL;
    if (file->size == 0)
        return status_fail(load->error, HINGE_BAD_FORMAT, "the file is empty");
    hinge_status status = wire_strip(&onnx__model_proto__descriptor, file->bytes, file->size,
                                     load->allocator, &load->stripped, load->error);
    if (status)
        return status;
    struct parse_memory memory = {.arena = {.allocator = load->allocator}};
    status = parse(load, &memory);
    if (!status)
        status = load_model(load, graph);
    arena_free(&memory.arena);
    wire_free(&load->stripped, load->allocator);
    return status;
}

/* Takes over files. */
static hinge_status finish(struct load_files *files, const hinge_allocator *allocator,
                           struct loaded_model **model, hinge_error *error)
{
    struct load load = {.allocator = allocator, .error = error, .files = files};
    *model = memory_alloc_zeroed(allocator, sizeof **model);
    if (!*model) {
        files_close(files);
        return status_no_memory(error);
    }
    **model = (struct loaded_model){.allocator = allocator, .files = files};
    hinge_status status = build(&load, &(*model)->graph);
    if (status) {
        load_close(*model);
        *model = NULL;
    }
    return status;
}

hinge_status load_path(const char *path, const hinge_allocator *allocator,
                       struct loaded_model **model, hinge_error *error)
{
    struct load_files *files;
    *model = NULL;
    hinge_status status = files_open(path, allocator, &files, error);
    if (status)
        return status;
    status = finish(files, allocator, model, error);
    if (status)
        status_prefix_path(error, path);
    return status;
}

hinge_status load_memory(const void *bytes, size_t size, const hinge_allocator *allocator,
                         struct loaded_model **model, hinge_error *error)
{
    struct load_files *files;
    *model = NULL;
    hinge_status status = files_over(bytes, size, allocator, &files, error);
    return status ? status : finish(files, allocator, model, error);
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
