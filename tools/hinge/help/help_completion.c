/* Scripts for shells. What an option's argument may be is told by its name: LEVEL and the passes
 * are words, DIR is a folder, what has FILE in it or ends like a file's name is a file. */
#include "help/help.h"
#include "options/options_list.h"

#include <hinge/hinge.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_LEVEL, KIND_PASS, KIND_FOLDER, KIND_FILE, KIND_TEXT, N_KINDS };

/* Of an argument that must be there, or may. */
static enum kind kind_of(const struct argp_option *option)
{
    if (strcmp(option->arg, "LEVEL") == 0)
        return KIND_LEVEL;
    if (strcmp(option->name, "disable-pass") == 0)
        return KIND_PASS;
    if (strcmp(option->arg, "DIR") == 0)
        return KIND_FOLDER;
    return strstr(option->arg, "FILE") || strstr(option->arg, ".onnx") ? KIND_FILE : KIND_TEXT;
}

static bool takes_argument(const struct argp_option *option)
{
    return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

static const char levels[] = "scalar avx2 avx512";

static void put_passes(void)
{
    for (size_t i = 0; hinge_pass_name(i); i++)
        printf("%s ", hinge_pass_name(i));
    fputs("all", stdout);
}

static void put_commands(const struct help_commands *commands)
{
    for (size_t i = 0; i < commands->n; i++)
        printf("%s ", commands->items[i].name);
}

/* bash */

/* "    --input | -i) kind=… ;;" for the options whose arguments are of the kind. */
static void bash_kind(const struct options_list *list, enum kind kind)
{
    static const char *const actions[N_KINDS] = {[KIND_LEVEL] = "words=$levels",
                                                 [KIND_PASS] = "words=$passes",
                                                 [KIND_FOLDER] = "kind='folder'",
                                                 [KIND_FILE] = "kind='file'",
                                                 [KIND_TEXT] = "kind='text'"};
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        const struct options_entry *entry = &list->items[i];
        if (!takes_argument(entry->option) || kind_of(entry->option) != kind)
            continue;
        printf("%s--%s", any ? " | " : "        ", entry->option->name);
        if (entry->letter)
            printf(" | -%c", entry->letter);
        any = true;
    }
    if (any)
        printf(") %s ;;\n", actions[kind]);
}

static void bash_command(const char *name, const struct argp *argp)
{
    struct options_list list;
    options_list(&list, argp);
    printf("    %s)\n        options='", name);
    for (size_t i = 0; i < list.n; i++)
        printf("%s--%s%s", i ? " " : "", list.items[i].option->name,
               takes_argument(list.items[i].option) ? "=" : "");
    puts("'\n        case $option in");
    for (enum kind kind = 0; kind < N_KINDS; kind++)
        bash_kind(&list, kind);
    puts("        *) kind='none' ;;\n        esac\n        ;;");
}

void help_bash(const struct help_commands *commands)
{
    fputs("# Completion of hinge in bash; made by hinge completion bash.\n"
          "_hinge() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local command='' options='' words='' kind='words' i\n"
          "    local levels='",
          stdout);
    printf("%s' passes='", levels);
    put_passes();
    fputs("'\n    COMPREPLY=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }\n"
          "    done\n"
          "    # \"--isa=avx2\" is three words here.\n"
          "    if [[ $current == = ]]; then\n"
          "        current=''\n"
          "    elif [[ $option == = ]]; then\n"
          "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    fi\n"
          "    case $command in\n    '') words='",
          stdout);
    put_commands(commands);
    fputs("help completion --help --usage --version' ;;\n    help) words='--man ", stdout);
    put_commands(commands);
    puts("' ;;\n    completion) words='bash zsh' ;;");
    for (size_t i = 0; i < commands->n; i++)
        bash_command(commands->items[i].name, help_argp(&commands->items[i]));
    fputs("    esac\n"
          "    if [[ $kind == none && $current == -* ]]; then\n"
          "        words=$options\n"
          "    fi\n"
          "    if [[ $words ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
          "        if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then\n"
          "            compopt -o nospace 2>/dev/null\n"
          "        fi\n"
          "    elif [[ $kind == folder ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
          "        compopt -o filenames 2>/dev/null\n"
          "    elif [[ $kind == file || $kind == none ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
          "        compopt -o filenames 2>/dev/null\n"
          "    fi\n"
          "}\n"
          "complete -F _hinge hinge\n",
          stdout);
}

/* zsh */

/* Within single quotes and the brackets or colons of _arguments. */
static void zsh_text(const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            printf(strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
}

static void zsh_option(const struct options_entry *entry)
{
    const struct argp_option *option = entry->option;
    const char *sign = !option->arg ? "" : takes_argument(option) ? "=" : "=-";
    fputs("            ", stdout);
    if (entry->letter)
        printf("'*'{-%s%c%s,--%s%s}'[", entry->letter == '?' ? "\\" : "", entry->letter,
               option->arg ? "+" : "", option->name, sign);
    else
        printf("'*--%s%s[", option->name, sign);
    zsh_text(option->doc);
    putchar(']');
    if (option->arg) {
        fputs(takes_argument(option) ? ":" : "::", stdout);
        zsh_text(option->arg);
        putchar(':');
        switch (kind_of(option)) {
        case KIND_LEVEL: printf("(%s)", levels); break;
        case KIND_PASS:
            putchar('(');
            put_passes();
            putchar(')');
            break;
        case KIND_FOLDER: fputs("_files -/", stdout); break;
        case KIND_FILE: fputs("_files", stdout); break;
        default: break;
        }
    }
    puts("' \\");
}

void help_zsh(const struct help_commands *commands)
{
    puts("#compdef hinge\n"
         "# Completion of hinge in zsh; made by hinge completion zsh.\n"
         "_hinge() {\n"
         "    local curcontext=$curcontext state line\n"
         "    local -a commands=(");
    for (size_t i = 0; i < commands->n; i++) {
        printf("        '%s:", commands->items[i].name);
        zsh_text(commands->items[i].summary);
        puts("'");
    }
    puts("        'help:tell what a command does'\n"
         "        'completion:write what completes words in a shell')\n"
         "    _arguments -C '1: :->command' '*:: :->arguments' && return\n"
         "    case $state in\n"
         "    command) _describe command commands ;;\n"
         "    arguments)\n"
         "        case $words[1] in\n"
         "        help) _arguments '--man[as a page for man]' '1: :->command' ||\n"
         "            _describe command commands ;;\n"
         "        completion) _values shell bash zsh ;;");
    for (size_t i = 0; i < commands->n; i++) {
        struct options_list list;
        options_list(&list, help_argp(&commands->items[i]));
        printf("        %s) _arguments -s \\\n", commands->items[i].name);
        for (size_t o = 0; o < list.n; o++)
            zsh_option(&list.items[o]);
        puts("            '*:file:_files' ;;");
    }
    puts("        esac\n"
         "        ;;\n"
         "    esac\n"
         "}\n"
         "if [[ $funcstack[1] == _hinge ]]; then\n"
         "    _hinge \"$@\"\n"
         "else\n"
         "    compdef _hinge hinge\n"
         "fi");
}
