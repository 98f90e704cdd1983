/* Time as CLOCK_MONOTONIC counts it, which is what hinge_run's deadlines are in. */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

uint64_t clock_now_ns(void);
/* A condition for clock_cond_wait. */
void clock_cond_init(pthread_cond_t *condition);
/* Waits until signalled; false when deadline_ns (0: none) has passed. */
bool clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t deadline_ns);

#endif
