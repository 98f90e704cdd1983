#include "files/npy.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* A file of version 1 with the header and data given, in buffer; returns its size. */
static size_t build(unsigned char *buffer, const char *header, const void *data, size_t size)
{
    size_t length = strlen(header);
    memcpy(buffer, "\x93NUMPY\1\0", 8);
    buffer[8] = (unsigned char)(length & 255);
    buffer[9] = (unsigned char)(length >> 8);
    memcpy(buffer + 10, header, length);
    if (size)
        memcpy(buffer + 10 + length, data, size);
    return 10 + length + size;
}

static bool parses(const char *header, const void *data, size_t size)
{
    unsigned char buffer[2048];
    struct array array;
    hinge_error error = {0};
    size_t n = build(buffer, header, data, size);
    bool ok = npy_parse(buffer, n, HINGE_NO_TYPE, &array, &error);
    CU_ASSERT_EQUAL(ok, error.message[0] == '\0');
    array_free(&array);
    return ok;
}

#define HEADER(descr, shape)                                                                       \
    "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }\n"

static void test_headers(void)
{
    static const float data[4] = {1, 2, 3, 4};
    static const char *const good[] = {
        HEADER("<f4", "(4,)"),   HEADER("<f4", "(2, 2)"),
        HEADER("<f4", "(2,2,)"), HEADER("<f4", "(4L,)"),
        HEADER(">f4", "(4,)"),   "{\"shape\":(4,),\"fortran_order\":True,\"descr\":\"=f4\"}",
    };
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "}",
        "{'descr'",
        "{'descr':",
        "{'descr': '<f4'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'shape': (4,)}",
        "{'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': Fal, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'extra': 1}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}",
        HEADER("|O", "(4,)"),
        HEADER("<f3", "(4,)"),
        HEADER("<f", "(4,)"),
        HEADER("<f4x", "(4,)"),
        HEADER("<f99999999999999999999", "(4,)"),
        HEADER("", "(4,)"),
        HEADER("<M8", "(4,)"),
        HEADER("|V4", "(4,)"),
        HEADER("|U0", "(4,)"),
        HEADER("|S0", "(99999999999999,)"),
        HEADER("<f4", "(-4,)"),
        HEADER("<f4", "(5,)"),
        HEADER("<f4", "(3,)"),
        HEADER("<f4", "()"),
        HEADER("<f4", "(4.0,)"),
        HEADER("<f4", "4"),
        HEADER("<f4", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4)"),
        HEADER("<f4", "(4611686018427387905, 4)"),
        HEADER("<f4", "(9223372036854775807, 9223372036854775807, 4)"),
        HEADER("<f4", "(99999999999999999999,)"),
        HEADER("<U4611686018427387905", "(4,)"),
        HEADER("<U9223372036854775807", "(1,)"),
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CU_ASSERT_TRUE(parses(good[i], data, sizeof data));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parses(bad[i], data, sizeof data)) {
            printf("\n    accepted: %s\n", bad[i]);
            CU_FAIL("a header that is not valid was accepted");
        }
}

/* A sound file cut anywhere, or with a byte more, is refused. */
static void test_cut(void)
{
    static const float data[4] = {1, 2, 3, 4};
    unsigned char buffer[512];
    size_t size = build(buffer, HEADER("<f4", "(2, 2)"), data, sizeof data);
    struct array array;
    hinge_error error;
    for (size_t n = 0; n <= size + 1; n++) {
        buffer[size] = 0;
        CU_ASSERT_EQUAL(npy_parse(buffer, n, HINGE_NO_TYPE, &array, &error), n == size);
        array_free(&array);
    }
    for (unsigned version = 0; version < 256; version++) {
        buffer[6] = (unsigned char)version;
        CU_ASSERT_EQUAL(npy_parse(buffer, size, HINGE_NO_TYPE, &array, &error), version == 1);
        array_free(&array);
    }
}

/* Every byte changed to every value: no crash (the sanitizers look), and an array that is accepted
 * has exactly the data of the file. */
static void test_mutations(void)
{
    static const float data[2] = {1, 2};
    unsigned char buffer[512];
    size_t size = build(buffer, HEADER("<f4", "(1, 2)"), data, sizeof data);
    hinge_error error;
    for (size_t i = 0; i < size; i++) {
        unsigned char kept = buffer[i];
        for (unsigned value = 0; value < 256; value++) {
            struct array array;
            buffer[i] = (unsigned char)value;
            if (npy_parse(buffer, size, HINGE_NO_TYPE, &array, &error))
                CU_ASSERT_TRUE(array.tensor.type == HINGE_STRING ||
                               array_size(&array.tensor) == sizeof data);
            array_free(&array);
        }
        buffer[i] = kept;
    }
}

static void test_strings(void)
{
    unsigned char buffer[512];
    struct array array;
    hinge_error error;
    /* "é" (U+00E9), "" and U+1F600, in big-endian code points. */
    static const unsigned char points[] = {0, 0, 0, 0xE9, 0, 0, 0, 0, 0, 1, 0xF6, 0};
    size_t size = build(buffer, HEADER(">U1", "(3,)"), points, sizeof points);
    CU_ASSERT_TRUE_FATAL(npy_parse(buffer, size, HINGE_STRING, &array, &error));
    const hinge_string *s = array.tensor.data;
    CU_ASSERT_TRUE(s[0].size == 2 && memcmp(s[0].bytes, "\xC3\xA9", 2) == 0);
    CU_ASSERT_TRUE(s[1].size == 0);
    CU_ASSERT_TRUE(s[2].size == 4 && memcmp(s[2].bytes, "\xF0\x9F\x98\x80", 4) == 0);
    array_free(&array);
    static const unsigned char surrogate[] = {0x00, 0xD8, 0, 0}, beyond[] = {0, 0, 0x11, 0};
    CU_ASSERT_FALSE(parses(HEADER("<U1", "(1,)"), surrogate, 4));
    CU_ASSERT_FALSE(parses(HEADER("<U1", "(1,)"), beyond, 4));
    hinge_string not_utf8[] = {{"\xC3", 1}}, overlong[] = {{"\xC0\x80", 2}}, zero[] = {{"a\0", 2}};
    hinge_string *lists[] = {not_utf8, overlong, zero};
    for (int i = 0; i < 3; i++) {
        hinge_tensor tensor = hinge_tensor_over(HINGE_STRING, 1, (int64_t[]){1}, lists[i]);
        CU_ASSERT_FALSE(npy_write("never-written.npy", &tensor, &error));
    }
}

/* What the reader wants decides where NumPy has no type. */
static void test_wanted(void)
{
    unsigned char buffer[512];
    struct array array;
    hinge_error error;
    static const int8_t nibbles[] = {-8, 7, -1}, too_large[] = {0, 8, 0};
    static const uint16_t halves[] = {0x3F80, 0x4000};
    size_t size = build(buffer, HEADER("|i1", "(3,)"), nibbles, 3);
    CU_ASSERT_TRUE_FATAL(npy_parse(buffer, size, HINGE_INT4, &array, &error));
    CU_ASSERT_TRUE(array.tensor.type == HINGE_INT4);
    CU_ASSERT_TRUE(memcmp(array.tensor.data, "\x78\x0F", 2) == 0);
    array_free(&array);
    size = build(buffer, HEADER("|i1", "(3,)"), too_large, 3);
    CU_ASSERT_FALSE(npy_parse(buffer, size, HINGE_INT4, &array, &error));
    array_free(&array);
    size = build(buffer, HEADER("<V2", "(2,)"), halves, 4);
    CU_ASSERT_TRUE(npy_parse(buffer, size, HINGE_BFLOAT16, &array, &error));
    CU_ASSERT_TRUE(array.tensor.type == HINGE_BFLOAT16);
    array_free(&array);
    static const unsigned char truth[] = {0, 1, 255};
    size = build(buffer, HEADER("|b1", "(3,)"), truth, 3);
    CU_ASSERT_TRUE_FATAL(npy_parse(buffer, size, HINGE_BOOL, &array, &error));
    CU_ASSERT_TRUE(memcmp(array.tensor.data, "\0\1\1", 3) == 0);
    array_free(&array);
}

CU_TestInfo tool_npy_tests[] = {
    {"headers", test_headers}, {"cut files", test_cut},       {"mutations", test_mutations},
    {"strings", test_strings}, {"wanted types", test_wanted}, CU_TEST_INFO_NULL,
};
