/* libFuzzer's way into the reader of values: any bytes, read as every kind of message, are either
 * refused with a sentence or give a value that can be walked, written, and read again. */
#include <hinge/plugin.h>
#include <hinge/value.h>
#include <stdlib.h>
#include <string.h>

static volatile double sink; /* for what is read only to see that it can be */

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void walk(const hinge_tensor *value, unsigned depth)
{
    require(depth < HINGE_MAX_TYPE_LEVELS);
    require(value->rank >= 0 && value->rank <= HINGE_MAX_RANK && value->data);
    for (int64_t i = 0; i < hinge_n_elements(value); i++)
        walk(hinge_element(value, i), depth + 1);
    if (value->type >= HINGE_N_TYPES)
        return;
    require(hinge_type_bits(value->type) != 0);
    const hinge_string *strings = value->data;
    size_t size = hinge_size(value->type, hinge_count(value));
    for (int64_t i = 0; value->type == HINGE_STRING && i < hinge_count(value); i++)
        for (size_t j = 0; j < strings[i].size; j++)
            sink += strings[i].bytes[j];
    for (size_t i = 0; i < size; i++)
        sink += ((const unsigned char *)value->data)[i];
}

static void try_kind(const uint8_t *data, size_t size, hinge_type_code type)
{
    hinge_value *value;
    hinge_error error = {0};
    hinge_status status = hinge_value_parse(data, size, type, NULL, &value, &error);
    if (status) {
        require(!value && error.status == status && error.message[0]);
        return;
    }
    require((value->type & 255) == (hinge_type_code)value->tensor.type);
    walk(&value->tensor, 0);
    require(!hinge_value_write("/dev/null", value->name, &value->tensor, value->type, NULL, NULL));
    hinge_value_free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_kind(data, size, 0);
    try_kind(data, size, HINGE_SEQUENCE);
    try_kind(data, size, HINGE_OPTIONAL);
    try_kind(data, size, HINGE_MAP);
    try_kind(data, size, HINGE_SPARSE);
    return 0;
}
