#include "base/progress.h"

#include "base/measure.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MS 100
#define WIDTH 30

void progress_begin(struct progress *progress, uint64_t total, uint64_t done)
{
    const char *terminal = getenv("TERM");
    *progress = (struct progress){.total = total,
                                  .done = done,
                                  .before = done,
                                  .begun_ms = measure_now_ms(),
                                  .is_on = isatty(STDERR_FILENO) && terminal &&
                                           strcmp(terminal, "dumb") != 0};
}

static void print_time(double seconds)
{
    uint64_t s = (uint64_t)seconds;
    if (s >= 3600)
        fprintf(stderr, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
                (unsigned)(s % 60));
    else
        fprintf(stderr, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static void draw(const struct progress *progress, double now_ms)
{
    double share = progress->total ? (double)progress->done / (double)progress->total : 1;
    double pace = (double)(progress->done - progress->before) / (now_ms - progress->begun_ms);
    int cells = (int)(share * WIDTH + 0.5);
    fprintf(stderr, "\r%3.0f %% [", share * 100);
    text_bar(stderr, share, WIDTH);
    fprintf(stderr, "%*s] %" PRIu64 "/%" PRIu64, WIDTH - cells, "", progress->done,
            progress->total);
    if (pace > 0) {
        fputs("  ", stderr);
        print_time((double)(progress->total - progress->done) / pace * 1e-3);
        fputs(" left", stderr);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_add(struct progress *progress, uint64_t n)
{
    progress->done += n;
    double now_ms = progress->is_on ? measure_now_ms() : 0;
    if (!progress->is_on || now_ms - progress->shown_ms < INTERVAL_MS)
        return;
    progress->shown_ms = now_ms;
    progress->is_shown = true;
    draw(progress, now_ms);
}

void progress_hide(struct progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
