#include "options/options.h"

#include "base/error.h"
#include "options/options_list.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void *options_grown(void *array, size_t n, size_t element_size, struct argp_state *state)
{
    void *bigger = realloc(array, (n + 1) * element_size);
    if (!bigger)
        argp_failure(state, 1, ENOMEM, "options");
    return bigger;
}

void options_add(struct option_pairs *pairs, struct option_pair pair, struct argp_state *state)
{
    pairs->items = options_grown(pairs->items, pairs->n, sizeof *pairs->items, state);
    pairs->items[pairs->n++] = pair;
}

const char *options_add_pair(struct option_pairs *pairs, char *argument, option_splitter *find,
                             const char *option, struct argp_state *state)
{
    const char *equals = *argument ? find(argument + 1, '=') : NULL;
    if (!equals || !equals[1])
        argp_error(state, "--%s wants NAME=VALUE, not \"%s\"", option, argument);
    options_add(pairs,
                (struct option_pair){
                    .name = argument, .value = equals + 1, .name_size = (int)(equals - argument)},
                state);
    return equals + 1;
}

void options_split(struct option_pairs *pairs, const hinge_session *session, option_name *name,
                   size_t n)
{
    for (size_t p = 0; p < pairs->n; p++) {
        struct option_pair *pair = &pairs->items[p];
        size_t longest = 0;
        if (pair->source == SOURCE_ARCHIVE)
            continue;
        for (size_t i = 0; i < n; i++) {
            size_t size = strlen(name(session, i));
            if (size > longest && strncmp(pair->name, name(session, i), size) == 0 &&
                pair->name[size] == '=' && pair->name[size + 1])
                longest = size;
        }
        if (longest == 0)
            continue;
        pair->value = pair->name + longest + 1;
        pair->name_size = (int)longest;
    }
}

bool options_are_named(const struct option_pairs *pairs, const hinge_session *session,
                       option_name *name, size_t n)
{
    for (size_t p = 0; p < pairs->n; p++) {
        const struct option_pairs one = {&pairs->items[p], 1};
        bool found = false;
        for (size_t i = 0; i < n && !found; i++)
            found = options_find(&one, name(session, i)) != NULL;
        if (!found)
            return false;
    }
    return true;
}

const struct option_pair *options_find_pair(const struct option_pairs *pairs, const char *name)
{
    for (size_t i = 0; name && i < pairs->n; i++)
        if (strlen(name) == (size_t)pairs->items[i].name_size &&
            memcmp(name, pairs->items[i].name, strlen(name)) == 0)
            return &pairs->items[i];
    return NULL;
}

const char *options_find(const struct option_pairs *pairs, const char *name)
{
    const struct option_pair *pair = options_find_pair(pairs, name);
    return pair ? pair->value : NULL;
}

uint64_t options_number(const char *text, uint64_t low, uint64_t high, const char *option,
                        struct argp_state *state)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || value < low || value > high)
        argp_error(state, "--%s wants a number from %llu to %llu, not \"%s\"", option,
                   (unsigned long long)low, (unsigned long long)high, text);
    return value;
}

double options_real(const char *text, const char *option, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1e9))
        argp_error(state, "--%s wants a number of at least 0, not \"%s\"", option, text);
    return value;
}

size_t options_size(const char *text, const char *option, struct argp_state *state)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = end != text && *end ? strchr(units, *end) : NULL;
    size_t scale = unit ? (size_t)1 << 10 * (unit - units + 1) : 1, size = 0;
    if (errno || end == text || *text == '-' || end[unit != NULL] != '\0' || value == 0 ||
        __builtin_mul_overflow(value, scale, &size))
        argp_error(state, "--%s wants a size like 512M or 2G, not \"%s\"", option, text);
    return size;
}

double options_finite(const char *text, const char *option, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(fabs(value) <= (double)FLT_MAX))
        argp_error(state, "--%s wants a finite number, not \"%s\"", option, text);
    return value;
}

struct options_reader options_reader;

bool options_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
    if (options_reader.read) {
        options_reader.read(options_reader.user, argp);
        return false;
    }
    options_suggest(argp, argc, argv);
    error_t code = argp_parse(argp, argc, argv, flags, NULL, input);
    if (code == 0)
        return true;
    hinge_error error;
    error_set(&error, HINGE_NO_MEMORY, "the command line: %s", strerror(code));
    error_fail(&error);
    return false;
}
