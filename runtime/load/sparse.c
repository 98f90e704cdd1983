/* Sparse constants: made dense, because no operator here reads another form. */
#include "load/parts.h"

#include <string.h>

/* A few bytes in a file can declare any dense size. */
#define MAX_DENSIFIED ((size_t)256 << 20)

/* Finds the element that a row of indices stands for: one flat index, or a coordinate for each
 * axis. Returns false where it is outside of dense, which has count elements. */
static bool find_place(const hinge_tensor *dense, size_t count, const int64_t *row, bool is_flat,
                       size_t *place)
{
    if (is_flat) {
        *place = (size_t)row[0];
        return row[0] >= 0 && (uint64_t)row[0] < count;
    }
    *place = 0;
    for (int32_t i = 0; i < dense->rank; i++) {
        if (row[i] < 0 || row[i] >= dense->dims[i])
            return false;
        *place = *place * (size_t)dense->dims[i] + (size_t)row[i];
    }
    return true;
}

static hinge_status scatter(struct load *load, const hinge_tensor *values,
                            const hinge_tensor *indices, size_t count, const hinge_tensor *dense)
{
    bool is_flat = indices->rank == 1;
    bool fits = indices->type == HINGE_INT64 && values->rank == 1 &&
                (is_flat || (indices->rank == 2 && indices->dims[1] == dense->rank)) &&
                indices->dims[0] == values->dims[0];
    if (!fits)
        return status_fail(load->error, HINGE_BAD_MODEL, "has indices that do not fit its values");
    size_t element_size = hinge_type_bits(dense->type) / 8, last = 0;
    const int64_t *row = indices->data;
    for (size_t i = 0; i < (size_t)values->dims[0]; i++) {
        size_t place;
        if (!find_place(dense, count, row, is_flat, &place))
            return status_fail(load->error, HINGE_BAD_MODEL, "has its index %zu outside its shape",
                               i);
        if (i && place <= last)
            return status_fail(load->error, HINGE_BAD_MODEL, "has its index %zu out of order", i);
        last = place;
        memcpy((uint8_t *)dense->data + place * element_size,
               (const uint8_t *)values->data + i * element_size, element_size);
        row += is_flat ? 1 : dense->rank;
    }
    return HINGE_OK;
}

static hinge_status make_dense(struct load *load, const Onnx__SparseTensorProto *proto,
                               const hinge_tensor *values, const hinge_tensor *indices,
                               struct arena *arena, hinge_tensor *dense)
{
    size_t count = 0, size = 0;
    hinge_status status =
        load_shape(load, (int32_t)values->type, proto->dims, proto->n_dims, dense, &count, &size);
    if (status)
        return status;
    if (dense->type == HINGE_STRING || hinge_type_bits(dense->type) < 8)
        return status_fail(load->error, HINGE_UNSUPPORTED, "is sparse, of type %s",
                           hinge_type_text(dense->type));
    if (size > MAX_DENSIFIED - load->densified)
        return status_fail(load->error, HINGE_LIMIT,
                           "sparse constants would take more than %zu bytes", MAX_DENSIFIED);
    load->densified += size;
    dense->data = load_alloc(load, arena, size);
    if (!dense->data)
        return status_no_memory(load->error);
    memset(dense->data, 0, size);
    status = scatter(load, values, indices, count, dense);
    if (status && !arena)
        memory_free(load->allocator, dense->data);
    return status;
}

hinge_status load_sparse_tensor(struct load *load, const Onnx__SparseTensorProto *proto,
                                struct arena *arena, hinge_tensor *tensor)
{
    if (!proto->values || !proto->indices)
        return status_fail(load->error, HINGE_BAD_MODEL, "is sparse without values or indices");
    struct arena parts = {.allocator = load->allocator};
    hinge_tensor values, indices;
    enum graph_storage storage;
    hinge_status status = load_tensor(load, proto->values, &parts, &values, &storage);
    if (!status)
        status = load_tensor(load, proto->indices, &parts, &indices, &storage);
    if (!status)
        status = make_dense(load, proto, &values, &indices, arena, tensor);
    arena_free(&parts);
    return status;
}
