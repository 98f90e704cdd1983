/* Folders as wholes. */
#ifndef TOOL_FOLDER_H
#define TOOL_FOLDER_H

#include "base/error.h"

/* Makes the folder where it is missing; its parent has to be there. */
bool folder_make(const char *path, hinge_error *error);
/* Everything in it, and itself, as far as that goes; links are not followed. */
void folder_remove(const char *path);
/* Waits until the folder, and with deep everything in it, is on the disk. */
bool folder_sync(const char *path, bool deep, hinge_error *error);

/* The names in it that take(name) wants, in the order of names_compare; each and the list
 * are the caller's to free, on failure there is nothing to free. */
bool folder_list(const char *path, bool (*take)(const char *name), char ***names, size_t *n,
                 hinge_error *error);
/* Frees such a list. */
void folder_free_names(char **names, size_t n);

#endif
