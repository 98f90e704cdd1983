/* What the mutator's parts share. A mutation changes a model and returns false where there was
 * nothing of its kind to change, or no memory. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include "tests/fuzz/draw.h"
#include "tests/fuzz/message.h"

typedef bool mutate_choice(const struct message *message, const struct field *field,
                           const void *argument);

/* A draw among all fields of a tree that choice takes, each as likely as another. */
struct pick {
    struct draw *draw;
    mutate_choice *choice;
    const void *argument;
    size_t n_seen;
    struct message *message; /* with index, the field that was drawn */
    size_t index;
};

/* The field drawn, NULL where there is none. */
struct field *mutate_pick(struct pick *pick, struct message *message);

/* Choices: a field that says an element type; that is a message of the type named by argument; that
 * is the name of a value; that is the name of a value which a node reads. */
mutate_choice mutate_is_type, mutate_is_message, mutate_is_value_name, mutate_is_input;

/* Copies a field of donor, which may be model itself, into a message of model. */
bool mutate_splice(struct draw *draw, struct message *model, struct message *donor);

/* mutate_model.c: mutations that know what a model is. */

/* Another operator in a node's place. */
bool mutate_operator(struct draw *draw, struct message *model);
/* A node gets an attribute that its operator has. */
bool mutate_attribute(struct draw *draw, struct message *model);
/* Another shape of a tensor, or of a declared value. */
bool mutate_tensor_dims(struct draw *draw, struct message *model);
/* Another element type wherever one stands in the model. */
bool mutate_types(struct draw *draw, struct message *model);
/* An input or output of a node is left out. */
bool mutate_left_out(struct draw *draw, struct message *model);
/* Gives tensors as many data as they take, those that are there one after the other. */
void mutate_fit_data(struct message *message);

/* mutate_chain.c */

/* Mostly gives the values that a copied field defines other names than they had; false where there
 * is no memory. */
bool mutate_rename_copy(struct draw *draw, struct field *copy);
/* Appends donor's graph to the model's, which then feeds one of its inputs. Changes donor. */
bool mutate_chain(struct draw *draw, struct message *model, struct message *donor);

#endif
