/* Derivatives of operators: the text that plugin.h describes at HINGE_RULES, read as it is, each
 * time it is asked for. Constant: any thread may ask. */
#ifndef PLUGINS_FORMULA_H
#define PLUGINS_FORMULA_H

#include <hinge/plugin.h>

#define FORMULA_MAX_ARGUMENTS 4
#define FORMULA_MAX_OP 32 /* bytes of an operator's name, with the zero at its end */

/* Not terminated. */
struct formula_name {
    const char *text;
    size_t size;
};
bool formula_is(struct formula_name name, const char *text);

/* The word in front of the colon, empty where there is none, and what follows. */
struct formula_name formula_kind(const char *gradient, const char **formulas);
/* The formula by an input, one of those with "|" between; empty where there is none. */
struct formula_name formula_by(const char *formulas, uint32_t input);
/* Whether a formula says that the derivative is 0. */
bool formula_is_zero(struct formula_name formula);

/* What becomes of the parts of a formula, from the innermost on. */
struct formula_visitor {
    uint32_t (*number)(void *user, double number);
    uint32_t (*name)(void *user, struct formula_name name); /* that the formula does not set */
    uint32_t (*call)(void *user, struct formula_name op, const uint32_t *arguments, uint32_t n);
};
/* Visits a formula; *value is what came of the whole. false where it cannot be read; *at then says
 * where. */
bool formula_visit(struct formula_name formula, const struct formula_visitor *visitor, void *user,
                   uint32_t *value, const char **at);

/* Whether an operator's gradient can be read, and names what the operator has; otherwise *at says
 * where not. The signature has been checked. */
bool formula_check(const struct hinge_op *op, const char **at);

#endif
