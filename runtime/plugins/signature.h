/* Signatures of operators: the text that plugin.h describes, read as it is, each time it is asked.
 * Constant: any thread may ask. */
#ifndef PLUGINS_SIGNATURE_H
#define PLUGINS_SIGNATURE_H

#include <hinge/plugin.h>

#define SIGNATURE_MAX_VARIABLES 16
#define SIGNATURE_ANY UINT32_MAX /* number of a side that has no end */

/* How many inputs and outputs there may be. */
struct signature_arity {
    uint32_t min_inputs, max_inputs, min_outputs, max_outputs;
};

/* What the variables stand for, in the order in which the signature constrains them. */
struct signature_types {
    hinge_type_code codes[SIGNATURE_MAX_VARIABLES]; /* 0: not bound */
};

/* false where the text is no signature; *at then says where (an offset). */
bool signature_check(const char *signature, size_t *at);

/* Of a signature that has been checked: */

struct signature_arity signature_arity(const char *signature);
/* The name of a parameter, not terminated, and its length; "" past the end. A variadic one is named
 * for all that it takes. */
const char *signature_name(const char *signature, bool output, uint32_t index, size_t *size);
/* Whether the parameter must be given, as each of a variadic one must. */
bool signature_is_required(const char *signature, bool output, uint32_t index);
/* Whether inputs of these types (0: left out) may be given; binds variables. Otherwise *bad is the
 * first that may not. */
bool signature_match(const char *signature, const hinge_type_code *inputs, uint32_t n_inputs,
                     struct signature_types *types, uint32_t *bad);
/* The attribute that tells the first variable of an output's type that is not bound, and that
 * variable's index; false where there is none. */
bool signature_attribute(const char *signature, uint32_t output,
                         const struct signature_types *types, const char **name, size_t *size,
                         size_t *variable);
/* An output's type; 0 where it has a variable that is not bound. */
hinge_type_code signature_output(const char *signature, uint32_t output,
                                 const struct signature_types *types);
/* Whether an output may be of that type (0: not known), where its own is a variable alone. */
bool signature_output_allows(const char *signature, uint32_t output, hinge_type_code code);
/* Whether the variable may stand for code. */
bool signature_allows(const char *signature, size_t variable, hinge_type_code code);
/* The types that a parameter may have, as the signature writes them. */
void signature_parameter_types(const char *signature, bool output, uint32_t index, char *text,
                               size_t size);

#endif
