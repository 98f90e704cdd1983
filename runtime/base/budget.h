/*
 * How much memory a model may still ask for beyond what its file holds: constants that are made
 * dense or computed, copies that its structure asks for. A few bytes of a file can ask for any
 * amount, so there is one budget for all of it, in proportion to the file.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
    atomic_size_t left;
};

/* For a model whose file has that many bytes, unless the caller knows better. */
size_t budget_for_file(size_t file_size);

void budget_start(struct budget *budget, size_t size);
/* Takes size bytes, or none where fewer are left. The functions below are thread-safe. */
bool budget_take(struct budget *budget, size_t size);
/* Adds size bytes: those that were taken and are not in use any more, or that come on top. */
void budget_add(struct budget *budget, size_t size);
size_t budget_left(struct budget *budget);

#endif
