/* A reader by recursive descent that keeps nothing: signatures are a line long, and asked for when
 * a model is opened. */
#include "plugins/signature.h"

#include <hinge/hinge.h>

#include <stdio.h>
#include <string.h>

struct word {
    const char *text;
    size_t size;
};

struct parameter {
    struct word name;
    enum { PLAIN, LEFT_OUT, ONE_OR_MORE, ANY_OF_ANY } kind;
    const char *type;
};

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* The word at *at, which then stands behind it and the spaces that follow. */
static struct word take_word(const char **at)
{
    struct word word = {skip_spaces(*at), 0};
    const char *end = word.text;
    while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') ||
           (*end >= '0' && *end <= '9') || *end == '_')
        end++;
    word.size = (size_t)(end - word.text);
    *at = skip_spaces(end);
    return word;
}

static bool take(const char **at, const char *mark)
{
    const char *end = *at;
    for (; *mark; mark++, end++)
        if (*end != *mark)
            return false;
    *at = skip_spaces(end);
    return true;
}

static bool is_word(struct word word, const char *text)
{
    size_t i = 0;
    while (i < word.size && word.text[i] == text[i])
        i++;
    return i == word.size && !text[i];
}

/* Every plugin's signatures are read whenever a model is opened: most names differ in what they
 * begin with. */
static hinge_type element_named(struct word word)
{
    const char first = *word.text;
#define SIGNATURE_ELEMENT(name, number, bits, text)                                                \
    if (first == *(text) && is_word(word, text))                                                   \
        return name;
    HINGE_TYPES(SIGNATURE_ELEMENT)
#undef SIGNATURE_ELEMENT
    return HINGE_NO_TYPE;
}

static hinge_type container_named(struct word word)
{
    return is_word(word, "seq")        ? HINGE_SEQUENCE
           : is_word(word, "optional") ? HINGE_OPTIONAL
           : is_word(word, "map")      ? HINGE_MAP
                                       : HINGE_NO_TYPE;
}

/* Behind a type or a list of types, whose brackets match. */
static const char *skip_type(const char *at)
{
    take_word(&at);
    if (*at != '(')
        return at;
    unsigned depth = 0;
    for (; *at; at++) {
        depth += *at == '(';
        if (*at == ')' && --depth == 0)
            return skip_spaces(at + 1);
    }
    return at;
}

static struct parameter take_parameter(const char **at)
{
    struct parameter parameter = {.name = take_word(at)};
    parameter.kind = take(at, "...") ? ONE_OR_MORE
                     : take(at, "?") ? LEFT_OUT
                     : take(at, "*") ? ANY_OF_ANY
                                     : PLAIN;
    take(at, ":");
    parameter.type = *at;
    *at = skip_type(*at);
    return parameter;
}

/* The first parameter of a side, behind its bracket. */
static const char *side(const char *signature, bool output)
{
    const char *arrow = strstr(signature, "->");
    const char *at = skip_spaces(output && arrow ? arrow + 2 : signature);
    take(&at, "(");
    return at;
}

/* The parameter that takes index, and its own number; false past the end. */
static bool find(const char *signature, bool output, uint32_t index, struct parameter *parameter)
{
    const char *at = side(signature, output);
    for (uint32_t i = 0; *at && *at != ')'; i++) {
        *parameter = take_parameter(&at);
        if (i == index || parameter->kind >= ONE_OR_MORE)
            return true;
        take(&at, ",");
    }
    return false;
}

/* Constraints: behind the outputs' bracket, each behind a semicolon. */

struct constraint {
    struct word variable, attribute;
    const char *list;
};

static const char *first_constraint(const char *signature)
{
    const char *at = side(signature, true);
    while (*at && *at != ')') {
        take_parameter(&at);
        take(&at, ",");
    }
    return at;
}

static bool next_constraint(const char **at, struct constraint *constraint)
{
    while (**at && **at != ';')
        ++*at;
    if (!take(at, ";"))
        return false;
    constraint->variable = take_word(at);
    constraint->attribute = (struct word){"", 0};
    if (take(at, "@"))
        constraint->attribute = take_word(at);
    take(at, ":");
    constraint->list = *at;
    return true;
}

/* SIGNATURE_MAX_VARIABLES where the word is no variable. */
static size_t find_variable(const char *signature, struct word word, struct constraint *constraint)
{
    const char *at = first_constraint(signature);
    for (size_t i = 0; i < SIGNATURE_MAX_VARIABLES && next_constraint(&at, constraint); i++)
        if (constraint->variable.size == word.size &&
            memcmp(constraint->variable.text, word.text, word.size) == 0)
            return i;
    return SIGNATURE_MAX_VARIABLES;
}

/* Whether a list, up to its end, has code among its types. */
static bool list_allows(const char *at, hinge_type_code code)
{
    while (*at && *at != ';' && *at != ')') {
        const char *next = skip_type(at);
        struct word word = take_word(&at);
        if (!word.size)
            return false;
        hinge_type container = container_named(word);
        if (container && (code & 0xff) == (hinge_type_code)container && take(&at, "(")) {
            bool fits = true;
            if (container == HINGE_MAP) {
                fits = element_named(take_word(&at)) == (code >> 8 & 0xff);
                take(&at, ",");
            }
            if (fits && list_allows(at, hinge_element_code(code)))
                return true;
        } else if (!container && code < HINGE_N_TYPES &&
                   is_word(word, hinge_type_text((hinge_type)code))) {
            return true;
        }
        at = next;
    }
    return false;
}

bool signature_allows(const char *signature, size_t variable, hinge_type_code code)
{
    struct constraint constraint;
    const char *at = first_constraint(signature);
    for (size_t i = 0; next_constraint(&at, &constraint); i++)
        if (i == variable)
            return list_allows(constraint.list, code);
    return false;
}

/* Matches a type against code, binding variables. */
static bool match(const char *signature, const char **at, hinge_type_code code,
                  struct signature_types *types)
{
    struct word word = take_word(at);
    hinge_type container = container_named(word);
    if (container && take(at, "(")) {
        if ((code & 0xff) != (hinge_type_code)container)
            return false;
        if (container == HINGE_MAP &&
            (!match(signature, at, code >> 8 & 0xff, types) || !take(at, ",")))
            return false;
        return match(signature, at, hinge_element_code(code), types) && take(at, ")");
    }
    struct constraint constraint;
    size_t variable = find_variable(signature, word, &constraint);
    if (variable == SIGNATURE_MAX_VARIABLES)
        return element_named(word) == code;
    if (types->codes[variable])
        return types->codes[variable] == code;
    types->codes[variable] = code;
    return list_allows(constraint.list, code);
}

bool signature_match(const char *signature, const hinge_type_code *inputs, uint32_t n_inputs,
                     struct signature_types *types, uint32_t *bad)
{
    *types = (struct signature_types){{0}};
    for (uint32_t i = 0; i < n_inputs; i++) {
        struct parameter parameter;
        *bad = i;
        if (!inputs[i])
            continue;
        if (!find(signature, false, i, &parameter))
            return false;
        struct signature_types own = *types;
        const char *at = parameter.type;
        bool each = parameter.kind == ANY_OF_ANY;
        if (each) /* every one has a type of its own */
            own = (struct signature_types){{0}};
        if (!match(signature, &at, inputs[i], &own))
            return false;
        if (!each)
            *types = own;
    }
    return true;
}

/* The type of a list that has but one; 0 for others. */
static hinge_type_code only_type(const char *list)
{
    const char *at = list;
    hinge_type type = element_named(take_word(&at));
    return *at == '\0' || *at == ';' ? (hinge_type_code)type : 0;
}

static hinge_type_code build(const char *signature, const char **at,
                             const struct signature_types *types, size_t *unbound)
{
    struct word word = take_word(at);
    hinge_type container = container_named(word);
    if (container && take(at, "(")) {
        hinge_type_code key = 0;
        if (container == HINGE_MAP) {
            key = build(signature, at, types, unbound);
            take(at, ",");
        }
        hinge_type_code inner = build(signature, at, types, unbound);
        take(at, ")");
        if (!inner || inner >> 48 || (container == HINGE_MAP && !key))
            return 0;
        return (hinge_type_code)container |
               (container == HINGE_MAP ? key << 8 | inner << 16 : inner << 8);
    }
    struct constraint constraint;
    size_t variable = find_variable(signature, word, &constraint);
    if (variable == SIGNATURE_MAX_VARIABLES)
        return (hinge_type_code)element_named(word);
    hinge_type_code code = types->codes[variable];
    if (!code && !constraint.attribute.size)
        code = only_type(constraint.list);
    if (!code && *unbound == SIGNATURE_MAX_VARIABLES)
        *unbound = variable;
    return code;
}

hinge_type_code signature_output(const char *signature, uint32_t output,
                                 const struct signature_types *types)
{
    struct parameter parameter;
    size_t unbound = SIGNATURE_MAX_VARIABLES;
    if (!find(signature, true, output, &parameter) || parameter.kind == ANY_OF_ANY)
        return 0;
    const char *at = parameter.type;
    return build(signature, &at, types, &unbound);
}

bool signature_attribute(const char *signature, uint32_t output,
                         const struct signature_types *types, const char **name, size_t *size,
                         size_t *variable)
{
    struct parameter parameter;
    struct constraint constraint = {.attribute = {"", 0}};
    *variable = SIGNATURE_MAX_VARIABLES;
    if (!find(signature, true, output, &parameter))
        return false;
    const char *at = parameter.type;
    build(signature, &at, types, variable);
    if (*variable == SIGNATURE_MAX_VARIABLES)
        return false;
    at = first_constraint(signature);
    for (size_t i = 0; i <= *variable; i++)
        next_constraint(&at, &constraint);
    *name = constraint.attribute.text;
    *size = constraint.attribute.size;
    return *size > 0;
}

struct signature_arity signature_arity(const char *signature)
{
    struct signature_arity arity = {0};
    for (int output = 0; output < 2; output++) {
        const char *at = side(signature, output);
        uint32_t min = 0, max = 0;
        while (*at && *at != ')') {
            struct parameter parameter = take_parameter(&at);
            max = parameter.kind >= ONE_OR_MORE ? SIGNATURE_ANY : max + 1;
            if (parameter.kind == PLAIN)
                min = max;
            else if (parameter.kind == ONE_OR_MORE)
                min++;
            take(&at, ",");
        }
        *(output ? &arity.min_outputs : &arity.min_inputs) = min;
        *(output ? &arity.max_outputs : &arity.max_inputs) = max;
    }
    return arity;
}

const char *signature_name(const char *signature, bool output, uint32_t index, size_t *size)
{
    struct parameter parameter = {.name = {"", 0}};
    if (!find(signature, output, index, &parameter))
        parameter.name = (struct word){"", 0};
    *size = parameter.name.size;
    return parameter.name.text;
}

bool signature_is_required(const char *signature, bool output, uint32_t index)
{
    struct parameter parameter;
    return find(signature, output, index, &parameter) && parameter.kind != LEFT_OUT;
}

void signature_parameter_types(const char *signature, bool output, uint32_t index, char *text,
                               size_t size)
{
    struct parameter parameter;
    struct constraint constraint;
    text[0] = '\0';
    if (!find(signature, output, index, &parameter))
        return;
    const char *at = parameter.type, *end = skip_type(at), *word_at = at;
    if (find_variable(signature, take_word(&word_at), &constraint) < SIGNATURE_MAX_VARIABLES) {
        at = constraint.list;
        end = at + strcspn(at, ";");
    }
    snprintf(text, size, "%.*s", (int)(end - at), at);
}

bool signature_output_allows(const char *signature, uint32_t output, hinge_type_code code)
{
    struct parameter parameter;
    struct constraint constraint;
    if (!code || !find(signature, true, output, &parameter))
        return true;
    const char *at = parameter.type;
    size_t variable = find_variable(signature, take_word(&at), &constraint);
    return variable == SIGNATURE_MAX_VARIABLES || signature_allows(signature, variable, code);
}

/* Checking */

static bool check_type(const char *signature, const char **at)
{
    struct word word = take_word(at);
    hinge_type container = container_named(word);
    struct constraint constraint;
    if (container && take(at, "("))
        return (container != HINGE_MAP || (check_type(signature, at) && take(at, ","))) &&
               check_type(signature, at) && take(at, ")");
    return word.size && (element_named(word) ||
                         find_variable(signature, word, &constraint) < SIGNATURE_MAX_VARIABLES);
}

static bool check_list(const char **at)
{
    while (**at && **at != ';' && **at != ')') {
        struct word word = take_word(at);
        hinge_type container = container_named(word);
        if (container && take(at, "(")) {
            if (container == HINGE_MAP && (!element_named(take_word(at)) || !take(at, ",")))
                return false;
            if (!check_list(at) || !take(at, ")"))
                return false;
        } else if (!element_named(word)) {
            return false;
        }
    }
    return true;
}

static bool check_side(const char *signature, const char **at)
{
    if (!take(at, "("))
        return false;
    bool ended = false; /* by a variadic parameter */
    while (**at != ')') {
        struct parameter parameter;
        const char *begin = *at;
        parameter = take_parameter(at);
        *at = parameter.type;
        if (ended || !parameter.name.size || parameter.type == begin || parameter.type[0] == '\0' ||
            !memchr(begin, ':', (size_t)(parameter.type - begin)) || !check_type(signature, at))
            return false;
        ended = parameter.kind >= ONE_OR_MORE;
        if (!take(at, ",") && **at != ')')
            return false;
    }
    return take(at, ")");
}

bool signature_check(const char *signature, size_t *bad)
{
    const char *at = skip_spaces(signature);
    bool ok = check_side(signature, &at) && take(&at, "->") && check_side(signature, &at);
    for (size_t n = 0; ok && *at; n++) {
        ok = n < SIGNATURE_MAX_VARIABLES && take(&at, ";") && take_word(&at).size;
        if (ok && take(&at, "@"))
            ok = take_word(&at).size > 0;
        ok = ok && take(&at, ":") && check_list(&at);
    }
    *bad = (size_t)(at - signature);
    return ok;
}
