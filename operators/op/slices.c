#include "operators/op/slices.h"

#include <string.h>

void op_slices_copy(const struct hinge_node *node, const struct op_slices *slices, void *to,
                    const void *from)
{
    unsigned bits = hinge_type_bits(slices->type);
    int64_t count = slices->n * slices->inner;
    if (slices->outer == 0 || count == 0)
        return;
    if (bits < 8) {
        for (int64_t o = 0; o < slices->outer; o++)
            copy_packed(bits, to, (o * slices->to_length + slices->to_first) * slices->inner, from,
                        (o * slices->from_length + slices->from_first) * slices->inner, count);
        return;
    }
    int64_t inner = slices->inner * (bits / 8);
    struct copy copy = {.rank = 2,
                        .size = 1,
                        .dims = {slices->outer, count * (bits / 8)},
                        .to = {slices->to_length * inner, 1},
                        .from = {slices->from_length * inner, 1}};
    op_copy(node, &copy, (char *)to + slices->to_first * inner,
            (const char *)from + slices->from_first * inner);
}

static hinge_status keep_strings(const struct hinge_node *node, hinge_string *strings,
                                 int64_t count)
{
    size_t size = 0;
    for (int64_t i = 0; i < count; i++)
        size += strings[i].size;
    char *bytes = size ? node->host->alloc_string(node, size) : NULL;
    if (size && !bytes)
        return HINGE_NO_MEMORY;
    for (int64_t i = 0; i < count; i++) {
        if (strings[i].size == 0) {
            strings[i].bytes = "";
            continue;
        }
        memcpy(bytes, strings[i].bytes, strings[i].size);
        strings[i].bytes = bytes;
        bytes += strings[i].size;
    }
    return HINGE_OK;
}

hinge_status op_slices_keep(const struct hinge_node *node, const struct op_slices *slices, void *to,
                            const void *from)
{
    op_slices_copy(node, slices, to, from);
    if (slices->type != HINGE_STRING)
        return HINGE_OK;
    hinge_status status = HINGE_OK;
    for (int64_t o = 0; o < slices->outer && !status; o++)
        status = keep_strings(
            node, (hinge_string *)to + (o * slices->to_length + slices->to_first) * slices->inner,
            slices->n * slices->inner);
    return status;
}
