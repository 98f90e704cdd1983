/* Operator sets: those that a model or function imports, and those that its nodes lack. */
#include "load/parts.h"

#include <stdio.h>
#include <string.h>

/* They are searched for every node. */
#define MAX_OPSETS 256

hinge_status load_opsets(struct load_scope *scope, Onnx__OperatorSetIdProto *const *protos,
                         size_t n_protos)
{
    hinge_error *error = scope->load->error;
    struct graph *graph = scope->graph;
    if (n_protos > MAX_OPSETS)
        return status_fail(error, HINGE_LIMIT, "imports %zu operator sets; %d are the most",
                           n_protos, MAX_OPSETS);
    struct graph_opset *opsets = arena_array(&graph->arena, n_protos, sizeof *opsets);
    if (!opsets)
        return status_no_memory(error);
    scope->opsets = graph->opsets = opsets;
    for (size_t i = 0; i < n_protos; i++) {
        const char *domain = load_domain(protos[i]->domain);
        int64_t version = protos[i]->version;
        if (version < 1 || version > INT32_MAX)
            return status_fail(error, HINGE_BAD_MODEL,
                               "imports version %lld of operator set \"%.100s\"",
                               (long long)version, domain);
        uint32_t at = 0;
        while (at < graph->n_opsets && strcmp(opsets[at].domain, domain) != 0)
            at++;
        if (at == graph->n_opsets) {
            opsets[at].domain = arena_string(&graph->arena, domain, strlen(domain));
            if (!opsets[at].domain)
                return status_no_memory(error);
            scope->n_opsets = ++graph->n_opsets;
        }
        if ((uint32_t)version > opsets[at].version)
            opsets[at].version = (uint32_t)version;
    }
    return HINGE_OK;
}

static uint32_t version_of(const struct graph_opset *opsets, uint32_t n_opsets, const char *domain)
{
    for (uint32_t i = 0; i < n_opsets; i++)
        if (strcmp(opsets[i].domain, domain) == 0)
            return opsets[i].version;
    return 0;
}

uint32_t load_opset(const struct load_scope *scope, const char *domain)
{
    const struct graph *main = scope->load->main;
    uint32_t version = version_of(scope->opsets, scope->n_opsets, domain);
    return version ? version : version_of(main->opsets, main->n_opsets, domain);
}

hinge_status load_note_missing_opset(struct load *load, const char *domain, bool *is_first)
{
    char *text = load->missing_error.message;
    size_t at = strlen(text), size = sizeof load->missing_error.message;
    *is_first = load->missing.count == 0;
    if (names_find(&load->missing, domain) != NAMES_NONE)
        return HINGE_OK;
    if (!names_add(&load->missing, domain, 0))
        return status_no_memory(load->error);
    if (*is_first)
        (void)status_fail(&load->missing_error, HINGE_BAD_MODEL,
                          "the model imports no operator set of domain \"%.100s\"", domain);
    else if (size - at > strlen(domain) + sizeof ", \"\", ...")
        (void)snprintf(text + at, size - at, ", \"%s\"", domain);
    else if (size - at > sizeof ", ..." && at > 3 && strcmp(text + at - 3, "...") != 0)
        (void)snprintf(text + at, size - at, ", ...");
    return HINGE_OK;
}

hinge_status load_missing_opsets(struct load *load)
{
    if (load->missing.count && load->error)
        *load->error = load->missing_error;
    return load->missing.count ? HINGE_BAD_MODEL : HINGE_OK;
}
