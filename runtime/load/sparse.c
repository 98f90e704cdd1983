/* Sparse constants: made dense, because no operator here reads another form. */
#include "load/parts.h"

#include <string.h>

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

static hinge_status check_places(struct load *load, const hinge_tensor *values,
                                 const hinge_tensor *indices, size_t count,
                                 const hinge_tensor *dense)
{
    bool is_flat = indices->rank == 1;
    bool fits = indices->type == HINGE_INT64 && values->rank == 1 &&
                (is_flat || (indices->rank == 2 && indices->dims[1] == dense->rank)) &&
                indices->dims[0] == values->dims[0];
    if (!fits)
        return status_fail(load->error, HINGE_BAD_MODEL, "has indices that do not fit its values");
    size_t last = 0;
    const int64_t *row = indices->data;
    for (size_t i = 0; i < (size_t)values->dims[0]; i++) {
        size_t place;
        if (!find_place(dense, count, row, is_flat, &place))
            return status_fail(load->error, HINGE_BAD_MODEL, "has its index %zu outside its shape",
                               i);
        if (i && place <= last)
            return status_fail(load->error, HINGE_BAD_MODEL, "has its index %zu out of order", i);
        last = place;
        row += is_flat ? 1 : dense->rank;
    }
    return HINGE_OK;
}

hinge_status load_sparse(struct load *load, const Onnx__SparseTensorProto *proto,
                         struct arena *arena, hinge_tensor *tensor)
{
    if (!proto->values || !proto->indices)
        return status_fail(load->error, HINGE_BAD_MODEL, "is sparse without values or indices");
    hinge_tensor *parts = arena_array(arena, 2, sizeof *parts);
    if (!parts)
        return status_no_memory(load->error);
    enum graph_storage storage;
    size_t count = 0, size = 0;
    hinge_status status = load_tensor(load, proto->values, arena, &parts[0], &storage);
    if (!status)
        status = load_tensor(load, proto->indices, arena, &parts[1], &storage);
    if (!status)
        status = load_shape(load, (int32_t)parts[0].type, proto->dims, proto->n_dims, tensor,
                            &count, &size);
    if (!status)
        status = check_places(load, &parts[0], &parts[1], count, tensor);
    tensor->type = HINGE_SPARSE;
    tensor->data = parts;
    return status;
}

/* dense has memory for its elements. */
static void scatter(const hinge_tensor *sparse, size_t count, const hinge_tensor *dense)
{
    const hinge_tensor *values = sparse->data, *indices = values + 1;
    bool is_flat = indices->rank == 1;
    size_t element_size = hinge_type_bits(dense->type) / 8;
    const int64_t *row = indices->data;
    for (size_t i = 0; i < (size_t)values->dims[0]; i++) {
        size_t place = 0;
        (void)find_place(dense, count, row, is_flat, &place);
        memcpy((uint8_t *)dense->data + place * element_size,
               (const uint8_t *)values->data + i * element_size, element_size);
        row += is_flat ? 1 : dense->rank;
    }
}

static hinge_status make_dense(struct load *load, const hinge_tensor *sparse, struct arena *arena,
                               hinge_tensor *dense)
{
    *dense = *sparse;
    dense->type = ((const hinge_tensor *)sparse->data)->type;
    if (dense->type == HINGE_STRING || hinge_type_bits(dense->type) < 8)
        return status_fail(load->error, HINGE_UNSUPPORTED, "is sparse, of type %s",
                           hinge_type_text(dense->type));
    size_t count = (size_t)hinge_count(dense), size = hinge_size(dense->type, (int64_t)count);
    if (!budget_take(load->budget, size))
        return status_fail(load->error, HINGE_LIMIT,
                           "is sparse, and would take %zu bytes of the %zu that are left for "
                           "what is larger in memory than in the file",
                           size, budget_left(load->budget));
    dense->data = load_alloc(load, arena, size);
    if (!dense->data)
        return status_no_memory(load->error);
    memset(dense->data, 0, size);
    scatter(sparse, count, dense);
    return HINGE_OK;
}

hinge_status load_sparse_tensor(struct load *load, const Onnx__SparseTensorProto *proto,
                                struct arena *arena, hinge_tensor *tensor)
{
    struct arena parts = {.allocator = load->allocator};
    hinge_tensor sparse;
    hinge_status status = load_sparse(load, proto, &parts, &sparse);
    if (!status)
        status = make_dense(load, &sparse, arena, tensor);
    arena_free(&parts);
    return status;
}
