#include "tests/fuzz/inputs.h"

#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ELEMENTS 2048 /* of an input: a declared shape that has more is not given */

static void *block(struct inputs *inputs, size_t size)
{
    if (inputs->n_blocks == sizeof inputs->blocks / sizeof *inputs->blocks)
        return NULL;
    void *memory = calloc(size ? size : 1, 1);
    if (memory)
        inputs->blocks[inputs->n_blocks++] = memory;
    return memory;
}

static void draw_number(struct draw *draw, hinge_type type, void *at, size_t width)
{
    double real = draw_real(draw);
    int64_t whole = draw_whole(draw);
    float single = (float)real;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    static const uint16_t halves[] = {0, 0x3c00, 0xbc00, 0x4000, 0x3800, 0x7c00, 0x7e00, 0x0001};
    uint16_t half = type == HINGE_BFLOAT16 ? (uint16_t)(bits >> 16) : halves[draw_below(draw, 8)];
    switch ((int)type) {
    case HINGE_FLOAT: memcpy(at, &single, width); return;
    case HINGE_DOUBLE: memcpy(at, &real, width); return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: memcpy(at, &half, width); return;
    case HINGE_BOOL: *(uint8_t *)at = whole & 1; return;
    default: memcpy(at, &whole, width); return;
    }
}

static void draw_string(struct draw *draw, hinge_string *at)
{
    static const char *const texts[] = {"",   "a",   "b",        "ab ba", "1.5",
                                        "-7", "nan", "\xc3\x9f", "\xff",  "a,b"};
    at->bytes = texts[draw_below(draw, sizeof texts / sizeof *texts)];
    at->size = strlen(at->bytes);
}

static void draw_elements(struct draw *draw, hinge_tensor *tensor, int64_t count)
{
    size_t bits = hinge_type_bits(tensor->type), size = hinge_size(tensor->type, count);
    uint8_t *bytes = tensor->data;
    if (bits < 8) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)draw_bits(draw);
        if ((size_t)count * bits % 8)
            bytes[size - 1] &= (uint8_t)((1u << (size_t)count * bits % 8) - 1);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        void *at = bytes + (size_t)i * (bits / 8);
        if (tensor->type == HINGE_STRING)
            draw_string(draw, at);
        else if (tensor->type == HINGE_COMPLEX64 || tensor->type == HINGE_COMPLEX128)
            for (size_t part = 0; part < 2; part++)
                draw_number(draw, bits == 64 ? HINGE_FLOAT : HINGE_DOUBLE,
                            (uint8_t *)at + part * (bits / 16), bits / 16);
        else
            draw_number(draw, tensor->type, at, bits / 8);
    }
}

/* Of the shape that tensor has. */
static bool make_tensor(struct inputs *inputs, struct draw *draw, hinge_tensor *tensor)
{
    int64_t count = 1;
    for (int32_t i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 0 || tensor->dims[i] > MAX_ELEMENTS)
            return false;
        count *= tensor->dims[i];
        if (count > MAX_ELEMENTS)
            return false;
    }
    if (!hinge_type_bits(tensor->type))
        return false;
    tensor->data = block(inputs, hinge_size(tensor->type, count));
    if (tensor->data)
        draw_elements(draw, tensor, count);
    return tensor->data != NULL;
}

static void draw_shape(struct draw *draw, hinge_tensor *tensor)
{
    tensor->rank = (int32_t)draw_below(draw, 4);
    for (int32_t i = 0; i < tensor->rank; i++)
        tensor->dims[i] = (int64_t)draw_below(draw, 5);
}

/* A value of any type, of a shape of its own. */
static bool make_value(struct inputs *inputs, struct draw *draw, hinge_type_code code,
                       hinge_tensor *value)
{
    *value = (hinge_tensor){.type = (hinge_type)(code & 255), .rank = 1};
    size_t n = draw_below(draw, 3);
    switch ((int)value->type) {
    case HINGE_SPARSE: return false;
    case HINGE_OPTIONAL: n %= 2; break;
    case HINGE_MAP: n = 2; break;
    case HINGE_SEQUENCE: break;
    default: draw_shape(draw, value); return make_tensor(inputs, draw, value);
    }
    hinge_tensor *elements = block(inputs, n * sizeof *elements);
    if (!elements)
        return false;
    value->dims[0] = (int64_t)n;
    value->data = elements;
    if (value->type == HINGE_MAP) {
        elements[0] = (hinge_tensor){(hinge_type)(code >> 8 & 255), 1, {1}, NULL};
        elements[1] = (hinge_tensor){(hinge_type)(code >> 16 & 255), 1, {1}, NULL};
        return make_tensor(inputs, draw, &elements[0]) && make_tensor(inputs, draw, &elements[1]);
    }
    for (size_t i = 0; i < n; i++)
        if (!make_value(inputs, draw, hinge_element_code(code), &elements[i]))
            return false;
    return true;
}

/* What is not declared is drawn; a name stands for one number everywhere. */
static bool make_input(struct inputs *inputs, const hinge_session *session, struct draw *draw,
                       size_t index, uint64_t symbols)
{
    hinge_tensor *input = &inputs->tensors[index];
    hinge_type_code code = hinge_input_type(session, index);
    if (hinge_is_container((hinge_type)(code & 255)))
        return make_value(inputs, draw, code, input);
    *input = *hinge_input_info(session, index);
    if (input->rank < 0 || draw_one_in(draw, 16))
        draw_shape(draw, input);
    for (int32_t i = 0; i < input->rank; i++) {
        const char *name = hinge_input_dim_name(session, index, i);
        struct draw symbol = {symbols};
        for (; name && *name; name++)
            symbol.state = (symbol.state ^ (unsigned char)*name) * 0x100000001b3u;
        if (input->dims[i] < 0)
            input->dims[i] = 1 + (int64_t)draw_below(name ? &symbol : draw, 4);
    }
    return make_tensor(inputs, draw, input);
}

bool inputs_make(struct inputs *inputs, const hinge_session *session, struct draw *draw,
                 bool leave_out_defaults)
{
    inputs->n_blocks = 0;
    inputs->n = hinge_n_inputs(session);
    if (inputs->n > MAX_INPUTS)
        return false;
    uint64_t symbols = draw_bits(draw);
    for (size_t i = 0; i < inputs->n; i++) {
        inputs->tensors[i] = (hinge_tensor){0};
        bool has_default = hinge_input_has_default(session, i);
        if (has_default && (leave_out_defaults || draw_one_in(draw, 2)))
            continue;
        if (!make_input(inputs, session, draw, i, symbols))
            return false;
    }
    return true;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->n_blocks; i++)
        free(inputs->blocks[i]);
}
