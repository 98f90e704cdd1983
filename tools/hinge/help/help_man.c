#include "help/help.h"
#include "help/roff.h"
#include "options/options_list.h"

#include <ctype.h>
#include <hinge/hinge.h>
#include <stdio.h>
#include <string.h>

static void put(const char *text)
{
    roff_text(text, strlen(text), true);
}

/* "HINGE-RUN" */
static void put_title(const char *name)
{
    fputs(".TH HINGE", stdout);
    if (name)
        fputs("\\-", stdout);
    for (; name && *name; name++)
        putchar(toupper((unsigned char)*name));
    printf(" 1 \"\" \"hinge %s\" Hinge\n", hinge_version());
}

/* What stands for the arguments: the argp's own, or that of the first below it that has any. */
static const char *arguments_of(const struct argp *argp)
{
    const char *found = argp->args_doc;
    for (const struct argp_child *child = argp->children; !found && child && child->argp; child++)
        found = arguments_of(child->argp);
    return found;
}

static void put_option(const struct options_entry *entry)
{
    const struct argp_option *option = entry->option;
    bool is_optional = option->flags & OPTION_ARG_OPTIONAL;
    puts(".TP");
    if (entry->letter) {
        fputs("\\fB\\-", stdout);
        put((char[]){entry->letter, '\0'});
        fputs("\\fR, ", stdout);
    }
    fputs("\\fB\\-\\-", stdout);
    put(option->name);
    fputs("\\fR", stdout);
    if (option->arg) {
        fputs(is_optional ? "[=\\fI" : "=\\fI", stdout);
        put(option->arg);
        fputs(is_optional ? "\\fR]" : "\\fR", stdout);
    }
    putchar('\n');
    roff_text(option->doc, strlen(option->doc), false);
    putchar('\n');
}

static void put_options(const struct argp *argp)
{
    struct options_list list;
    options_list(&list, argp);
    puts(".SH OPTIONS\nWhat an option that takes an argument needs in its long form, it needs in "
         "its "
         "short form too.");
    for (size_t i = 0; i < list.n; i++)
        put_option(&list.items[i]);
}

static void put_doc(const struct argp *argp)
{
    const char *doc = argp->doc ? argp->doc : "", *behind = strchr(doc, '\v');
    puts(".SH DESCRIPTION");
    roff_text(doc, behind ? (size_t)(behind - doc) : strlen(doc), false);
    putchar('\n');
}

/* What help has behind the options. */
static void put_rest(const struct argp *argp)
{
    const char *behind = argp->doc ? strchr(argp->doc, '\v') : NULL;
    if (!behind || !behind[1])
        return;
    if (strncmp(behind + 1, "Examples:", 9) != 0)
        puts(".SH NOTES");
    roff_paragraphs(behind + 1);
}

static void put_see_also(const struct help_commands *commands, size_t index)
{
    puts(".SH SEE ALSO");
    if (index < commands->n)
        puts(".BR hinge (1),");
    for (size_t i = 0; i < commands->n; i++)
        if (i != index)
            printf(".BR hinge\\-%s (1),\n", commands->items[i].name);
    puts(".BR hinge.h (3),\n.BR hinge_plugin.h (3)");
}

static void put_hinge(const struct help_commands *commands)
{
    puts(".SH SYNOPSIS\n.B hinge\n\\fICOMMAND\\fR [\\fIARGUMENT\\fR\\[u2026]]\n.PP\n"
         ".B hinge help\n[\\fB\\-\\-man\\fR] [\\fICOMMAND\\fR]\n.PP\n"
         ".B hinge completion bash\n|\n.B zsh");
    put_doc(commands->argp);
    puts(".SH COMMANDS");
    for (size_t i = 0; i < commands->n; i++) {
        printf(".TP\n.BR hinge\\-%s (1)\n", commands->items[i].name);
        roff_text(commands->items[i].summary, strlen(commands->items[i].summary), false);
        putchar('\n');
    }
    puts(".TP\n.B hinge help\nTells what hinge, or a command, does; with \\fB\\-\\-man\\fR as a "
         "page "
         "like this one.\n.TP\n.B hinge completion\nWrites a script that completes commands and "
         "options in a shell: . <(hinge completion bash).");
    put_options(commands->argp);
    puts(
        ".SH EXIT STATUS\n0 where all is well, 1 where something failed, of which a sentence on "
        "standard error tells what, and where in the model, 2 for wrong usage.  Commands that have "
        "more to tell say so.\n.SH ENVIRONMENT\n.TP\n.B HINGE_ISA\nThe widest built-in plugins "
        "that are used: scalar, avx2 or avx512.  \\fB\\-\\-isa\\fR comes before it.\n.TP\n"
        ".B HINGE_PLUGIN_PATH\nPlugins to load, and folders of them, with colons between, behind "
        "those of \\fB\\-\\-plugin\\fR.");
}

void help_man(const struct help_commands *commands, size_t index)
{
    const struct help_command *command = index < commands->n ? &commands->items[index] : NULL;
    put_title(command ? command->name : NULL);
    printf(".SH NAME\nhinge%s%s \\- ", command ? "\\-" : "", command ? command->name : "");
    const char *summary = command ? command->summary : "run ONNX models";
    roff_text(summary, strlen(summary), false);
    putchar('\n');
    if (command) {
        const struct argp *argp = help_argp(command);
        const char *arguments = arguments_of(argp);
        printf(".SH SYNOPSIS\n.B hinge %s\n[\\fIOPTION\\fR\\[u2026]]", command->name);
        if (arguments) {
            fputs(" \\fI", stdout);
            put(arguments);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        put_doc(argp);
        put_options(argp);
        put_rest(argp);
    } else {
        put_hinge(commands);
    }
    put_see_also(commands, index);
}
