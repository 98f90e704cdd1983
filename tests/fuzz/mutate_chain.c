/* Mutations that put a graph, or a copy of a part, beside what is there, under names of its own. */
#include "tests/fuzz/mutate.h"

#include <string.h>

static bool rename_field(struct field *field, const uint8_t suffix[2])
{
    uint8_t *name = message_memory(field->size + 2);
    if (!name)
        return false;
    memcpy(name, field->bytes, field->size);
    memcpy(name + field->size, suffix, 2);
    field->bytes = name;
    field->size += 2;
    return true;
}

/* All values under message that are defined there, and read where that is asked for. */
static bool rename_values(struct message *message, const uint8_t suffix[2], bool read)
{
    for (size_t i = 0; i < message->n_fields; i++) {
        struct field *field = &message->fields[i];
        bool is_named = field->size && mutate_is_value_name(message, field, NULL) &&
                        (read || !message_is(message, field, "NodeProto", "input"));
        if (field->message ? !rename_values(field->message, suffix, read)
                           : is_named && !rename_field(field, suffix))
            return false;
    }
    return true;
}

static void draw_suffix(struct draw *draw, uint8_t suffix[2])
{
    for (size_t i = 0; i < 2; i++)
        suffix[i] = (uint8_t)('a' + draw_below(draw, 26));
}

bool mutate_rename_copy(struct draw *draw, struct field *copy)
{
    uint8_t suffix[2];
    draw_suffix(draw, suffix);
    return !copy->message || draw_one_in(draw, 8) || rename_values(copy->message, suffix, false);
}

static void replace_name(struct message *message, const struct field *from, const struct field *to)
{
    for (size_t i = 0; i < message->n_fields; i++) {
        struct field *field = &message->fields[i];
        if (field->message)
            replace_name(field->message, from, to);
        else if (message_is(message, field, "NodeProto", "input") && field->size == from->size &&
                 memcmp(field->bytes, from->bytes, from->size) == 0) {
            field->bytes = to->bytes;
            field->size = to->size;
        }
    }
}

static bool feeds(const struct message *message, const struct field *field, const void *argument)
{
    (void)argument;
    return message_is(message, field, "NodeProto", "output");
}

/* Whether the model imports the domain of an import, in whatever version. */
static bool imports(const struct message *model, const struct message *import)
{
    const struct field *domain = message_find(import, "domain");
    size_t size = domain ? domain->size : 0;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (!mutate_is_message(model, &model->fields[i], "OperatorSetIdProto"))
            continue;
        const struct field *other = message_find(model->fields[i].message, "domain");
        if ((other ? other->size : 0) == size &&
            (size == 0 || memcmp(other->bytes, domain->bytes, size) == 0))
            return true;
    }
    return false;
}

bool mutate_chain(struct draw *draw, struct message *model, struct message *donor)
{
    struct field *first = message_find(model, "graph"), *second = message_find(donor, "graph");
    uint8_t suffix[2];
    draw_suffix(draw, suffix);
    if (!first || !second || !rename_values(donor, suffix, true))
        return false;
    struct pick from = {draw, feeds}, to = {draw, mutate_is_input};
    const struct field *output = mutate_pick(&from, first->message);
    const struct field *input = mutate_pick(&to, second->message);
    if (output && input) {
        const struct field replaced = *input;
        replace_name(second->message, &replaced, output);
    }
    for (size_t i = 0; i < second->message->n_fields; i++)
        if (!message_put(first->message, first->message->n_fields, &second->message->fields[i]))
            return false;
    for (size_t i = 0; i < donor->n_fields; i++)
        if (mutate_is_message(donor, &donor->fields[i], "OperatorSetIdProto") &&
            !imports(model, donor->fields[i].message) &&
            !message_insert(model, model->n_fields, &donor->fields[i]))
            return false;
    return true;
}
