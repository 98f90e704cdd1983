/* libFuzzer's mutator of models: it changes the tree of messages that a model is, so that what
 * comes out is well-formed, and mostly a model still. Now and then, and where the bytes are none,
 * they are changed as bytes. */
#include "tests/fuzz/mutate.h"
#include "onnx.pb-c.h"

#include <string.h>

#define MAX_SIZE ((size_t)1 << 16) /* of a tree's bytes */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

static void pick_in(struct pick *pick, struct message *message)
{
    for (size_t i = 0; i < message->n_fields; i++) {
        struct field *field = &message->fields[i];
        if (pick->choice(message, field, pick->argument) &&
            draw_one_in(pick->draw, ++pick->n_seen)) {
            pick->message = message;
            pick->index = i;
        }
        if (field->message)
            pick_in(pick, field->message);
    }
}

struct field *mutate_pick(struct pick *pick, struct message *message)
{
    pick->n_seen = 0;
    pick_in(pick, message);
    return pick->n_seen ? &pick->message->fields[pick->index] : NULL;
}

static bool is_any(const struct message *message, const struct field *field, const void *argument)
{
    (void)message, (void)field, (void)argument;
    return true;
}

static bool is_number(const struct message *message, const struct field *field,
                      const void *argument)
{
    (void)message, (void)argument;
    return field->wire != WIRE_BYTES;
}

static bool is_bytes(const struct message *message, const struct field *field, const void *argument)
{
    (void)message, (void)argument;
    return field->wire == WIRE_BYTES && !field->message &&
           field->meaning->type != PROTOBUF_C_TYPE_STRING;
}

static bool is_string(const struct message *message, const struct field *field,
                      const void *argument)
{
    (void)message, (void)argument;
    return field->meaning->type == PROTOBUF_C_TYPE_STRING;
}

bool mutate_is_type(const struct message *message, const struct field *field, const void *argument)
{
    (void)message, (void)argument;
    return strcmp(field->meaning->name, "data_type") == 0 ||
           (strcmp(field->meaning->name, "elem_type") == 0 && !field->message);
}

bool mutate_is_message(const struct message *message, const struct field *field,
                       const void *argument)
{
    (void)message;
    return field->message && strcmp(field->message->type->short_name, argument) == 0;
}

static bool in_such_message(const struct message *message, const struct field *field,
                            const void *argument)
{
    (void)field;
    return message->type == argument;
}

bool mutate_is_value_name(const struct message *message, const struct field *field,
                          const void *argument)
{
    (void)argument;
    return message_is(message, field, "NodeProto", "input") ||
           message_is(message, field, "NodeProto", "output") ||
           message_is(message, field, "ValueInfoProto", "name") ||
           message_is(message, field, "TensorProto", "name");
}

bool mutate_is_input(const struct message *message, const struct field *field, const void *argument)
{
    (void)argument;
    return message_is(message, field, "NodeProto", "input");
}

static bool change_number(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, is_number};
    struct field *field = mutate_pick(&pick, model);
    if (!field)
        return false;
    float single;
    if (field->wire == WIRE_32) {
        single = (float)draw_real(draw);
        uint32_t bits;
        memcpy(&bits, &single, sizeof bits);
        field->number = bits;
    } else if (mutate_is_type(NULL, field, NULL)) {
        field->number = draw_below(draw, 28);
    } else if (message_is(pick.message, field, "OperatorSetIdProto", "version")) {
        field->number = 1 + draw_below(draw, 29);
    } else if (field->meaning->type == PROTOBUF_C_TYPE_ENUM) {
        field->number = draw_below(draw, 16);
    } else if (draw_one_in(draw, 3)) {
        field->number += draw_one_in(draw, 2) ? 1 : UINT64_MAX;
    } else {
        field->number = (uint64_t)draw_whole(draw);
    }
    return true;
}

/* One number within the bytes, of one of the widths that elements have. */
static void change_element(struct draw *draw, uint8_t *bytes, size_t size)
{
    size_t width = (size_t)1 << draw_below(draw, 4);
    while (width > size)
        width /= 2;
    uint8_t *at = bytes + width * draw_below(draw, size / width);
    int64_t whole = draw_whole(draw);
    double real = draw_real(draw);
    float single = (float)real;
    if (width == 8 && draw_one_in(draw, 2))
        memcpy(at, &real, width);
    else if (width == 4 && draw_one_in(draw, 2))
        memcpy(at, &single, width);
    else
        memcpy(at, &whole, width);
}

static bool change_bytes(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, is_bytes};
    struct field *field = mutate_pick(&pick, model);
    size_t room = field ? field->size + 8 : 0;
    uint8_t *bytes = field ? message_memory(room) : NULL;
    if (!bytes)
        return false;
    if (field->size)
        memcpy(bytes, field->bytes, field->size);
    field->bytes = bytes;
    if (field->size && draw_below(draw, 4))
        change_element(draw, bytes, field->size);
    else
        field->size = LLVMFuzzerMutate(bytes, field->size,
                                       field->size && draw_one_in(draw, 2) ? field->size : room);
    return true;
}

/* A name takes another's place: mostly, a node reads another value than before. */
static bool change_name(struct draw *draw, struct message *model)
{
    bool is_value = draw_below(draw, 16);
    struct pick to = {draw, is_value ? mutate_is_input : is_string};
    struct pick from = {draw, is_value ? mutate_is_value_name : is_string};
    struct field *field = mutate_pick(&to, model);
    struct field *other = mutate_pick(&from, model);
    if (!field)
        return false;
    field->bytes = other->bytes;
    field->size = draw_one_in(draw, 16) ? 0 : other->size;
    return true;
}

static bool remove_field(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, is_any};
    if (!mutate_pick(&pick, model))
        return false;
    message_remove(pick.message, pick.index);
    return true;
}

static bool is_repeated(const struct message *message, const struct field *field,
                        const void *argument)
{
    (void)message, (void)argument;
    return field->meaning->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool repeat_field(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, draw_one_in(draw, 32) ? is_any : is_repeated};
    struct field *field = mutate_pick(&pick, model), copy;
    return field && message_copy(field, &copy) && mutate_rename_copy(draw, &copy) &&
           message_insert(pick.message, draw_below(draw, pick.message->n_fields + 1), &copy);
}

static bool swap_fields(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, is_any};
    struct field *field = mutate_pick(&pick, model);
    if (!field)
        return false;
    struct field *other = &pick.message->fields[draw_below(draw, pick.message->n_fields)];
    struct field kept = *field;
    *field = *other;
    *other = kept;
    return true;
}

bool mutate_splice(struct draw *draw, struct message *model, struct message *donor)
{
    struct pick from = {draw, is_any};
    struct field *field = mutate_pick(&from, donor), copy;
    if (!field || !message_copy(field, &copy))
        return false;
    struct pick to = {draw, in_such_message, from.message->type};
    struct field *there = mutate_pick(&to, model);
    if (!there)
        return false;
    if (there->meaning == copy.meaning && draw_one_in(draw, 2))
        *there = copy;
    else
        return mutate_rename_copy(draw, &copy) &&
               message_put(to.message, draw_below(draw, to.message->n_fields + 1), &copy);
    return true;
}

static bool splice_itself(struct draw *draw, struct message *model)
{
    return mutate_splice(draw, model, model);
}

/* What is changed often stands more than once. */
static bool (*const mutations[])(struct draw *draw, struct message *model) = {
    change_number,      change_number,      change_bytes,     change_bytes,
    change_name,        remove_field,       repeat_field,     swap_fields,
    splice_itself,      mutate_operator,    mutate_attribute, mutate_attribute,
    mutate_tensor_dims, mutate_tensor_dims, mutate_types,     mutate_left_out,
};

static struct message *parse_model(const uint8_t *data, size_t size)
{
    return size <= MAX_SIZE ? message_parse(&onnx__model_proto__descriptor, data, size) : NULL;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct draw draw = {seed};
    message_reset();
    struct message *model = draw_one_in(&draw, 20) ? NULL : parse_model(data, size);
    if (!model)
        return LLVMFuzzerMutate(data, size, max_size);
    for (size_t n = draw_below(&draw, 3) ? 1 : 3, tries = 20; n > 0 && tries > 0; tries--)
        n -= mutations[draw_below(&draw, sizeof mutations / sizeof *mutations)](&draw, model);
    if (draw_below(&draw, 16))
        mutate_fit_data(model);
    static uint8_t written[MAX_SIZE]; /* the tree may refer to what data holds */
    size_t room = max_size < sizeof written ? max_size : sizeof written;
    size_t new_size = message_write(model, written, room);
    if (new_size == SIZE_MAX)
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(data, written, new_size);
    return new_size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
    struct draw draw = {seed};
    message_reset();
    struct message *model = parse_model(data1, size1), *donor = parse_model(data2, size2);
    if (!model || !donor)
        return 0;
    if (draw_one_in(&draw, 2)) {
        if (!mutate_chain(&draw, model, donor))
            return 0;
    } else {
        for (size_t n = 1 + draw_below(&draw, 3); n > 0; n--)
            mutate_splice(&draw, model, donor);
    }
    size_t size = message_write(model, out, max_size);
    return size == SIZE_MAX ? 0 : size;
}
