/* The operator that computes on integers what another one computes on what they stand for: the text
 * that plugin.h describes at hinge_op.integers. Constant: any thread may ask. */
#ifndef PLUGINS_INTEGER_FORM_H
#define PLUGINS_INTEGER_FORM_H

#include <hinge/plugin.h>

struct integer_form {
    char op[64], domain[64]; /* domain: "" for the standard's own */
    uint32_t opset;
    const char *inputs; /* for integer_form_next */
};

/* false where the text cannot be read. */
bool integer_form_read(const char *text, struct integer_form *form);

/* One of the form's inputs: the operator's inputs [first, end), scale and zero point of y, or the
 * bias, which is input first. */
struct integer_input {
    bool is_y, is_bias;
    uint32_t first, end;
};
/* The next one from *at on, of an operator's node with n_inputs; false behind the last. */
bool integer_form_next(const char **at, uint32_t n_inputs, struct integer_input *input);

#endif
