#include "activation/activation_plot.h"

#include "base/text.h"
#include "files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool activation_plot_can(const char *path)
{
    return file_has_suffix(path, ".png") || file_has_suffix(path, ".svg");
}

/* In single quotes nothing but the quote itself means anything to gnuplot; a line ends a command
 * though. */
static void put_quoted(FILE *file, const char *text)
{
    char shown[TEXT_CHARACTER_SIZE];
    putc('\'', file);
    for (size_t n; (n = text_character(shown, text)); text += n) {
        if (*shown == '\'')
            putc('\'', file);
        fputs(shown, file);
    }
    putc('\'', file);
}

static void put_number(FILE *file, float value)
{
    if (isfinite(value))
        fprintf(file, " %.9g", (double)value);
    else
        fputs(" NaN", file);
}

/* The range of y with a margin; false where no value is finite. */
static bool find_range(const struct plot_curve *curves, size_t n_curves, size_t count, double *low,
                       double *high)
{
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t c = 0; c < n_curves; c++)
        for (size_t i = 0; i < count; i++)
            if (isfinite(curves[c].y[i])) {
                *low = fmin(*low, (double)curves[c].y[i]);
                *high = fmax(*high, (double)curves[c].y[i]);
            }
    if (*low > *high)
        return false;
    double margin = *high > *low ? (*high - *low) / 20 : *low != 0 ? fabs(*low) / 2 : 1;
    *low -= margin;
    *high += margin;
    return true;
}

/* The colours are of the Okabe-Ito palette, which colour-blind people can tell apart. */
static void put_style(FILE *file, bool svg)
{
    fprintf(file, "set encoding utf8\nset terminal %s\n",
            svg ? "svg size 760,480 enhanced font 'DejaVu Sans,Helvetica,sans-serif,14' "
                  "background rgb 'white'"
                : "pngcairo size 1140,720 enhanced font 'DejaVu Sans,18' background rgb 'white'");
    fputs("set border 0\n"
          "set minussign\n"
          "set grid xtics ytics linetype 1 linewidth 1 linecolor rgb '#E4E4E4'\n"
          "set xzeroaxis linetype 1 linewidth 1.5 linecolor rgb '#404040'\n"
          "set yzeroaxis linetype 1 linewidth 1.5 linecolor rgb '#404040'\n"
          "set tics scale 0 nomirror textcolor rgb '#404040'\n"
          "set xlabel 'x' offset 0,0.4 textcolor rgb '#404040'\n"
          "set key bmargin center horizontal reverse Left samplen 3 width 2 height 1\n"
          "set style line 1 linewidth 3 linecolor rgb '#0072B2'\n"
          "set style line 2 linewidth 3 dashtype 2 linecolor rgb '#D55E00'\n",
          file);
}

static void put_commands(FILE *file, bool svg, const char *title, const float *x, size_t count,
                         const struct plot_curve *curves, size_t n_curves, double low, double high,
                         struct progress *progress)
{
    put_style(file, svg);
    fputs("set title ", file);
    put_quoted(file, title);
    fprintf(file, " noenhanced font ',%d'\n$data << END\n", svg ? 17 : 22);
    for (size_t i = 0; i < count; i++) {
        put_number(file, x[i]);
        for (size_t c = 0; c < n_curves; c++)
            put_number(file, curves[c].y[i]);
        putc('\n', file);
        progress_add(progress, 1);
    }
    fputs("END\n", file);
    if (count > 1)
        fprintf(file, "set xrange [%.9g:%.9g]\n", (double)x[0], (double)x[count - 1]);
    fprintf(file, "set yrange [%.9g:%.9g]\nplot", low, high);
    for (size_t c = 0; c < n_curves; c++) {
        fprintf(file, "%s $data using 1:%zu with lines linestyle %zu title ", c ? "," : "", c + 2,
                c + 1);
        put_quoted(file, curves[c].label);
        fputs(" noenhanced", file);
    }
    putc('\n', file);
}

/* gnuplot without anybody's start-up files; reads commands from input, writes the picture to out
 * and what it has to say to log. */
static bool start(pid_t *process, int input, int out, int log, hinge_error *error)
{
    char *const arguments[] = {(char *)"gnuplot", (char *)"--default-settings", (char *)"-", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    int code = posix_spawn_file_actions_init(&actions);
    if (code == 0 && (code = posix_spawnattr_init(&attributes)) != 0)
        posix_spawn_file_actions_destroy(&actions);
    if (code == 0) {
        if ((code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)) == 0 &&
            (code = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO)) == 0 &&
            (code = posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO)) == 0 &&
            (code = posix_spawnattr_setsigdefault(&attributes, &signals)) == 0 &&
            (code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF)) == 0)
            code = posix_spawnp(process, arguments[0], &actions, &attributes, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    if (code == ENOENT)
        return error_set(error, HINGE_IO,
                         "gnuplot is not there: the Debian package gnuplot-nox "
                         "has it");
    return code == 0 || error_set(error, HINGE_IO, "gnuplot: %s", strerror(code));
}

static bool wait_for(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static unsigned char *read_all(FILE *file, size_t *size)
{
    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    unsigned char *bytes = end > 0 ? malloc((size_t)end + 1) : NULL;
    rewind(file);
    *size = bytes ? fread(bytes, 1, (size_t)end, file) : 0;
    if (bytes)
        bytes[*size] = '\0';
    return bytes;
}

/* gnuplot's own sentence is the last line that it wrote. */
static bool fail(FILE *log, hinge_error *error)
{
    size_t size;
    char *text = (char *)read_all(log, &size), *line = text;
    while (size > 0 && (unsigned char)text[size - 1] <= ' ')
        text[--size] = '\0';
    for (char *p = text; p && *p; p++)
        line = *p == '\n' ? p + 1 : line;
    error_set(error, HINGE_IO, "gnuplot drew nothing: %.300s",
              line && *line ? line : "it gives no reason");
    free(text);
    return false;
}

/* Runs gnuplot on what put writes; a child that ends early must not take this process along. */
bool activation_plot(const char *path, const char *title, const float *x, size_t count,
                     const struct plot_curve *curves, size_t n_curves, struct progress *progress,
                     hinge_error *error)
{
    double low, high;
    if (!find_range(curves, n_curves, count, &low, &high))
        return error_set(error, HINGE_BAD_VALUE, "%s has no finite value from %g to %g", title,
                         (double)x[0], (double)x[count - 1]);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigemptyset(&ignore.sa_mask);
    int ends[2] = {-1, -1};
    pid_t process;
    unsigned char *picture = NULL;
    size_t size = 0;
    FILE *commands = NULL, *out = tmpfile(), *log = tmpfile();
    bool ok = out && log && pipe(ends) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 &&
              (commands = fdopen(ends[1], "w")) != NULL;
    if (!ok)
        error_set(error, HINGE_IO, "no pipe to gnuplot: %s", strerror(errno));
    ok = ok && start(&process, ends[0], fileno(out), fileno(log), error);
    if (ends[0] >= 0)
        close(ends[0]);
    sigaction(SIGPIPE, &ignore, &before);
    if (ok)
        put_commands(commands, file_has_suffix(path, ".svg"), title, x, count, curves, n_curves,
                     low, high, progress);
    if (commands)
        fclose(commands);
    else if (ends[1] >= 0)
        close(ends[1]);
    sigaction(SIGPIPE, &before, NULL);
    if (ok) {
        ok = wait_for(process) && (picture = read_all(out, &size)) != NULL;
        progress_add(progress, count);
        ok = (ok || fail(log, error)) &&
             file_write(path, &(struct file_part){picture, size}, 1, error);
    }
    free(picture);
    if (out)
        fclose(out);
    if (log)
        fclose(log);
    return ok;
}
