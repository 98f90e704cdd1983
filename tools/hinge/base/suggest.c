#include "base/suggest.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MAX_NAME 48 /* names beyond that have no near ones */
#define FAR 3

static bool same(char a, char b)
{
    return strncasecmp(&a, &b, 1) == 0;
}

/* Editing steps from a to b, case aside: characters put in, left out or changed, and neighbours
 * that change places (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][MAX_NAME + 1], n = strlen(b);
    size_t *above = rows[0], *before = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= strlen(a); i++) {
        size_t *free_row = above;
        above = before;
        before = row;
        row = free_row;
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t least = (before[j] < row[j - 1] ? before[j] : row[j - 1]) + 1;
            size_t changed = before[j - 1] + !same(a[i - 1], b[j - 1]);
            least = changed < least ? changed : least;
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                above[j - 2] + 1 < least)
                least = above[j - 2] + 1;
            row[j] = least;
        }
    }
    return row[n];
}

/* Up to FAR. The beginning of a name is as near as one step. */
static size_t rank(const char *wanted, const char *name)
{
    size_t length = strlen(wanted);
    if (length == 0 || length > MAX_NAME || strlen(name) > MAX_NAME)
        return FAR;
    size_t steps = distance(wanted, name);
    if (steps > 1 && length >= 3 && strncasecmp(name, wanted, length) == 0)
        return 1;
    return steps > 2 || steps >= length ? FAR : steps;
}

void suggest_look(struct suggest *suggest, const char *name, const char *note)
{
    size_t steps = rank(suggest->wanted, name);
    if (steps == FAR || (suggest->n > 0 && steps > suggest->steps))
        return;
    if (steps < suggest->steps)
        suggest->n = 0;
    for (size_t i = 0; i < suggest->n; i++)
        if (strcmp(suggest->names[i], name) == 0)
            return;
    suggest->steps = steps;
    if (suggest->n == SUGGEST_COUNT)
        return;
    suggest->names[suggest->n] = name;
    suggest->notes[suggest->n++] = note;
}

const char *suggest_text(char *text, const struct suggest *suggest)
{
    *text = '\0';
    for (size_t i = 0; i < suggest->n; i++) {
        text_append(text, SUGGEST_SIZE, "%s%.48s", i ? " or " : "; did you mean ",
                    suggest->names[i]);
        if (suggest->notes[i])
            text_append(text, SUGGEST_SIZE, " (%s%.60s)", suggest->option ? suggest->option : "",
                        suggest->notes[i]);
    }
    if (suggest->n)
        text_append(text, SUGGEST_SIZE, "?");
    return text;
}
