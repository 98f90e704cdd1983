/* Who may ask: those with one of the bearer tokens of a file. */
#ifndef SERVE_TOKENS_H
#define SERVE_TOKENS_H

#include "base/error.h"

struct tokens {
    char *text; /* of the file, each token terminated */
    size_t size;
};

/* One token a line; empty lines, and spaces around one, do not count. At least one is needed. */
bool tokens_read(struct tokens *tokens, const char *path, hinge_error *error);
void tokens_free(struct tokens *tokens);

/* Whether the header Authorization (NULL: none) holds one of them. How long it takes does not tell
 * how much of one was right. */
bool tokens_allow(const struct tokens *tokens, const char *authorization);

#endif
