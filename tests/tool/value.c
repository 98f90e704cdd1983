/* Values that hold values: compared, shown, and in files; and the messages that the command writes
 * itself. */
#include "base/compare.h"
#include "describe/summary.h"
#include "files/message.h"
#include "files/value_file.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct compare_rule strict = {.rtol = 1e-3, .atol = 1e-5};

static float numbers[] = {1, 2, 3, 4};
static int64_t keys[] = {7, 8, 9}, shuffled_keys[] = {9, 7, 8}, other_keys[] = {7, 8, 10};
static float scores[] = {0.5f, 0.25f, 0.125f}, shuffled_scores[] = {0.125f, 0.5f, 0.25f};

static hinge_tensor vector(hinge_type type, int64_t count, void *data)
{
    return hinge_tensor_over(type, 1, &count, data);
}

static hinge_tensor holding(hinge_type type, int64_t n, hinge_tensor *elements)
{
    return vector(type, n, elements);
}

/* The sentence, or "" where they are the same. */
static const char *difference(const hinge_tensor *got, const hinge_tensor *want)
{
    static hinge_error why;
    why.message[0] = '\0';
    bool same = compare_values(got, want, &strict, &why);
    CU_ASSERT_EQUAL(same, why.message[0] == '\0');
    return why.message;
}

static void test_sequences(void)
{
    hinge_tensor a[] = {vector(HINGE_FLOAT, 2, numbers), vector(HINGE_FLOAT, 2, numbers + 2)};
    hinge_tensor b[] = {vector(HINGE_FLOAT, 2, numbers), vector(HINGE_FLOAT, 2, numbers)};
    hinge_tensor two = holding(HINGE_SEQUENCE, 2, a), other = holding(HINGE_SEQUENCE, 2, b);
    hinge_tensor one = holding(HINGE_SEQUENCE, 1, a), none = holding(HINGE_SEQUENCE, 0, NULL);
    CU_ASSERT_STRING_EQUAL(difference(&two, &two), "");
    CU_ASSERT_STRING_EQUAL(difference(&none, &none), "");
    CU_ASSERT_STRING_EQUAL(difference(&one, &two), "has 1 element, expected 2");
    CU_ASSERT_STRING_EQUAL(difference(&two, &none), "has 2 elements, expected 0");
    CU_ASSERT_STRING_EQUAL(difference(&other, &two),
                           "element 1: 2 of 2 elements differ, first [0]: 1, expected 3, largest "
                           "difference 2");
    CU_ASSERT_STRING_EQUAL(difference(&a[0], &two), "is a tensor, expected a sequence");
    CU_ASSERT_STRING_EQUAL(difference(&two, &a[0]), "is a sequence, expected a tensor");
}

static void test_optionals(void)
{
    hinge_tensor inner = vector(HINGE_FLOAT, 1, numbers), off = vector(HINGE_FLOAT, 1, numbers + 1);
    hinge_tensor full = holding(HINGE_OPTIONAL, 1, &inner),
                 other = holding(HINGE_OPTIONAL, 1, &off);
    hinge_tensor empty = holding(HINGE_OPTIONAL, 0, NULL);
    CU_ASSERT_STRING_EQUAL(difference(&full, &full), "");
    CU_ASSERT_STRING_EQUAL(difference(&empty, &empty), "");
    CU_ASSERT_STRING_EQUAL(difference(&empty, &full), "has 0 elements, expected 1");
    CU_ASSERT_PTR_NOT_NULL(strstr(difference(&other, &full), "1 of 1 elements differ"));
}

static void test_maps(void)
{
    hinge_tensor a[] = {vector(HINGE_INT64, 3, keys), vector(HINGE_FLOAT, 3, scores)};
    hinge_tensor b[] = {vector(HINGE_INT64, 3, shuffled_keys),
                        vector(HINGE_FLOAT, 3, shuffled_scores)};
    hinge_tensor c[] = {vector(HINGE_INT64, 3, other_keys), vector(HINGE_FLOAT, 3, scores)};
    hinge_tensor d[] = {vector(HINGE_INT64, 3, keys), vector(HINGE_FLOAT, 3, shuffled_scores)};
    hinge_tensor e[] = {vector(HINGE_INT64, 2, keys), vector(HINGE_FLOAT, 2, scores)};
    hinge_tensor map = holding(HINGE_MAP, 2, a), shuffled = holding(HINGE_MAP, 2, b);
    hinge_tensor other = holding(HINGE_MAP, 2, c), wrong = holding(HINGE_MAP, 2, d);
    hinge_tensor shorter = holding(HINGE_MAP, 2, e);
    CU_ASSERT_STRING_EQUAL(difference(&map, &map), "");
    CU_ASSERT_STRING_EQUAL(difference(&shuffled, &map), "");
    CU_ASSERT_STRING_EQUAL(difference(&map, &shuffled), "");
    CU_ASSERT_STRING_EQUAL(difference(&other, &map), "key 9 is missing");
    CU_ASSERT_PTR_NOT_NULL(strstr(difference(&wrong, &map), "values: 3 of 3 elements differ"));
    CU_ASSERT_STRING_EQUAL(difference(&shorter, &map), "keys: shape is [2], expected [3]");
}

/* The values of a map may be values themselves, and its keys strings. */
static void test_nested_maps(void)
{
    hinge_string words[] = {{"a", 1}, {"bc", 2}}, back[] = {{"bc", 2}, {"a", 1}};
    hinge_tensor values[] = {vector(HINGE_FLOAT, 1, numbers), vector(HINGE_FLOAT, 2, numbers + 1)};
    hinge_tensor turned[] = {values[1], values[0]};
    hinge_tensor a[] = {vector(HINGE_STRING, 2, words), holding(HINGE_SEQUENCE, 2, values)};
    hinge_tensor b[] = {vector(HINGE_STRING, 2, back), holding(HINGE_SEQUENCE, 2, turned)};
    hinge_tensor c[] = {vector(HINGE_STRING, 2, back), holding(HINGE_SEQUENCE, 2, values)};
    hinge_tensor map = holding(HINGE_MAP, 2, a), same = holding(HINGE_MAP, 2, b);
    hinge_tensor wrong = holding(HINGE_MAP, 2, c);
    CU_ASSERT_STRING_EQUAL(difference(&same, &map), "");
    CU_ASSERT_STRING_EQUAL(difference(&wrong, &map),
                           "values: element 0: shape is [2], expected [1]");
}

static void expect_shown(const hinge_tensor *value, hinge_type_code type, const char *text)
{
    char shown[1000] = "";
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    summary_print(file, "x", value, type);
    rewind(file);
    shown[fread(shown, 1, sizeof shown - 1, file)] = '\0';
    fclose(file);
    CU_ASSERT_STRING_EQUAL(shown, text);
}

static void test_shown(void)
{
    hinge_type_code map_type = HINGE_MAP | HINGE_INT64 << 8 | HINGE_FLOAT << 16;
    hinge_tensor parts[] = {vector(HINGE_INT64, 3, keys), vector(HINGE_FLOAT, 3, scores)};
    hinge_tensor map = holding(HINGE_MAP, 2, parts), empty = holding(HINGE_OPTIONAL, 0, NULL);
    hinge_tensor tensor = vector(HINGE_FLOAT, 2, numbers), many[14];
    expect_shown(&empty, HINGE_OPTIONAL | HINGE_FLOAT << 8, "x  optional(tensor(float)), empty\n");
    hinge_tensor optional = holding(HINGE_OPTIONAL, 1, &tensor);
    expect_shown(&optional, HINGE_OPTIONAL | HINGE_FLOAT << 8,
                 "x  optional(tensor(float))\n"
                 "  [0]  float[2]\n"
                 "    min 1  max 2  mean 1.5  NaN 0\n"
                 "    1 2\n");
    hinge_tensor maps = holding(HINGE_SEQUENCE, 1, &map);
    expect_shown(&maps, HINGE_SEQUENCE | map_type << 8,
                 "x  seq(map(int64, tensor(float))), 1 element\n"
                 "  [0]  map(int64, tensor(float)), 3 entries\n"
                 "    7: 0.5  8: 0.25  9: 0.125\n");
    for (size_t i = 0; i < 14; i++)
        many[i] = vector(HINGE_FLOAT, 0, numbers);
    hinge_tensor sequence = holding(HINGE_SEQUENCE, 14, many);
    expect_shown(&sequence, HINGE_SEQUENCE | HINGE_FLOAT << 8,
                 "x  seq(tensor(float)), 14 elements\n"
                 "  [0]  float[0]\n  [1]  float[0]\n  [2]  float[0]\n  [3]  float[0]\n"
                 "  [4]  float[0]\n  [5]  float[0]\n  [6]  float[0]\n  [7]  float[0]\n"
                 "  [8]  float[0]\n  [9]  float[0]\n  [10]  float[0]\n  [11]  float[0]\n"
                 "  … and 2 more\n");
}

static void test_files(void)
{
    static const char path[] = "tool_value.pb";
    hinge_type_code type = HINGE_SEQUENCE | HINGE_FLOAT << 8;
    hinge_tensor elements[] = {vector(HINGE_FLOAT, 2, numbers), vector(HINGE_FLOAT, 1, numbers)};
    hinge_tensor sequence = holding(HINGE_SEQUENCE, 2, elements);
    hinge_error error;
    struct array array;
    CU_ASSERT_TRUE_FATAL(value_file_write(path, "s", &sequence, type, &error));
    CU_ASSERT_TRUE_FATAL(value_file_read(path, type, &array, &error));
    CU_ASSERT_STRING_EQUAL(difference(&array.tensor, &sequence), "");
    array_free(&array);
    array_free(&array);
    CU_ASSERT_FALSE(value_file_read(path, HINGE_SEQUENCE | HINGE_INT64 << 8, &array, &error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "seq(tensor(int64)) is wanted"));
    array_free(&array);
    /* A tensor is read as it is: whether it fits is said with both shapes. */
    CU_ASSERT_TRUE_FATAL(value_file_write(path, "t", &elements[0], HINGE_FLOAT, &error));
    CU_ASSERT_TRUE(value_file_read(path, HINGE_INT64, &array, &error));
    CU_ASSERT_EQUAL(array.tensor.type, HINGE_FLOAT);
    array_free(&array);
    unlink(path);
    CU_ASSERT_FALSE(value_file_write("s.npy", "s", &sequence, type, &error));
    CU_ASSERT_STRING_EQUAL(error.message, "s.npy: only a .pb file can hold seq(tensor(float))");
    CU_ASSERT_FALSE(value_file_read("s.npy", type, &array, &error));
    CU_ASSERT_STRING_EQUAL(error.message, "s.npy: only a .pb file can hold seq(tensor(float))");
}

/* The examples of "Encoding" in protobuf's documentation, and more. */
static void test_message(void)
{
    static const unsigned char bytes[] = {
        0x08, 0x96, 0x01,                                     /* 1: 150 */
        0x12, 0x07, 't',  'e',  's',  't',  'i',  'n',  'g',  /* 2: "testing" */
        0x1A, 0x03, 0x08, 0x96, 0x01,                         /* 3: {1: 150} */
        0xA5, 0x01, 0x00, 0x00, 0x20, 0xC0,                   /* 20: -2.5 */
        0x18, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, /* 3: -2 */
        0xFF, 0x01, 0x20, 0x00,                               /* 4: 0 */
    };
    struct message message = {0}, part = {0};
    message_int(&message, 1, 150);
    message_text(&message, 2, "testing");
    message_int(&part, 1, 150);
    message_part(&message, 3, &part);
    CU_ASSERT_PTR_NULL(part.bytes);
    message_float(&message, 20, -2.5f);
    message_int(&message, 3, (uint64_t)-2);
    message_int(&message, 4, 0);
    CU_ASSERT_FALSE(message.failed);
    CU_ASSERT_EQUAL_FATAL(message.size, sizeof bytes);
    CU_ASSERT_EQUAL(memcmp(message.bytes, bytes, sizeof bytes), 0);
    part.failed = true;
    message_part(&message, 5, &part);
    CU_ASSERT_TRUE(message.failed);
    message_free(&message);
}

CU_TestInfo tool_value_tests[] = {
    {"sequences", test_sequences}, {"optionals", test_optionals},
    {"maps", test_maps},           {"nested maps", test_nested_maps},
    {"shown", test_shown},         {"files", test_files},
    {"messages", test_message},    CU_TEST_INFO_NULL,
};
