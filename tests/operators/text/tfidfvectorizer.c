/* TfIdfVectorizer against a search for each n-gram of the pool at each place. */
#include "tests/operators/text.h"

#include <string.h>

static bool is_item(const struct harness_call *call, int64_t pool_at, int64_t x_at)
{
    const hinge_tensor *x = call->inputs[0];
    if (x->type == HINGE_STRING) {
        const char *item = harness_attr(call, "pool_strings")->strings[pool_at];
        const hinge_string s = harness_get_string(x, x_at);
        return s.size == strlen(item) && !memcmp(s.bytes, item, s.size);
    }
    return harness_attr(call, "pool_int64s")->ints[pool_at] == harness_get_int(x, x_at);
}

/* How often the n items of the pool from at on are in row r, skips items between them. */
static int64_t found(const struct harness_call *call, int64_t at, int64_t n, int64_t r,
                     int64_t skips)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t columns = x->dims[x->rank - 1];
    int64_t times = 0;
    for (int64_t first = 0; first + (n - 1) * (skips + 1) < columns; first++) {
        bool same = true;
        for (int64_t k = 0; k < n && same; k++)
            same = is_item(call, at + k, r * columns + first + k * (skips + 1));
        times += same;
    }
    return times;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *counts = harness_attr(call, "ngram_counts");
    const struct harness_attribute *indexes = harness_attr(call, "ngram_indexes");
    const struct harness_attribute *weights = harness_attr(call, "weights");
    const struct harness_attribute *strings = harness_attr(call, "pool_strings");
    const char *mode = harness_attr(call, "mode")->s;
    const int64_t n_items =
        (int64_t)(strings ? strings->count : harness_attr(call, "pool_int64s")->count);
    int64_t dims[2] = {x->dims[0], 0}, size = 0, ngram = 0;
    for (size_t i = 0; i < indexes->count; i++)
        size = indexes->ints[i] + 1 > size ? indexes->ints[i] + 1 : size;
    dims[x->rank - 1] = size;
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, x->rank, dims);
    int64_t most = harness_attr_int(call, "max_skip_count", 0);
    most = most < x->dims[x->rank - 1] ? most : x->dims[x->rank - 1];
    for (size_t i = 0; i < counts->count; i++) {
        const int64_t n = (int64_t)i + 1;
        const int64_t end = i + 1 < counts->count ? counts->ints[i + 1] : n_items;
        const bool wanted = n >= harness_attr_int(call, "min_gram_length", 0) &&
                            n <= harness_attr_int(call, "max_gram_length", 0);
        for (int64_t at = counts->ints[i]; at < end && wanted; at += n)
            for (int64_t r = 0; r < (x->rank == 2 ? x->dims[0] : 1); r++)
                for (int64_t skips = 0; skips <= (n == 1 ? 0 : most); skips++) {
                    const int64_t which = ngram + (at - counts->ints[i]) / n;
                    const int64_t to = r * size + indexes->ints[which];
                    harness_set(y, to, harness_get(y, to) + (double)found(call, at, n, r, skips));
                }
        ngram += (end - counts->ints[i]) / n;
    }
    for (int64_t i = 0; i < hinge_count(y) && strcmp(mode, "TF") != 0; i++) {
        const double times = harness_get(y, i);
        double weight = 1;
        for (size_t k = 0; weights && k < indexes->count; k++)
            if (indexes->ints[k] == i % size)
                weight = (double)weights->floats[k];
        harness_set(y, i, (!strcmp(mode, "IDF") ? times > 0 : times) * weight);
    }
}

#define LENGTHS(least, most, skips)                                                                \
    ATTR_INT("min_gram_length", least), ATTR_INT("max_gram_length", most),                         \
        ATTR_INT("max_skip_count", skips)
#define POOL(name)                                                                                 \
    ATTR_STRING("mode", name), ATTR_INTS("ngram_counts", 0, 3, 9),                                 \
        ATTR_INTS("ngram_indexes", 1, 0, 4, 6, 5, 3, 2)
#define INTS ATTR_INTS("pool_int64s", 2, 3, -1, 2, 3, 3, 3, 0, 1, 2, 3, 1)
#define MANY ATTR_FLOATS("weights", 2, 3, 0.5F, 1, -1, 4, 8)
#define VECTORIZER .op = "TfIdfVectorizer"

static void numbers(void)
{
    const char *const modes[] = {"TF", "IDF", "TFIDF"};
    const uint32_t types = HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64);
    for (int i = 0; i < 3; i++) {
        CHECK_OP(VECTORIZER, .types = types, .inputs = {TENSOR(HARNESS_T, -1, 3, HARNESS_N)},
                 .attributes = {LENGTHS(1, 3, 0), POOL(modes[i]), INTS}, .reference = reference);
        CHECK_OP(VECTORIZER, .types = types, .inputs = {TENSOR(HARNESS_T, -1, 3, HARNESS_N, 9)},
                 .attributes = {LENGTHS(1, 2, 3), POOL(modes[i]), INTS, MANY},
                 .reference = reference);
        CHECK_OP(VECTORIZER, .types = types, .inputs = {TENSOR(HARNESS_T, -1, 3, 3, 11)},
                 .attributes = {LENGTHS(2, 3, INT64_MAX - 1), POOL(modes[i]), INTS, MANY},
                 .reference = reference);
    }
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, -1, 3, 4, 0)},
             .attributes = {LENGTHS(1, 3, 0), POOL("TF"), INTS}, .reference = reference);
}

#define WORDS ATTR_STRINGS("pool_strings", "a", "", "a", "b", "", "", "b", "c")
#define WORDS_OF(name)                                                                             \
    ATTR_STRING("mode", name), ATTR_INTS("ngram_counts", 0, 2),                                    \
        ATTR_INTS("ngram_indexes", 0, 1, 2, 3, 4)

static void errors(void)
{
    const struct harness_attribute tf = ATTR_STRING("mode", "TF"), pool = INTS;
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1, 1, 1)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {LENGTHS(1, 3, 0), POOL("TF"), INTS}, .says = "X has rank 3");
    CHECK_OP(VECTORIZER, .inputs = {STRINGS("a")}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 3, 0), POOL("TF"), INTS}, .says = "not both of strings");
    CHECK_OP(VECTORIZER, .inputs = {STRINGS("a")}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 3, 0), POOL("TF"), INTS, WORDS},
             .says = "not exactly one of");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 3, 0), POOL("IF"), INTS}, .says = "mode is not");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(3, 2, 0), POOL("TF"), INTS}, .says = "from 3 to 2 items");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 2, -1), POOL("TF"), INTS}, .says = "max_skip_count is -1");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 2, 0), tf, pool, ATTR_INTS("ngram_counts", 0, 3),
                            ATTR_INTS("ngram_indexes", 0)},
             .says = "the n-grams of 2 items are [3, 12) of a pool of 12");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 2, 0), tf, pool, ATTR_INTS("ngram_counts", 0, 4),
                            ATTR_INTS("ngram_indexes", 0)},
             .says = "8 n-grams have 1 ngram_indexes");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 2, 0), tf, pool, ATTR_INTS("ngram_counts", 0),
                            ATTR_INTS("ngram_indexes", -1)},
             .says = "ngram_indexes has -1");
    CHECK_OP(VECTORIZER, .inputs = {TENSOR(HINGE_INT64, 0, 1, 1)}, .fails = HINGE_BAD_MODEL,
             .attributes = {LENGTHS(1, 2, 0), POOL("IDF"), pool, ATTR_FLOATS("weights", 1)},
             .says = "there are 1 weights for 7 ngram_indexes");
}

void test_tfidfvectorizer(void)
{
    numbers();
    CHECK_OP(
        VECTORIZER, .attributes = {LENGTHS(1, 2, 1), WORDS_OF("TFIDF"), WORDS},
        .inputs = {MATRIX_OF_STRINGS(4, "a", "b", "", "b", "", "", "b", "c", "A", "ab", "c", "")},
        .reference = reference);
    errors();
}
