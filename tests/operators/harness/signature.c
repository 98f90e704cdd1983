/* A reader of signatures (see plugin.h) that owes nothing to the runtime's, and what follows from
 * them for a call: which types its inputs may have, and which its outputs then have. */
#include "tests/operators/harness/harness_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct reader {
    struct signature *signature;
    const char *at, *wrong; /* what is wrong where at points to; NULL: nothing */
};

static bool fail(struct reader *r, const char *what)
{
    if (!r->wrong)
        r->wrong = what;
    return false;
}

static bool take(struct reader *r, const char *text)
{
    while (*r->at == ' ')
        r->at++;
    size_t size = strlen(text);
    if (strncmp(r->at, text, size))
        return false;
    r->at += size;
    return true;
}

static bool word(struct reader *r, char *to, size_t size)
{
    size_t n = 0;
    while (*r->at == ' ')
        r->at++;
    for (; isalnum((unsigned char)*r->at) || *r->at == '_'; r->at++)
        if (n + 1 < size)
            to[n++] = *r->at;
    to[n] = '\0';
    return n > 0 || fail(r, "a name is missing");
}

static int variable(const struct signature *s, const char *name)
{
    for (int i = 0; i < s->n_variables; i++)
        if (!strcmp(s->variables[i].name, name))
            return i;
    return -1;
}

static hinge_type element_of(const char *name)
{
    for (int type = 1; type < HINGE_N_TYPES; type++)
        if (!strcmp(tensor_type_name((hinge_type)type), name))
            return (hinge_type)type;
    return HINGE_NO_TYPE;
}

/* A level around what is read next; false where it is none, or too many. */
static bool level(struct reader *r, struct signature_type *type, bool *more)
{
    char key[16];
    hinge_type outer = take(r, "seq(")        ? HINGE_SEQUENCE
                       : take(r, "optional(") ? HINGE_OPTIONAL
                       : take(r, "map(")      ? HINGE_MAP
                                              : HINGE_NO_TYPE;
    *more = outer != HINGE_NO_TYPE;
    if (!*more)
        return true;
    if (type->n_levels + 2 > 8)
        return fail(r, "too many levels");
    type->levels[type->n_levels++] = (uint8_t)outer;
    if (outer != HINGE_MAP)
        return true;
    if (!word(r, key, sizeof key) || !element_of(key) || !take(r, ","))
        return fail(r, "a map's key is not there");
    type->levels[type->n_levels++] = (uint8_t)element_of(key);
    return true;
}

/* The innermost type: an element type, or a variable that may be defined later. */
static bool leaf(struct reader *r, struct signature_type *type)
{
    if (!word(r, type->variable, sizeof type->variable))
        return false;
    type->element = element_of(type->variable);
    if (type->element)
        type->variable[0] = '\0';
    return true;
}

static bool close_levels(struct reader *r, const struct signature_type *type)
{
    for (int i = 0; i < type->n_levels; i++) {
        if (type->levels[i] == HINGE_MAP)
            i++;
        if (!take(r, ")"))
            return fail(r, "a ) is missing");
    }
    return true;
}

static bool read_type(struct reader *r, struct signature_type *type)
{
    bool more;
    *type = (struct signature_type){0};
    do
        if (!level(r, type, &more))
            return false;
    while (more);
    return leaf(r, type) && close_levels(r, type);
}

/* One entry of a variable's list, which may end in several types. */
static bool read_entry(struct reader *r, struct signature_variable *v)
{
    struct signature_type type = {0};
    bool more;
    do
        if (!level(r, &type, &more))
            return false;
    while (more);
    do {
        if (v->n_types == SIGNATURE_MAX_TYPES)
            return fail(r, "too many types");
        if (!leaf(r, &type))
            return false;
        v->types[v->n_types++] = type;
    } while (type.n_levels && *r->at == ' ');
    return close_levels(r, &type);
}

static bool read_parameters(struct reader *r, struct signature_parameter *list, int *n)
{
    if (!take(r, "("))
        return fail(r, "a ( is missing");
    for (*n = 0; !take(r, ")"); (*n)++) {
        struct signature_parameter *p = &list[*n];
        if (*n == SIGNATURE_MAX_PARAMETERS)
            return fail(r, "too many parameters");
        if (*n && !take(r, ","))
            return fail(r, "a comma is missing");
        if (!word(r, p->name, sizeof p->name))
            return false;
        p->count = take(r, "?")     ? SIGNATURE_OPTIONAL
                   : take(r, "...") ? SIGNATURE_ALIKE
                   : take(r, "*")   ? SIGNATURE_ANY
                                    : SIGNATURE_ONE;
        if (!take(r, ":"))
            return fail(r, "a colon is missing");
        if (!read_type(r, &p->type))
            return false;
        if (*n && list[*n - 1].count >= SIGNATURE_ALIKE)
            return fail(r, "a parameter stands behind one of any number");
    }
    return true;
}

static bool read_variable(struct reader *r, struct signature *s)
{
    if (s->n_variables == SIGNATURE_MAX_VARIABLES)
        return fail(r, "too many variables");
    struct signature_variable *v = &s->variables[s->n_variables];
    if (!word(r, v->name, sizeof v->name))
        return false;
    if (variable(s, v->name) >= 0 || element_of(v->name))
        return fail(r, "the variable is there twice, or is a type");
    if (take(r, "@") && !word(r, v->attribute, sizeof v->attribute))
        return false;
    if (!take(r, ":"))
        return fail(r, "a colon is missing");
    s->n_variables++;
    do
        if (!read_entry(r, v))
            return false;
    while (*r->at == ' ');
    return true;
}

/* Every variable is defined and used, none within itself. */
static bool is_whole(const struct signature *s, const char **wrong)
{
    for (int v = 0; v < s->n_variables; v++) {
        bool used = false;
        for (int i = 0; i < s->n_inputs; i++)
            used |= !strcmp(s->inputs[i].type.variable, s->variables[v].name);
        for (int i = 0; i < s->n_outputs; i++)
            used |= !strcmp(s->outputs[i].type.variable, s->variables[v].name);
        for (int o = 0; o < s->n_variables; o++)
            for (int i = 0; i < s->variables[o].n_types; i++)
                if (!strcmp(s->variables[o].types[i].variable, s->variables[v].name))
                    used = o != v;
        if (!used) {
            *wrong = "a variable is not used, or stands in its own list";
            return false;
        }
    }
    for (int i = 0; i < s->n_inputs + s->n_outputs; i++) {
        const char *name = i < s->n_inputs ? s->inputs[i].type.variable
                                           : s->outputs[i - s->n_inputs].type.variable;
        if (name[0] && variable(s, name) < 0) {
            *wrong = "a parameter's type is neither a type nor a variable";
            return false;
        }
    }
    return true;
}

bool signature_read(struct signature *s, const char *text, char *why, size_t why_size)
{
    struct reader r = {.signature = s, .at = text ? text : ""};
    memset(s, 0, sizeof *s);
    bool right = read_parameters(&r, s->inputs, &s->n_inputs) &&
                 (take(&r, "->") || fail(&r, "an -> is missing")) &&
                 read_parameters(&r, s->outputs, &s->n_outputs);
    while (right && take(&r, ";"))
        right = read_variable(&r, s);
    if (right && *r.at)
        right = fail(&r, "there is more than belongs there");
    if (!right)
        snprintf(why, why_size, "%s at '%s'", r.wrong, r.at);
    else if (!is_whole(s, &r.wrong))
        snprintf(why, why_size, "%s", r.wrong);
    else
        return true;
    return false;
}

/* What is left of a type behind the levels of a pattern; 0 where they differ. */
static hinge_type_code inner_code(const struct signature_type *pattern, hinge_type_code code)
{
    for (int i = 0; i < pattern->n_levels; i++, code >>= 8)
        if ((code & 0xff) != pattern->levels[i])
            return 0;
    return code;
}

static bool matches(const struct signature *s, const struct signature_type *pattern,
                    hinge_type_code code, hinge_type_code *bound);

static bool binds(const struct signature *s, int v, hinge_type_code code, hinge_type_code *bound)
{
    if (v < 0 || (bound[v] && bound[v] != code))
        return false;
    bool listed = false;
    for (int i = 0; i < s->variables[v].n_types && !listed; i++)
        listed = matches(s, &s->variables[v].types[i], code, bound);
    if (listed)
        bound[v] = code;
    return listed;
}

static bool matches(const struct signature *s, const struct signature_type *pattern,
                    hinge_type_code code, hinge_type_code *bound)
{
    hinge_type_code inner = inner_code(pattern, code);
    if (!inner)
        return false;
    if (pattern->element)
        return inner == (hinge_type_code)pattern->element;
    return binds(s, variable(s, pattern->variable), inner, bound);
}

static const struct signature_parameter *parameter(const struct signature_parameter *list, int n,
                                                   unsigned i)
{
    if (i < (unsigned)n)
        return &list[i];
    return n && list[n - 1].count >= SIGNATURE_ALIKE ? &list[n - 1] : NULL;
}

unsigned signature_n_inputs(const struct signature *s, const struct hinge_op *op,
                            const struct harness_call *call)
{
    const bool more = call->n_inputs > (unsigned)s->n_inputs;
    return more && (op->linear || call->c->epilogue.addend) ? (unsigned)s->n_inputs
                                                            : call->n_inputs;
}

bool signature_allows(const struct signature *s, const hinge_type_code *inputs, unsigned n_inputs,
                      unsigned n_outputs, hinge_type_code *bound, char *why, size_t why_size)
{
    memset(bound, 0, SIGNATURE_MAX_VARIABLES * sizeof *bound);
    for (unsigned i = 0; i < n_inputs || i < (unsigned)s->n_inputs; i++) {
        const struct signature_parameter *p = parameter(s->inputs, s->n_inputs, i);
        hinge_type_code code = i < n_inputs ? inputs[i] : 0;
        hinge_type_code fresh[SIGNATURE_MAX_VARIABLES] = {0};
        bool right = p != NULL;
        if (right && !code)
            right = p->count == SIGNATURE_OPTIONAL || p->count == SIGNATURE_ANY ||
                    (p->count == SIGNATURE_ALIKE && i < n_inputs);
        else if (right)
            right = matches(s, &p->type, code, p->count == SIGNATURE_ANY ? fresh : bound);
        if (!right) {
            snprintf(why, why_size, "input %u: the signature does not allow its type", i);
            return false;
        }
    }
    bool right = n_outputs == 0 || parameter(s->outputs, s->n_outputs, n_outputs - 1);
    for (unsigned k = n_outputs; k < (unsigned)s->n_outputs; k++)
        right &= s->outputs[k].count == SIGNATURE_OPTIONAL || s->outputs[k].count == SIGNATURE_ANY;
    if (!right)
        snprintf(why, why_size, "%u outputs: the signature does not allow so many", n_outputs);
    return right;
}

hinge_type_code signature_output(const struct signature *s, unsigned k,
                                 const hinge_type_code *bound)
{
    const struct signature_parameter *p = parameter(s->outputs, s->n_outputs, k);
    if (!p)
        return 0;
    int v = p->type.element ? -1 : variable(s, p->type.variable);
    hinge_type_code code = v < 0 ? (hinge_type_code)p->type.element : bound[v];
    for (int i = p->type.n_levels; code && i-- > 0;)
        code = code << 8 | p->type.levels[i];
    return code;
}

bool signature_bind_output(const struct signature *s, unsigned k, hinge_type_code code,
                           hinge_type_code *bound)
{
    const struct signature_parameter *p = parameter(s->outputs, s->n_outputs, k);
    hinge_type_code fresh[SIGNATURE_MAX_VARIABLES] = {0};
    return p && matches(s, &p->type, code, p->count == SIGNATURE_ANY ? fresh : bound);
}

bool signature_lists(const struct signature *s, int v, hinge_type type)
{
    for (int i = 0; v < s->n_variables && i < s->variables[v].n_types; i++) {
        const struct signature_type *listed = &s->variables[v].types[i];
        if ((hinge_type)(listed->n_levels ? listed->levels[0] : listed->element) == type)
            return true;
    }
    return false;
}
