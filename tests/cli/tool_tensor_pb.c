#include "tensor_pb.h"
#include "tool.h"

#include <onnx.pb-c.h>
#include <stdlib.h>
#include <string.h>

static bool parses(const Onnx__TensorProto *proto)
{
    size_t size = onnx__tensor_proto__get_packed_size(proto);
    unsigned char *bytes = malloc(size + 1);
    struct array array;
    hinge_error error = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    onnx__tensor_proto__pack(proto, bytes);
    bool ok = tensor_pb_parse(bytes, size, &array, &error);
    CU_ASSERT_EQUAL(ok, error.message[0] == '\0');
    array_free(&array);
    free(bytes);
    return ok;
}

static Onnx__TensorProto make(int32_t type, int64_t *dims, size_t rank)
{
    Onnx__TensorProto proto = ONNX__TENSOR_PROTO__INIT;
    proto.has_data_type = true;
    proto.data_type = type;
    proto.dims = dims;
    proto.n_dims = rank;
    return proto;
}

static void test_counts(void)
{
    float floats[5] = {0};
    int64_t dims[17] = {2, 2};
    Onnx__TensorProto proto = make(HINGE_FLOAT, dims, 2);
    proto.float_data = floats;
    for (size_t n = 0; n <= 5; n++) {
        proto.n_float_data = n;
        CU_ASSERT_EQUAL(parses(&proto), n == 4);
    }
    proto.n_float_data = 0;
    proto.has_raw_data = true;
    for (size_t n = 0; n <= 20; n++) {
        proto.raw_data = (ProtobufCBinaryData){n, (uint8_t *)floats};
        CU_ASSERT_EQUAL(parses(&proto), n == 16);
    }
    proto.raw_data.len = 16;
    proto.has_data_type = false;
    CU_ASSERT_FALSE(parses(&proto));
    proto.has_data_type = true;
    proto.data_type = 99;
    CU_ASSERT_FALSE(parses(&proto));
    proto.data_type = -1;
    CU_ASSERT_FALSE(parses(&proto));
    proto.data_type = HINGE_STRING;
    CU_ASSERT_FALSE(parses(&proto));
}

static void test_shapes(void)
{
    int64_t too_many[17] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    int64_t huge[3] = {INT64_MAX, INT64_MAX, 4}, large[1] = {(int64_t)1 << 40}, negative[1] = {-4};
    int64_t empty[2] = {3, 0};
    uint8_t bytes[4] = {0};
    struct {
        int64_t *dims;
        size_t rank, size;
        bool good;
    } cases[] = {{too_many, 16, 4, true}, {too_many, 17, 4, false}, {huge, 3, 4, false},
                 {large, 1, 4, false},    {negative, 1, 4, false},  {empty, 2, 0, true},
                 {empty, 2, 4, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Onnx__TensorProto proto = make(HINGE_FLOAT, cases[i].dims, cases[i].rank);
        proto.has_raw_data = true;
        proto.raw_data = (ProtobufCBinaryData){cases[i].size, bytes};
        CU_ASSERT_EQUAL(parses(&proto), cases[i].good);
    }
}

static void test_ranges(void)
{
    int64_t one[1] = {1};
    static const struct {
        int32_t type, value;
        bool good;
    } cases[] = {
        {HINGE_INT8, -128, true},  {HINGE_INT8, 128, false},     {HINGE_UINT8, 255, true},
        {HINGE_UINT8, -1, false},  {HINGE_UINT8, 256, false},    {HINGE_INT16, -32769, false},
        {HINGE_BOOL, 1, true},     {HINGE_FLOAT16, 65535, true}, {HINGE_FLOAT16, 65536, false},
        {HINGE_INT32, -1, true},   {HINGE_UINT4, 255, true},     {HINGE_INT4, 256, false},
        {HINGE_INT4, -129, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t value = cases[i].value;
        Onnx__TensorProto proto = make(cases[i].type, one, 1);
        proto.n_int32_data = 1;
        proto.int32_data = &value;
        CU_ASSERT_EQUAL(parses(&proto), cases[i].good);
    }
    uint64_t wide = (uint64_t)1 << 32;
    Onnx__TensorProto proto = make(HINGE_UINT32, one, 1);
    proto.n_uint64_data = 1;
    proto.uint64_data = &wide;
    CU_ASSERT_FALSE(parses(&proto));
    wide--;
    CU_ASSERT_TRUE(parses(&proto));
}

static void test_elsewhere(void)
{
    int64_t none[1] = {0};
    Onnx__TensorProto proto = make(HINGE_FLOAT, none, 1);
    CU_ASSERT_TRUE(parses(&proto));
    proto.has_data_location = true;
    proto.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    CU_ASSERT_FALSE(parses(&proto));
    proto.has_data_location = false;
    Onnx__TensorProto__Segment segment = ONNX__TENSOR_PROTO__SEGMENT__INIT;
    proto.segment = &segment;
    CU_ASSERT_FALSE(parses(&proto));
}

/* A sound message cut anywhere or with any byte changed: no crash, and no array that the sanitizers
 * would find too small. */
static void test_mutations(void)
{
    int64_t dims[2] = {2, 3};
    float floats[6] = {1, 2, 3, 4, 5, 6};
    Onnx__TensorProto proto = make(HINGE_FLOAT, dims, 2);
    proto.name = (char *)"x";
    proto.has_raw_data = true;
    proto.raw_data = (ProtobufCBinaryData){sizeof floats, (uint8_t *)floats};
    unsigned char bytes[256];
    size_t size = onnx__tensor_proto__pack(&proto, bytes);
    hinge_error error;
    struct array array;
    for (size_t n = 0; n < size; n++) {
        CU_ASSERT_FALSE(tensor_pb_parse(bytes, n, &array, &error));
        array_free(&array);
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char kept = bytes[i];
        for (unsigned value = 0; value < 256; value++) {
            bytes[i] = (unsigned char)value;
            if (tensor_pb_parse(bytes, size, &array, &error))
                CU_ASSERT_TRUE(array_size(&array.tensor) <= 6 * sizeof(hinge_string));
            array_free(&array);
        }
        bytes[i] = kept;
    }
}

CU_TestInfo tool_tensor_pb_tests[] = {
    {"element counts", test_counts}, {"shapes", test_shapes},       {"ranges", test_ranges},
    {"elsewhere", test_elsewhere},   {"mutations", test_mutations}, CU_TEST_INFO_NULL,
};
