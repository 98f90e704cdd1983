#define _GNU_SOURCE /* dladdr */
#include "plugins/registry.h"

#include "plugins/cpu.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What of the CPU a level lets built-in plugins use. */
static const struct {
    const char *isa;
    uint64_t needs, features;
} levels[] = {
    {"scalar", 0, 0},
    {"avx2", HINGE_CPU_AVX2, HINGE_CPU_AVX2 | HINGE_CPU_AVX_VNNI},
    {"avx512", HINGE_CPU_AVX512, UINT64_MAX},
};
#define N_LEVELS (sizeof levels / sizeof levels[0])

#ifdef HINGE_STATIC_OPERATORS
/* Ended by NULL; written by the build. */
extern __attribute__((visibility("hidden")))
const struct hinge_plugin *const hinge_linked_plugins[];
#else
static const struct hinge_plugin *const hinge_linked_plugins[] = {NULL};
#endif

struct opening {
    struct registry *registry;
    const hinge_options *options;
    size_t plugins_capacity, refusals_capacity;
    uint64_t features; /* of the CPU */
    uint64_t allowed;  /* to built-in plugins */
};

static hinge_status refuse(struct opening *opening, const char *path, const char *reason)
{
    struct registry *registry = opening->registry;
    if (!memory_grow(registry->arena.allocator, (void **)&registry->refusals,
                     &opening->refusals_capacity, registry->n_refusals, sizeof *registry->refusals))
        return HINGE_NO_MEMORY;
    struct registry_refusal *refusal = &registry->refusals[registry->n_refusals++];
    refusal->path = path;
    snprintf(refusal->reason, sizeof refusal->reason, "%s", reason);
    if (opening->options->log) {
        char line[1024];
        snprintf(line, sizeof line, "plugin %s: %s", path, refusal->reason);
        opening->options->log(opening->options->log_user, HINGE_LOG_WARNING, line);
    }
    return HINGE_OK;
}

static hinge_status keep(struct opening *opening, const struct plugin *plugin)
{
    struct registry *registry = opening->registry;
    if (!memory_grow(registry->arena.allocator, (void **)&registry->plugins,
                     &opening->plugins_capacity, registry->n_plugins, sizeof *registry->plugins))
        return HINGE_NO_MEMORY;
    registry->plugins[registry->n_plugins++] = *plugin;
    return HINGE_OK;
}

static hinge_status keep_or_close(struct opening *opening, struct plugin *plugin)
{
    if (plugin->built_in && plugin->table->cpu_features & ~opening->allowed) {
        plugin_close(plugin);
        return HINGE_OK;
    }
    hinge_status status = keep(opening, plugin);
    if (status)
        plugin_close(plugin);
    return status;
}

static hinge_status open_one(struct opening *opening, const char *path, bool built_in)
{
    struct arena *arena = &opening->registry->arena;
    char *copy = arena_string(arena, path, strlen(path));
    if (!copy)
        return HINGE_NO_MEMORY;
    struct plugin plugin = {.built_in = built_in};
    hinge_error reason;
    /* Of the built-in ones, those for other CPUs are no news. */
    uint64_t features = built_in ? UINT64_MAX : opening->features;
    hinge_status status = plugin_open(copy, features, arena, &plugin, &reason);
    if (status == HINGE_NO_MEMORY)
        return status;
    return status ? refuse(opening, copy, reason.message) : keep_or_close(opening, &plugin);
}

static int is_shared_object(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 3 && strcmp(entry->d_name + size - 3, ".so") == 0;
}

/* Whether the name of a built-in plugin's file ends in a level that is not allowed: it would only
 * be mapped to be closed again. */
static bool is_of_other_level(const struct opening *opening, const char *name)
{
    const char *dash = strrchr(name, '-');
    for (size_t i = 0; dash && i < N_LEVELS; i++) {
        const size_t size = strlen(levels[i].isa);
        if (strncmp(dash + 1, levels[i].isa, size) == 0 && strcmp(dash + 1 + size, ".so") == 0)
            return levels[i].needs & ~opening->allowed;
    }
    return false;
}

static hinge_status open_folder(struct opening *opening, const char *folder, bool built_in)
{
    struct dirent **names;
    int n = scandir(folder, &names, is_shared_object, alphasort);
    if (n < 0)
        return refuse(opening, folder, "folder cannot be read");
    hinge_status status = HINGE_OK;
    for (int i = 0; i < n; i++) {
        char path[4096];
        int size = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (!status && size > 0 && (size_t)size < sizeof path &&
            !(built_in && is_of_other_level(opening, names[i]->d_name)))
            status = open_one(opening, path, built_in);
        free(names[i]);
    }
    free(names);
    return status;
}

/* HINGE_PLUGIN_PATH: plugins, or folders of plugins, with colons between. */
static hinge_status open_plugin_path(struct opening *opening)
{
    const char *list = getenv("HINGE_PLUGIN_PATH");
    while (list && *list) {
        size_t size = strcspn(list, ":");
        char *path = arena_string(&opening->registry->arena, list, size);
        if (!path)
            return HINGE_NO_MEMORY;
        struct stat info;
        bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
        hinge_status status = size == 0 ? HINGE_OK
                              : folder  ? open_folder(opening, path, false)
                                        : open_one(opening, path, false);
        if (status)
            return status;
        list += size + (list[size] == ':');
    }
    return HINGE_OK;
}

/* The folder hinge/plugins beside the library, wherever that was installed, without the ".." by
 * which a program may have found the library. */
static const char *built_in_folder(struct opening *opening)
{
    if (opening->options->plugin_folder)
        return opening->options->plugin_folder;
    Dl_info info;
    if (!dladdr((const void *)levels, &info) || !info.dli_fname)
        return NULL;
    const char *slash = strrchr(info.dli_fname, '/');
    int size = slash ? (int)(slash - info.dli_fname) : 1;
    struct arena *arena = &opening->registry->arena;
    const char *folder =
        arena_format(arena, "%.*s/hinge/plugins", size, slash ? info.dli_fname : ".");
    char real[PATH_MAX];
    return folder && realpath(folder, real) ? arena_string(arena, real, strlen(real)) : folder;
}

static hinge_status set_level(struct opening *opening, hinge_error *error)
{
    const char *isa = opening->options->isa ? opening->options->isa : getenv("HINGE_ISA");
    opening->allowed = opening->features;
    if (!isa || !*isa)
        return HINGE_OK;
    size_t level = 0;
    while (level < N_LEVELS && strcmp(isa, levels[level].isa))
        level++;
    if (level == N_LEVELS)
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "ISA level \"%s\" is none of avx512, avx2, scalar", isa);
    if (levels[level].needs & ~opening->features)
        return status_fail(error, HINGE_UNSUPPORTED, "this CPU has no %s", isa);
    opening->allowed &= levels[level].features;
    return HINGE_OK;
}

/* What asks more of the CPU comes first. */
static int compare_plugins(const void *a, const void *b)
{
    const struct plugin *x = a, *y = b;
    if (x->table->cpu_features != y->table->cpu_features)
        return x->table->cpu_features > y->table->cpu_features ? -1 : 1;
    return strcmp(x->table->name, y->table->name);
}

static hinge_status open_built_in(struct opening *opening, hinge_error *error)
{
    struct registry *registry = opening->registry;
    size_t first = registry->n_plugins;
    hinge_status status = set_level(opening, error);
    opening->registry->cpu_features = opening->allowed;
    for (size_t i = 0; hinge_linked_plugins[i] && !status; i++) {
        struct plugin plugin;
        status = plugin_link(hinge_linked_plugins[i], UINT64_MAX, &registry->arena, &plugin, error);
        if (!status)
            status = keep_or_close(opening, &plugin);
    }
    if (!hinge_linked_plugins[0] && !status) {
        const char *folder = built_in_folder(opening);
        status = folder ? open_folder(opening, folder, true) : status_no_memory(error);
    }
    if (!status && registry->n_plugins > first)
        qsort(registry->plugins + first, registry->n_plugins - first, sizeof *registry->plugins,
              compare_plugins);
    return status;
}

static const char *domain_text(const char *domain)
{
    return domain && strcmp(domain, "ai.onnx") != 0 ? domain : "";
}

static int compare_names(const char *domain_a, const char *name_a, const char *domain_b,
                         const char *name_b)
{
    int order = strcmp(domain_text(domain_a), domain_text(domain_b));
    return order ? order : strcmp(name_a, name_b);
}

static int compare_entries(const void *a, const void *b)
{
    const struct registry_entry *x = a, *y = b;
    int order = compare_names(x->op->domain, x->op->name, y->op->domain, y->op->name);
    if (order)
        return order;
    if (x->plugin != y->plugin) /* one array, in order of preference */
        return x->plugin < y->plugin ? -1 : 1;
    /* Within a plugin, newer entries first. */
    return x->op->since > y->op->since ? -1 : x->op->since < y->op->since;
}

static hinge_status collect(struct registry *registry)
{
    for (size_t p = 0; p < registry->n_plugins; p++)
        registry->n_entries += registry->plugins[p].n_ops;
    registry->entries =
        arena_array(&registry->arena, registry->n_entries, sizeof(struct registry_entry));
    if (!registry->entries)
        return HINGE_NO_MEMORY;
    size_t n = 0;
    for (size_t p = 0; p < registry->n_plugins; p++)
        for (size_t i = 0; i < registry->plugins[p].n_ops; i++)
            registry->entries[n++] =
                (struct registry_entry){registry->plugins[p].ops[i], &registry->plugins[p]};
    if (n)
        qsort(registry->entries, n, sizeof *registry->entries, compare_entries);
    return HINGE_OK;
}

hinge_status registry_create(const hinge_options *options, const hinge_allocator *allocator,
                             struct registry **result, hinge_error *error)
{
    struct registry *registry = memory_alloc_zeroed(allocator, sizeof *registry);
    if (!registry)
        return status_no_memory(error);
    registry->arena.allocator = allocator;
    struct opening opening = {.registry = registry, .options = options, .features = cpu_features()};
    hinge_status status = HINGE_OK;
    for (size_t i = 0; i < options->n_plugins && !status; i++)
        status = open_one(&opening, options->plugins[i], false);
    if (!status)
        status = open_plugin_path(&opening);
    if (!status)
        status = open_built_in(&opening, error);
    if (!status)
        status = collect(registry);
    if (status) {
        if (status == HINGE_NO_MEMORY)
            status_no_memory(error);
        registry_destroy(registry);
        return status;
    }
    *result = registry;
    return HINGE_OK;
}

void registry_destroy(struct registry *registry)
{
    if (!registry)
        return;
    const hinge_allocator *allocator = registry->arena.allocator;
    for (size_t i = 0; i < registry->n_plugins; i++)
        plugin_close(&registry->plugins[i]);
    memory_free(allocator, registry->plugins);
    memory_free(allocator, registry->refusals);
    arena_free(&registry->arena);
    memory_free(allocator, registry);
}

size_t registry_find(const struct registry *registry, const struct graph_node *node,
                     const struct registry_entry **first)
{
    size_t low = 0, high = registry->n_entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct hinge_op *op = registry->entries[middle].op;
        if (compare_names(op->domain, op->name, node->domain, node->op) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t count = 0;
    while (low + count < registry->n_entries) {
        const struct hinge_op *op = registry->entries[low + count].op;
        if (compare_names(op->domain, op->name, node->domain, node->op))
            break;
        count++;
    }
    *first = registry->entries + low;
    return count;
}

uint32_t registry_until(const struct registry_entry *entry)
{
    return entry->op->until ? entry->op->until : entry->plugin->table->opset;
}

bool registry_covers(const struct registry_entry *entry, uint32_t opset)
{
    uint32_t until = registry_until(entry);
    return entry->op->since <= opset && (until == 0 || opset <= until);
}

/* A kernel for any type serves containers too. */
static bool kernel_takes(unsigned type, hinge_type_code code)
{
    return type == HINGE_NO_TYPE || type == (code & 0xff);
}

const struct hinge_kernel *registry_kernel(const struct hinge_op *op, hinge_type_code first,
                                           hinge_type_code second)
{
    for (const struct hinge_kernel *kernel = op->kernels; kernel->run; kernel++)
        if (kernel_takes((unsigned)kernel->type & 0xff, first) &&
            kernel_takes((unsigned)kernel->type >> 8, second))
            return kernel;
    return NULL;
}
