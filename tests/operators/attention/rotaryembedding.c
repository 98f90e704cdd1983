/* RotaryEmbedding element by element, in double. */
#include "tests/operators/attention/plain.h"
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const bool microsoft = call->c->domain != NULL;
    const hinge_tensor *x = call->inputs[0], *cosine = call->inputs[microsoft ? 2 : 1];
    const hinge_tensor *ids = call->n_inputs > 3 ? call->inputs[microsoft ? 1 : 3] : NULL;
    const bool four = x->rank == 4;
    int64_t heads = four ? x->dims[1] : harness_attr_int(call, "num_heads", 0);
    if (!heads)
        heads = x->dims[2] / 2 / cosine->dims[1];
    const int64_t length = four ? x->dims[2] : x->dims[1];
    const int64_t size = four ? x->dims[3] : x->dims[2] / heads;
    const int64_t dim = harness_attr_int(call, "rotary_embedding_dim", 0);
    const int64_t pairs = (dim ? dim : size) / 2;
    const bool interleaved = harness_attr_int(call, "interleaved", 0) != 0;
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t e = i % size, row = i / size, batch = row / (heads * length);
        const int64_t at = batch * length + (four ? row % length : row / heads % length);
        const int64_t pair = interleaved ? e / 2 : e % pairs;
        const bool second = interleaved ? e % 2 : e >= pairs;
        if (e >= 2 * pairs) {
            harness_move(y, i, x, i);
            continue;
        }
        const int64_t position = !ids                   ? at
                                 : hinge_count(ids) > 1 ? harness_get_int(ids, at)
                                                        : harness_get_int(ids, 0) + at % length;
        const double c = harness_get(cosine, position * pairs + pair);
        const double s = harness_get(call->inputs[microsoft ? 3 : 2], position * pairs + pair);
        const int64_t apart = interleaved ? 1 : pairs;
        const double a = harness_get(x, second ? i - apart : i);
        const double b = harness_get(x, second ? i : i + apart);
        harness_set(y, i, second ? s * a + c * b : c * a - s * b);
    }
}

#define M(...) PLAIN_TENSOR(HARNESS_T, 2, __VA_ARGS__)
#define IDS(...)                                                                                   \
    {                                                                                              \
        .type = HINGE_INT64, .low = 0, .high = 9, .dims = {__VA_ARGS__}, .rank = 2                 \
    }
#define TYPES (HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_DOUBLE))
#define ROTARY(...)                                                                                \
    CHECK_OP(.op = "RotaryEmbedding", .reference = reference, .types = TYPES, .ulp = 0.51,         \
             .absolute = 1e-6, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "RotaryEmbedding", .types = HARNESS_TYPE(HINGE_FLOAT), .fails = (status),       \
             .says = (text), __VA_ARGS__)

static void errors(void)
{
    REFUSED(HINGE_BAD_SHAPE, "X has rank 2", .inputs = {M(2, 3), M(2, 3), M(2, 3)});
    REFUSED(HINGE_BAD_SHAPE, "num_heads 0", .inputs = {M(2, 3, 8), M(2, 3, 4), M(2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "8 elements do not make num_heads 3",
            .inputs = {M(2, 3, 8), M(2, 3, 4), M(2, 3, 4)},
            .attributes = {ATTR_INT("num_heads", 3)});
    REFUSED(HINGE_BAD_VALUE, "7 of 7 elements", .inputs = {M(2, 1, 3, 7), M(2, 3, 3), M(2, 3, 3)});
    REFUSED(HINGE_BAD_VALUE, "10 of 8 elements", .inputs = {M(2, 1, 3, 8), M(2, 3, 4), M(2, 3, 4)},
            .attributes = {ATTR_INT("rotary_embedding_dim", 10)});
    REFUSED(HINGE_BAD_SHAPE, "sin_cache is not 2 x 3 x 4",
            .inputs = {M(2, 1, 3, 8), M(2, 3, 4), M(2, 3, 5)});
    REFUSED(HINGE_BAD_SHAPE, "cos_cache is not 2 x 3 x 4",
            .inputs = {M(2, 1, 3, 8), M(20, 4), M(20, 4)});
    REFUSED(HINGE_BAD_SHAPE, "sin_cache is not 20 x 4",
            .inputs = {M(2, 1, 3, 8), M(20, 4), M(21, 4), IDS(2, 3)});
    REFUSED(HINGE_BAD_SHAPE, "position_ids is not 2 x 3",
            .inputs = {M(2, 1, 3, 8), M(20, 4), M(20, 4), IDS(2, 4)});
    const double beyond[] = {0, 4};
    REFUSED(HINGE_BAD_VALUE, "4",
            .inputs = {M(1, 1, 2, 8),
                       M(4, 4),
                       M(4, 4),
                       {.type = HINGE_INT64, .rank = 2, .dims = {1, 2}, .values = beyond}});
}

#define MICROSOFT(...)                                                                             \
    CHECK_OP(.op = "RotaryEmbedding", .domain = "com.microsoft", .types = TYPES, .ulp = 0.51,      \
             .absolute = 1e-6, __VA_ARGS__)
#define FIRST LIST(HINGE_INT64, 4)

static void microsoft(void)
{
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        MICROSOFT(.reference = reference, .inputs = {M(2, 5, 54), FIRST, M(9, 9), M(9, 9)},
                  .attributes = {ATTR_INT("interleaved", interleaved)});
        MICROSOFT(.reference = reference, .inputs = {M(2, 5, 54), IDS(2, 5), M(10, 9), M(10, 9)},
                  .attributes = {ATTR_INT("interleaved", interleaved)});
        MICROSOFT(.reference = reference, .inputs = {M(2, 3, 5, 18), FIRST, M(10, 9), M(10, 9)},
                  .attributes = {ATTR_INT("interleaved", interleaved)});
        MICROSOFT(.reference = reference, .inputs = {M(2, 5, 60), IDS(2, 5), M(10, 7), M(10, 7)},
                  .attributes = {ATTR_INT("interleaved", interleaved), ATTR_INT("num_heads", 3),
                                 ATTR_INT("rotary_embedding_dim", 14)});
    }
    MICROSOFT(.inputs = {M(2, 5, 54), FIRST, M(8, 9), M(8, 9)}, .fails = HINGE_BAD_VALUE,
              .says = "5 tokens from position 4 on, in caches of 8");
    MICROSOFT(.inputs = {M(2, 5, 54), FIRST, M(9, 0), M(9, 0)}, .fails = HINGE_BAD_SHAPE,
              .says = "54 elements do not make num_heads 0 heads");
    MICROSOFT(.inputs = {M(2, 5, 54), LIST(HINGE_INT64, 1, 2), M(9, 9), M(9, 9)},
              .fails = HINGE_BAD_SHAPE, .says = "position_ids is not 2 x 5");
    MICROSOFT(.reference = reference, .inputs = {M(2, 5, 54), FIRST, M(9, 9), M(9, 9)},
              .attributes = {ATTR_FLOAT("scale", 2)});
    MICROSOFT(.reference = reference, .inputs = {M(1, 14, 54), IDS(1, 14), M(10, 9), M(10, 9)},
              .attributes = {ATTR_INT("is_packed_batching", 1)});
}

void test_rotaryembedding(void)
{
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        ROTARY(.inputs = {M(2, 3, 5, 18), M(2, 5, 9), M(2, 5, 9)},
               .attributes = {ATTR_INT("interleaved", interleaved)});
        ROTARY(.inputs = {M(2, 5, 54), M(2, 5, 9), M(2, 5, 9)},
               .attributes = {ATTR_INT("interleaved", interleaved), ATTR_INT("num_heads", 3)});
        ROTARY(.inputs = {M(2, 5, 3 * 160), M(10, 70), M(10, 70), IDS(2, 5)},
               .attributes = {ATTR_INT("interleaved", interleaved), ATTR_INT("num_heads", 3),
                              ATTR_INT("rotary_embedding_dim", 140)});
        ROTARY(.inputs = {M(2, 4, 60, 128), M(10, 64), M(10, 64), IDS(2, 60)},
               .attributes = {ATTR_INT("interleaved", interleaved)});
    }
    ROTARY(.inputs = {M(2, 0, 5, 18), M(2, 5, 9), M(2, 5, 9)});
    errors();
    microsoft();
}
