/* Takes the numbers out of the JSON of an infer request: of a large tensor they are nearly all of
 * it, and a tree of them would cost ten times what reading them does. */
#ifndef SERVE_ENVELOPE_H
#define SERVE_ENVELOPE_H

#include "base/error.h"
#include "serve/bytes.h"

#include <jansson.h>

/* The array behind "data" of the object at place in the list "inputs", brackets included; it
 * points into the request. That its brackets and strings close is all that is known of it. */
struct envelope_data {
    size_t place;
    const char *text;
    size_t size;
};

struct envelope {
    json_t *root; /* the request, null in the place of each such array */
    struct envelope_data *data;
    size_t n_data;
};

/* Fails where the rest is no JSON object; *envelope is to be freed then too. */
bool envelope_read(struct envelope *envelope, const char *text, size_t size, hinge_error *error);
/* NULL where that input has no data. */
const struct envelope_data *envelope_find(const struct envelope *envelope, size_t place);
void envelope_free(struct envelope *envelope);

#endif
