/* Dense constants: from the forms that the standard lets their data have to plain arrays. */
#include "load/parts.h"

#include <string.h>

/* Field numbers of TensorProto. */
enum {
    FLOAT_DATA = 4,
    INT32_DATA = 5,
    INT64_DATA = 7,
    RAW_DATA = 9,
    DOUBLE_DATA = 10,
    UINT64_DATA
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw data are used as they are");

/* The list that holds elements of type, if raw_data does not. */
static uint32_t data_field(hinge_type type)
{
    switch (type) {
    case HINGE_FLOAT:
    case HINGE_COMPLEX64: return FLOAT_DATA;
    case HINGE_DOUBLE:
    case HINGE_COMPLEX128: return DOUBLE_DATA;
    case HINGE_INT64: return INT64_DATA;
    case HINGE_UINT32:
    case HINGE_UINT64: return UINT64_DATA;
    default: return INT32_DATA;
    }
}

/* Bytes of one entry in a list of fixed width; 0 for varints. */
static size_t entry_width(uint32_t field)
{
    return field == FLOAT_DATA ? 4 : field == DOUBLE_DATA ? 8 : 0;
}

static size_t alignment_of(hinge_type type)
{
    switch (type) {
    case HINGE_COMPLEX64: return 4;
    case HINGE_COMPLEX128: return 8;
    default: return hinge_type_bits(type) < 8 ? 1 : hinge_type_bits(type) / 8;
    }
}

void *load_alloc(struct load *load, struct arena *arena, size_t size)
{
    return arena ? arena_alloc(arena, size) : memory_alloc(load->allocator, size);
}

hinge_status load_shape(struct load *load, int32_t type, const int64_t *dims, size_t n_dims,
                        hinge_tensor *tensor, size_t *count, size_t *size)
{
    if (type == HINGE_NO_TYPE)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no data type");
    unsigned bits = hinge_type_bits((hinge_type)type);
    if (!bits)
        return status_fail(load->error, HINGE_BAD_MODEL, "has unknown data type %d", (int)type);
    if (n_dims > HINGE_MAX_RANK)
        return status_fail(load->error, HINGE_UNSUPPORTED, "has rank %zu; %d is the largest",
                           n_dims, HINGE_MAX_RANK);
    *tensor = (hinge_tensor){.type = (hinge_type)type, .rank = (int32_t)n_dims};

    /* The product without zeros must fit too: others multiply the dims one after the other. */
    size_t product = 1;
    bool is_empty = false;
    for (size_t i = 0; i < n_dims; i++) {
        tensor->dims[i] = dims[i];
        if (dims[i] < 0)
            return status_fail(load->error, HINGE_BAD_MODEL, "has dimension %lld at axis %zu",
                               (long long)dims[i], i);
        if (dims[i] == 0)
            is_empty = true;
        else if ((uint64_t)dims[i] > SIZE_MAX ||
                 !memory_multiply(product, (size_t)dims[i], &product))
            product = SIZE_MAX;
    }
    if (product > PTRDIFF_MAX / 16)
        return status_fail(load->error, HINGE_BAD_MODEL, "has more elements than can be counted");
    *count = is_empty ? 0 : product;
    *size = hinge_size(tensor->type, (int64_t)*count);
    return HINGE_OK;
}

static hinge_status fail_count(struct load *load, const char *what, size_t declared, size_t there)
{
    return status_fail(load->error, HINGE_BAD_MODEL, "should have %zu %s by its shape, but has %zu",
                       declared, what, there);
}

/* The bits of the last byte that count elements of type use; the others have to be zero. */
static uint8_t tail_mask(hinge_type type, size_t count)
{
    unsigned used = (unsigned)(count * hinge_type_bits(type) % 8);
    return (uint8_t)(used ? (1u << used) - 1 : 255);
}

static hinge_status check_bools(struct load *load, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] > 1)
            return status_fail(load->error, HINGE_BAD_MODEL, "has bool %u at element %zu",
                               (unsigned)bytes[i], i);
    return HINGE_OK;
}

/* The tensor's bytes as they are in memory, from offset on in file: leaves them there or copies
 * them. */
static hinge_status take_bytes(struct load *load, struct load_file *file, size_t offset,
                               size_t count, size_t size, struct arena *arena, hinge_tensor *tensor,
                               enum graph_storage *storage)
{
    const uint8_t *bytes = file->bytes + offset;
    if (tensor->type == HINGE_BOOL && check_bools(load, bytes, size))
        return HINGE_BAD_MODEL;
    bool is_usable = size && !load->copies && (uintptr_t)bytes % alignment_of(tensor->type) == 0 &&
                     !(bytes[size - 1] & ~tail_mask(tensor->type, count));
    if (is_usable) {
        tensor->data = (void *)bytes;
        *storage = GRAPH_MAPPED;
        return HINGE_OK;
    }
    /* Tensors may share bytes of a file, but not so that the file becomes many times its size. */
    file->copied += size;
    if (file->copied > file->size)
        return status_fail(load->error, HINGE_LIMIT,
                           "shares misaligned data with other tensors too often");
    uint8_t *data = load_alloc(load, arena, size);
    if (!data)
        return status_no_memory(load->error);
    files_copy(file, offset, size, data);
    if (size)
        data[size - 1] &= tail_mask(tensor->type, count);
    tensor->data = data;
    *storage = GRAPH_OWNED;
    return HINGE_OK;
}

/* The values that an entry of int32_data or uint64_data may have. Types that are bit patterns there
 * may come with either sign. */
static void entry_range(hinge_type type, int64_t *min, int64_t *max)
{
    unsigned bits = hinge_type_bits(type) < 8 ? 8 : hinge_type_bits(type);
    *min = -(INT64_C(1) << (bits - 1));
    *max = (INT64_C(1) << bits) - 1;
    switch (type) {
    case HINGE_BOOL: *max = 1; /* fallthrough */
    case HINGE_UINT8:
    case HINGE_UINT16:
    case HINGE_UINT32: *min = 0; break;
    case HINGE_INT8:
    case HINGE_INT16:
    case HINGE_INT32: *max = -1 - *min; break;
    default: break;
    }
}

/* Writes the varints of payload, count of them, as elements of type to out. */
static hinge_status store_varints(struct load *load, const struct wire_payload *payload,
                                  size_t count, hinge_type type, uint8_t *out)
{
    struct wire_reader reader = wire_begin(payload);
    if (type == HINGE_INT64 || type == HINGE_UINT64) {
        for (size_t i = 0; i < count; i++) {
            uint64_t value = wire_next(payload, &reader);
            memcpy(out + i * 8, &value, 8);
        }
        return HINGE_OK;
    }
    size_t width = alignment_of(type);
    int64_t min, max;
    entry_range(type, &min, &max);
    for (size_t i = 0; i < count; i++) {
        uint64_t value = wire_next(payload, &reader);
        int64_t entry = payload->field == INT32_DATA ? (int32_t)(uint32_t)value : (int64_t)value;
        if (entry < min || entry > max)
            return status_fail(load->error, HINGE_BAD_MODEL, "has %lld among its %s data",
                               (long long)entry, hinge_type_text(type));
        uint32_t bits = (uint32_t)entry;
        memcpy(out + i * width, &bits, width);
    }
    return HINGE_OK;
}

/* The tensor's elements from its typed list, which may come in several pieces. */
static hinge_status take_entries(struct load *load, const Onnx__TensorProto *proto, uint32_t field,
                                 size_t n_entries, size_t size, struct arena *arena,
                                 hinge_tensor *tensor)
{
    size_t width = entry_width(field), there = 0, count;
    const struct wire_payload *payload;
    for (size_t i = 0; (payload = wire_payload_of(&load->stripped, &proto->base, i)); i++) {
        if (!wire_count(payload, width, &count))
            return status_fail(load->error, HINGE_BAD_FORMAT,
                               "has a list that ends within a number");
        there += count;
    }
    if (there != n_entries)
        return fail_count(load, "entries", n_entries, there);

    uint8_t *data = load_alloc(load, arena, size);
    if (!data)
        return status_no_memory(load->error);
    struct load_file *file = files_model(load->files);
    hinge_status status = HINGE_OK;
    size_t done = 0;
    for (size_t i = 0; !status && (payload = wire_payload_of(&load->stripped, &proto->base, i));
         i++) {
        (void)wire_count(payload, width, &count);
        uint8_t *out = data + done * (width ? width : alignment_of(tensor->type));
        if (width)
            wire_copy_fixed(payload, width, out);
        else
            status = store_varints(load, payload, count, tensor->type, out);
        done += count;
        files_done(file, payload->size);
    }
    if (status) {
        if (!arena)
            memory_free(load->allocator, data);
        return status;
    }
    tensor->data = data;
    return HINGE_OK;
}

/* The bytes go into the arena of the model's main graph, where none is given: an element that is
 * copied (by an operator whose result becomes a constant, say) may outlive the tensor, not the
 * graph. */
static hinge_status take_strings(struct load *load, const Onnx__TensorProto *proto, size_t count,
                                 struct arena *arena, hinge_tensor *tensor,
                                 enum graph_storage *storage)
{
    if (proto->n_string_data != count)
        return fail_count(load, "strings", count, proto->n_string_data);
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += proto->string_data[i].len;
    char *bytes = arena_alloc(arena ? arena : &load->main->arena, size);
    hinge_string *strings = bytes ? load_alloc(load, arena, count * sizeof *strings) : NULL;
    if (!strings)
        return status_no_memory(load->error);
    for (size_t i = 0; i < count; i++) {
        strings[i] = (hinge_string){bytes, proto->string_data[i].len};
        if (strings[i].size)
            memcpy(bytes, proto->string_data[i].data, strings[i].size);
        bytes += strings[i].size;
    }
    tensor->data = strings;
    *storage = GRAPH_OWNED;
    return HINGE_OK;
}

static hinge_status take_inline(struct load *load, const Onnx__TensorProto *proto, size_t count,
                                size_t size, struct arena *arena, hinge_tensor *tensor,
                                enum graph_storage *storage)
{
    const struct wire_payload *first = wire_payload_of(&load->stripped, &proto->base, 0), *next;
    uint32_t field = first ? first->field : data_field(tensor->type);
    for (size_t i = 1; (next = wire_payload_of(&load->stripped, &proto->base, i)); i++)
        if (next->field != field)
            return status_fail(load->error, HINGE_BAD_MODEL, "has its data in two forms");
    if (field != RAW_DATA && field != data_field(tensor->type))
        return status_fail(load->error, HINGE_BAD_MODEL, "has data that are not for type %s",
                           hinge_type_text(tensor->type));

    struct load_file *file = files_model(load->files);
    if (field == RAW_DATA) {
        if (first->size != size)
            return fail_count(load, "bytes", size, first->size);
        return take_bytes(load, file, (size_t)(first->data - file->bytes), count, size, arena,
                          tensor, storage);
    }
    size_t width = entry_width(field);
    size_t n_entries = width ? size / width : hinge_type_bits(tensor->type) < 8 ? size : count;
    bool is_one_piece = first && !wire_payload_of(&load->stripped, &proto->base, 1);
    if (width && is_one_piece && !first->is_run && first->size == size)
        return take_bytes(load, file, (size_t)(first->data - file->bytes), count, size, arena,
                          tensor, storage);
    *storage = GRAPH_OWNED;
    hinge_status status = take_entries(load, proto, field, n_entries, size, arena, tensor);
    if (!status && size)
        ((uint8_t *)tensor->data)[size - 1] &= tail_mask(tensor->type, count);
    return status;
}

hinge_status load_tensor(struct load *load, const Onnx__TensorProto *proto, struct arena *arena,
                         hinge_tensor *tensor, enum graph_storage *storage)
{
    size_t count = 0, size = 0;
    hinge_status status =
        load_shape(load, proto->data_type, proto->dims, proto->n_dims, tensor, &count, &size);
    if (status)
        return status;
    if (proto->segment)
        return status_fail(load->error, HINGE_UNSUPPORTED, "is only a segment of a tensor");

    bool is_string = tensor->type == HINGE_STRING;
    bool has_numbers = wire_payload_of(&load->stripped, &proto->base, 0) != NULL;
    bool is_external = proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    if (is_external ? has_numbers || proto->n_string_data
                    : (is_string ? has_numbers : proto->n_string_data != 0))
        return status_fail(load->error, HINGE_BAD_MODEL, "has data that are not for type %s%s",
                           hinge_type_text(tensor->type), is_external ? " in a file" : "");
    if (is_external) {
        struct load_file *file;
        size_t offset;
        if (is_string)
            return status_fail(load->error, HINGE_BAD_MODEL, "has strings in a file");
        status = load_external(load, proto, size, &file, &offset);
        return status ? status
                      : take_bytes(load, file, offset, count, size, arena, tensor, storage);
    }
    return is_string ? take_strings(load, proto, count, arena, tensor, storage)
                     : take_inline(load, proto, count, size, arena, tensor, storage);
}
