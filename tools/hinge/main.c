/* hinge: finds the subcommand and runs it; output that could not be written is an error. */
#include "base/suggest.h"
#include "commands.h"
#include "help/help.h"
#include "options/options.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct help_command commands[] = {
    {"run", "run a model once and show or write its outputs", command_run},
    {"bench", "measure how fast a model loads and runs", command_bench},
#ifdef HINGE_HAS_BATCH
    {"batch", "run a model on every record of a pile of files", command_batch},
#endif
    {"test", "run ONNX backend test folders and compare", command_test},
    {"diff", "find the first value in which two runs of a model differ", command_diff},
    {"inspect", "show a model's inputs, operators, rewrites and memory plan", command_inspect},
    {"profile", "show where a model's time goes, by node and operator", command_profile},
    {"plugins", "list the plugins that are found, and those refused", command_plugins},
    {"ops", "list the operators that the plugins offer", command_ops},
    {"activation", "show or draw the curve of an activation, and its derivative",
     command_activation},
#ifdef HINGE_HAS_SERVE
    {"serve", "answer requests for models over HTTP", command_serve},
#endif
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "hinge %s\n", hinge_version());
}

/* The list of commands goes into the help text. */
static char *help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    char list[4096] = "Commands:\n";
    for (size_t i = 0; i < N_COMMANDS; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "  %-10s %s\n", commands[i].name,
                 commands[i].summary);
    }
    size_t used = strlen(list);
    snprintf(
        list + used, sizeof list - used,
        "\nhinge help COMMAND, or hinge COMMAND --help, tells more about each; hinge help --man "
        "COMMAND writes its man page, hinge completion bash (or zsh) what completes words there.");
    return strdup(list);
}

/* In place of an index into commands. */
#define CHOSEN_HELP N_COMMANDS
#define CHOSEN_COMPLETION (N_COMMANDS + 1)

static size_t choose(const char *name, struct argp_state *state)
{
    char near[SUGGEST_SIZE];
    struct suggest suggest = {.wanted = name};
    if (strcmp(name, "help") == 0)
        return CHOSEN_HELP;
    if (strcmp(name, "completion") == 0)
        return CHOSEN_COMPLETION;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return i;
        suggest_look(&suggest, commands[i].name, NULL);
    }
    suggest_look(&suggest, "help", NULL);
    suggest_look(&suggest, "completion", NULL);
    argp_error(state, "there is no command \"%s\"%s", name, suggest_text(near, &suggest));
    return CHOSEN_HELP;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    size_t *chosen = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        *chosen = choose(argument, state);
        /* What follows belongs to the command. */
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_usage(state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static pid_t main_process;

/* At the end of the program, wherever that is: argp writes help and ends it by itself. What the
 * processes of hinge test could not write has been told, or will be, by the one that they come
 * from. */
static void check_output(void)
{
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) != 0)
        failed = true;
    if (!failed || getpid() != main_process)
        return;
    fprintf(stderr, "hinge: standard output: %s\n", errno ? strerror(errno) : "not all written");
    _exit(1);
}

static const struct argp argp = {NULL, parse, "COMMAND [ARGUMENT…]", "Runs ONNX models.\v", NULL,
                                 help, NULL};

static int run_command(size_t chosen, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "hinge %s", commands[chosen].name);
    argv[0] = name;
    return commands[chosen].run(argc, argv);
}

static const struct help_commands all = {&argp, commands, N_COMMANDS};

/* hinge help [--man] [COMMAND]: the same as --help behind it, or a page for man. */
static int run_help(int argc, char **argv, char *program)
{
    bool as_page = argc > 1 && strcmp(argv[1], "--man") == 0;
    char *command = argc > 1 + as_page ? argv[1 + as_page] : NULL;
    char *ask[] = {program, (char[]){"--help"}, NULL}, *look[] = {program, command, NULL};
    size_t chosen = CHOSEN_HELP;
    if (command && !options_parse(&argp, 2, look, ARGP_IN_ORDER, &chosen))
        return 1;
    if (as_page) {
        help_man(&all, chosen < N_COMMANDS ? chosen : N_COMMANDS);
        return 0;
    }
    if (chosen < N_COMMANDS)
        return run_command(chosen, 2, ask);
    return options_parse(&argp, 2, ask, ARGP_IN_ORDER, &chosen) ? 0 : 1;
}

/* hinge completion SHELL */
static int run_completion(int argc, char **argv)
{
    bool is_bash = argc == 2 && strcmp(argv[1], "bash") == 0;
    if (!is_bash && (argc != 2 || strcmp(argv[1], "zsh") != 0)) {
        fputs("hinge completion: bash or zsh?\n", stderr);
        return 2;
    }
    if (is_bash)
        help_bash(&all);
    else
        help_zsh(&all);
    return 0;
}

int main(int argc, char **argv)
{
    size_t chosen = 0;
    int first = 1;
    main_process = getpid();
    if (atexit(check_output) != 0) {
        fputs("hinge: out of memory\n", stderr);
        return 1;
    }
    setlocale(LC_CTYPE, "");
    argp_err_exit_status = 2;
    argp_program_version_hook = print_version;
    while (first < argc && argv[first][0] == '-')
        first++;
    if (!options_parse(&argp, first < argc ? first + 1 : argc, argv, ARGP_IN_ORDER, &chosen))
        return 1;
    char **rest = argv + first;
    return chosen == CHOSEN_HELP         ? run_help(argc - first, rest, argv[0])
           : chosen == CHOSEN_COMPLETION ? run_completion(argc - first, rest)
                                         : run_command(chosen, argc - first, rest);
}
