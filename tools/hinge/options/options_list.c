#include "options/options_list.h"

#include "base/suggest.h"

#include <assert.h>
#include <string.h>

static void add(struct options_list *list, const struct argp_option *option)
{
    char letter = option->key > ' ' && option->key < 0x7F ? (char)option->key : '\0';
    for (size_t i = 0; i < list->n; i++)
        if (letter && list->items[i].letter == letter)
            letter = '\0';
    assert(list->n < OPTIONS_LIST_SIZE);
    list->items[list->n++] = (struct options_entry){option, letter};
}

static void add_all(struct options_list *list, const struct argp *argp)
{
    for (const struct argp_option *option = argp->options;
         option && (option->name || option->key || option->doc || option->group); option++)
        if (option->name)
            add(list, option);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        add_all(list, child->argp);
}

/* Stable: by insertion. */
static void sort_by_group(struct options_list *list)
{
    for (size_t i = 1; i < list->n; i++)
        for (size_t j = i; j > 0 && list->items[j].option->group < list->items[j - 1].option->group;
             j--) {
            struct options_entry moved = list->items[j];
            list->items[j] = list->items[j - 1];
            list->items[j - 1] = moved;
        }
}

void options_list(struct options_list *list, const struct argp *argp)
{
    static const struct argp_option of_argp[] = {
        {"help", '?', NULL, 0, "tell what the command does, and its options", 0},
        {"usage", 0x7F, NULL, 0, "list the options in short", 0},
        {"version", 'V', NULL, 0, "print the version", 0},
    };
    list->n = 0;
    add_all(list, argp);
    sort_by_group(list);
    for (size_t i = 0; i < sizeof of_argp / sizeof *of_argp; i++)
        add(list, &of_argp[i]);
}

/* Misspelt options */

static bool takes_next(const struct argp_option *option)
{
    return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

/* "-abc", and whether the word behind it is an argument of its last letter. */
static bool letters_take_next(const struct options_list *list, const char *letters)
{
    for (; *letters; letters++)
        for (size_t i = 0; i < list->n; i++)
            if (list->items[i].letter == *letters && list->items[i].option->arg)
                return takes_next(list->items[i].option) && letters[1] == '\0';
    return false;
}

/* The option of that name, or beginning; NULL where there is none. */
static const struct argp_option *find(const struct options_list *list, const char *name,
                                      size_t size)
{
    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->items[i].option->name, name, size) == 0)
            return list->items[i].option;
    return NULL;
}

static void refuse(const struct argp *argp, const struct options_list *list, char **argv,
                   const char *name, size_t size)
{
    char wanted[64], near[SUGGEST_SIZE], names[OPTIONS_LIST_SIZE][32];
    struct suggest suggest = {.wanted = wanted};
    if (size + sizeof "--" > sizeof wanted)
        return;
    snprintf(wanted, sizeof wanted, "--%.*s", (int)size, name);
    for (size_t i = 0; i < list->n; i++) {
        snprintf(names[i], sizeof names[i], "--%s", list->items[i].option->name);
        suggest_look(&suggest, names[i], NULL);
    }
    if (suggest.n == 0)
        return;
    const char *slash = strrchr(argv[0], '/');
    struct argp_state state = {.root_argp = argp,
                               .name = slash ? (char *)slash + 1 : argv[0],
                               .err_stream = stderr,
                               .out_stream = stdout};
    argp_error(&state, "there is no option %s%s", wanted, suggest_text(near, &suggest));
}

void options_suggest(const struct argp *argp, int argc, char **argv)
{
    struct options_list list;
    options_list(&list, argp);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *name = argv[i] + 2;
        if (strncmp(argv[i], "--", 2) != 0) {
            i += argv[i][0] == '-' && letters_take_next(&list, argv[i] + 1);
            continue;
        }
        size_t size = strcspn(name, "=");
        const struct argp_option *option = find(&list, name, size);
        if (!option)
            refuse(argp, &list, argv, name, size);
        else
            i += name[size] == '\0' && takes_next(option);
    }
}
