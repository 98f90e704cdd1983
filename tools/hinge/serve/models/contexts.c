#include "serve/models/contexts.h"

#include "serve/clock.h"

#include <stdlib.h>

enum job_state { WAITS, RUNS, DONE };

/* One that waits, on its own stack. */
struct job {
    struct job *next;
    contexts_use *use;
    void *user;
    enum job_state state;
    pthread_cond_t changed;
};

bool contexts_create(struct contexts *contexts, const hinge_session *session, size_t limit,
                     hinge_error *error)
{
    *contexts = (struct contexts){.session = session, .limit = limit};
    contexts->end = &contexts->first;
    contexts->all = calloc(limit, sizeof(hinge_context *));
    contexts->idle = calloc(limit, sizeof(hinge_context *));
    contexts->workers = calloc(limit, sizeof *contexts->workers);
    if (!contexts->all || !contexts->idle || !contexts->workers ||
        pthread_mutex_init(&contexts->lock, NULL) != 0) {
        free(contexts->all);
        free(contexts->idle);
        free(contexts->workers);
        *contexts = (struct contexts){0};
        return error_no_memory(error);
    }
    clock_cond_init(&contexts->for_workers);
    return true;
}

void contexts_destroy(struct contexts *contexts)
{
    if (!contexts->session)
        return;
    pthread_mutex_lock(&contexts->lock);
    contexts->is_closing = true;
    pthread_cond_broadcast(&contexts->for_workers);
    pthread_mutex_unlock(&contexts->lock);
    for (size_t i = 0; i < contexts->n_workers; i++)
        pthread_join(contexts->workers[i], NULL);
    for (size_t i = 0; i < contexts->n_all; i++)
        hinge_context_destroy(contexts->all[i]);
    free(contexts->all);
    free(contexts->idle);
    free(contexts->workers);
    pthread_cond_destroy(&contexts->for_workers);
    pthread_mutex_destroy(&contexts->lock);
    *contexts = (struct contexts){0};
}

/* With the lock held */

static void add_job(struct contexts *contexts, struct job *job)
{
    *contexts->end = job;
    contexts->end = &job->next;
}

static void remove_job(struct contexts *contexts, const struct job *job)
{
    struct job **at = &contexts->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (!*at)
        contexts->end = at;
}

static hinge_context *take(struct contexts *contexts, hinge_error *error)
{
    error->status = HINGE_OK;
    if (contexts->is_ending) {
        error_set(error, HINGE_CANCELLED, "the server ends");
        return NULL;
    }
    if (contexts->n_idle > 0)
        return contexts->idle[--contexts->n_idle];
    if (contexts->n_all == contexts->limit)
        return NULL;
    hinge_context *context;
    if (hinge_context_create(contexts->session, &context, error) != HINGE_OK)
        return NULL;
    contexts->all[contexts->n_all++] = context;
    return context;
}

static void give(struct contexts *contexts, hinge_context *context)
{
    contexts->idle[contexts->n_idle++] = context;
    if (contexts->first)
        pthread_cond_signal(&contexts->for_workers);
}

/* Without it, within */
static void use_unlocked(struct contexts *contexts, hinge_context *context, contexts_use *use,
                         void *user)
{
    pthread_mutex_unlock(&contexts->lock);
    use(user, context);
    pthread_mutex_lock(&contexts->lock);
}

static void *work(void *user)
{
    struct contexts *contexts = user;
    pthread_mutex_lock(&contexts->lock);
    while (!contexts->is_closing) {
        if (!contexts->first || contexts->n_idle == 0 || contexts->is_ending) {
            pthread_cond_wait(&contexts->for_workers, &contexts->lock);
            continue;
        }
        hinge_context *context = contexts->idle[--contexts->n_idle];
        for (struct job *job; (job = contexts->first) && !contexts->is_ending;) {
            remove_job(contexts, job);
            job->state = RUNS;
            use_unlocked(contexts, context, job->use, job->user);
            job->state = DONE;
            pthread_cond_signal(&job->changed);
        }
        give(contexts, context);
    }
    pthread_mutex_unlock(&contexts->lock);
    return NULL;
}

static bool has_worker(struct contexts *contexts)
{
    if (contexts->n_workers < contexts->limit &&
        pthread_create(&contexts->workers[contexts->n_workers], NULL, work, contexts) == 0)
        contexts->n_workers++;
    return contexts->n_workers > 0;
}

static bool wait(struct contexts *contexts, struct job *job, uint64_t deadline_ns,
                 hinge_error *error)
{
    bool in_time = true;
    if (!has_worker(contexts))
        return error_no_memory(error);
    add_job(contexts, job);
    if (contexts->n_idle > 0) /* since they were all found taken */
        pthread_cond_signal(&contexts->for_workers);
    while (job->state == RUNS || (job->state == WAITS && in_time && !contexts->is_ending))
        in_time =
            clock_cond_wait(&job->changed, &contexts->lock, job->state == WAITS ? deadline_ns : 0);
    if (job->state == DONE)
        return true;
    remove_job(contexts, job);
    return contexts->is_ending
               ? error_set(error, HINGE_CANCELLED, "the server ends")
               : error_set(error, HINGE_DEADLINE, "the deadline passed before the model was free");
}

/* For all */

bool contexts_try(struct contexts *contexts, contexts_use *use, void *user, hinge_error *error)
{
    pthread_mutex_lock(&contexts->lock);
    error->status = HINGE_OK;
    hinge_context *context = contexts->first ? NULL : take(contexts, error);
    if (context) {
        use_unlocked(contexts, context, use, user);
        give(contexts, context);
    }
    pthread_mutex_unlock(&contexts->lock);
    return context != NULL;
}

bool contexts_wait(struct contexts *contexts, uint64_t deadline_ns, contexts_use *use, void *user,
                   hinge_error *error)
{
    struct job job = {.use = use, .user = user};
    if (contexts_try(contexts, use, user, error))
        return true;
    if (error->status != HINGE_OK)
        return false;
    clock_cond_init(&job.changed);
    pthread_mutex_lock(&contexts->lock);
    bool ok = wait(contexts, &job, deadline_ns, error);
    pthread_mutex_unlock(&contexts->lock);
    pthread_cond_destroy(&job.changed);
    return ok;
}

void contexts_cancel(struct contexts *contexts)
{
    pthread_mutex_lock(&contexts->lock);
    contexts->is_ending = true;
    for (struct job *job = contexts->first; job; job = job->next)
        pthread_cond_signal(&job->changed);
    for (size_t i = 0; i < contexts->n_all; i++)
        hinge_cancel(contexts->all[i]);
    pthread_mutex_unlock(&contexts->lock);
}
