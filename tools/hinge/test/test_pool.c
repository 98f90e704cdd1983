#include "test/test_pool.h"

#include "base/measure.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder at work: what its process has written so far is text. */
struct job {
    size_t index;
    pid_t process;
    int pipe;
    double deadline_ms;
    bool timed_out;
    char text[sizeof((struct test_result *)0)->reason];
    size_t n_text;
};

static const char letters[] = {[TEST_PASS] = 'P', [TEST_FAIL] = 'F', [TEST_UNSUPPORTED] = 'U'};

/* In the new process: a letter for the verdict, then the reason. Ends by exit, so that sanitizers
 * have their say; what the parent had buffered for stdout was flushed before. */
_Noreturn static void work(const char *folder, const struct test_pool_options *options, int pipe)
{
    struct rlimit no_core = {0, 0};
    struct test_result result = {0};
    hinge_error why = {0};
    setrlimit(RLIMIT_CORE, &no_core);
    result.verdict = test_case_run(folder, &options->test, &why);
    result.reason[0] = letters[result.verdict];
    snprintf(result.reason + 1, sizeof result.reason - 1, "%.500s", why.message);
    ssize_t written = write(pipe, result.reason, strlen(result.reason));
    exit(written > 0 ? 0 : 1);
}

static bool start(struct job *job, size_t index, const char *folder,
                  const struct test_pool_options *options, hinge_error *error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return error_set(error, HINGE_IO, "no pipe: %s", strerror(errno));
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        work(folder, options, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return error_set(error, HINGE_IO, "no process: %s", strerror(errno));
    }
    *job = (struct job){.index = index,
                        .process = process,
                        .pipe = ends[0],
                        .deadline_ms = measure_now_ms() + options->timeout_s * 1e3};
    return true;
}

/* Takes what is in the pipe; false at its end. */
static bool take(struct job *job)
{
    char rest[256];
    size_t room = sizeof job->text - 1 - job->n_text;
    ssize_t n =
        room ? read(job->pipe, job->text + job->n_text, room) : read(job->pipe, rest, sizeof rest);
    if (n > 0 && room)
        job->n_text += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

/* The process has closed its pipe or is to be ended: waits for it and judges. */
static void finish(struct job *job, const struct test_pool_options *options,
                   struct test_result *result)
{
    int status = 0;
    if (job->timed_out)
        kill(job->process, SIGKILL);
    close(job->pipe);
    while (waitpid(job->process, &status, 0) < 0 && errno == EINTR)
        ;
    *result = (struct test_result){.verdict = TEST_FAIL};
    const char *letter = job->n_text ? memchr(letters, job->text[0], sizeof letters) : NULL;
    if (job->timed_out)
        snprintf(result->reason, sizeof result->reason, "not done after %g s", options->timeout_s);
    else if (WIFSIGNALED(status))
        snprintf(result->reason, sizeof result->reason, "crashed: %s", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 || !letter)
        snprintf(result->reason, sizeof result->reason, "ended with status %d%s",
                 WEXITSTATUS(status), letter ? "" : " and no verdict");
    else {
        result->verdict = (enum test_verdict)(letter - letters);
        memcpy(result->reason, job->text + 1, job->n_text - 1);
    }
    /* The report has a line for each, with tabs between. */
    for (char *p = result->reason; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    if (options->on_result)
        options->on_result(options->user, job->index, result);
}

/* Waits until some process is done or late; removes it from jobs. */
static void wait_for_one(struct job *jobs, size_t *n_jobs, const struct test_pool_options *options,
                         struct pollfd *polls, struct test_result *results)
{
    for (;;) {
        double next = jobs[0].deadline_ms, now = measure_now_ms();
        for (size_t i = 0; i < *n_jobs; i++) {
            polls[i] = (struct pollfd){.fd = jobs[i].pipe, .events = POLLIN};
            next = jobs[i].deadline_ms < next ? jobs[i].deadline_ms : next;
        }
        poll(polls, *n_jobs, next > now ? (int)(next - now < 60000 ? next - now : 60000) + 1 : 0);
        now = measure_now_ms();
        for (size_t i = 0; i < *n_jobs; i++) {
            bool open = !(polls[i].revents & (POLLIN | POLLHUP | POLLERR)) || take(&jobs[i]);
            jobs[i].timed_out = open && now >= jobs[i].deadline_ms;
            if (open && !jobs[i].timed_out)
                continue;
            finish(&jobs[i], options, &results[jobs[i].index]);
            jobs[i] = jobs[--*n_jobs];
            return;
        }
    }
}

bool test_pool_run(const char *const *folders, size_t n, const struct test_pool_options *options,
                   struct test_result *results, hinge_error *error)
{
    size_t n_running = 0, begun = 0;
    struct job *jobs = calloc(options->n_jobs, sizeof *jobs);
    struct pollfd *polls = calloc(options->n_jobs, sizeof *polls);
    bool ok = (jobs && polls) || error_no_memory(error);
    while (ok && (begun < n || n_running > 0)) {
        if (begun < n && n_running < options->n_jobs) {
            ok = start(&jobs[n_running], begun, folders[begun], options, error);
            begun += ok;
            n_running += ok;
        } else {
            wait_for_one(jobs, &n_running, options, polls, results);
        }
    }
    for (size_t i = 0; i < n_running; i++) {
        jobs[i].timed_out = true;
        finish(&jobs[i], options, &results[jobs[i].index]);
    }
    free(jobs);
    free(polls);
    return ok;
}
