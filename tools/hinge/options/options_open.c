#include "options/options.h"

#include "base/error.h"
#include "base/measure.h"

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
    return hinge_open(options->model, &open, session, error) == HINGE_OK;
}

/* With inputs that have a default only where one is named: otherwise they are constants. */
static bool names_defaults(const struct input_options *inputs, const hinge_session *session)
{
    size_t n = hinge_n_inputs(session);
    return !options_are_named(&inputs->files, session, hinge_input_name, n) ||
           !options_are_named(&inputs->shapes, session, hinge_input_name, n);
}

bool options_open(const struct model_options *options, struct input_options *inputs,
                  hinge_session **session, hinge_error *error)
{
    if (!open_session(options, false, session, error))
        return false;
    options_split(&inputs->files, *session, hinge_input_name, hinge_n_inputs(*session));
    if (!names_defaults(inputs, *session))
        return true;
    hinge_close(*session);
    if (!open_session(options, true, session, error))
        return false;
    options_split(&inputs->files, *session, hinge_input_name, hinge_n_inputs(*session));
    return true;
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

hinge_run_options options_run(const struct common_options *options)
{
    hinge_run_options run = {.size = sizeof run, .trace = options->verbose};
    if (options->time_limit_s > 0)
        run.deadline_ns = (uint64_t)((measure_now_ms() + options->time_limit_s * 1e3) * 1e6);
    return run;
}
