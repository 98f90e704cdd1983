#include "serve/models/model.h"

#include "serve/models/probe.h"

#include <stdlib.h>
#include <string.h>

static void destroy(struct model *model)
{
    if (model->living)
        living_remove(model->living, model);
    join_destroy(&model->join);
    contexts_destroy(&model->contexts);
    hinge_close(model->session);
    free(model->name);
    free(model->version);
    free(model);
}

static bool has_tensor_inputs(const struct model *model, hinge_error *error)
{
    char type[HINGE_TYPE_CODE_TEXT];
    for (size_t i = 0; i < hinge_n_inputs(model->session); i++)
        if (hinge_is_container(hinge_input_info(model->session, i)->type)) {
            hinge_type_code_text(hinge_input_type(model->session, i), type, sizeof type);
            return error_set(error, HINGE_UNSUPPORTED,
                             "input %.200s is a %s, which the protocol cannot carry",
                             hinge_input_name(model->session, i), type);
        }
    return true;
}

static void warn(void *user, hinge_log_level level, const char *message)
{
    (void)user;
    if (level >= HINGE_LOG_WARNING)
        error_say("warning: ", message);
}

bool model_open(struct model **opened, const char *name, const char *version, const char *path,
                const struct settings *settings, struct living *living, hinge_error *error)
{
    struct model *model = calloc(1, sizeof *model);
    *opened = NULL;
    if (!model)
        return error_no_memory(error);
    atomic_init(&model->n_holders, 1);
    model->n_queued_limit = settings->n_queued;
    model->name = strdup(name);
    model->version = strdup(version);
    hinge_options open = settings->common.open;
    open.log = warn;
    if (((model->name && model->version) || error_no_memory(error)) &&
        hinge_open(path, &open, &model->session, error) == HINGE_OK &&
        has_tensor_inputs(model, error) &&
        contexts_create(&model->contexts, model->session, settings->n_contexts, error)) {
        size_t max_rows = probe_rows(model->session, settings->max_batch);
        join_create(&model->join, &model->contexts, max_rows,
                    (uint64_t)(settings->max_delay_ms * 1e6), &model->n_queued);
        model->living = living;
        living_add(living, model);
        *opened = model;
        return true;
    }
    destroy(model);
    return false;
}

void model_hold(struct model *model)
{
    atomic_fetch_add(&model->n_holders, 1);
}

void model_release(struct model *model)
{
    if (model && atomic_fetch_sub(&model->n_holders, 1) == 1)
        destroy(model);
}

bool model_has_output(const struct model *model, size_t index)
{
    const hinge_tensor *info = hinge_output_info(model->session, index);
    return info && !hinge_is_container(info->type);
}

/* A run that is not joined with others'. */
struct single {
    struct model *model;
    struct model_run *run;
    bool ok, is_queued;
    hinge_error *error; /* of the run itself, where it is not ok */
};

static void run_single(void *user, hinge_context *context)
{
    struct single *single = user;
    const hinge_session *session = single->model->session;
    struct model_run *run = single->run;
    hinge_run_options options = {.size = sizeof options, .deadline_ns = run->deadline_ns};
    if (single->is_queued)
        atomic_fetch_sub(&single->model->n_queued, 1);
    single->is_queued = false;
    single->ok = hinge_run(context, run->inputs, hinge_n_inputs(session), run->outputs,
                           hinge_n_outputs(session), &options, single->error) == HINGE_OK;
    if (single->ok)
        run->take(run->user);
}

/* At once, or in turn where the queue has room. */
static bool run_alone(struct model *model, struct model_run *run, hinge_error *error)
{
    struct single single = {.model = model, .run = run, .error = error};
    if (contexts_try(&model->contexts, run_single, &single, error))
        return single.ok;
    if (error->status != HINGE_OK)
        return false;
    single.is_queued = true;
    if (atomic_fetch_add(&model->n_queued, 1) >= model->n_queued_limit) {
        run->is_refused = true;
        error_set(error, HINGE_LIMIT, "%zu requests wait for the model already",
                  model->n_queued_limit);
    } else {
        contexts_wait(&model->contexts, run->deadline_ns, run_single, &single, error);
    }
    if (single.is_queued)
        atomic_fetch_sub(&model->n_queued, 1);
    return single.ok;
}

bool model_run(struct model *model, struct model_run *run, hinge_error *error)
{
    size_t rows = join_rows(&model->join, run);
    if (rows == 0)
        return run_alone(model, run, error);
    /* Those that a batch collects do not wait for the model. */
    size_t limit = model->n_queued_limit + model->join.max_rows;
    if (atomic_fetch_add(&model->n_queued, 1) < limit)
        return join_run(&model->join, run, rows, error);
    atomic_fetch_sub(&model->n_queued, 1);
    run->is_refused = true;
    return error_set(error, HINGE_LIMIT, "%zu requests wait for the model already", limit);
}
