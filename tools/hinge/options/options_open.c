#include "options/options.h"

#include "base/error.h"
#include "base/measure.h"
#include "files/file.h"

#include <stdlib.h>
#include <string.h>

static void tell(void *user, hinge_log_level level, const char *message)
{
    const struct common_options *options = user;
    if (level >= HINGE_LOG_WARNING)
        error_say("warning: ", message);
    else if (options->verbose)
        error_say(level == HINGE_LOG_INFO ? "" : "debug: ", message);
}

/* The runtime goes on without a plugin that it refuses, but one that was asked for is missed. */
static bool has_named_plugins(const hinge_registry *registry, const hinge_options *open,
                              hinge_error *error)
{
    hinge_plugin_info info = {.size = sizeof info};
    for (size_t i = 0; hinge_get_plugin(registry, i, &info); i++)
        for (size_t p = 0; info.refused && p < open->n_plugins; p++)
            if (strcmp(info.path, open->plugins[p]) == 0)
                return error_set(error, HINGE_IO, "plugin %.300s: %s", info.path, info.refused);
    return true;
}

bool options_open_registry(const struct common_options *options, hinge_registry **registry,
                           hinge_error *error)
{
    hinge_plugin_info info = {.size = sizeof info};
    if (hinge_registry_open(&options->open, registry, error))
        return false;
    if (!has_named_plugins(*registry, &options->open, error)) {
        hinge_registry_close(*registry);
        *registry = NULL;
        return false;
    }
    for (size_t i = 0; hinge_get_plugin(*registry, i, &info); i++)
        if (info.refused) {
            hinge_error sentence;
            error_set(&sentence, HINGE_IO, "plugin %.300s: %s", info.path, info.refused);
            error_say("warning: ", sentence.message);
        }
    return true;
}

const char *options_isa(char isa[OPTIONS_ISA_SIZE], const struct common_options *options)
{
    hinge_registry *registry;
    hinge_error error;
    hinge_plugin_info info = {.size = sizeof info};
    *isa = '\0';
    if (hinge_registry_open(&options->open, &registry, &error))
        return isa;
    for (size_t i = 0; !*isa && hinge_get_plugin(registry, i, &info); i++)
        if (info.is_builtin && !info.refused) {
            const char *dash = strrchr(info.name, '-');
            snprintf(isa, OPTIONS_ISA_SIZE, "%s", dash ? dash + 1 : info.name);
        }
    hinge_registry_close(registry);
    return isa;
}

bool options_open_model(const struct model_options *options, const hinge_options *open,
                        hinge_session **session, hinge_error *error)
{
    hinge_status status =
        options->bytes ? hinge_open_memory(options->bytes, options->size, open, session, error)
                       : hinge_open(options->model, open, session, error);
    return status == HINGE_OK;
}

static bool open_session(const struct model_options *options, bool with_defaults,
                         hinge_session **session, hinge_error *error)
{
    const struct common_options *common = &options->common;
    hinge_options open = common->open;
    if (open.n_plugins) {
        hinge_registry *registry;
        if (hinge_registry_open(&open, &registry, error))
            return false;
        bool ok = has_named_plugins(registry, &open, error);
        hinge_registry_close(registry);
        if (!ok)
            return false;
    }
    open.log = tell;
    open.log_user = (void *)common;
    open.overridable_defaults = with_defaults;
    return options_open_model(options, &open, session, error);
}

/* With inputs that have a default only where one is named: otherwise they are constants. */
static bool names_defaults(const struct input_options *inputs, const hinge_session *session)
{
    size_t n = hinge_n_inputs(session);
    return !options_are_named(&inputs->files, session, hinge_input_name, n) ||
           !options_are_named(&inputs->shapes, session, hinge_input_name, n);
}

/* Every array, as if it were a file for an input. */
static bool add_archive(struct input_options *inputs, struct option_archive *archive,
                        hinge_error *error)
{
    struct option_pairs *files = &inputs->files;
    if (archive->npz)
        return true;
    if (!npz_open(archive->path, &archive->npz, error))
        return false;
    size_t n = npz_n(archive->npz);
    struct option_pair *bigger = realloc(files->items, (files->n + n + 1) * sizeof *bigger);
    if (!bigger)
        return error_no_memory(error);
    files->items = bigger;
    for (size_t i = 0; i < n; i++) {
        const char *name = npz_name(archive->npz, i);
        files->items[files->n++] = (struct option_pair){.name = name,
                                                        .value = archive->path,
                                                        .name_size = (int)strlen(name),
                                                        .source = SOURCE_ARCHIVE,
                                                        .archive = archive->npz,
                                                        .member = i};
    }
    return true;
}

/* Takes out the arrays that are no inputs; there must be some that are. */
static bool keep_inputs(struct input_options *inputs, const struct option_archive *archive,
                        const hinge_session *session, hinge_error *error)
{
    struct option_pairs *files = &inputs->files;
    size_t n = 0, n_kept = 0;
    for (size_t i = 0; i < files->n; i++) {
        const struct option_pairs one = {&files->items[i], 1};
        bool is_its = one.items->source == SOURCE_ARCHIVE && one.items->archive == archive->npz;
        if (is_its && !options_are_named(&one, session, hinge_input_name, hinge_n_inputs(session)))
            continue;
        n_kept += is_its;
        files->items[n++] = *one.items;
    }
    files->n = n;
    return n_kept > 0 ||
           error_set(error, HINGE_BAD_ARGUMENT,
                     "--inputs %.300s: none of its %zu arrays has the name of an input",
                     archive->path, npz_n(archive->npz));
}

static bool keep_all_inputs(struct input_options *inputs, const hinge_session *session,
                            hinge_error *error)
{
    bool good = true;
    for (size_t i = 0; i < inputs->n_archives && good; i++)
        good = keep_inputs(inputs, &inputs->archives[i], session, error);
    return good;
}

/* That standard input is read once. */
static bool check_standard(const struct model_options *options, const struct input_options *inputs,
                           hinge_error *error)
{
    size_t n = options->bytes != NULL;
    for (size_t i = 0; i < inputs->files.n; i++)
        n += inputs->files.items[i].source != SOURCE_ARCHIVE &&
             file_is_standard(inputs->files.items[i].value);
    for (size_t i = 0; i < inputs->n_archives; i++)
        n += file_is_standard(inputs->archives[i].path);
    return n <= 1 || error_set(error, HINGE_BAD_ARGUMENT,
                               "\"-\" is given %zu times, and standard input is one file", n);
}

bool options_open(const struct model_options *options, struct input_options *inputs,
                  hinge_session **session, hinge_error *error)
{
    bool good = check_standard(options, inputs, error);
    for (size_t i = 0; i < inputs->n_archives && good; i++)
        good = add_archive(inputs, &inputs->archives[i], error);
    if (!good || !open_session(options, false, session, error))
        return false;
    options_split(&inputs->files, *session, hinge_input_name, hinge_n_inputs(*session));
    if (names_defaults(inputs, *session)) {
        hinge_close(*session);
        if (!open_session(options, true, session, error))
            return false;
        options_split(&inputs->files, *session, hinge_input_name, hinge_n_inputs(*session));
    }
    if (keep_all_inputs(inputs, *session, error))
        return true;
    hinge_close(*session);
    *session = NULL;
    return false;
}

hinge_session *options_session(const struct model_options *options, struct input_options *inputs)
{
    hinge_session *session;
    hinge_error error;
    if (options_open(options, inputs, &session, &error))
        return session;
    error_fail(&error);
    return NULL;
}

/* Without it a model's own functions have nobody to compute them. */
#define NEEDED_PASS "inline-functions"

const char **options_all_passes(void)
{
    size_t n = 0, n_left = 0;
    while (hinge_pass_name(n))
        n++;
    const char **passes = calloc(n + 1, sizeof *passes);
    for (size_t i = 0; passes && i < n; i++)
        if (strcmp(hinge_pass_name(i), NEEDED_PASS) != 0)
            passes[n_left++] = hinge_pass_name(i);
    return passes;
}

int options_tell_missing(const hinge_session *session)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_error error;
    hinge_get_model(session, &model);
    if (model.n_missing == 0)
        return 0;
    error_set(&error, HINGE_UNSUPPORTED, "the model cannot be run: no plugin has %.400s%s",
              hinge_missing(session, 0), model.n_missing > 1 ? ", and others" : "");
    return error_fail(&error);
}

hinge_run_options options_run(const struct common_options *options)
{
    hinge_run_options run = {.size = sizeof run, .trace = options->verbose};
    if (options->time_limit_s > 0)
        run.deadline_ns = (uint64_t)((measure_now_ms() + options->time_limit_s * 1e3) * 1e6);
    return run;
}
