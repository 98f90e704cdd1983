/* What the server and a model say of themselves. */
#ifndef SERVE_METADATA_H
#define SERVE_METADATA_H

#include "serve/models/model.h"

#include <jansson.h>

/* NULL: no memory. versions is taken over. */
json_t *metadata_server(void);
json_t *metadata_model(const struct model *model, json_t *versions);

#endif
