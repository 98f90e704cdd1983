/* Values by name: those of a graph, and those around it that it reads. */
#include "load/parts.h"

#include <string.h>

const char *load_domain(const char *domain)
{
    return !domain || strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

hinge_status load_new_value(struct load_scope *scope, const char *name, const char *what,
                            uint32_t *value)
{
    hinge_error *error = scope->load->error;
    if (!name || name[0] == '\0')
        return status_fail(error, HINGE_BAD_MODEL, "an %s has no name", what);
    if (names_find(&scope->names, name) != NAMES_NONE)
        return status_fail(error, HINGE_BAD_MODEL, "%s \"%.100s\": another value has that name",
                           what, name);
    *value = graph_add_value(scope->graph, name);
    if (*value == GRAPH_NONE ||
        !names_add(&scope->names, scope->graph->values[*value].name, *value))
        return status_no_memory(error);
    return HINGE_OK;
}

hinge_status load_find_value(struct load_scope *scope, const char *name, uint32_t *value)
{
    *value = names_find(&scope->names, name);
    if (*value != NAMES_NONE || !scope->parent)
        return HINGE_OK;
    uint32_t outer;
    hinge_status status = load_find_value(scope->parent, name, &outer);
    if (status || outer == GRAPH_NONE)
        return status;
    /* One name can stand for as many values as there are graphs around it. */
    if (!budget_take(scope->load->budget, sizeof(struct graph_value) + strlen(name)))
        return status_fail(scope->load->error, HINGE_LIMIT,
                           "subgraphs read more values from around them than there is memory for");
    status = load_new_value(scope, name, "outer value", value);
    if (status)
        return status;
    struct graph_value *seen = &scope->parent->graph->values[outer];
    struct graph_value *stands_for_it = &scope->graph->values[*value];
    seen->n_readers++;
    stands_for_it->outer = outer;
    stands_for_it->dim_names = seen->dim_names;
    stands_for_it->type_code = seen->type_code;
    stands_for_it->tensor = seen->tensor;
    if (seen->storage != GRAPH_NOT_CONSTANT)
        stands_for_it->storage = GRAPH_BORROWED;
    return HINGE_OK;
}
