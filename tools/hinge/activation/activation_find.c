#include "activation/activation_find.h"

#include "base/suggest.h"
#include "base/text.h"
#include "describe/listing.h"

#include <inttypes.h>
#include <string.h>

static const char *suggestions(char *text, const hinge_registry *registry, const char *name)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    struct suggest suggest = {.wanted = name, .option = "--domain "};
    for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++)
            suggest_look(&suggest, op.name, *op.domain ? op.domain : NULL);
    return suggest_text(text, &suggest);
}

static bool has_float_kernel(const hinge_op_info *op)
{
    return op->types >> HINGE_FLOAT & 1;
}

/* One look at all entries of the name. */
struct search {
    const hinge_registry *registry;
    const char *name, *domain;
    char opsets[200]; /* of all entries */
    uint32_t newest;
    size_t n_named;
    bool admits_opset;
};

/* The first entry for the opset wins, which is how the runtime asks plugins. */
static bool look(struct search *search, uint32_t opset, struct activation_op *found)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    for (size_t p = 0; hinge_get_plugin(search->registry, p, &plugin); p++)
        for (size_t i = 0; hinge_get_op(search->registry, p, i, &op); i++) {
            if (strcmp(op.name, search->name) || strcmp(listing_domain(op.domain), search->domain))
                continue;
            char opsets[LISTING_OPSETS_SIZE];
            uint32_t last = listing_last_opset(&op, &plugin);
            uint32_t newest = last ? last : op.since;
            search->newest = newest > search->newest ? newest : search->newest;
            listing_opsets(opsets, op.since, last);
            if (!strstr(search->opsets, opsets))
                text_append(search->opsets, sizeof search->opsets, "%s%s",
                            search->n_named ? ", " : "", opsets);
            search->n_named++;
            if (opset < op.since || (last && opset > last))
                continue;
            search->admits_opset = true;
            if (!has_float_kernel(&op))
                continue;
            *found = (struct activation_op){op, p, i, opset};
            return true;
        }
    return false;
}

bool activation_find(struct activation_op *found, const hinge_registry *registry, const char *name,
                     const char *domain, uint32_t opset, hinge_error *error)
{
    struct search first = {.registry = registry, .name = name, .domain = domain}, second = first;
    look(&first, 0, found);
    if (first.n_named == 0) {
        char near[SUGGEST_SIZE];
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "there is no operator \"%.80s\" of %.80s (hinge ops lists them all)%s",
                         name, domain, suggestions(near, registry, name));
    }
    if (look(&second, opset ? opset : first.newest, found))
        return true;
    if (!second.admits_opset)
        return error_set(error, HINGE_UNSUPPORTED,
                         "no plugin has %.80s for opset %" PRIu32 ": there is %s", name, opset,
                         first.opsets);
    return error_set(error, HINGE_UNSUPPORTED,
                     "%.80s is not an elementwise operator of one floating-point input: it has no "
                     "kernel for float",
                     name);
}
