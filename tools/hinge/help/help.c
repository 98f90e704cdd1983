#include "help/help.h"

#include "options/options.h"

static void take(void *user, const struct argp *argp)
{
    const struct argp **taken = user;
    *taken = argp;
}

const struct argp *help_argp(const struct help_command *command)
{
    const struct argp *argp = NULL;
    char *argv[] = {(char[]){"hinge"}, NULL};
    options_reader = (struct options_reader){take, &argp};
    command->run(1, argv);
    options_reader = (struct options_reader){NULL, NULL};
    return argp;
}
