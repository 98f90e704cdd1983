#include "inputs/random.h"

#include "base/number.h"

#include <hinge/plugin.h>
#include <stdlib.h>

bool random_fill(struct array *array, size_t index, uint64_t seed, uint64_t int_max,
                 hinge_error *error)
{
    hinge_tensor *tensor = &array->tensor;
    hinge_tensor parts = number_parts(tensor);
    int64_t count = array_count(&parts);
    uint64_t state = 0x9E3779B97F4A7C15u * (index + 1) + 0xD1342543DE82EF95u * seed;
    state = state ? state : 1;
    bool is_float = number_is_float(parts.type);
    unsigned bits = hinge_type_bits(parts.type);
    uint64_t modulus = tensor->type == HINGE_BOOL ? 2 : bits >= 32 ? int_max + 1 : 128;
    if (tensor->type == HINGE_STRING && !(array->text = malloc((size_t)count + 1)))
        return error_no_memory(error);
    for (int64_t i = 0; i < count; i++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        uint64_t draw = (state * 0x2545F4914F6CDD1Du) >> 40;
        if (tensor->type == HINGE_STRING) {
            array->text[i] = (char)('0' + draw % 10);
            ((hinge_string *)tensor->data)[i] = (hinge_string){array->text + i, 1};
        } else if (is_float) {
            number_set_bits(&parts, i, number_encode(parts.type, (double)draw / (1 << 23) - 1));
        } else {
            number_set_bits(&parts, i, draw % modulus);
        }
    }
    return true;
}
