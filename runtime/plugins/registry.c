#define _GNU_SOURCE /* dladdr */
#include "plugins/registry.h"

#include "plugins/cpu.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Built-in plugins, the widest first, with what each asks of the CPU. */
static const struct {
    const char *isa;
    uint32_t features;
} levels[] = {
    {"avx512", HINGE_CPU_AVX2 | HINGE_CPU_AVX512}, {"avx2", HINGE_CPU_AVX2}, {"scalar", 0}};
#define N_LEVELS (sizeof levels / sizeof levels[0])

#ifdef HINGE_STATIC_OPERATORS
#define LINKED extern __attribute__((visibility("hidden"))) const struct hinge_plugin
LINKED hinge_plugin_scalar;
#if defined(__x86_64__)
LINKED hinge_plugin_avx2, hinge_plugin_avx512;
static const struct hinge_plugin *const linked[] = {&hinge_plugin_avx512, &hinge_plugin_avx2,
                                                    &hinge_plugin_scalar};
#else
static const struct hinge_plugin *const linked[] = {NULL, NULL, &hinge_plugin_scalar};
#endif
#else
static const struct hinge_plugin *const linked[N_LEVELS] = {NULL};
#endif

struct opening {
    struct registry *registry;
    const hinge_options *options;
    size_t plugins_capacity, refusals_capacity;
    uint32_t features;
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

static hinge_status open_one(struct opening *opening, const char *path, bool built_in)
{
    char *copy = arena_string(&opening->registry->arena, path, strlen(path));
    if (!copy)
        return HINGE_NO_MEMORY;
    struct plugin plugin;
    hinge_error reason;
    if (plugin_open(copy, opening->features, &plugin, &reason))
        return refuse(opening, copy, reason.message);
    plugin.built_in = built_in;
    hinge_status status = keep(opening, &plugin);
    if (status)
        plugin_close(&plugin);
    return status;
}

static int is_shared_object(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 3 && strcmp(entry->d_name + size - 3, ".so") == 0;
}

static hinge_status open_folder(struct opening *opening, const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, is_shared_object, alphasort);
    if (n < 0)
        return refuse(opening, folder, "folder cannot be read");
    hinge_status status = HINGE_OK;
    for (int i = 0; i < n; i++) {
        char path[4096];
        int size = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (!status && size > 0 && (size_t)size < sizeof path)
            status = open_one(opening, path, false);
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
                              : folder  ? open_folder(opening, path)
                                        : open_one(opening, path, false);
        if (status)
            return status;
        list += size + (list[size] == ':');
    }
    return HINGE_OK;
}

/* The folder hinge/plugins beside the library, wherever that was installed. */
static const char *built_in_folder(struct opening *opening)
{
    if (opening->options->plugin_folder)
        return opening->options->plugin_folder;
    Dl_info info;
    if (!dladdr((const void *)levels, &info) || !info.dli_fname)
        return NULL;
    const char *slash = strrchr(info.dli_fname, '/');
    int size = slash ? (int)(slash - info.dli_fname) : 1;
    return arena_format(&opening->registry->arena, "%.*s/hinge/plugins", size,
                        slash ? info.dli_fname : ".");
}

static hinge_status open_built_in(struct opening *opening, hinge_error *error)
{
    const char *isa = opening->options->isa ? opening->options->isa : getenv("HINGE_ISA");
    size_t first = 0;
    if (isa && *isa) {
        while (first < N_LEVELS && strcmp(isa, levels[first].isa))
            first++;
        if (first == N_LEVELS)
            return status_fail(error, HINGE_BAD_ARGUMENT,
                               "ISA level \"%s\" is none of avx512, avx2, scalar", isa);
        if (levels[first].features & ~opening->features)
            return status_fail(error, HINGE_UNSUPPORTED, "this CPU has no %s", isa);
    }
    const char *folder = linked[N_LEVELS - 1] ? "" : built_in_folder(opening);
    if (!folder)
        return status_no_memory(error);
    for (size_t i = first; i < N_LEVELS; i++) {
        if (levels[i].features & ~opening->features)
            continue;
        hinge_status status;
        if (linked[i]) {
            status = plugin_check(linked[i], opening->features, error);
            if (!status)
                status = keep(opening, &(struct plugin){linked[i], NULL, "", true});
        } else {
            char path[4096];
            int size = snprintf(path, sizeof path, "%s/%s.so", folder, levels[i].isa);
            status = size < 0 || (size_t)size >= sizeof path ? HINGE_NO_MEMORY
                                                             : open_one(opening, path, true);
        }
        if (status)
            return status;
    }
    return HINGE_OK;
}

static int compare_names(const char *domain_a, const char *name_a, const char *domain_b,
                         const char *name_b)
{
    int order = strcmp(domain_a ? domain_a : "", domain_b ? domain_b : "");
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
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t i = 0; i < registry->n_plugins; i++) {
            const struct plugin *plugin = &registry->plugins[i];
            struct plugin_cursor at = {0, 0};
            for (const struct hinge_op *op; (op = plugin_next(plugin->table, &at)); n++)
                if (pass)
                    registry->entries[n] = (struct registry_entry){op, plugin};
        }
        if (!pass) {
            count = n;
            registry->entries = arena_array(&registry->arena, count, sizeof(struct registry_entry));
            if (!registry->entries)
                return HINGE_NO_MEMORY;
        }
    }
    registry->n_entries = count;
    qsort(registry->entries, count, sizeof *registry->entries, compare_entries);
    return HINGE_OK;
}

hinge_status registry_create(const hinge_options *options, const hinge_allocator *allocator,
                             struct registry **result, hinge_error *error)
{
    struct registry *registry = memory_alloc_zeroed(allocator, sizeof *registry);
    if (!registry)
        return status_no_memory(error);
    registry->arena.allocator = allocator;
    struct opening opening = {registry, options, 0, 0, cpu_features()};
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

/* The run of entries with the node's domain and name. */
static size_t find_name(const struct registry *registry, const struct graph_node *node,
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

static bool covers(const struct registry_entry *entry, uint32_t opset)
{
    uint32_t until = entry->op->until ? entry->op->until : entry->plugin->table->opset;
    return entry->op->since <= opset && (until == 0 || opset <= until);
}

const struct hinge_kernel *registry_kernel(const struct hinge_op *op, hinge_type type)
{
    for (size_t i = 0; i < HINGE_MAX_KERNELS && op->kernels[i].run; i++)
        if (op->kernels[i].type == type || op->kernels[i].type == HINGE_NO_TYPE)
            return &op->kernels[i];
    return NULL;
}

const struct registry_entry *registry_find(const struct registry *registry,
                                           const struct graph_node *node, hinge_type type)
{
    const struct registry_entry *first;
    size_t count = find_name(registry, node, &first);
    for (size_t i = 0; i < count; i++)
        if (covers(&first[i], node->opset) &&
            (type == HINGE_NO_TYPE || registry_kernel(first[i].op, type)))
            return &first[i];
    return NULL;
}

bool registry_all_have(const struct registry *registry, const struct graph_node *node,
                       uint32_t flags)
{
    const struct registry_entry *first;
    size_t count = find_name(registry, node, &first), n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!covers(&first[i], node->opset))
            continue;
        if ((first[i].op->flags & flags) != flags)
            return false;
        n++;
    }
    return n > 0;
}

/* Why there is no entry for the node. */
static void explain(const struct registry *registry, const struct graph_node *node, char *text,
                    size_t size)
{
    const char *domain = *node->domain ? node->domain : "ai.onnx";
    const struct registry_entry *first;
    size_t count = find_name(registry, node, &first);
    uint32_t oldest = UINT32_MAX, newest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t until = first[i].op->until ? first[i].op->until : first[i].plugin->table->opset;
        oldest = first[i].op->since < oldest ? first[i].op->since : oldest;
        newest = until > newest ? until : newest;
    }
    if (count == 0)
        snprintf(text, size, "%s::%s", domain, node->op);
    else
        snprintf(text, size, "%s::%s of opset %u (known for %u to %u)", domain, node->op,
                 (unsigned)node->opset, (unsigned)oldest, (unsigned)newest);
}

/* Whether text is one of a list's items, not just a part of one. */
static bool is_listed(const char *list, const char *text)
{
    size_t size = strlen(text);
    for (const char *at = strstr(list, text); at; at = strstr(at + 1, text))
        if ((at == list || at[-1] == ' ') && (at[size] == ',' || at[size] == '\0'))
            return true;
    return false;
}

/* Kernels may count on the outputs that their operator always has, wanted or not. */
static hinge_status add_missing_outputs(struct graph *graph, uint32_t index, hinge_error *error)
{
    const struct graph_node *node = &graph->nodes[index];
    for (uint32_t i = 0; i < node->definition->outputs.min; i++) {
        if (node->outputs[i] != GRAPH_NONE)
            continue;
        uint32_t value = graph_add_value(graph, "");
        if (value == GRAPH_NONE)
            return status_no_memory(error);
        graph_set_output(graph, index, i, value);
    }
    return HINGE_OK;
}

hinge_status registry_bind(const struct registry *registry, struct graph *graph, size_t first,
                           hinge_error *error)
{
    char missing[512] = "", node_name[sizeof error->node] = "";
    size_t n_missing = 0;
    for (size_t i = first; i < graph->n_nodes; i++) {
        struct graph_node *node = &graph->nodes[i];
        if (node->removed || node->definition)
            continue;
        const struct registry_entry *entry = registry_find(registry, node, HINGE_NO_TYPE);
        if (entry) {
            hinge_status status = registry_bind_node(entry, graph, node, error);
            if (!status)
                status = add_missing_outputs(graph, (uint32_t)i, error);
            if (status) {
                char text[256];
                status_prefix(error, "%s", graph_node_text(node, text, sizeof text));
                if (error)
                    snprintf(error->node, sizeof error->node, "%s", node->name);
                return status;
            }
            continue;
        }
        char text[256];
        explain(registry, node, text, sizeof text);
        size_t used = strlen(missing);
        if (is_listed(missing, text))
            continue;
        snprintf(missing + used, sizeof missing - used, "%s%s", n_missing ? ", " : "", text);
        if (n_missing++ == 0)
            snprintf(node_name, sizeof node_name, "%s", node->name);
    }
    if (!n_missing)
        return HINGE_OK;
    status_fail(error, HINGE_UNSUPPORTED, "no plugin has the operator%s %s",
                n_missing > 1 ? "s" : "", missing);
    if (!error)
        return HINGE_UNSUPPORTED;
    memcpy(error->node, node_name, sizeof node_name);
    size_t used = strlen(error->message);
    if (registry->n_refusals)
        snprintf(error->message + used, sizeof error->message - used,
                 " (%zu plugin%s could not be used: %s)", registry->n_refusals,
                 registry->n_refusals > 1 ? "s" : "", registry->refusals[0].path);
    return HINGE_UNSUPPORTED;
}
