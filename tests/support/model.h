/* Small models made in memory for tests. */
#ifndef TESTS_SUPPORT_MODEL_H
#define TESTS_SUPPORT_MODEL_H

#include <hinge/tensor.h>

struct model;

/* A model of IR version 8 that imports opset 13 and version 1 of the domain "test.plugins". Failing
 * allocations end the program. */
struct model *model_create(void);
void model_destroy(struct model *model);
/* Makes it import another opset of the standard. */
void model_import(struct model *model, int64_t opset);
/* Makes it, and functions that are begun later, import a domain. */
void model_import_domain(struct model *model, const char *domain, int64_t version);

/* dims of -1 are symbolic, named "n". rank -1 declares no shape, a type of 0 no type. The shape of
 * a sequence or an optional is that of its elements. */
void model_input(struct model *model, const char *name, hinge_type_code type, int rank,
                 const int64_t *dims);
void model_output(struct model *model, const char *name, hinge_type_code type, int rank,
                  const int64_t *dims);
void model_floats(struct model *model, const char *name, int rank, const int64_t *dims,
                  const float *values);
void model_ints(struct model *model, const char *name, int rank, const int64_t *dims,
                const int64_t *values);
void model_bools(struct model *model, const char *name, int rank, const int64_t *dims,
                 const uint8_t *values);
void model_strings(struct model *model, const char *name, int rank, const int64_t *dims,
                   const char *const *values);
/* inputs and outputs are lists with spaces between; "-" is one that is left out. */
void model_node(struct model *model, const char *domain, const char *op, const char *inputs,
                const char *outputs);
/* Give the node added last an attribute. */
void model_attribute_int(struct model *model, const char *name, int64_t value);
void model_attribute_ints(struct model *model, const char *name, size_t count,
                          const int64_t *values);
void model_attribute_float(struct model *model, const char *name, float value);
void model_attribute_string(struct model *model, const char *name, const char *value);
/* values is a list with spaces between. */
void model_attribute_strings(struct model *model, const char *name, const char *values);
void model_attribute_type(struct model *model, const char *name, hinge_type_code type);
/* A tensor of one element, which is 0, of rank 0. */
void model_attribute_zero(struct model *model, const char *name, hinge_type type);
/* Makes the node's attribute take the value of the function's own attribute. */
void model_attribute_reference(struct model *model, const char *name, const char *reference);

/* Inputs, outputs, initializers and nodes added from here to model_end_graph belong to a graph that
 * is an attribute of the node added last, which is so again afterwards. */
void model_begin_graph(struct model *model, const char *name);
void model_end_graph(struct model *model);

/* Nodes added from here to model_end_function belong to a function "test.functions::name" (a domain
 * that the model then imports in version 1), which has these inputs, outputs and attributes. Float
 * attributes have the default alpha where they are in defaulted. */
void model_begin_function(struct model *model, const char *name, const char *inputs,
                          const char *outputs, const char *attributes, const char *defaulted,
                          float alpha);
void model_end_function(struct model *model);

/* The serialised model, valid until the next call or model_destroy. */
const void *model_bytes(struct model *model, size_t *size);

#endif
