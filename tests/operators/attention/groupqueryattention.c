/* GroupQueryAttention of com.microsoft against plain loops in double. */
#include "tests/operators/attention/group_query.h"
#include "tests/operators/attention/plain.h"
#include "tests/operators/harness.h"

#define T(...) PLAIN_TENSOR(HARNESS_T, 1, __VA_ARGS__)
#define F(...) PLAIN_TENSOR(HINGE_FLOAT, 1, __VA_ARGS__)
#define NEW(batch, length, heads)                                                                  \
    T(batch, length, (heads)*8), T(batch, length, 16), T(batch, length, 16)
#define NO_KV OMITTED, OMITTED
#define NO_PAST OMITTED, OMITTED
#define PAST(batch, rows) T(batch, 2, rows, 8), T(batch, 2, rows, 8)
#define INTS(...) LIST(HINGE_INT32, __VA_ARGS__)
#define NO_ROTARY OMITTED, OMITTED, OMITTED
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define HEADS ATTR_INT("num_heads", 4), ATTR_INT("kv_num_heads", 2)
#define GQA_OP .op = "GroupQueryAttention", .domain = "com.microsoft", .reference = reference
#define GQA(...)                                                                                   \
    CHECK_OP(GQA_OP, .ulp = 0.51, .absolute = 1e-5, .relative = 1e-5, .types = TYPES, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "GroupQueryAttention", .domain = "com.microsoft",                               \
             .types = HARNESS_TYPE(HINGE_FLOAT), .fails = (status), .says = (text), __VA_ARGS__)

static void check_lengths(void)
{
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(2, 7, 4), NO_PAST, INTS(6, 6), INTS(7)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(2, 4, 4), NO_PAST, INTS(3, 1), CONSTANT_LIST(HINGE_INT32, 4)});
    GQA(.n_outputs = 3, .attributes = {HEADS, ATTR_FLOAT("scale", 0.7F)},
        .inputs = {T(2, 5, 64), NO_KV, NO_PAST, INTS(4, 4), INTS(5)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(2, 1, 4), PAST(2, 6), INTS(6, 2), INTS(7)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {T(2, 1, 64), NO_KV, PAST(2, 9), INTS(3, 5), INTS(6)});
    GQA(.attributes = {HEADS}, .inputs = {NEW(2, 1, 4), PAST(2, 9), INTS(3, 5), INTS(6)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(2, 3, 4), PAST(2, 9), INTS(7, 4), INTS(8)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(1, 3, 4), PAST(1, 8), INTS(2), INTS(3)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(2, 0, 4), PAST(2, 3), INTS(1, 2), INTS(3)});
    GQA(.n_outputs = 3, .attributes = {HEADS},
        .inputs = {NEW(0, 3, 4), NO_PAST, {.type = HINGE_INT32, .rank = 1}, INTS(3)});
    GQA(.n_outputs = 3, .unwanted = 1 << 1, .attributes = {HEADS},
        .inputs = {NEW(1, 40, 4), PAST(1, 20), INTS(59), INTS(60)});
}

static void check_scores(void)
{
    for (int mode = 1; mode < 3; mode++) {
        GQA(.n_outputs = 4, .attributes = {HEADS, ATTR_INT("qk_output", mode)},
            .inputs = {NEW(2, 1, 4), PAST(2, 9), INTS(3, 5), INTS(6)});
        GQA(.n_outputs = 4,
            .attributes = {HEADS, ATTR_INT("qk_output", mode), ATTR_INT("local_window_size", 3),
                           ATTR_FLOAT("softcap", 0.5F), ATTR_INT("smooth_softmax", 1)},
            .inputs = {NEW(2, 6, 4), NO_PAST, INTS(5, 3), INTS(6), NO_ROTARY, T(1, 4, 6, 6)});
    }
    for (int window = 0; window < 3; window++)
        GQA(.attributes = {HEADS, ATTR_INT("local_window_size", window)},
            .inputs = {NEW(1, 5, 4), PAST(1, 6), INTS(8), INTS(9)});
    GQA(.attributes = {HEADS, ATTR_INT("causal", 0)},
        .inputs = {NEW(1, 3, 4), PAST(1, 6), INTS(8), INTS(9)});
    GQA(.attributes = {HEADS},
        .inputs = {NEW(2, 3, 4), NO_PAST, INTS(2, 2), INTS(3), NO_ROTARY, T(2, 1, 3, 3)});
    GQA(.attributes = {HEADS, ATTR_INT("local_window_size", 2)},
        .inputs = {NEW(2, 1, 4), PAST(2, 6), INTS(6, 3), INTS(7), NO_ROTARY, T(2, 4, 1, 7), T(4)});
    GQA(.attributes = {HEADS, ATTR_INT("smooth_softmax", 1)},
        .inputs = {NEW(2, 5, 4), NO_PAST, INTS(4, 4), INTS(5), NO_ROTARY, OMITTED, T(4)});
}

#define WINDOW(n) ATTR_INT("local_window_size", n), ATTR_INT("sliding_window_cache", 1)

static void check_windows(void)
{
    for (int window = 3; window < 6; window++) {
        GQA(.n_outputs = 3, .attributes = {HEADS, WINDOW(window)},
            .inputs = {NEW(2, 1, 4), PAST(2, 5), INTS(11, 3), INTS(12), NO_ROTARY, T(2, 1, 1, 12)});
        GQA(.n_outputs = 3, .attributes = {HEADS, WINDOW(window)},
            .inputs = {NEW(1, 4, 4), PAST(1, 5), INTS(9), INTS(10), NO_ROTARY, T(1, 4, 4, 10)});
        GQA(.n_outputs = 3, .attributes = {HEADS, WINDOW(window)},
            .inputs = {NEW(2, 9, 4), PAST(2, 5), INTS(8, 2), INTS(9)});
        GQA(.attributes = {HEADS, WINDOW(window)},
            .inputs = {NEW(2, 1, 4), PAST(2, 5), INTS(5, 4), INTS(6)});
    }
}

#define POSITIONS(...)                                                                             \
    {                                                                                              \
        .type = HINGE_INT64, .low = 0, .high = 9, .dims = {__VA_ARGS__}, .rank = 2                 \
    }
#define TURNS T(12, 3), T(12, 3)

/* Keys that are changed are rounded to their type before they are multiplied. */
static void check_rounded(struct harness_case c)
{
    c.types = HARNESS_TYPE(HINGE_FLOAT);
    c.absolute = c.relative = 1e-5;
    CHECK_CASE(&c);
    c.types = TYPES & ~HARNESS_TYPE(HINGE_FLOAT);
    c.absolute = 0.04;
    CHECK_CASE(&c);
}

#define CHANGED(...) check_rounded((struct harness_case){GQA_OP, .n_outputs = 3, __VA_ARGS__})

static void check_changed(void)
{
    for (int together = 0; together < 2; together++) {
#define ROTARY                                                                                     \
    .attributes = {HEADS, ATTR_INT("do_rotary", 1), ATTR_INT("rotary_interleaved", together)}
        CHANGED(ROTARY, .inputs = {NEW(2, 5, 4), NO_PAST, INTS(4, 4), INTS(5), TURNS});
        CHANGED(ROTARY, .inputs = {T(2, 1, 64), NO_KV, PAST(2, 6), INTS(6, 2), INTS(7), TURNS});
        CHANGED(ROTARY,
                .inputs = {NEW(2, 2, 4), PAST(2, 6), INTS(7, 3), INTS(8), TURNS, POSITIONS(2, 2)});
        CHANGED(ROTARY,
                .inputs = {NEW(2, 3, 4), NO_PAST, INTS(2, 2), INTS(3), TURNS, POSITIONS(2, 3)});
#undef ROTARY
    }
    CHANGED(.attributes = {HEADS, WINDOW(3), ATTR_INT("do_rotary", 1)},
            .inputs = {NEW(2, 1, 4), PAST(2, 4), INTS(8, 2), INTS(9), TURNS});
    CHANGED(.attributes = {HEADS, ATTR_INT("do_rotary", 1), ATTR_FLOAT("qk_norm_epsilon", 0.1F)},
            .inputs = {NEW(2, 3, 4), NO_PAST, INTS(2, 2), INTS(3), TURNS, OMITTED, OMITTED, OMITTED,
                       OMITTED, OMITTED, T(8), T(8)});
}

#define CODES(batch, rows)                                                                         \
    {                                                                                              \
        .type = bits == 8 ? HINGE_INT8 : HINGE_UINT8, .low = bits == 8 ? -128 : 0,                 \
        .high = bits == 8 ? 127 : 255, .rank = 4, .dims = {                                        \
            batch,                                                                                 \
            2,                                                                                     \
            rows,                                                                                  \
            bits                                                                                   \
        }                                                                                          \
    }
#define SCALES(low_, high_, ...)                                                                   \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = (low_), .high = (high_), .dims = {__VA_ARGS__},                \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define QUANTIZED(keys, values)                                                                    \
    HEADS, ATTR_STRING("k_quant_type", keys), ATTR_STRING("v_quant_type", values),                 \
        ATTR_INT("kv_cache_bit_width", bits)
#define NO_NORM OMITTED, OMITTED

static void check_quantized(void)
{
    for (int bits = 8; bits > 3; bits -= 4) {
        const double low = bits == 8 ? 0.005 : 0.1, high = 3 * low;
        GQA(.n_outputs = 3, .attributes = {QUANTIZED("PER_TENSOR", "PER_TENSOR")},
            .inputs = {NEW(2, 1, 4), CODES(2, 6), CODES(2, 6), INTS(6, 2), INTS(7), NO_ROTARY,
                       NO_NORM, SCALES(low, high, 1), SCALES(low, high, 1)});
        GQA(.n_outputs = 3, .attributes = {QUANTIZED("PER_CHANNEL", "PER_TENSOR")},
            .inputs = {T(1, 3, 64), NO_KV, CODES(1, 9), CODES(1, 9), INTS(7), INTS(8), NO_ROTARY,
                       NO_NORM, SCALES(low, high, 1, 2, 1, 8), SCALES(low, high, 1)});
        GQA(.n_outputs = 3, .attributes = {QUANTIZED("PER_CHANNEL", "PER_CHANNEL")},
            .inputs = {NEW(2, 5, 4), NO_PAST, INTS(4, 2), INTS(5), NO_ROTARY, NO_NORM,
                       SCALES(low, high, 1, 2, 1, 8), SCALES(low, high, 1, 2, 1, 8)});
        GQA(.attributes = {QUANTIZED("PER_CHANNEL", "PER_CHANNEL")},
            .inputs = {NEW(2, 1, 4), CODES(2, 4), CODES(2, 4), INTS(3, 2), INTS(4), NO_ROTARY,
                       NO_NORM, SCALES(low, high, 1, 2, 1, 8), SCALES(low, high, 1, 2, 1, 8)});
    }
}

static void check_quantized_errors(void)
{
    int bits = 8;
    const double low = 1, high = 1;
#define TWO(...) NEW(2, 3, 4), NO_PAST, INTS(2, 2), INTS(3), NO_ROTARY, NO_NORM, __VA_ARGS__
#define ONE SCALES(low, high, 1)
    REFUSED(HINGE_UNSUPPORTED, "one of keys and values alone",
            .attributes = {QUANTIZED("NONE", "PER_TENSOR")}, .inputs = {TWO(ONE, ONE)});
    REFUSED(HINGE_BAD_MODEL, "there is no quantization PER_ROW",
            .attributes = {QUANTIZED("PER_ROW", "PER_TENSOR")}, .inputs = {TWO(ONE, ONE)});
    REFUSED(HINGE_UNSUPPORTED, "a cache of a window is not quantized",
            .attributes = {QUANTIZED("PER_TENSOR", "PER_TENSOR"), WINDOW(2)},
            .inputs = {TWO(ONE, ONE)});
    REFUSED(HINGE_BAD_SHAPE, "v_scale is not one number for each channel",
            .attributes = {QUANTIZED("PER_TENSOR", "PER_CHANNEL")}, .inputs = {TWO(ONE, ONE)});
    REFUSED(
        HINGE_BAD_MODEL, "input 3 is of type float, not int8",
        .attributes = {QUANTIZED("PER_TENSOR", "PER_TENSOR")},
        .inputs = {NEW(2, 1, 4), PAST(2, 3), INTS(1, 3), INTS(4), NO_ROTARY, NO_NORM, ONE, ONE});
    bits = 5;
    REFUSED(HINGE_BAD_VALUE, "kv_cache_bit_width is 5",
            .attributes = {QUANTIZED("PER_TENSOR", "PER_TENSOR")}, .inputs = {TWO(ONE, ONE)});
}

static void check_errors(void)
{
#define PROMPT NEW(2, 3, 4), NO_PAST, INTS(2, 2), INTS(3)
    REFUSED(HINGE_BAD_VALUE, "num_heads 3 is no multiple of kv_num_heads 2",
            .attributes = {ATTR_INT("num_heads", 3), ATTR_INT("kv_num_heads", 2)},
            .inputs = {PROMPT});
    REFUSED(HINGE_BAD_VALUE, "sliding_window_cache without a local_window_size",
            .attributes = {HEADS, ATTR_INT("sliding_window_cache", 1)}, .inputs = {PROMPT});
    REFUSED(HINGE_BAD_SHAPE, "a past of 0 rows for a window of 2", .attributes = {HEADS, WINDOW(2)},
            .inputs = {PROMPT});
    REFUSED(HINGE_BAD_VALUE, "local_window_size is 2 without causal",
            .attributes = {HEADS, ATTR_INT("local_window_size", 2), ATTR_INT("causal", 0)},
            .inputs = {PROMPT});
    REFUSED(HINGE_BAD_VALUE, "qk_output is 3", .attributes = {HEADS, ATTR_INT("qk_output", 3)},
            .inputs = {PROMPT});
    REFUSED(HINGE_BAD_VALUE, "qk_output is 0", .n_outputs = 4, .attributes = {HEADS},
            .inputs = {PROMPT});
    REFUSED(HINGE_BAD_MODEL, "key and value come together", .attributes = {HEADS},
            .inputs = {T(2, 3, 32), T(2, 3, 16), OMITTED, NO_PAST, INTS(2, 2), INTS(3)});
    REFUSED(HINGE_BAD_SHAPE, "query is not batch x length x 8 heads", .attributes = {HEADS},
            .inputs = {T(2, 3, 33), NO_KV, NO_PAST, INTS(2, 2), INTS(3)});
    REFUSED(HINGE_BAD_SHAPE, "key or value is not 2 x 3 x 16", .attributes = {HEADS},
            .inputs = {T(2, 3, 32), T(2, 3, 16), T(2, 3, 32), NO_PAST, INTS(2, 2), INTS(3)});
    REFUSED(HINGE_BAD_SHAPE, "not both 2 x 2 x past x 8", .attributes = {HEADS},
            .inputs = {NEW(2, 3, 4), T(2, 2, 3, 8), T(2, 2, 4, 8), INTS(2, 2), INTS(3)});
    REFUSED(HINGE_BAD_SHAPE, "seqlens_k is not a list of 2", .attributes = {HEADS},
            .inputs = {NEW(2, 3, 4), NO_PAST, INTS(2), INTS(3)});
    REFUSED(HINGE_BAD_VALUE, "seqlens_k[1] is 3", .attributes = {HEADS},
            .inputs = {NEW(2, 3, 4), NO_PAST, INTS(2, 3), INTS(3)});
    REFUSED(HINGE_BAD_VALUE, "seqlens_k[0] is -1", .attributes = {HEADS},
            .inputs = {NEW(2, 1, 4), PAST(2, 3), INTS(-1, 3), INTS(4)});
    REFUSED(HINGE_BAD_VALUE, "total_sequence_length is 5", .attributes = {HEADS},
            .inputs = {NEW(2, 1, 4), PAST(2, 3), INTS(1, 3), INTS(5)});
    REFUSED(HINGE_BAD_VALUE, "total_sequence_length is -1", .attributes = {HEADS},
            .inputs = {NEW(2, 1, 4), PAST(2, 3), INTS(1, 3), CONSTANT_LIST(HINGE_INT32, -1)});
    REFUSED(HINGE_BAD_SHAPE, "attention_bias does not broadcast", .attributes = {HEADS},
            .inputs = {PROMPT, NO_ROTARY, T(1, 3, 3, 3)});
    REFUSED(HINGE_BAD_SHAPE, "attention_bias is of 4 keys, not 3", .attributes = {HEADS},
            .inputs = {PROMPT, NO_ROTARY, T(1, 1, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "head_sink is not a list of 4", .attributes = {HEADS},
            .inputs = {PROMPT, NO_ROTARY, OMITTED, T(2)});
    REFUSED(HINGE_BAD_SHAPE, "q_norm_weight and k_norm_weight", .attributes = {HEADS},
            .inputs = {PROMPT, NO_ROTARY, OMITTED, OMITTED, OMITTED, OMITTED, T(8)});
#define ROTARY .attributes = {HEADS, ATTR_INT("do_rotary", 1)}
    REFUSED(HINGE_BAD_SHAPE, "positions x at most 4", ROTARY, .inputs = {PROMPT});
    REFUSED(HINGE_BAD_SHAPE, "positions x at most 4", ROTARY, .inputs = {PROMPT, T(9, 5), T(9, 5)});
    REFUSED(HINGE_BAD_SHAPE, "cos_cache has 2 rows", ROTARY, .inputs = {PROMPT, T(2, 4), T(2, 4)});
    REFUSED(HINGE_BAD_SHAPE, "position_ids is not 2 x 3", ROTARY,
            .inputs = {PROMPT, T(9, 4), T(9, 4), POSITIONS(3, 2)});
    const double beyond[] = {1, 2, 3, 4, 5, 6};
    REFUSED(HINGE_BAD_VALUE, "position_ids has 1, in caches of 3 rows", ROTARY,
            .inputs = {PROMPT,
                       T(3, 4),
                       T(3, 4),
                       {.type = HINGE_INT64, .rank = 2, .dims = {2, 3}, .values = beyond}});
}

void test_groupqueryattention(void)
{
    check_lengths();
    check_scores();
    check_windows();
    check_changed();
    check_quantized();
    check_quantized_errors();
    check_errors();
    GQA(.bench = true, .n_outputs = 3,
        .attributes = {ATTR_INT("num_heads", 32), ATTR_INT("kv_num_heads", 8)},
        .inputs = {F(1, 1, 2048), F(1, 1, 512), F(1, 1, 512), F(1, 8, 511, 64), F(1, 8, 511, 64),
                   INTS(511), INTS(512)});
}
