/* What is told of the subcommands without running them, out of their own help and option tables:
 * man pages and completion. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include <argp.h>
#include <stddef.h>

struct help_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* hands its argp to options_parse, before anything else */
};

/* The command hinge itself, whose argp it is, and its subcommands. */
struct help_commands {
    const struct argp *argp;
    const struct help_command *items;
    size_t n;
};

/* The argp of a subcommand. */
const struct argp *help_argp(const struct help_command *command);

/* Writes the page in man(7) of a subcommand or, where index is n, of hinge, to stdout. */
void help_man(const struct help_commands *commands, size_t index);

/* Writes a script that completes words of hinge in bash, or in zsh, to stdout. */
void help_bash(const struct help_commands *commands);
void help_zsh(const struct help_commands *commands);

#endif
