/* The names that somebody may have meant who wrote another one. */
#ifndef TOOL_SUGGEST_H
#define TOOL_SUGGEST_H

#include <stddef.h>

#define SUGGEST_COUNT 3
#define SUGGEST_SIZE 400

/* Up to SUGGEST_COUNT different names, all as near as the nearest. Begin with {.wanted = name}. */
struct suggest {
    const char *wanted;
    const char *option; /* in front of each note; NULL: nothing */
    const char *names[SUGGEST_COUNT], *notes[SUGGEST_COUNT];
    size_t n, steps; /* from wanted to each */
};

/* Looks at one more name, which must live as long as the struct; note, which may be NULL, goes
 * behind it in brackets. Near is what two characters put in, left out or changed make of it, case
 * aside, or what begins with it. */
void suggest_look(struct suggest *suggest, const char *name, const char *note);

/* "; did you mean Elu or Selu?", or "" where nothing is near. Returns text, which has SUGGEST_SIZE
 * bytes. */
const char *suggest_text(char *text, const struct suggest *suggest);

#endif
