/* The walk over the wire format: what it lets through, what it takes out, what it refuses. Messages
 * are written byte by byte. */
#include "load/wire.h"

#include "base/status.h"
#include "onnx.pb-c.h"
#include "tests/support/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const hinge_allocator *allocator(void)
{
    static hinge_allocator malloc_allocator;
    malloc_allocator = memory_allocator(NULL);
    return &malloc_allocator;
}

/* Strips a copy that ends where its memory ends, so that a sanitizer sees a step too far. */
static hinge_status strip(const ProtobufCMessageDescriptor *type, const void *bytes, size_t size,
                          struct wire_stripped *stripped, hinge_error *error)
{
    static uint8_t *copy; /* kept for the payloads of the latest call */
    free(copy);
    copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    return wire_strip(type, copy, size, allocator(), stripped, error);
}

static void expect_refusal(const ProtobufCMessageDescriptor *type, const void *bytes, size_t size,
                           hinge_status status, const char *part)
{
    struct wire_stripped stripped;
    hinge_error error = {0};
    CU_ASSERT_EQUAL(strip(type, bytes, size, &stripped, &error), status);
    CU_ASSERT_EQUAL(error.status, status);
    if (!strstr(error.message, part))
        printf("\n  message: %s\n  expected: %s\n", error.message, part);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, part));
    CU_ASSERT_PTR_NULL(stripped.bytes);
    CU_ASSERT_PTR_NULL(stripped.payloads);
}

#define REFUSE(type, status, part, ...)                                                            \
    expect_refusal(&onnx__##type##__descriptor, (const uint8_t[]){__VA_ARGS__},                    \
                   sizeof((const uint8_t[]){__VA_ARGS__}), status, part)

static void test_varint(void)
{
    static const struct {
        uint8_t bytes[12];
        size_t size;
        bool is_valid;
        uint64_t value;
    } cases[] = {
        {{0}, 1, true, 0},
        {{127}, 1, true, 127},
        {{128, 1}, 2, true, 128},
        {{128, 128, 0}, 3, true, 0},
        {{255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 10, true, UINT64_MAX},
        {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 11, false, 0},
        {{128}, 1, false, 0},
        {{0}, 0, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire_reader reader = {cases[i].bytes, cases[i].bytes + cases[i].size};
        uint64_t value = 0;
        CU_ASSERT_EQUAL(wire_varint(&reader, &value), cases[i].is_valid);
        CU_ASSERT_EQUAL(value, cases[i].value);
        CU_ASSERT_PTR_EQUAL(reader.at, cases[i].bytes + (cases[i].is_valid ? cases[i].size : 0));
    }
}

/* A tensor with dims, raw data, a name and a field that nobody knows. */
static const uint8_t tensor_bytes[] = {0x08, 2,   0x08, 3,    0x10, 2, 0x4a, 6, 'a',  'b', 'c',
                                       'd',  'e', 'f',  0xfa, 0x3f, 2, 9,    9, 0x42, 1,   'w'};

static void test_payload(void)
{
    struct wire_stripped stripped;
    hinge_error error = {0};
    CU_ASSERT_EQUAL_FATAL(strip(&onnx__tensor_proto__descriptor, tensor_bytes, sizeof tensor_bytes,
                                &stripped, &error),
                          HINGE_OK);
    CU_ASSERT_EQUAL(stripped.n_payloads, 1);
    CU_ASSERT_PTR_NULL(memchr(stripped.bytes, 'c', stripped.size));
    Onnx__TensorProto *tensor = onnx__tensor_proto__unpack(NULL, stripped.size, stripped.bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    CU_ASSERT_EQUAL(tensor->n_dims, 2);
    CU_ASSERT_STRING_EQUAL(tensor->name, "w");
    CU_ASSERT(!tensor->has_raw_data);
    const struct wire_payload *payload = wire_payload_of(&stripped, &tensor->base, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(payload);
    CU_ASSERT_EQUAL(payload->field, 9);
    CU_ASSERT_EQUAL(payload->size, 6);
    CU_ASSERT_EQUAL(memcmp(payload->data, "abcdef", 6), 0);
    CU_ASSERT_PTR_NULL(wire_payload_of(&stripped, &tensor->base, 1));
    onnx__tensor_proto__free_unpacked(tensor, NULL);
    wire_free(&stripped, allocator());
}

/* A field of the number that stands for payloads must not reach protobuf-c. */
static void test_forged_payload(void)
{
    static const uint8_t bytes[] = {0xfd, 0xff, 0xff, 0xff, 0x0f, 7, 0, 0, 0, 0x42, 1, 'w'};
    struct wire_stripped stripped;
    CU_ASSERT_EQUAL_FATAL(
        strip(&onnx__tensor_proto__descriptor, bytes, sizeof bytes, &stripped, NULL), HINGE_OK);
    Onnx__TensorProto *tensor = onnx__tensor_proto__unpack(NULL, stripped.size, stripped.bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    CU_ASSERT_PTR_NULL(wire_payload_of(&stripped, &tensor->base, 0));
    onnx__tensor_proto__free_unpacked(tensor, NULL);
    wire_free(&stripped, allocator());
}

/* The ints 1, 300 and -1, packed and one by one, and in two pieces. */
static void test_numbers(void)
{
#define ONE 1
#define THREE_HUNDRED 0xac, 0x02
#define MINUS_ONE 255, 255, 255, 255, 255, 255, 255, 255, 255, 1
    static const uint8_t packed[] = {0x42, 13, ONE, THREE_HUNDRED, MINUS_ONE};
    static const uint8_t run[] = {0x40, ONE, 0x40, THREE_HUNDRED, 0x40, MINUS_ONE};
    static const uint8_t pieces[] = {0x40, ONE, 0x0a, 1, 'x', 0x42, 12, THREE_HUNDRED, MINUS_ONE};
    static const struct {
        const uint8_t *bytes;
        size_t size, n_payloads;
    } cases[] = {{packed, sizeof packed, 1}, {run, sizeof run, 1}, {pieces, sizeof pieces, 2}};
    static const int64_t expected[] = {1, 300, -1};
    for (size_t i = 0; i < 3; i++) {
        struct wire_stripped stripped;
        CU_ASSERT_EQUAL_FATAL(strip(&onnx__attribute_proto__descriptor, cases[i].bytes,
                                    cases[i].size, &stripped, NULL),
                              HINGE_OK);
        CU_ASSERT_EQUAL(stripped.n_payloads, cases[i].n_payloads);
        size_t n = 0;
        for (size_t p = 0; p < stripped.n_payloads; p++) {
            size_t count;
            CU_ASSERT(wire_count(&stripped.payloads[p], 0, &count));
            struct wire_reader reader = wire_begin(&stripped.payloads[p]);
            for (size_t j = 0; j < count && n < 3; j++)
                CU_ASSERT_EQUAL((int64_t)wire_next(&stripped.payloads[p], &reader), expected[n++]);
            CU_ASSERT_PTR_EQUAL(reader.at, reader.end);
        }
        CU_ASSERT_EQUAL(n, 3);
        wire_free(&stripped, allocator());
    }
}

static void test_fixed_numbers(void)
{
    static const uint8_t packed[] = {0x3a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};
    static const uint8_t run[] = {0x3d, 0, 0, 0x80, 0x3f, 0x3d, 0, 0, 0, 0x40};
    static const uint8_t *const cases[] = {packed, run};
    for (size_t i = 0; i < 2; i++) {
        struct wire_stripped stripped;
        float numbers[2] = {0};
        size_t count;
        CU_ASSERT_EQUAL_FATAL(
            strip(&onnx__attribute_proto__descriptor, cases[i], 10, &stripped, NULL), HINGE_OK);
        CU_ASSERT_EQUAL_FATAL(stripped.n_payloads, 1);
        CU_ASSERT(wire_count(stripped.payloads, sizeof(float), &count));
        CU_ASSERT_EQUAL_FATAL(count, 2);
        wire_copy_fixed(stripped.payloads, sizeof(float), numbers);
        CU_ASSERT(numbers[0] == 1 && numbers[1] == 2);
        CU_ASSERT(!wire_count(&(struct wire_payload){packed, 7, 7, false}, 4, &count));
        CU_ASSERT(
            !wire_count(&(struct wire_payload){(const uint8_t[]){1, 128}, 2, 8, false}, 0, &count));
        wire_free(&stripped, allocator());
    }
}

static void test_refusals(void)
{
    REFUSE(model_proto, HINGE_BAD_FORMAT, "byte 0: ModelProto has no field number", 0x00);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "byte 0: ModelProto has no field number", 0x80);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "no field number", 255, 255, 255, 255, 255, 1);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "byte 2: ModelProto.ir_version is given twice", 8, 8, 8,
           8);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.graph is given twice", 0x3a, 0, 0x3a, 0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.ir_version is not encoded as its type", 0x0a,
           0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.graph is not encoded as its type", 0x38, 0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.ir_version runs past the end", 8);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.producer_name runs past the end", 0x12, 2,
           'x');
    REFUSE(model_proto, HINGE_BAD_FORMAT, "ModelProto.producer_name has a zero byte in it", 0x12, 2,
           'x', 0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "byte 2: GraphProto.name runs past the end", 0x3a, 2,
           0x12, 1, 'x');
    REFUSE(model_proto, HINGE_BAD_FORMAT, "unknown field that cannot be skipped", 0x7b, 0x7c);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "unknown field that cannot be skipped", 0x7a, 5, 0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "unknown field that cannot be skipped", 0x79, 0, 0, 0);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "unknown field that cannot be skipped", 0x7e);
    REFUSE(model_proto, HINGE_BAD_FORMAT, "producer_name runs past", 0x12, 255, 255, 255, 255, 255,
           255, 255, 255, 255, 1);
    REFUSE(tensor_proto, HINGE_BAD_FORMAT, "TensorProto.float_data runs past the end", 0x25, 0, 0,
           0, 0, 0x25, 0, 0, 0);
    REFUSE(tensor_proto, HINGE_BAD_FORMAT, "TensorProto.raw_data is given twice", 0x4a, 0, 0x4a, 0);
}

/* Every shorter file is refused or a smaller message, and never read past its end. */
static void test_truncation(void)
{
    for (size_t size = 0; size < sizeof tensor_bytes; size++) {
        struct wire_stripped stripped;
        hinge_status status =
            strip(&onnx__tensor_proto__descriptor, tensor_bytes, size, &stripped, NULL);
        bool is_between_fields =
            size == 0 || size == 2 || size == 4 || size == 6 || size == 14 || size == 19;
        CU_ASSERT_EQUAL(status, is_between_fields ? HINGE_OK : HINGE_BAD_FORMAT);
        wire_free(&stripped, allocator());
    }
}

/* TypeProto in a sequence in a TypeProto …: the message that nests with the fewest bytes. */
static void test_nesting(void)
{
    enum { MAX = 3 * WIRE_MAX_DEPTH };
    static uint8_t bytes[MAX * 12];
    for (unsigned depth = WIRE_MAX_DEPTH - 1; depth <= WIRE_MAX_DEPTH + 1; depth++) {
        size_t at = sizeof bytes;
        for (unsigned level = depth; level > 1; level--) {
            size_t size = sizeof bytes - at;
            bytes[--at] = (uint8_t)(size >> 7);
            bytes[--at] = (uint8_t)(size | 128);
            bytes[--at] = level % 2 ? 0x0a : 0x22; /* elem_type, sequence_type */
        }
        const ProtobufCMessageDescriptor *type = &onnx__type_proto__descriptor;
        struct wire_stripped stripped;
        hinge_error error = {0};
        hinge_status status = strip(type, bytes + at, sizeof bytes - at, &stripped, &error);
        CU_ASSERT_EQUAL(status, depth > WIRE_MAX_DEPTH ? HINGE_LIMIT : HINGE_OK);
        CU_ASSERT_EQUAL(strstr(error.message, "nested more than") != NULL, status != HINGE_OK);
        if (!status) {
            Onnx__TypeProto *parsed = onnx__type_proto__unpack(NULL, stripped.size, stripped.bytes);
            CU_ASSERT_PTR_NOT_NULL(parsed);
            onnx__type_proto__free_unpacked(parsed, NULL);
        }
        wire_free(&stripped, allocator());
    }
}

static void test_many_fields(void)
{
    size_t size = (WIRE_MAX_FIELDS + 1) * 2;
    uint8_t *bytes = malloc(size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < size; i += 2) {
        bytes[i] = 0x0a;
        bytes[i + 1] = 0;
    }
    struct wire_stripped stripped;
    hinge_error error;
    CU_ASSERT_EQUAL(
        wire_strip(&onnx__graph_proto__descriptor, bytes, size, allocator(), &stripped, &error),
        HINGE_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "more than 16777216 fields"));
    free(bytes);
}

int main(void)
{
    return run_tests("load/wire",
                     (CU_TestInfo[]){{"varints", test_varint},
                                     {"a payload is taken out", test_payload},
                                     {"a forged payload is dropped", test_forged_payload},
                                     {"lists of varints", test_numbers},
                                     {"lists of fixed width", test_fixed_numbers},
                                     {"malformed messages", test_refusals},
                                     {"every truncation", test_truncation},
                                     {"nesting", test_nesting},
                                     {"number of fields", test_many_fields},
                                     CU_TEST_INFO_NULL});
}
