#include "base/suggest.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define MAX_NAME 48 /* names beyond that have no near ones */
#define FAR 3

/* Editing steps from a to b, case aside: characters put in, left out or changed. */
static size_t distance(const char *a, const char *b)
{
    size_t row[MAX_NAME + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t changed = diagonal + (strncasecmp(a + i, b + j, 1) != 0);
            size_t least = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < least ? changed : least;
        }
    }
    return row[n];
}

/* Up to FAR. The beginning of a name is near. */
static size_t rank(const char *wanted, const char *name)
{
    size_t length = strlen(wanted);
    if (length == 0 || length > MAX_NAME || strlen(name) > MAX_NAME)
        return FAR;
    size_t steps = distance(wanted, name);
    if (steps > 2 && length >= 3 && strncasecmp(name, wanted, length) == 0)
        return 2;
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
