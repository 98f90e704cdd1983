#include "serve/http/tokens.h"

#include "files/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char separators[] = " \t\r\n";

bool tokens_read(struct tokens *tokens, const char *path, hinge_error *error)
{
    unsigned char *bytes;
    size_t size, n = 0;
    *tokens = (struct tokens){0};
    if (!file_read(path, &bytes, &size, error))
        return false;
    char *text = malloc(size + 1);
    if (text) {
        memcpy(text, bytes, size);
        text[size] = '\0';
    }
    free(bytes);
    if (!text)
        return error_no_memory(error);
    for (size_t i = 0; i < size; i++) {
        if (strchr(separators, text[i])) /* a byte of zero as well */
            text[i] = '\0';
        n += text[i] != '\0';
    }
    *tokens = (struct tokens){text, size};
    return n > 0 || error_set(error, HINGE_BAD_FORMAT, "%.300s: there is no token in it", path);
}

void tokens_free(struct tokens *tokens)
{
    free(tokens->text);
    *tokens = (struct tokens){0};
}

/* Looks at all of wanted's bytes, whatever differs. */
static bool is_same(const char *wanted, const char *given, size_t given_size)
{
    size_t size = strlen(wanted);
    unsigned char difference = size != given_size;
    for (size_t i = 0; i < size; i++)
        difference |= (unsigned char)(wanted[i] ^ given[given_size ? i % given_size : 0]);
    return difference == 0;
}

bool tokens_allow(const struct tokens *tokens, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    bool found = false;
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    given += strspn(given, " ");
    size_t given_size = strlen(given);
    for (size_t i = 0; i < tokens->size; i += strlen(tokens->text + i) + 1)
        if (tokens->text[i])
            found |= is_same(tokens->text + i, given, given_size);
    return found;
}
