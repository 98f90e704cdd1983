#include "activation_find.h"

#include "listing.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define MAX_NAME 48 /* names beyond that have no near ones */

/* Editing steps from a to b, case aside: characters put in, left out or changed. */
static size_t distance(const char *a, const char *b)
{
    size_t row[MAX_NAME + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t changed = diagonal + (strncasecmp(a + i, b + j, 1) != 0);
            size_t least = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < least ? changed : least;
        }
    }
    return row[n];
}

#define FAR 3

/* How far the operator's name is from this one, up to FAR. The beginning of a name is near. */
static size_t rank(const char *name, const hinge_op_info *op)
{
    size_t length = strlen(name);
    if (length == 0 || length > MAX_NAME || strlen(op->name) > MAX_NAME)
        return FAR;
    size_t steps = distance(name, op->name);
    if (steps > 2 && length >= 3 && strncasecmp(op->name, name, length) == 0)
        return 2;
    return steps > 2 || steps >= length ? FAR : steps;
}

/* "; did you mean …?" for the first few names that are nearest. */
static void suggest(char *text, size_t size, const hinge_registry *registry, const char *name)
{
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    const char *told[3];
    size_t n_told = 0, nearest = FAR;
    for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++)
            nearest = rank(name, &op) < nearest ? rank(name, &op) : nearest;
    if (nearest == FAR)
        return;
    for (size_t p = 0; hinge_get_plugin(registry, p, &plugin); p++)
        for (size_t i = 0; n_told < 3 && hinge_get_op(registry, p, i, &op); i++) {
            bool again = false;
            for (size_t t = 0; t < n_told; t++)
                again |= strcmp(told[t], op.name) == 0;
            if (again || rank(name, &op) != nearest)
                continue;
            text_append(text, size, "%s%.48s", n_told ? " or " : "; did you mean ", op.name);
            if (*op.domain)
                text_append(text, size, " (--domain %.60s)", op.domain);
            told[n_told++] = op.name;
        }
    text_append(text, size, "?");
}

static bool has_float_kernel(const hinge_op_info *op)
{
    bool has = false;
    for (size_t i = 0; i < op->n_types; i++)
        has |= op->types[i] == HINGE_FLOAT || op->types[i] == HINGE_NO_TYPE;
    return has;
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
            listing_opsets(opsets, &op, &plugin);
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
        char near[400] = "";
        suggest(near, sizeof near, registry, name);
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "there is no operator \"%.80s\" of %.80s (hinge ops lists them all)%s",
                         name, domain, near);
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
