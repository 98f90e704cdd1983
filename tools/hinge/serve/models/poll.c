#include "serve/models/poll.h"

#include "serve/clock.h"

static void *look(void *user)
{
    struct poll_thread *poll = user;
    pthread_mutex_lock(&poll->lock);
    while (!poll->is_ending) {
        if (clock_cond_wait(&poll->ends, &poll->lock, clock_now_ns() + poll->interval_ns))
            continue;
        pthread_mutex_unlock(&poll->lock);
        repository_scan(poll->repository);
        pthread_mutex_lock(&poll->lock);
    }
    pthread_mutex_unlock(&poll->lock);
    return NULL;
}

bool poll_start(struct poll_thread *poll, struct repository *repository, uint64_t interval_ns,
                hinge_error *error)
{
    *poll = (struct poll_thread){.repository = repository, .interval_ns = interval_ns};
    if (interval_ns == 0)
        return true;
    pthread_mutex_init(&poll->lock, NULL);
    clock_cond_init(&poll->ends);
    poll->is_running = pthread_create(&poll->thread, NULL, look, poll) == 0;
    return poll->is_running || error_no_memory(error);
}

void poll_stop(struct poll_thread *poll)
{
    if (!poll->is_running)
        return;
    pthread_mutex_lock(&poll->lock);
    poll->is_ending = true;
    pthread_cond_signal(&poll->ends);
    pthread_mutex_unlock(&poll->lock);
    pthread_join(poll->thread, NULL);
    pthread_cond_destroy(&poll->ends);
    pthread_mutex_destroy(&poll->lock);
    poll->is_running = false;
}
