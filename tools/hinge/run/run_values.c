#include "run/run_values.h"

#include "base/error.h"
#include "base/suggest.h"

#include <stdlib.h>
#include <string.h>

void run_values_add(struct run_values *values, char *argument, struct argp_state *state)
{
    const char *equals = *argument ? strchr(argument + 1, '=') : NULL;
    if (!*argument || (equals && !equals[1]))
        argp_error(state, "--value wants NAME or NAME=FILE, not \"%s\"", argument);
    size_t size = equals ? (size_t)(equals - argument) : strlen(argument);
    options_add(&values->pairs,
                (struct option_pair){
                    .name = argument, .value = equals ? equals + 1 : NULL, .name_size = (int)size},
                state);
}

void run_values_free(struct run_values *values)
{
    free(values->pairs.items);
}

/* Names as the runtime takes them, in one piece of memory. */
static const char **make_names(const struct option_pairs *pairs, hinge_error *error)
{
    size_t size = 0;
    for (size_t i = 0; i < pairs->n; i++)
        size += (size_t)pairs->items[i].name_size + 1;
    const char **names = malloc(pairs->n * sizeof *names + size + 1);
    if (!names) {
        error_no_memory(error);
        return NULL;
    }
    char *text = (char *)(names + pairs->n);
    for (size_t i = 0; i < pairs->n; i++) {
        size_t n = (size_t)pairs->items[i].name_size;
        names[i] = text;
        memcpy(text, pairs->items[i].name, n);
        text[n] = '\0';
        text += n + 1;
    }
    return names;
}

static bool open_with(const struct run_values *values, struct model_options *options,
                      struct input_options *inputs, hinge_session **session, hinge_error *error)
{
    hinge_options *open = &options->common.open;
    const char **names = make_names(&values->pairs, error);
    if (!names)
        return false;
    open->values = names;
    open->n_values = values->pairs.n;
    open->all_values = values->folder != NULL;
    bool ok = options_open(options, inputs, session, error);
    open->values = NULL;
    open->n_values = 0;
    free(names);
    return ok;
}

/* What a name on the command line may mean */

static bool is_prefix(const char *name, const struct option_pair *pair, size_t *size)
{
    *size = strlen(name);
    const char *behind = pair->name + *size;
    return *size > 0 && strncmp(pair->name, name, *size) == 0 &&
           (*behind == '\0' || (*behind == '=' && behind[1]));
}

/* Splits the pair anew at the longest name of a value of the main graph. */
static bool find_value(struct option_pair *pair, const hinge_session *session, hinge_error *error)
{
    hinge_graph_info graph = {.size = sizeof graph};
    hinge_value_info value = {.size = sizeof value};
    char wanted[81], near[SUGGEST_SIZE];
    struct suggest suggest = {.wanted = wanted};
    size_t longest = 0, size;
    bool in_body = false;
    snprintf(wanted, sizeof wanted, "%.*s", pair->name_size, pair->name);
    hinge_get_graph(session, 0, &graph);
    for (size_t v = 0; hinge_get_value(session, v, &value); v++) {
        bool is_it = is_prefix(value.name, pair, &size);
        if (v >= graph.n_values) {
            in_body |= is_it;
            continue;
        }
        suggest_look(&suggest, value.name, NULL);
        if (is_it && size > longest)
            longest = size;
    }
    if (longest == 0)
        return error_set(error, HINGE_BAD_ARGUMENT, "--value %s: %s%s", wanted,
                         in_body ? "a value within a body has no single result"
                                 : "the model has no such value",
                         in_body ? "" : suggest_text(near, &suggest));
    pair->name_size = (int)longest;
    pair->value = pair->name[longest] ? pair->name + longest + 1 : NULL;
    return true;
}

/* By the graph as the model has it: no rewrite may have taken a value away. */
static bool find_values(struct run_values *values, const struct model_options *options,
                        hinge_error *error)
{
    hinge_options open = options->common.open;
    hinge_session *session = NULL;
    size_t n_passes = 0;
    while (hinge_pass_name(n_passes))
        n_passes++;
    const char **passes = calloc(n_passes + 1, sizeof *passes);
    if (!passes)
        return error_no_memory(error);
    for (size_t i = 0; i < n_passes; i++)
        passes[i] = hinge_pass_name(i);
    open.disabled_passes = passes;
    open.n_disabled_passes = n_passes;
    open.allow_missing = true;
    bool ok = options_open_model(options, &open, &session, error);
    for (size_t i = 0; i < values->pairs.n && ok; i++)
        ok = find_value(&values->pairs.items[i], session, error);
    hinge_close(session);
    free(passes);
    return ok;
}

bool run_values_open(struct run_values *values, struct model_options *options,
                     struct input_options *inputs, hinge_session **session, hinge_error *error)
{
    if (open_with(values, options, inputs, session, error))
        return true;
    return error->status == HINGE_BAD_ARGUMENT && values->pairs.n > 0 &&
           find_values(values, options, error) &&
           open_with(values, options, inputs, session, error);
}
