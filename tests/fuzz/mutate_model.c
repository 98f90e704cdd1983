/* Mutations that know what a model is. */
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/operators.h"

#include <hinge/plugin.h>
#include <string.h>

#define MAX_ELEMENTS 256 /* of a tensor that is given another shape */

static bool set_text(struct message *message, const char *name, const char *text)
{
    struct field *field = message_obtain(message, name);
    return field && message_set_bytes(field, text, strlen(text));
}

static bool set_number(struct message *message, const char *name, uint64_t number)
{
    struct field *field = message_obtain(message, name);
    if (field)
        field->number = number;
    return field != NULL;
}

bool mutate_operator(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, mutate_is_message, "NodeProto"};
    struct field *node = mutate_pick(&pick, model);
    hinge_op_info op = {.size = sizeof op};
    operators_get(draw_below(draw, operators_count()), &op);
    return node && set_text(node->message, "op_type", op.name) &&
           set_text(node->message, "domain", op.domain);
}

/* What attributes of operators say; whether it is this one's is for the library to tell. */
static const char *const words[] = {
    "SAME_UPPER",
    "SAME_LOWER",
    "VALID",
    "NOTSET",
    "linear",
    "cubic",
    "nearest",
    "bilinear",
    "bicubic",
    "add",
    "mul",
    "max",
    "min",
    "none",
    "reflect",
    "edge",
    "wrap",
    "constant",
    "DCR",
    "CRD",
    "forward",
    "reverse",
    "bidirectional",
    "Relu",
    "Tanh",
    "Sigmoid",
    "Affine",
    "HardSigmoid",
    "zeros",
    "border",
    "mean",
    "sum",
    "half_pixel",
    "asymmetric",
    "floor",
    "ceil",
    "round_prefer_floor",
    "align_corners",
    "tf_crop_and_resize",
    "TFIDF",
    "TF",
    "UPPER",
    "LOWER",
    "SOFTMAX",
    "LOGISTIC",
    "SOFTMAX_ZERO",
    "PROBIT",
    "BRANCH_LEQ",
    "LEAF",
    "ij,jk->ik",
    "...i->...",
    "ii->i",
    "avg",
    "L1",
    "LAPLACE",
    "tanh",
    "not_larger",
    "not_smaller",
    "stretch",
    "MAX",
    "SUM",
    "RBF",
};

static const char *word(struct draw *draw)
{
    return words[draw_below(draw, sizeof words / sizeof *words)];
}

static void append_float(struct draw *draw, struct message *attribute, const char *name)
{
    struct field *field = message_append(attribute, name);
    float number = (float)draw_real(draw);
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    if (field)
        field->number = bits;
}

static void append_int(struct draw *draw, struct message *attribute, const char *name)
{
    struct field *field = message_append(attribute, name);
    if (field)
        field->number = (uint64_t)draw_whole(draw);
}

static void append_string(struct draw *draw, struct message *attribute, const char *name)
{
    struct field *field = message_append(attribute, name);
    const char *text = word(draw);
    if (field)
        message_set_bytes(field, text, strlen(text));
}

/* A copy of some message of that type in the model. */
static void append_message(struct draw *draw, struct message *model, struct message *attribute,
                           const char *name, const char *type)
{
    struct pick pick = {draw, mutate_is_message, type};
    struct field *from = mutate_pick(&pick, model), copy;
    struct field *field =
        from && message_copy(from, &copy) ? message_append(attribute, name) : NULL;
    if (field)
        field->message = copy.message;
}

static void fill_attribute(struct draw *draw, struct message *model, struct message *attribute,
                           uint32_t type)
{
    switch (type) {
    case HINGE_ATTR_FLOAT: append_float(draw, attribute, "f"); return;
    case HINGE_ATTR_INT: append_int(draw, attribute, "i"); return;
    case HINGE_ATTR_STRING: append_string(draw, attribute, "s"); return;
    case HINGE_ATTR_TENSOR: append_message(draw, model, attribute, "t", "TensorProto"); return;
    case HINGE_ATTR_GRAPH: append_message(draw, model, attribute, "g", "GraphProto"); return;
    case HINGE_ATTR_TYPE_PROTO: append_message(draw, model, attribute, "tp", "TypeProto"); return;
    default: break;
    }
    for (size_t n = draw_below(draw, 6); n > 0; n--)
        switch (type) {
        case HINGE_ATTR_FLOATS: append_float(draw, attribute, "floats"); break;
        case HINGE_ATTR_INTS: append_int(draw, attribute, "ints"); break;
        case HINGE_ATTR_STRINGS: append_string(draw, attribute, "strings"); break;
        default: return;
        }
}

bool mutate_attribute(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, mutate_is_message, "NodeProto"};
    struct field *node = mutate_pick(&pick, model);
    struct field *op = node ? message_find(node->message, "op_type") : NULL;
    hinge_attribute_info info;
    if (!op || !operators_attribute((const char *)op->bytes, op->size, draw_bits(draw) >> 1, &info))
        return false;
    for (size_t i = node->message->n_fields; i-- > 0;) {
        const struct field *old = &node->message->fields[i];
        const struct field *name = old->message ? message_find(old->message, "name") : NULL;
        if (name && name->size == strlen(info.name) &&
            memcmp(name->bytes, info.name, name->size) == 0)
            message_remove(node->message, i);
    }
    struct field *attribute = message_append(node->message, "attribute");
    if (!attribute || !set_text(attribute->message, "name", info.name) ||
        !set_number(attribute->message, "type", info.type))
        return false;
    fill_attribute(draw, model, attribute->message, info.type);
    return true;
}

static size_t bits_of(uint64_t type)
{
    static const uint8_t bits[HINGE_N_TYPES] = {
#define BITS(name, number, bits, text) [number] = bits,
        HINGE_TYPES(BITS)
#undef BITS
    };
    return type < HINGE_N_TYPES && type != HINGE_STRING ? bits[type] : 0;
}

/* As many data as the shape takes, those that are there one after the other. Strings, and data that
 * are not raw, stay as they are. */
static void fit_data(struct message *tensor)
{
    struct field *raw = message_find(tensor, "raw_data");
    const struct field *type = message_find(tensor, "data_type");
    uint64_t count = 1;
    for (size_t i = 0; i < tensor->n_fields; i++)
        if (strcmp(tensor->fields[i].meaning->name, "dims") == 0 && count <= MAX_ELEMENTS)
            count = tensor->fields[i].number <= MAX_ELEMENTS ? count * tensor->fields[i].number
                                                             : tensor->fields[i].number;
    size_t bits = type ? bits_of(type->number) : 0;
    if (!raw || !bits || count > MAX_ELEMENTS)
        return;
    size_t size = ((size_t)count * bits + 7) / 8;
    uint8_t *bytes = message_memory(size);
    if (!bytes)
        return;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (raw->size ? raw->bytes[i % raw->size] : 0) &
                   (type->number == HINGE_BOOL ? 1 : UINT8_MAX);
    raw->bytes = bytes;
    raw->size = size;
}

bool mutate_tensor_dims(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, mutate_is_message,
                        draw_one_in(draw, 3) ? "TensorShapeProto" : "TensorProto"};
    struct field *shaped = mutate_pick(&pick, model);
    if (!shaped)
        return false;
    struct message *shape = shaped->message;
    bool is_tensor = strcmp(shape->type->short_name, "TensorProto") == 0;
    const char *name = is_tensor ? "dims" : "dim";
    size_t n = 0, drawn = 0;
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].meaning->name, name) == 0 && draw_one_in(draw, ++n))
            drawn = i;
    uint64_t size = draw_one_in(draw, 10) ? (uint64_t)draw_whole(draw) : draw_below(draw, 6);
    if (n && draw_one_in(draw, 4)) {
        message_remove(shape, drawn);
    } else {
        struct field *dim =
            n && draw_below(draw, 3) ? &shape->fields[drawn] : message_append(shape, name);
        if (!dim)
            return false;
        if (is_tensor)
            dim->number = size;
        else if (draw_below(draw, 3))
            set_number(dim->message, "dim_value", size);
        else
            set_text(dim->message, "dim_param", draw_one_in(draw, 2) ? "m" : "n");
    }
    return true;
}

void mutate_fit_data(struct message *message)
{
    if (strcmp(message->type->short_name, "TensorProto") == 0)
        fit_data(message);
    for (size_t i = 0; i < message->n_fields; i++)
        if (message->fields[i].message)
            mutate_fit_data(message->fields[i].message);
}

static void change_types(struct message *message, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < message->n_fields; i++) {
        struct field *field = &message->fields[i];
        if (field->message) {
            change_types(field->message, from, to);
        } else if (mutate_is_type(message, field, NULL) && field->number == from) {
            field->number = to;
        }
    }
}

bool mutate_types(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, mutate_is_type};
    struct field *type = mutate_pick(&pick, model);
    if (type)
        change_types(model, type->number, 1 + draw_below(draw, HINGE_N_TYPES - 1));
    return type != NULL;
}

bool mutate_left_out(struct draw *draw, struct message *model)
{
    struct pick pick = {draw, mutate_is_message, "NodeProto"};
    struct field *node = mutate_pick(&pick, model);
    struct field *name =
        node ? message_find(node->message, draw_below(draw, 4) ? "input" : "output") : NULL;
    if (!name)
        return false;
    struct field *last = name;
    for (struct field *f = name; f < node->message->fields + node->message->n_fields; f++)
        if (f->meaning == name->meaning && draw_one_in(draw, 2))
            last = f;
    last->size = 0;
    return true;
}
