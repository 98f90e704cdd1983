/* All options that a command takes, out of its argp and those below it: for whoever writes of them.
 */
#ifndef TOOL_OPTIONS_LIST_H
#define TOOL_OPTIONS_LIST_H

#include <argp.h>
#include <stdbool.h>

#define OPTIONS_LIST_SIZE 128

struct options_entry {
    const struct argp_option *option; /* with a name */
    char letter; /* its short form; 0 where it has none, or one in front has taken it */
};

struct options_list {
    struct options_entry items[OPTIONS_LIST_SIZE];
    size_t n;
};

/* In the order of --help: by groups, within one as they are declared. Those that argp adds (help,
 * usage, version) are at the end. */
void options_list(struct options_list *list, const struct argp *argp);

/* Where a word of the command line looks like an option, is none, and is nearly one: tells so and
 * ends the program as argp does. Other wrong ones are left to argp. */
void options_suggest(const struct argp *argp, int argc, char **argv);

#endif
