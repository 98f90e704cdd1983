/* libFuzzer's way into the reader of values: any bytes, read as every kind of message, are either
 * refused with a sentence or give a value that can be walked, written, and read again. */
#include "tests/support/walk.h"

static void require(bool condition)
{
    if (!condition)
        abort();
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
    walk_value(&value->tensor, 0);
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
