/* Values in files of their own: from messages that protobuf-c packed, back into files, and what
 * must be refused. */
#include "build.h"
#include "onnx-data.pb-c.h"
#include "tests/support/counter.h"
#include "tests/support/main.h"

#include <hinge/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH "value_test.pb"

static const float numbers[] = {1, 2, 3, 4, 5, 6};

static uint8_t *pack(struct build *build, const void *message, size_t *size)
{
    const ProtobufCMessage *any = message;
    uint8_t *bytes = build_memory(build, protobuf_c_message_get_packed_size(any) + 1);
    *size = protobuf_c_message_pack(any, bytes);
    return bytes;
}

static hinge_value *parse(struct build *build, const void *message, hinge_type_code type)
{
    size_t size;
    uint8_t *bytes = pack(build, message, &size);
    hinge_value *value = NULL;
    hinge_error error = {0};
    CU_ASSERT_EQUAL(hinge_value_parse(bytes, size, type, NULL, &value, &error), HINGE_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    memset(bytes, 0xee, size); /* what was parsed is not needed any more */
    return value;
}

static void refuse(struct build *build, const void *message, hinge_type_code type,
                   hinge_status status, const char *text)
{
    size_t size;
    uint8_t *bytes = pack(build, message, &size);
    hinge_value *value = (hinge_value *)(uintptr_t)1;
    hinge_error error = {0};
    CU_ASSERT_EQUAL(hinge_value_parse(bytes, size, type, NULL, &value, &error), status);
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_STRING_EQUAL(error.message, text);
    CU_ASSERT_PTR_NULL(value);
    CU_ASSERT_EQUAL(hinge_value_parse(bytes, size, type, NULL, &value, NULL), status);
}

static bool are_equal(const hinge_tensor *a, const hinge_tensor *b)
{
    if (a->type != b->type || a->rank != b->rank ||
        memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) != 0)
        return false;
    for (int64_t i = 0; i < hinge_n_elements(a); i++)
        if (!are_equal(hinge_element(a, i), hinge_element(b, i)))
            return false;
    if (a->type >= HINGE_N_TYPES)
        return true;
    if (a->type != HINGE_STRING)
        return !hinge_tensor_size(a) || memcmp(a->data, b->data, (size_t)hinge_tensor_size(a)) == 0;
    const hinge_string *x = a->data, *y = b->data;
    for (int64_t i = 0; i < hinge_count(a); i++)
        if (x[i].size != y[i].size || (x[i].size && memcmp(x[i].bytes, y[i].bytes, x[i].size)))
            return false;
    return true;
}

/* Writes and reads value again; both must be the same in all. Frees it. */
static void expect_round_trip(hinge_value *value)
{
    hinge_value *again = NULL;
    hinge_error error = {0};
    CU_ASSERT_EQUAL(hinge_value_write(PATH, value->name, &value->tensor, value->type, NULL, &error),
                    HINGE_OK);
    CU_ASSERT_EQUAL(hinge_value_read(PATH, value->type, NULL, &again, &error), HINGE_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    if (again) {
        CU_ASSERT_EQUAL(again->type, value->type);
        CU_ASSERT_STRING_EQUAL(again->name, value->name);
        CU_ASSERT(are_equal(&value->tensor, &again->tensor));
    }
    hinge_value_free(again);
    hinge_value_free(value);
    remove(PATH);
}

/* Messages */

static Onnx__TensorProto *floats(struct build *build, size_t rank, const int64_t *dims)
{
    Onnx__TensorProto *tensor = build_tensor(build, "t", HINGE_FLOAT, rank, dims);
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    build_raw(tensor, numbers, count * sizeof *numbers);
    return tensor;
}

static Onnx__SequenceProto *new_sequence(struct build *build, int32_t kind)
{
    Onnx__SequenceProto *sequence = build_memory(build, sizeof *sequence);
    onnx__sequence_proto__init(sequence);
    sequence->name = build_text(build, "s");
    sequence->has_elem_type = 1;
    sequence->elem_type = kind;
    return sequence;
}

static Onnx__SequenceProto *sequence_of(struct build *build, size_t count)
{
    Onnx__SequenceProto *sequence = new_sequence(build, ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR);
    for (size_t i = 0; i < count; i++)
        build_append(build, &sequence->n_tensor_values, &sequence->tensor_values,
                     floats(build, 2, (int64_t[]){2, (int64_t)i}));
    return sequence;
}

static Onnx__OptionalProto *new_optional(struct build *build, int32_t kind)
{
    Onnx__OptionalProto *optional = build_memory(build, sizeof *optional);
    onnx__optional_proto__init(optional);
    optional->has_elem_type = 1;
    optional->elem_type = kind;
    return optional;
}

static Onnx__SparseTensorProto *new_sparse(struct build *build, int64_t *places)
{
    Onnx__SparseTensorProto *sparse = build_memory(build, sizeof *sparse);
    onnx__sparse_tensor_proto__init(sparse);
    sparse->values = floats(build, 1, (int64_t[]){2});
    sparse->indices = build_tensor(build, "", HINGE_INT64, 1, (int64_t[]){2});
    sparse->indices->int64_data = places;
    sparse->indices->n_int64_data = 2;
    static int64_t dims[] = {1000000, 1000000};
    sparse->n_dims = 2;
    sparse->dims = dims;
    return sparse;
}

static Onnx__MapProto *new_map(struct build *build, int32_t key_type, int64_t *keys,
                               Onnx__SequenceProto *values)
{
    Onnx__MapProto *map = build_memory(build, sizeof *map);
    onnx__map_proto__init(map);
    map->has_key_type = 1;
    map->key_type = key_type;
    map->keys = keys;
    map->n_keys = keys ? 2 : 0;
    map->values = values;
    return map;
}

/* Tests */

static void test_tensor(void)
{
    struct build build;
    build_begin(&build);
    hinge_value *value = parse(&build, floats(&build, 2, (int64_t[]){2, 3}), 0);
    CU_ASSERT_EQUAL(value->type, HINGE_FLOAT);
    CU_ASSERT_STRING_EQUAL(value->name, "t");
    CU_ASSERT(value->tensor.rank == 2 && value->tensor.dims[0] == 2 && value->tensor.dims[1] == 3);
    CU_ASSERT_EQUAL(memcmp(value->tensor.data, numbers, sizeof numbers), 0);
    expect_round_trip(value);
    expect_round_trip(parse(&build, floats(&build, 1, (int64_t[]){0}), HINGE_FLOAT));

    ProtobufCBinaryData strings[] = {{3, (uint8_t *)"a\0b"}, {0, NULL}};
    Onnx__TensorProto *text = build_tensor(&build, "", HINGE_STRING, 1, (int64_t[]){2});
    text->string_data = strings;
    text->n_string_data = 2;
    expect_round_trip(parse(&build, text, HINGE_STRING));

    for (int type = 1; type < HINGE_N_TYPES; type++) {
        static uint8_t ones[5 * 16];
        memset(ones, 1, sizeof ones);
        Onnx__TensorProto *tensor = build_tensor(&build, "n", type, 1, (int64_t[]){5});
        if (type == HINGE_STRING)
            continue;
        build_raw(tensor, ones, hinge_size((hinge_type)type, 5));
        expect_round_trip(parse(&build, tensor, (hinge_type_code)type));
    }
    refuse(&build, floats(&build, 0, NULL), HINGE_INT64, HINGE_BAD_VALUE,
           "is tensor(float) where tensor(int64) is wanted");
    text->n_string_data = 1;
    refuse(&build, text, 0, HINGE_BAD_MODEL, "should have 2 strings by its shape, but has 1");
    build_external(&build, text, "location", "elsewhere");
    text->data_type = HINGE_FLOAT;
    text->n_string_data = 0;
    refuse(&build, text, 0, HINGE_UNSUPPORTED,
           "external data \"elsewhere\": a model in memory has no folder to look in");
    build_free(&build);
}

static void test_sequence(void)
{
    struct build build;
    build_begin(&build);
    const hinge_type_code of_floats = HINGE_SEQUENCE | HINGE_FLOAT << 8;
    Onnx__SequenceProto *sequence = sequence_of(&build, 3);
    hinge_value *value = parse(&build, sequence, HINGE_SEQUENCE);
    CU_ASSERT_EQUAL(value->type, of_floats);
    CU_ASSERT_STRING_EQUAL(value->name, "s");
    CU_ASSERT_EQUAL_FATAL(hinge_n_elements(&value->tensor), 3);
    CU_ASSERT_EQUAL(hinge_element(&value->tensor, 2)->dims[1], 2);
    CU_ASSERT_EQUAL(((const float *)hinge_element(&value->tensor, 2)->data)[3], 4);
    expect_round_trip(value);

    value = parse(&build, sequence_of(&build, 0), HINGE_SEQUENCE);
    CU_ASSERT(value->type == HINGE_SEQUENCE && value->tensor.dims[0] == 0);
    expect_round_trip(value);
    value = parse(&build, sequence_of(&build, 0), of_floats);
    CU_ASSERT_EQUAL(value->type, of_floats);
    expect_round_trip(value);

    /* An empty sequence takes the type of its neighbour, and can stand before it. */
    Onnx__SequenceProto *nested = new_sequence(&build, ONNX__SEQUENCE_PROTO__DATA_TYPE__SEQUENCE);
    build_append(&build, &nested->n_sequence_values, &nested->sequence_values,
                 sequence_of(&build, 0));
    build_append(&build, &nested->n_sequence_values, &nested->sequence_values, sequence);
    value = parse(&build, nested, HINGE_SEQUENCE);
    CU_ASSERT_EQUAL(value->type, HINGE_SEQUENCE | of_floats << 8);
    expect_round_trip(value);
    refuse(&build, nested, of_floats, HINGE_BAD_VALUE,
           "is seq(seq(tensor(float))) where seq(tensor(float)) is wanted");

    sequence->elem_type = 0; /* as old files leave it */
    expect_round_trip(parse(&build, sequence, of_floats));
    sequence->elem_type = ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP;
    refuse(&build, sequence, of_floats, HINGE_BAD_FORMAT,
           "element 0: is not of the type of the sequence");
    sequence->elem_type = 6;
    refuse(&build, sequence, of_floats, HINGE_BAD_FORMAT, "has elements of unknown kind 6");
    sequence->elem_type = ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR;
    sequence->tensor_values[1]->data_type = HINGE_INT32;
    refuse(&build, sequence, of_floats, HINGE_BAD_FORMAT,
           "element 1: is not of the type of the sequence");
    sequence->tensor_values[1]->dims[1] = 7;
    refuse(&build, sequence, of_floats, HINGE_BAD_MODEL,
           "element 1: should have 56 bytes by its shape, but has 8");
    build_append(&build, &sequence->n_sequence_values, &sequence->sequence_values,
                 sequence_of(&build, 0));
    refuse(&build, sequence, of_floats, HINGE_BAD_FORMAT, "has elements of several kinds");
    build_free(&build);
}

static void test_optional(void)
{
    struct build build;
    build_begin(&build);
    Onnx__OptionalProto *optional = new_optional(&build, 0);
    hinge_value *value = parse(&build, optional, HINGE_OPTIONAL);
    CU_ASSERT(value->type == HINGE_OPTIONAL && value->tensor.dims[0] == 0);
    CU_ASSERT_STRING_EQUAL(value->name, "");
    expect_round_trip(value);
    optional->elem_type = ONNX__OPTIONAL_PROTO__DATA_TYPE__SEQUENCE;
    value = parse(&build, optional, HINGE_OPTIONAL);
    CU_ASSERT(value->type == (HINGE_OPTIONAL | HINGE_SEQUENCE << 8));
    expect_round_trip(value);
    optional->sequence_value = sequence_of(&build, 2);
    value = parse(&build, optional, HINGE_OPTIONAL);
    CU_ASSERT(value->type == (HINGE_OPTIONAL | HINGE_SEQUENCE << 8 | HINGE_FLOAT << 16));
    CU_ASSERT(value->tensor.dims[0] == 1);
    CU_ASSERT_EQUAL(hinge_element(&value->tensor, 0)->dims[0], 2);
    expect_round_trip(value);
    optional->elem_type = ONNX__OPTIONAL_PROTO__DATA_TYPE__TENSOR;
    refuse(&build, optional, HINGE_OPTIONAL, HINGE_BAD_FORMAT,
           "holds another kind of value than it says");
    optional->tensor_value = floats(&build, 0, NULL);
    refuse(&build, optional, HINGE_OPTIONAL, HINGE_BAD_FORMAT, "is an optional of 2 elements");
    optional->sequence_value = NULL;
    expect_round_trip(parse(&build, optional, HINGE_OPTIONAL));

    Onnx__OptionalProto *outer = optional;
    for (int level = 1; level < 8; level++) {
        Onnx__OptionalProto *inner = outer;
        outer = new_optional(&build, ONNX__OPTIONAL_PROTO__DATA_TYPE__OPTIONAL);
        outer->optional_value = inner;
        if (level < 7)
            expect_round_trip(parse(&build, outer, HINGE_OPTIONAL));
    }
    refuse(&build, outer, HINGE_OPTIONAL, HINGE_LIMIT, "has more than 8 levels");
    build_free(&build);
}

static void test_map(void)
{
    static int64_t keys[] = {-3, 7};
    struct build build;
    build_begin(&build);
    Onnx__SequenceProto *scalars = new_sequence(&build, ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR);
    for (size_t i = 0; i < 2; i++) {
        Onnx__TensorProto *scalar = build_tensor(&build, "", HINGE_FLOAT, 0, NULL);
        build_raw(scalar, &numbers[i], sizeof *numbers);
        build_append(&build, &scalars->n_tensor_values, &scalars->tensor_values, scalar);
    }
    Onnx__MapProto *map = new_map(&build, HINGE_INT64, keys, scalars);
    hinge_value *value = parse(&build, map, HINGE_MAP);
    CU_ASSERT_EQUAL(value->type, HINGE_MAP | HINGE_INT64 << 8 | HINGE_FLOAT << 16);
    CU_ASSERT_EQUAL_FATAL(hinge_n_elements(&value->tensor), 2);
    const hinge_tensor *parts = value->tensor.data;
    CU_ASSERT(parts[0].type == HINGE_INT64 && parts[0].rank == 1 && parts[0].dims[0] == 2);
    CU_ASSERT_EQUAL(memcmp(parts[0].data, keys, sizeof keys), 0);
    CU_ASSERT(parts[1].type == HINGE_FLOAT && parts[1].rank == 1 && parts[1].dims[0] == 2);
    CU_ASSERT_EQUAL(memcmp(parts[1].data, numbers, 2 * sizeof *numbers), 0);
    expect_round_trip(value);

    static const hinge_type key_types[] = {HINGE_INT8,   HINGE_INT16,  HINGE_INT32, HINGE_UINT8,
                                           HINGE_UINT16, HINGE_UINT32, HINGE_UINT64};
    for (size_t i = 0; i < sizeof key_types / sizeof *key_types; i++) {
        map->key_type = (int32_t)key_types[i];
        keys[0] = i < 3 ? -3 : 3;
        expect_round_trip(parse(&build, map, HINGE_MAP | (hinge_type_code)key_types[i] << 8));
    }
    keys[0] = 300;
    map->key_type = HINGE_UINT8;
    refuse(&build, map, HINGE_MAP, HINGE_BAD_FORMAT, "has key 300, outside uint8");
    map->key_type = HINGE_FLOAT;
    refuse(&build, map, HINGE_MAP, HINGE_BAD_FORMAT, "has keys of type 1, no integers or strings");
    map->key_type = HINGE_STRING;
    refuse(&build, map, HINGE_MAP, HINGE_BAD_FORMAT, "has numbers for keys of type string");
    ProtobufCBinaryData names[] = {{1, (uint8_t *)"a"}, {2, (uint8_t *)"bc"}};
    map->n_keys = 0;
    map->n_string_keys = 2;
    map->string_keys = names;
    value = parse(&build, map, HINGE_MAP);
    CU_ASSERT_EQUAL(((const hinge_string *)hinge_element(&value->tensor, 0)->data)[1].size, 2);
    expect_round_trip(value);
    map->n_string_keys = 1;
    refuse(&build, map, HINGE_MAP, HINGE_BAD_FORMAT, "has 1 keys for 2 values");
    map->key_type = HINGE_INT32;
    refuse(&build, map, HINGE_MAP, HINGE_BAD_FORMAT, "has strings for keys of type int32");

    /* Values that are no scalars stay a sequence; no values at all are of the wanted type. */
    map = new_map(&build, HINGE_INT32, keys, sequence_of(&build, 2));
    value = parse(&build, map, HINGE_MAP);
    CU_ASSERT_EQUAL(hinge_element(&value->tensor, 1)->type, HINGE_SEQUENCE);
    expect_round_trip(value);
    map = new_map(&build, HINGE_INT32, NULL, NULL);
    value = parse(&build, map, HINGE_MAP | HINGE_INT32 << 8 | HINGE_DOUBLE << 16);
    CU_ASSERT_EQUAL(hinge_element(&value->tensor, 1)->type, HINGE_DOUBLE);
    expect_round_trip(value);

    Onnx__SequenceProto *maps = new_sequence(&build, ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP);
    build_append(&build, &maps->n_map_values, &maps->map_values,
                 new_map(&build, HINGE_INT64, keys, scalars));
    value = parse(&build, maps, HINGE_SEQUENCE);
    CU_ASSERT_EQUAL(value->type, HINGE_SEQUENCE | HINGE_MAP << 8 | HINGE_INT64 << 16 |
                                     (hinge_type_code)HINGE_FLOAT << 24);
    expect_round_trip(value);
    build_free(&build);
}

static void test_sparse(void)
{
    static int64_t places[] = {5, 999999999999};
    struct build build;
    build_begin(&build);
    Onnx__SparseTensorProto *sparse = new_sparse(&build, places);
    hinge_value *value = parse(&build, sparse, HINGE_SPARSE);
    CU_ASSERT_EQUAL(value->type, HINGE_SPARSE | HINGE_FLOAT << 8);
    CU_ASSERT_STRING_EQUAL(value->name, "t");
    CU_ASSERT(value->tensor.rank == 2 && value->tensor.dims[1] == 1000000);
    CU_ASSERT_EQUAL(((const int64_t *)hinge_element(&value->tensor, 1)->data)[1], places[1]);
    expect_round_trip(value);
    Onnx__OptionalProto *optional =
        new_optional(&build, ONNX__OPTIONAL_PROTO__DATA_TYPE__SPARSE_TENSOR);
    optional->sparse_tensor_value = sparse;
    expect_round_trip(parse(&build, optional, HINGE_OPTIONAL));
    places[0] = -1;
    refuse(&build, sparse, HINGE_SPARSE, HINGE_BAD_MODEL, "has its index 0 outside its shape");
    sparse->indices = NULL;
    refuse(&build, sparse, HINGE_SPARSE, HINGE_BAD_MODEL, "is sparse without values or indices");
    places[0] = 5;
    build_free(&build);
}

static void test_bad_values(void)
{
    static float data[2];
    static hinge_tensor one = {HINGE_FLOAT, 0, {0}, data};
    hinge_tensor mixed[] = {one, {HINGE_INT32, 0, {0}, data}};
    const struct {
        hinge_tensor value;
        const char *message;
    } cases[] = {
        {{HINGE_NO_TYPE, 0, {0}, data}, "the value has an unknown element type"},
        {{(hinge_type)99, 0, {0}, data}, "the value has an unknown element type"},
        {{HINGE_FLOAT, -1, {0}, data}, "the value has no rank or one that is too large"},
        {{HINGE_FLOAT, 17, {0}, data}, "the value has no rank or one that is too large"},
        {{HINGE_FLOAT, 1, {-1}, data}, "the value has a dimension that is unknown or too large"},
        {{HINGE_FLOAT, 2, {INT64_MAX, 4}, data},
         "the value has a dimension that is unknown or too large"},
        {{HINGE_FLOAT, 1, {2}, NULL}, "the value has no data"},
        {{HINGE_SEQUENCE, 0, {2}, &one}, "the value holds values, but does not say how many"},
        {{HINGE_SEQUENCE, 1, {-1}, &one}, "the value holds values, but does not say how many"},
        {{HINGE_SEQUENCE, 1, {2}, NULL}, "the value has no elements"},
        {{HINGE_SEQUENCE, 1, {2}, mixed}, "the value is a sequence of elements of several types"},
        {{HINGE_OPTIONAL, 1, {2}, mixed}, "the value is an optional of more than one element"},
        {{HINGE_MAP, 1, {2}, mixed},
         "the value is a map whose keys are no list of integers or strings"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hinge_error error = {0};
        CU_ASSERT_EQUAL(hinge_value_write(PATH, "x", &cases[i].value, 0, NULL, &error),
                        HINGE_BAD_ARGUMENT);
        CU_ASSERT_STRING_EQUAL(error.message, cases[i].message);
        CU_ASSERT(access(PATH, F_OK) != 0);
    }
}

static void test_files(void)
{
    static float data[] = {1, 2};
    const hinge_tensor tensor = {HINGE_FLOAT, 1, {2}, data};
    hinge_error error;
    hinge_value *value;
    CU_ASSERT_EQUAL(hinge_value_read("no/such/file.pb", 0, NULL, &value, &error), HINGE_IO);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "\"no/such/file.pb\" cannot be read: No such file or directory");
    CU_ASSERT_EQUAL(hinge_value_write("no/such/file.pb", NULL, &tensor, 0, NULL, &error), HINGE_IO);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "\"no/such/file.pb\" cannot be written: No such file or directory");
    FILE *file = fopen(PATH, "wb");
    CU_ASSERT_FATAL(file && fputs("not a tensor", file) >= 0 && fclose(file) == 0);
    CU_ASSERT_EQUAL(hinge_value_read(PATH, 0, NULL, &value, &error), HINGE_BAD_FORMAT);
    CU_ASSERT_EQUAL(strncmp(error.message, "\"" PATH "\": ", sizeof PATH + 3), 0);

    /* A file is replaced as a whole, and a link is written through. */
    CU_ASSERT_EQUAL(symlink(PATH, "value_link.pb"), 0);
    CU_ASSERT_EQUAL(hinge_value_write("value_link.pb", NULL, &tensor, 0, NULL, &error), HINGE_OK);
    struct stat about;
    CU_ASSERT(lstat("value_link.pb", &about) == 0 && S_ISLNK(about.st_mode));
    CU_ASSERT_EQUAL(hinge_value_read(PATH, HINGE_FLOAT, NULL, &value, &error), HINGE_OK);
    CU_ASSERT_STRING_EQUAL(value->name, "");
    data[0] = 3;
    CU_ASSERT_EQUAL(hinge_value_write(PATH, "new", &tensor, 0, NULL, &error), HINGE_OK);
    CU_ASSERT_EQUAL(((const float *)value->tensor.data)[0], 1); /* not the file's */
    hinge_value_free(value);
    CU_ASSERT_EQUAL(hinge_value_read(PATH, HINGE_FLOAT, NULL, &value, &error), HINGE_OK);
    CU_ASSERT(strcmp(value->name, "new") == 0 && ((const float *)value->tensor.data)[0] == 3);
    hinge_value_free(value);
    hinge_value_free(NULL);
    remove("value_link.pb");
    remove(PATH);
}

/* A message with something of everything in it. */
static uint8_t *pack_all(struct build *build, size_t *size)
{
    static int64_t places[] = {5, 7}, keys[] = {1, 2};
    Onnx__OptionalProto *optional =
        new_optional(build, ONNX__OPTIONAL_PROTO__DATA_TYPE__SPARSE_TENSOR);
    optional->sparse_tensor_value = new_sparse(build, places);
    Onnx__SequenceProto *optionals = new_sequence(build, ONNX__SEQUENCE_PROTO__DATA_TYPE__OPTIONAL);
    build_append(build, &optionals->n_optional_values, &optionals->optional_values, optional);
    build_append(build, &optionals->n_optional_values, &optionals->optional_values,
                 new_optional(build, 0));
    Onnx__SequenceProto *all = new_sequence(build, ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP);
    build_append(build, &all->n_map_values, &all->map_values,
                 new_map(build, HINGE_INT64, keys, optionals));
    return pack(build, all, size);
}

static void test_without_memory(void)
{
    struct build build;
    build_begin(&build);
    size_t size;
    const uint8_t *bytes = pack_all(&build, &size);
    for (size_t n = 1;; n++) {
        struct counter counter = {.fail_at = n};
        hinge_allocator allocator = counter_allocator(&counter);
        hinge_value *value;
        hinge_error error = {0};
        hinge_status status =
            hinge_value_parse(bytes, size, HINGE_SEQUENCE, &allocator, &value, &error);
        if (!status)
            status = hinge_value_write(PATH, "x", &value->tensor, 0, &allocator, &error);
        hinge_value_free(value);
        CU_ASSERT_EQUAL_FATAL(counter.n_live, 0);
        if (!counter_failed(&counter)) {
            CU_ASSERT_EQUAL(status, HINGE_OK);
            break;
        }
        CU_ASSERT_EQUAL(status, HINGE_NO_MEMORY);
        CU_ASSERT_STRING_EQUAL(error.message, "out of memory");
    }
    remove(PATH);
    build_free(&build);
}

/* Every truncation, and every byte changed in a few ways, read as every kind of message: a value or
 * an error, and what becomes a value can be written. */
static void test_mutations(void)
{
    static const hinge_type_code types[] = {0, HINGE_SEQUENCE, HINGE_OPTIONAL, HINGE_MAP,
                                            HINGE_SPARSE};
    struct build build;
    build_begin(&build);
    size_t size, n_values = 0;
    uint8_t *bytes = pack_all(&build, &size);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t i = 0; i < size; i++)
            for (unsigned change = 0; change < 10; change++) {
                hinge_value *value;
                hinge_error error = {0};
                uint8_t kept = bytes[i];
                uint8_t *copy = malloc(size);
                CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
                bytes[i] = (uint8_t)(change < 8 ? kept ^ 1u << change : change == 8 ? 0 : 255);
                memcpy(copy, bytes, size);
                bytes[i] = kept;
                size_t length = change == 9 ? i : size;
                hinge_status status =
                    hinge_value_parse(copy, length, types[t], NULL, &value, &error);
                free(copy);
                CU_ASSERT_EQUAL(status, error.status);
                CU_ASSERT_EQUAL(value == NULL, status != HINGE_OK);
                if (status)
                    continue;
                n_values++;
                CU_ASSERT_EQUAL(hinge_value_write("/dev/null", "x", &value->tensor, 0, NULL, NULL),
                                HINGE_OK);
                hinge_value_free(value);
            }
    CU_ASSERT(n_values > 100);
    build_free(&build);
}

int main(void)
{
    return run_tests("load/value",
                     (CU_TestInfo[]){{"tensors", test_tensor},
                                     {"sequences", test_sequence},
                                     {"optionals", test_optional},
                                     {"maps", test_map},
                                     {"sparse tensors", test_sparse},
                                     {"values that cannot be written", test_bad_values},
                                     {"files", test_files},
                                     {"with too little memory", test_without_memory},
                                     {"mutations", test_mutations},
                                     CU_TEST_INFO_NULL});
}
