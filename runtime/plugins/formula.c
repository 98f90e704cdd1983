#include "plugins/formula.h"

#include "plugins/signature.h"

#include <ctype.h>
#include <string.h>

#define MAX_NAMES 6
#define MAX_DEPTH 32 /* of brackets, arguments and signs */

bool formula_is(struct formula_name name, const char *text)
{
    return strlen(text) == name.size && memcmp(name.text, text, name.size) == 0;
}

struct formula_name formula_kind(const char *gradient, const char **formulas)
{
    struct formula_name kind = {gradient, strcspn(gradient, ":")};
    const bool is_there = gradient[kind.size] == ':';
    *formulas = gradient + (is_there ? kind.size + 1 : 0);
    return is_there ? kind : (struct formula_name){gradient, 0};
}

struct formula_name formula_by(const char *formulas, uint32_t input)
{
    for (uint32_t i = 0; i < input; i++) {
        formulas += strcspn(formulas, "|");
        formulas += *formulas == '|';
    }
    struct formula_name formula = {formulas, strcspn(formulas, "|")};
    while (formula.size && *formula.text == ' ') {
        formula.text++;
        formula.size--;
    }
    while (formula.size && formula.text[formula.size - 1] == ' ')
        formula.size--;
    return formula;
}

bool formula_is_zero(struct formula_name formula)
{
    return formula_is(formula, "0");
}

struct parser {
    const struct formula_visitor *visitor;
    void *user;
    const char *at, *end;
    bool is_bad;
    int depth;
    struct formula_name names[MAX_NAMES];
    uint32_t values[MAX_NAMES], n_names;
};

static uint32_t comparison(struct parser *parser);

static char peek(const struct parser *parser)
{
    return parser->at < parser->end ? *parser->at : '\0';
}

static void skip_spaces(struct parser *parser)
{
    while (peek(parser) == ' ')
        parser->at++;
}

static bool take(struct parser *parser, const char *text)
{
    skip_spaces(parser);
    const char *at = parser->at;
    for (; *text; text++, at++)
        if (parser->is_bad || at == parser->end || *at != *text)
            return false;
    parser->at = at;
    return true;
}

static void require(struct parser *parser, bool is_so)
{
    parser->is_bad |= !is_so;
}

static struct formula_name take_name(struct parser *parser)
{
    skip_spaces(parser);
    struct formula_name name = {.text = parser->at};
    while (isalnum((unsigned char)peek(parser)) || peek(parser) == '_')
        parser->at++;
    name.size = (size_t)(parser->at - name.text);
    require(parser, name.size > 0);
    return name;
}

/* As strtod, whatever the locale. Digits and power are exact up to 2^53. */
static double take_number(struct parser *parser)
{
    double digits = 0, power = 1;
    bool is_fraction = false;
    for (; isdigit((unsigned char)peek(parser)) || peek(parser) == '.'; parser->at++) {
        if (*parser->at == '.') {
            require(parser, !is_fraction);
            is_fraction = true;
            continue;
        }
        digits = digits * 10 + (*parser->at - '0');
        power *= is_fraction ? 10 : 1;
    }
    return digits / power;
}

static uint32_t visit_name(struct parser *parser, struct formula_name name)
{
    for (uint32_t i = 0; i < parser->n_names; i++)
        if (parser->names[i].size == name.size &&
            memcmp(parser->names[i].text, name.text, name.size) == 0)
            return parser->values[i];
    return parser->is_bad ? 0 : parser->visitor->name(parser->user, name);
}

static uint32_t visit_call(struct parser *parser, struct formula_name op, const uint32_t *arguments,
                           uint32_t n)
{
    require(parser, isupper((unsigned char)*op.text) && op.size < FORMULA_MAX_OP);
    return parser->is_bad ? 0 : parser->visitor->call(parser->user, op, arguments, n);
}

static uint32_t visit_binary(struct parser *parser, const char *op, uint32_t a, uint32_t b)
{
    return visit_call(parser, (struct formula_name){op, strlen(op)}, (uint32_t[]){a, b}, 2);
}

static uint32_t call(struct parser *parser, struct formula_name op)
{
    uint32_t arguments[FORMULA_MAX_ARGUMENTS] = {0}, n = 0;
    do {
        require(parser, n < FORMULA_MAX_ARGUMENTS);
        if (!parser->is_bad)
            arguments[n++] = comparison(parser);
    } while (take(parser, ","));
    require(parser, take(parser, ")"));
    return visit_call(parser, op, arguments, n);
}

static uint32_t primary(struct parser *parser)
{
    uint32_t value = 0;
    require(parser, ++parser->depth <= MAX_DEPTH);
    if (parser->is_bad)
        return 0;
    skip_spaces(parser);
    if (take(parser, "-")) {
        value = primary(parser);
        value = visit_call(parser, (struct formula_name){"Neg", 3}, &value, 1);
    } else if (take(parser, "(")) {
        value = comparison(parser);
        require(parser, take(parser, ")"));
    } else if (isdigit((unsigned char)peek(parser))) {
        const double number = take_number(parser);
        value = parser->is_bad ? 0 : parser->visitor->number(parser->user, number);
    } else {
        const struct formula_name name = take_name(parser);
        value = take(parser, "(") ? call(parser, name) : visit_name(parser, name);
    }
    parser->depth--;
    return value;
}

static uint32_t product(struct parser *parser)
{
    uint32_t value = primary(parser);
    for (;;) {
        if (take(parser, "*"))
            value = visit_binary(parser, "Mul", value, primary(parser));
        else if (take(parser, "/"))
            value = visit_binary(parser, "Div", value, primary(parser));
        else
            return value;
    }
}

static uint32_t sum(struct parser *parser)
{
    uint32_t value = product(parser);
    for (;;) {
        if (take(parser, "+"))
            value = visit_binary(parser, "Add", value, product(parser));
        else if (take(parser, "-"))
            value = visit_binary(parser, "Sub", value, product(parser));
        else
            return value;
    }
}

static uint32_t comparison(struct parser *parser)
{
    static const struct {
        const char *text, *op;
    } signs[] = {{"<=", "LessOrEqual"},
                 {">=", "GreaterOrEqual"},
                 {"==", "Equal"},
                 {"<", "Less"},
                 {">", "Greater"}};
    uint32_t value = sum(parser);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (take(parser, signs[i].text))
            return visit_binary(parser, signs[i].op, value, sum(parser));
    return value;
}

bool formula_visit(struct formula_name formula, const struct formula_visitor *visitor, void *user,
                   uint32_t *value, const char **at)
{
    struct parser parser = {
        .visitor = visitor, .user = user, .at = formula.text, .end = formula.text + formula.size};
    while (!parser.is_bad && memchr(parser.at, ';', (size_t)(parser.end - parser.at))) {
        const struct formula_name name = take_name(&parser);
        require(&parser, take(&parser, "=") && parser.n_names < MAX_NAMES);
        const uint32_t set = comparison(&parser);
        require(&parser, take(&parser, ";"));
        if (parser.is_bad)
            break;
        parser.names[parser.n_names] = name;
        parser.values[parser.n_names++] = set;
    }
    *value = comparison(&parser);
    skip_spaces(&parser);
    require(&parser, parser.at == parser.end);
    *at = parser.at;
    return !parser.is_bad;
}

/* Checks */

struct check {
    const struct hinge_op *op;
    const char *bad; /* NULL: nothing so far */
};

static bool is_number(const struct hinge_op *op, struct formula_name name)
{
    for (const struct hinge_attribute_def *def = op->attributes; def && def->name; def++)
        if (formula_is(name, def->name))
            return def->type == HINGE_ATTR_FLOAT || def->type == HINGE_ATTR_INT;
    return false;
}

static uint32_t check_number(void *user, double number)
{
    (void)user;
    (void)number;
    return 0;
}

static uint32_t check_name(void *user, struct formula_name name)
{
    struct check *check = user;
    bool is_known = formula_is(name, "dy") || formula_is(name, "y") || is_number(check->op, name);
    if (!is_known && name.size == 1) {
        const uint32_t input = *name.text == 'x' ? 0 : (uint32_t)(*name.text - 'a');
        is_known = input < 5 && input < signature_arity(check->op->signature).max_inputs;
    }
    if (!is_known && !check->bad)
        check->bad = name.text;
    return 0;
}

static uint32_t check_call(void *user, struct formula_name op, const uint32_t *arguments,
                           uint32_t n)
{
    struct check *check = user;
    (void)arguments;
    const bool is_pair = formula_is(op, "SumTo") || formula_is(op, "Like");
    if (!check->bad && ((is_pair && n != 2) || (formula_is(op, "Shape") && n != 1)))
        check->bad = op.text;
    return 0;
}

static bool is_kind(struct formula_name kind)
{
    static const char *const rules[] = {
#define RULE_NAME(name) #name,
        HINGE_RULES(RULE_NAME)
#undef RULE_NAME
            "broadcast",
        "flat", ""};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (formula_is(kind, rules[i]))
            return true;
    return false;
}

bool formula_check(const struct hinge_op *op, const char **at)
{
    static const struct formula_visitor visitor = {check_number, check_name, check_call};
    const char *formulas;
    const struct formula_name kind = formula_kind(op->gradient, &formulas);
    *at = op->gradient;
    if (!is_kind(kind))
        return false;
    const char *last = strrchr(formulas, '|');
    for (uint32_t i = 0;; i++) {
        const struct formula_name formula = formula_by(formulas, i);
        struct check check = {.op = op};
        uint32_t value;
        if (formula.size && !formula_is_zero(formula) &&
            !formula_visit(formula, &visitor, &check, &value, at))
            return false;
        *at = check.bad;
        if (check.bad)
            return false;
        if (!last || formula.text > last)
            return true;
    }
}
