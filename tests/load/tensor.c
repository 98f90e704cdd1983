/* Constants: every element type from every place that the standard lets its data be in. Expected
 * bytes are written out by hand from the standard's packing rules. */
#include "build.h"
#include "tests/support/main.h"

#include <string.h>

#define INTS(...)                                                                                  \
    sizeof((int32_t[]){__VA_ARGS__}) / 4, (const int32_t[])                                        \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define BYTES(...)                                                                                 \
    sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[])                                            \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* Elements in int32_data, and the same elements as they are in memory. */
static const struct {
    hinge_type type;
    int64_t count;
    size_t n_entries;
    const int32_t *entries;
    size_t size;
    const uint8_t *bytes;
} int32_cases[] = {
    {HINGE_INT32, 3, INTS(1, -2, INT32_MIN), BYTES(1, 0, 0, 0, 254, 255, 255, 255, 0, 0, 0, 128)},
    {HINGE_INT16, 2, INTS(-1, 513), BYTES(255, 255, 1, 2)},
    {HINGE_UINT16, 2, INTS(65535, 513), BYTES(255, 255, 1, 2)},
    {HINGE_INT8, 3, INTS(-128, 127, -1), BYTES(128, 127, 255)},
    {HINGE_UINT8, 3, INTS(0, 127, 255), BYTES(0, 127, 255)},
    {HINGE_BOOL, 3, INTS(1, 0, 1), BYTES(1, 0, 1)},
    {HINGE_FLOAT16, 2, INTS(0x3c00, 0xfc00), BYTES(0, 0x3c, 0, 0xfc)},
    {HINGE_BFLOAT16, 2, INTS(0x3f80, -128), BYTES(0x80, 0x3f, 0x80, 0xff)},
    {HINGE_FLOAT8E4M3FN, 2, INTS(0x38, 0xb8), BYTES(0x38, 0xb8)},
    {HINGE_FLOAT8E4M3FNUZ, 2, INTS(0x38, 0x80), BYTES(0x38, 0x80)},
    {HINGE_FLOAT8E5M2, 2, INTS(0x3c, 0xbc), BYTES(0x3c, 0xbc)},
    {HINGE_FLOAT8E5M2FNUZ, 1, INTS(0x80), BYTES(0x80)},
    {HINGE_FLOAT8E8M0, 2, INTS(127, 255), BYTES(127, 255)},
    {HINGE_UINT4, 3, INTS(0x21, 0x03), BYTES(0x21, 0x03)},
    {HINGE_INT4, 3, INTS(0xf7, 0xf8), BYTES(0xf7, 0x08)}, /* the padding is made zero */
    {HINGE_FLOAT4E2M1, 4, INTS(0x21, 0x43), BYTES(0x21, 0x43)},
    {HINGE_UINT2, 5, INTS(0xe4, 0x03), BYTES(0xe4, 0x03)},
    {HINGE_INT2, 4, INTS(-1), BYTES(0xff)},
};

/* Loads a model with the one initializer "w"; *model is to be closed. NULL on failure. */
static const struct graph_value *load_one(struct build *build, struct loaded_model **model,
                                          hinge_error *error)
{
    *model = build_load(build, error);
    return *model ? find_value((*model)->graph, "w") : NULL;
}

/* Checks that "w" comes out as these bytes, aligned, or fails with this status. */
static void expect_bytes(struct build *build, const void *bytes, size_t size)
{
    hinge_error error = {0};
    struct loaded_model *model;
    const struct graph_value *value = load_one(build, &model, &error);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    CU_ASSERT(value->storage != GRAPH_NOT_CONSTANT);
    size_t bits = hinge_type_bits(value->tensor.type);
    if (bits >= 8 && bits <= 64)
        CU_ASSERT_EQUAL((uintptr_t)value->tensor.data % (bits / 8), 0);
    CU_ASSERT(size == 0 || memcmp(value->tensor.data, bytes, size) == 0);
    load_close(model);
}

static void expect_error(struct build *build, hinge_status status, const char *part)
{
    hinge_error error = {0};
    struct loaded_model *model;
    CU_ASSERT_PTR_NULL(load_one(build, &model, &error));
    CU_ASSERT_PTR_NULL(model);
    CU_ASSERT_EQUAL(error.status, status);
    if (!strstr(error.message, part))
        printf("\n  message: %s\n  expected: %s\n", error.message, part);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, part));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "initializer \"w\""));
    load_close(model);
}

static void test_int32_data(void)
{
    for (size_t i = 0; i < sizeof int32_cases / sizeof *int32_cases; i++) {
        struct build build;
        build_begin(&build);
        Onnx__TensorProto *tensor = build_initializer(
            &build, build.graph, "w", (int32_t)int32_cases[i].type, 1, &int32_cases[i].count);
        tensor->int32_data = (int32_t *)(uintptr_t)int32_cases[i].entries;
        tensor->n_int32_data = int32_cases[i].n_entries;
        expect_bytes(&build, int32_cases[i].bytes, int32_cases[i].size);
        build_free(&build);
    }
}

static void test_raw_data(void)
{
    for (size_t i = 0; i < sizeof int32_cases / sizeof *int32_cases; i++) {
        struct build build;
        build_begin(&build);
        Onnx__TensorProto *tensor = build_initializer(
            &build, build.graph, "w", (int32_t)int32_cases[i].type, 1, &int32_cases[i].count);
        uint8_t bytes[16] = {0};
        memcpy(bytes, int32_cases[i].bytes, int32_cases[i].size);
        build_raw(tensor, bytes, int32_cases[i].size);
        expect_bytes(&build, int32_cases[i].bytes, int32_cases[i].size);
        tensor->raw_data.len++;
        expect_error(&build, HINGE_BAD_MODEL, "bytes by its shape");
        tensor->raw_data.len -= 2;
        expect_error(&build, HINGE_BAD_MODEL, "bytes by its shape");
        build_free(&build);
    }
}

static void test_padding(void)
{
    static const uint8_t dirty[] = {0x21, 0xf3}, clean[] = {0x21, 0x03};
    const int64_t three = 3, five = 5;
    struct build build;
    build_begin(&build);
    Onnx__TensorProto *tensor = build_initializer(&build, build.graph, "w", HINGE_UINT4, 1, &three);
    build_raw(tensor, dirty, 2);
    expect_bytes(&build, clean, 2);
    tensor->data_type = HINGE_INT2;
    tensor->dims[0] = five;
    expect_bytes(&build, clean, 2);
    build_free(&build);
}

static void test_other_lists(void)
{
    static float floats[] = {1.5f, -0.0f, 3e38f, 1e-45f};
    static double doubles[] = {1.5, -0.0, 1e300, 5e-324};
    static int64_t ints[] = {0, -1, INT64_MIN, INT64_MAX};
    static uint64_t unsigneds[] = {0, 1, UINT64_MAX, 1u << 31};
    static uint64_t narrow[] = {0, 1, UINT32_MAX, 1u << 31};
    static uint32_t narrow_bytes[] = {0, 1, UINT32_MAX, 1u << 31};
    const int64_t two = 2, four = 4;
    struct build build;
    build_begin(&build);
    Onnx__TensorProto *tensor = build_initializer(&build, build.graph, "w", HINGE_FLOAT, 1, &four);
    tensor->float_data = floats;
    tensor->n_float_data = 4;
    expect_bytes(&build, floats, sizeof floats);
    tensor->data_type = HINGE_COMPLEX64;
    tensor->dims[0] = two;
    expect_bytes(&build, floats, sizeof floats);

    tensor->n_float_data = 0;
    tensor->double_data = doubles;
    tensor->n_double_data = 4;
    tensor->data_type = HINGE_COMPLEX128;
    expect_bytes(&build, doubles, sizeof doubles);
    tensor->data_type = HINGE_DOUBLE;
    tensor->dims[0] = four;
    expect_bytes(&build, doubles, sizeof doubles);

    tensor->n_double_data = 0;
    tensor->int64_data = ints;
    tensor->n_int64_data = 4;
    tensor->data_type = HINGE_INT64;
    expect_bytes(&build, ints, sizeof ints);

    tensor->n_int64_data = 0;
    tensor->uint64_data = unsigneds;
    tensor->n_uint64_data = 4;
    tensor->data_type = HINGE_UINT64;
    expect_bytes(&build, unsigneds, sizeof unsigneds);
    tensor->data_type = HINGE_UINT32;
    expect_error(&build, HINGE_BAD_MODEL, "among its uint32 data");
    tensor->uint64_data = narrow;
    expect_bytes(&build, narrow_bytes, sizeof narrow_bytes);
    tensor->data_type = HINGE_INT64;
    expect_error(&build, HINGE_BAD_MODEL, "not for type int64");
    build_free(&build);
}

static void test_ranges(void)
{
    static const struct {
        hinge_type type;
        int32_t bad[2];
    } cases[] = {
        {HINGE_INT8, {128, -129}},
        {HINGE_UINT8, {256, -1}},
        {HINGE_INT16, {32768, -32769}},
        {HINGE_UINT16, {65536, -1}},
        {HINGE_BOOL, {2, -1}},
        {HINGE_FLOAT16, {65536, -32769}},
        {HINGE_BFLOAT16, {65536, -32769}},
        {HINGE_FLOAT8E5M2, {256, -129}},
        {HINGE_INT4, {256, -129}},
    };
    const int64_t one = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 2; j++) {
            struct build build;
            build_begin(&build);
            Onnx__TensorProto *tensor =
                build_initializer(&build, build.graph, "w", (int32_t)cases[i].type, 1, &one);
            int32_t entry = cases[i].bad[j];
            tensor->int32_data = &entry;
            tensor->n_int32_data = 1;
            expect_error(&build, HINGE_BAD_MODEL, "data");
            build_free(&build);
        }
}

static void test_strings(void)
{
    const int64_t dims[] = {3, 1};
    struct build build;
    build_begin(&build);
    Onnx__TensorProto *tensor = build_initializer(&build, build.graph, "w", HINGE_STRING, 2, dims);
    ProtobufCBinaryData strings[] = {
        {3, (uint8_t *)"a\0b"}, {0, NULL}, {5, (uint8_t *)"h\xc3\xa4st"}};
    tensor->string_data = strings;
    tensor->n_string_data = 3;
    hinge_error error;
    struct loaded_model *model;
    const struct graph_value *value = load_one(&build, &model, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    const hinge_string *loaded = value->tensor.data;
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(loaded[i].size, strings[i].len);
        CU_ASSERT(!strings[i].len || !memcmp(loaded[i].bytes, strings[i].data, strings[i].len));
    }
    load_close(model);
    tensor->n_string_data = 2;
    expect_error(&build, HINGE_BAD_MODEL, "should have 3 strings by its shape, but has 2");
    build_raw(tensor, "abc", 3);
    expect_error(&build, HINGE_BAD_MODEL, "not for type string");
    build_free(&build);
}

/* Elements may be copied out of a constant that is given up. */
static void test_strings_outlive_their_tensor(void)
{
    struct build build;
    build_begin(&build);
    static char long_text[200000];
    memset(long_text, 'x', sizeof long_text);
    Onnx__TensorProto *tensor =
        build_initializer(&build, build.graph, "w", HINGE_STRING, 1, (int64_t[]){2});
    ProtobufCBinaryData strings[] = {{sizeof long_text, (uint8_t *)long_text},
                                     {2, (uint8_t *)"ab"}};
    tensor->string_data = strings;
    tensor->n_string_data = 2;
    struct loaded_model *model;
    const struct graph_value *value = load_one(&build, &model, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    hinge_string copies[2];
    memcpy(copies, value->tensor.data, sizeof copies);
    graph_drop_constant(model->graph, find_index(model->graph, "w"));
    CU_ASSERT_EQUAL(memcmp(copies[0].bytes, long_text, sizeof long_text), 0);
    CU_ASSERT_EQUAL(memcmp(copies[1].bytes, "ab", 2), 0);
    load_close(model);
    build_free(&build);
}

static void test_shapes(void)
{
    static const float numbers[6];
    struct build build;
    build_begin(&build);
    Onnx__TensorProto *tensor =
        build_initializer(&build, build.graph, "w", HINGE_FLOAT, 2, (int64_t[]){2, 3});
    build_raw(tensor, numbers, sizeof numbers);
    expect_bytes(&build, numbers, sizeof numbers);
    tensor->dims[1] = -3;
    expect_error(&build, HINGE_BAD_MODEL, "dimension -3 at axis 1");
    tensor->dims[0] = tensor->dims[1] = INT64_MAX;
    expect_error(&build, HINGE_BAD_MODEL, "more elements than can be counted");
    tensor->dims[0] = tensor->dims[1] = (int64_t)1 << 32;
    expect_error(&build, HINGE_BAD_MODEL, "more elements than can be counted");
    tensor->n_dims = 1;
    tensor->dims[0] = (int64_t)1 << 62;
    expect_error(&build, HINGE_BAD_MODEL, "more elements than can be counted");
    tensor->dims[0] = (int64_t)1 << 40;
    expect_error(&build, HINGE_BAD_MODEL, "should have 4398046511104 bytes");
    tensor->n_dims = 0;
    tensor->raw_data.len = 4;
    expect_bytes(&build, numbers, 4);
    tensor->has_raw_data = 0;
    expect_error(&build, HINGE_BAD_MODEL, "should have 1 entries by its shape, but has 0");
    tensor->n_dims = 2;
    tensor->dims[0] = 0;
    tensor->dims[1] = 7;
    expect_bytes(&build, NULL, 0);

    /* Others multiply the dimensions in order: a zero at the end does not help. */
    int64_t dims[HINGE_MAX_RANK + 1] = {INT64_MAX, INT64_MAX, 0};
    tensor->dims = dims;
    tensor->n_dims = 3;
    expect_error(&build, HINGE_BAD_MODEL, "more elements than can be counted");
    memset(dims, 0, sizeof dims);
    tensor->n_dims = HINGE_MAX_RANK;
    expect_bytes(&build, NULL, 0);
    tensor->n_dims = HINGE_MAX_RANK + 1;
    expect_error(&build, HINGE_UNSUPPORTED, "rank 17");
    build_free(&build);
}

static void test_types(void)
{
    static const uint8_t byte = 1, two = 2;
    struct build build;
    build_begin(&build);
    Onnx__TensorProto *tensor = build_initializer(&build, build.graph, "w", HINGE_UINT8, 0, NULL);
    build_raw(tensor, &byte, 1);
    expect_bytes(&build, &byte, 1);
    static const int32_t unknown[] = {27, 99, -1, INT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        tensor->data_type = unknown[i];
        expect_error(&build, HINGE_BAD_MODEL, "unknown data type");
    }
    tensor->data_type = 0;
    expect_error(&build, HINGE_BAD_MODEL, "has no data type");
    tensor->data_type = HINGE_BOOL;
    expect_bytes(&build, &byte, 1);
    build_raw(tensor, &two, 1);
    expect_error(&build, HINGE_BAD_MODEL, "has bool 2 at element 0");

    tensor->data_type = HINGE_UINT8;
    int32_t entry = 1;
    tensor->int32_data = &entry;
    tensor->n_int32_data = 1;
    expect_error(&build, HINGE_BAD_MODEL, "two forms");
    tensor->n_int32_data = 0;
    Onnx__TensorProto__Segment segment;
    onnx__tensor_proto__segment__init(&segment);
    tensor->segment = &segment;
    expect_error(&build, HINGE_UNSUPPORTED, "segment");
    build_free(&build);
}

/* Where the model's bytes put raw data is a matter of luck; of neighbours a byte apart, some are
 * usable in place and the others must be copied. */
static void test_alignment(void)
{
    static const double numbers[] = {1, 2, 3};
    const int64_t three = 3;
    unsigned n_mapped = 0, n_owned = 0;
    for (size_t shift = 0; shift < 8; shift++) {
        struct build build;
        build_begin(&build);
        build.model.doc_string = build_text(&build, &"........"[shift]);
        Onnx__TensorProto *tensor =
            build_initializer(&build, build.graph, "w", HINGE_DOUBLE, 1, &three);
        build_raw(tensor, numbers, sizeof numbers);
        size_t size;
        const uint8_t *bytes = build_pack(&build, &size);
        struct loaded_model *model;
        CU_ASSERT_EQUAL_FATAL(load_memory(bytes, size, NULL, &build.allocator, &model, NULL),
                              HINGE_OK);
        const struct graph_value *value = find_value(model->graph, "w");
        const uint8_t *data = value->tensor.data;
        bool is_inside = data >= bytes && data < bytes + size;
        CU_ASSERT_EQUAL(value->storage, is_inside ? GRAPH_MAPPED : GRAPH_OWNED);
        CU_ASSERT_EQUAL((uintptr_t)data % sizeof(double), 0);
        CU_ASSERT_EQUAL(memcmp(data, numbers, sizeof numbers), 0);
        n_mapped += is_inside;
        n_owned += !is_inside;
        load_close(model);
        build_free(&build);
    }
    CU_ASSERT_EQUAL(n_mapped, 1);
    CU_ASSERT_EQUAL(n_owned, 7);
}

/* Sparse initializers */

static Onnx__SparseTensorProto *add_sparse(struct build *build, size_t n_values,
                                           const float *numbers, size_t rank, const int64_t *dims)
{
    Onnx__SparseTensorProto *sparse = build_memory(build, sizeof *sparse);
    onnx__sparse_tensor_proto__init(sparse);
    const int64_t count = (int64_t)n_values;
    sparse->values = build_tensor(build, "w", HINGE_FLOAT, 1, &count);
    build_raw(sparse->values, numbers, n_values * sizeof *numbers);
    sparse->indices = build_tensor(build, "", HINGE_INT64, 1, &count);
    sparse->n_dims = rank;
    sparse->dims = (int64_t *)(uintptr_t)dims;
    build_append(build, &build->graph->n_sparse_initializer, &build->graph->sparse_initializer,
                 sparse);
    return sparse;
}

static void set_indices(Onnx__SparseTensorProto *sparse, int64_t *indices, size_t count)
{
    sparse->indices->int64_data = indices;
    sparse->indices->n_int64_data = count;
}

static void test_sparse(void)
{
    static const float numbers[] = {1, 2, 3};
    static const float dense[] = {0, 1, 0, 0, 2, 3};
    static int64_t flat[] = {1, 4, 5}, rows[] = {0, 1, 1, 1, 1, 2};
    struct build build;
    build_begin(&build);
    Onnx__SparseTensorProto *sparse = add_sparse(&build, 3, numbers, 2, (int64_t[]){2, 3});
    set_indices(sparse, flat, 3);
    expect_bytes(&build, dense, sizeof dense);
    sparse->indices->n_dims = 2;
    sparse->indices->dims = (int64_t[]){3, 2};
    set_indices(sparse, rows, 6);
    expect_bytes(&build, dense, sizeof dense);

    rows[5] = 3;
    expect_error(&build, HINGE_BAD_MODEL, "index 2 outside its shape");
    rows[5] = -1;
    expect_error(&build, HINGE_BAD_MODEL, "index 2 outside its shape");
    rows[5] = 1;
    expect_error(&build, HINGE_BAD_MODEL, "index 2 out of order");
    sparse->indices->dims = (int64_t[]){2, 3};
    expect_error(&build, HINGE_BAD_MODEL, "indices that do not fit");
    sparse->indices->n_dims = 1;
    sparse->indices->dims = (int64_t[]){3};
    set_indices(sparse, flat, 3);
    flat[2] = 6;
    expect_error(&build, HINGE_BAD_MODEL, "index 2 outside its shape");
    flat[2] = -1;
    expect_error(&build, HINGE_BAD_MODEL, "index 2 outside its shape");
    flat[2] = 5;
    sparse->dims = (int64_t[]){1 << 20, 1 << 20};
    expect_error(&build, HINGE_LIMIT, "is sparse, and would take");
    sparse->dims = (int64_t[]){2, 3};
    sparse->indices->data_type = HINGE_UINT64;
    expect_error(&build, HINGE_BAD_MODEL, "not for type uint64");
    sparse->indices = NULL;
    expect_error(&build, HINGE_BAD_MODEL, "without values or indices");
    build_free(&build);
}

/* Each tensor is below the limit, all together are not. */
static void test_sparse_sum(void)
{
    struct build build;
    build_begin(&build);
    for (int i = 0; i < 3; i++) {
        Onnx__SparseTensorProto *sparse =
            add_sparse(&build, 0, NULL, 1, (int64_t[]){(int64_t)1 << 23});
        sparse->values->name = build_text(&build, i == 2 ? "w" : i ? "v" : "u");
    }
    expect_error(&build, HINGE_LIMIT, "is sparse, and would take");
    build_free(&build);
}

int main(void)
{
    return run_tests(
        "load/tensor",
        (CU_TestInfo[]){{"elements in int32_data", test_int32_data},
                        {"elements in raw_data", test_raw_data},
                        {"padding bits", test_padding},
                        {"elements in the other lists", test_other_lists},
                        {"entries out of range", test_ranges},
                        {"strings", test_strings},
                        {"strings outlive their tensor", test_strings_outlive_their_tensor},
                        {"shapes", test_shapes},
                        {"types", test_types},
                        {"alignment", test_alignment},
                        {"sparse", test_sparse},
                        {"many sparse ones", test_sparse_sum},
                        CU_TEST_INFO_NULL});
}
