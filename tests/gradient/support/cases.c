#include "tests/gradient/support/cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum known { EVERYTHING, ALL_BUT_FIRST, NOTHING };
static const char *const input_names[] = {"a", "b", "c", "d", "e"};

static void add_attributes(struct model *model, const struct rule_case *c)
{
    for (const struct attribute *at = c->attributes; at < c->attributes + MAX_ATTRIBUTES; at++)
        if (at->kind == INT)
            model_attribute_int(model, at->name, at->i);
        else if (at->kind == FLOAT)
            model_attribute_float(model, at->name, at->f);
        else if (at->kind == STRING)
            model_attribute_string(model, at->name, at->s);
        else if (at->kind == LIST)
            model_attribute_ints(model, at->name, at->n, at->ints);
}

/* Adds a number's input, which is called name, cast to type where that is not double. */
static void add_input(struct model *model, const struct input *input, const char *name,
                      enum known known, hinge_type type)
{
    int64_t dims[5];
    char as_given[16];
    memcpy(dims, input->dims, sizeof dims);
    if (known == ALL_BUT_FIRST && input->rank && *name == 'a')
        dims[0] = -1;
    snprintf(as_given, sizeof as_given, type == HINGE_DOUBLE ? "%s" : "%s_given", name);
    model_input(model, as_given, HINGE_DOUBLE, known == NOTHING ? -1 : input->rank, dims);
    if (type == HINGE_DOUBLE)
        return;
    model_node(model, "", "Cast", as_given, name);
    model_attribute_int(model, "to", type);
}

static struct model *build(const struct rule_case *c, enum known known, hinge_type type)
{
    struct model *model = begin_model(c->opset ? c->opset : 21);
    char inputs[64] = "", xs[64] = "", derivatives[64] = "";
    if (c->domain)
        model_import_domain(model, c->domain, 1);
    for (int i = 0; i < MAX_INPUTS && c->inputs[i].kind; i++) {
        const struct input *input = &c->inputs[i];
        const char *name = input_names[i];
        uint8_t bools[8];
        for (int k = 0; k < 8; k++)
            bools[k] = input->ints[k] != 0;
        snprintf(inputs + strlen(inputs), 8, " %s", input->kind == LEFT_OUT ? "-" : name);
        if (input->kind == INTS)
            model_ints(model, name, input->rank, input->dims, input->ints);
        else if (input->kind == BOOLS)
            model_bools(model, name, input->rank, input->dims, bools);
        else if (input->kind == FLOATS)
            model_floats(model, name, input->rank, input->dims, input->floats);
        else if (input->kind == NUMBERS)
            add_input(model, input, name, known, type);
        if (input->kind != NUMBERS)
            continue;
        snprintf(xs + strlen(xs), 16, " %s%s", name, type == HINGE_DOUBLE ? "" : "_given");
        snprintf(derivatives + strlen(derivatives), 8, " d%s", name);
    }
    model_node(model, c->domain ? c->domain : "", c->op, inputs + 1,
               strcmp(c->op, "Split") == 0 || strcmp(c->op, "TopK") == 0 ? "y z" : "y");
    add_attributes(model, c);
    model_node(model, "", "Cast", "y", "wide");
    model_attribute_int(model, "to", HINGE_DOUBLE);
    model_node(model, "", "Sin", "wide", "s");
    add_gradient(model, xs + 1, NULL, "s", xs + 1, derivatives + 1);
    model_output(model, "s", HINGE_DOUBLE, -1, NULL);
    for (int i = 0; i < MAX_INPUTS && c->inputs[i].kind; i++)
        if (c->inputs[i].kind == NUMBERS) {
            char name[8];
            snprintf(name, sizeof name, "d%s", input_names[i]);
            model_output(model, name, HINGE_DOUBLE, -1, NULL);
        }
    return model;
}

static size_t fill(const struct rule_case *c, hinge_tensor *inputs)
{
    size_t n = 0;
    for (int i = 0; i < MAX_INPUTS && c->inputs[i].kind; i++) {
        const struct input *input = &c->inputs[i];
        if (input->kind != NUMBERS)
            continue;
        hinge_tensor *x = &inputs[n++];
        *x = hinge_tensor_over(HINGE_DOUBLE, input->rank, input->dims, NULL);
        x->data = malloc((size_t)hinge_tensor_size(x));
        CU_ASSERT_PTR_NOT_NULL_FATAL(x->data);
        for (int64_t k = 0; k < hinge_tensor_count(x); k++)
            ((double *)x->data)[k] = random_in(input->low, input->high);
    }
    return n;
}

static void check_type(const struct rule_case *c, const struct run *exact,
                       const hinge_tensor *inputs, size_t n_inputs, hinge_type type,
                       double tolerance)
{
    struct model *model = build(c, EVERYTHING, type);
    struct run run;
    begin_run(&run, model);
    do_run(&run, inputs, n_inputs);
    double largest = 1, worst = 0;
    for (size_t o = 1; o < run.n_outputs; o++)
        for (int64_t i = 0; i < hinge_tensor_count(&run.outputs[o]); i++) {
            const double expected = ((const double *)exact->outputs[o].data)[i];
            const double error = fabs(((const double *)run.outputs[o].data)[i] - expected);
            largest = fmax(largest, fabs(expected));
            worst = error <= worst ? worst : error;
        }
    char text[200];
    snprintf(text, sizeof text, "%s: in type %d off by %g of %g", c->op, (int)type, worst, largest);
    if (!(worst <= tolerance * largest))
        fail(text);
    end_run(&run);
    model_destroy(model);
}

static void check_types(const struct rule_case *c, const hinge_tensor *inputs, size_t n_inputs)
{
    struct model *model = build(c, EVERYTHING, HINGE_DOUBLE);
    struct run run;
    begin_run(&run, model);
    do_run(&run, inputs, n_inputs);
    check_type(c, &run, inputs, n_inputs, HINGE_FLOAT, 1e-5);
    if (!c->is_exact && (!c->opset || c->opset >= 13)) {
        check_type(c, &run, inputs, n_inputs, HINGE_FLOAT16, 2e-2);
        check_type(c, &run, inputs, n_inputs, HINGE_BFLOAT16, 1.5e-1);
    }
    end_run(&run);
    model_destroy(model);
}

void check_case(const struct rule_case *c)
{
    hinge_tensor inputs[MAX_INPUTS];
    const size_t n_inputs = fill(c, inputs);
    for (int known = EVERYTHING; known <= NOTHING; known++) {
        if (known == NOTHING && c->needs_rank)
            continue;
        if (known == ALL_BUT_FIRST && c->attributes[0].kind == STRING && strcmp(c->op, "Conv") == 0)
            continue; /* auto_pad needs what x is */
        char what[64];
        snprintf(what, sizeof what, "%s, case %d of knowledge", c->op, known);
        struct model *model = build(c, (enum known)known, HINGE_DOUBLE);
        check_derivatives(what, model, inputs, n_inputs, 1e-7);
        model_destroy(model);
    }
    check_types(c, inputs, n_inputs);
    for (size_t i = 0; i < n_inputs; i++)
        free(inputs[i].data);
}

void check_refused(const struct rule_case *c, const char *says)
{
    struct model *model = build(c, EVERYTHING, HINGE_DOUBLE);
    check_fails(model, HINGE_UNSUPPORTED, says);
    model_destroy(model);
}
