/* ImageDecoder: one picture in every format (what the libraries wrote without loss, the others byte
 * by byte), and what is no picture. */
#include "tests/operators/harness.h"

enum { WIDTH = 3, HEIGHT = 2, N_PIXELS = WIDTH * HEIGHT };

static const double picture[3 * N_PIXELS] = {255, 0,  0,  0,   255, 0,   0,   0,   255,
                                             10,  20, 30, 128, 128, 128, 255, 255, 255};

static const uint8_t webp[] = {
    82,  73,  70,  70,  66,  0,   0,   0,   87,  69,  66,  80,  86,  80,  56,  76,  53,  0,  0,
    0,   47,  2,   64,  0,   0,   47,  64,  152, 109, 180, 65,  156, 229, 249, 127, 167, 65, 38,
    109, 147, 191, 126, 103, 127, 4,   217, 54,  27,  201, 221, 238, 239, 176, 249, 15,  52, 242,
    72,  214, 124, 7,   2,   1,   202, 88,  241, 192, 54,  17,  253, 143, 241, 2,   0,
};
static const uint8_t jpeg[] = {
    255, 216, 255, 224, 0,   16,  74,  70,  73, 70,  0,   1, 1,  0, 0,  1, 0,  1,   0,   0,
    255, 219, 0,   67,  0,   1,   1,   1,   1,  1,   1,   1, 1,  1, 1,  1, 1,  1,   1,   1,
    1,   1,   1,   1,   1,   1,   1,   1,   1,  1,   1,   1, 1,  1, 1,  1, 1,  1,   1,   1,
    1,   1,   1,   1,   1,   1,   1,   1,   1,  1,   1,   1, 1,  1, 1,  1, 1,  1,   1,   1,
    1,   1,   1,   1,   1,   1,   1,   1,   1,  255, 192, 0, 11, 8, 0,  2, 0,  3,   1,   1,
    17,  0,   255, 196, 0,   20,  0,   1,   0,  0,   0,   0, 0,  0, 0,  0, 0,  0,   0,   0,
    0,   0,   0,   8,   255, 196, 0,   20,  16, 1,   0,   0, 0,  0, 0,  0, 0,  0,   0,   0,
    0,   0,   0,   0,   0,   0,   255, 218, 0,  8,   1,   1, 0,  0, 63, 0, 15, 191, 255, 217,
};
static const uint8_t png[] = {
    137, 80,  78,  71,  13,  10,  26, 10, 0,   0,   0,  13,  73, 72,  68,  82,  0,  0,   0,   3,
    0,   0,   0,   2,   8,   2,   0,  0,  0,   18,  22, 241, 77, 0,   0,   0,   1,  115, 82,  71,
    66,  0,   174, 206, 28,  233, 0,  0,  0,   28,  73, 68,  65, 84,  8,   153, 99, 248, 207, 192,
    192, 240, 159, 129, 129, 225, 63, 19, 183, 136, 92, 67,  99, 195, 255, 255, 12, 0,   59,  80,
    6,   188, 35,  73,  23,  196, 0,  0,  0,   0,   73, 69,  78, 68,  174, 66,  96, 130,
};
static const uint8_t tiff[] = {
    73,  73,  42,  0,  26, 0, 0, 0, 255, 0,  0, 0, 255, 0, 0,   0, 255, 10, 20, 30, 128, 128, 128,
    255, 255, 255, 10, 0,  0, 1, 3, 0,   1,  0, 0, 0,   3, 0,   0, 0,   1,  1,  3,  0,   1,   0,
    0,   0,   2,   0,  0,  0, 2, 1, 3,   0,  3, 0, 0,   0, 152, 0, 0,   0,  3,  1,  3,   0,   1,
    0,   0,   0,   1,  0,  0, 0, 6, 1,   3,  0, 1, 0,   0, 0,   2, 0,   0,  0,  17, 1,   4,   0,
    1,   0,   0,   0,  8,  0, 0, 0, 21,  1,  3, 0, 1,   0, 0,   0, 3,   0,  0,  0,  22,  1,   3,
    0,   1,   0,   0,  0,  2, 0, 0, 0,   23, 1, 4, 0,   1, 0,   0, 0,   18, 0,  0,  0,   28,  1,
    3,   0,   1,   0,  0,  0, 1, 0, 0,   0,  0, 0, 0,   0, 8,   0, 8,   0,  8,  0,
};
static const uint8_t jp2[] = {
    0,   0,   0,   12,  106, 80,  32,  32,  13,  10,  135, 10,  0,   0,   0,   20,  102, 116, 121,
    112, 106, 112, 50,  32,  0,   0,   0,   0,   106, 112, 50,  32,  0,   0,   0,   45,  106, 112,
    50,  104, 0,   0,   0,   22,  105, 104, 100, 114, 0,   0,   0,   2,   0,   0,   0,   3,   0,
    3,   7,   7,   0,   0,   0,   0,   0,   15,  99,  111, 108, 114, 1,   0,   0,   0,   0,   0,
    16,  0,   0,   0,   159, 106, 112, 50,  99,  255, 79,  255, 81,  0,   47,  0,   0,   0,   0,
    0,   3,   0,   0,   0,   2,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   3,   0,
    0,   0,   2,   0,   0,   0,   0,   0,   0,   0,   0,   0,   3,   7,   1,   1,   7,   1,   1,
    7,   1,   1,   255, 82,  0,   12,  0,   0,   0,   1,   1,   0,   4,   4,   0,   1,   255, 92,
    0,   4,   64,  64,  255, 100, 0,   37,  0,   1,   67,  114, 101, 97,  116, 101, 100, 32,  98,
    121, 32,  79,  112, 101, 110, 74,  80,  69,  71,  32,  118, 101, 114, 115, 105, 111, 110, 32,
    50,  46,  53,  46,  48,  255, 144, 0,   10,  0,   0,   0,   0,   0,   39,  0,   1,   255, 147,
    207, 180, 24,  8,   245, 157, 156, 152, 177, 223, 128, 40,  14,  25,  140, 143, 153, 223, 128,
    40,  2,   244, 133, 236, 192, 255, 217,
};
static const uint8_t j2k[] = {
    255, 79,  255, 81,  0,   47,  0,   0,   0,   0,   0,   3,   0,   0,   0,   2,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   3,   0,   0,   0,   2,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   3,   7,   1,   1,   7,   1,   1,   7,   1,   1,   255, 82,  0,   12,  0,   0,
    0,   1,   1,   0,   4,   4,   0,   1,   255, 92,  0,   4,   64,  64,  255, 100, 0,   37,  0,
    1,   67,  114, 101, 97,  116, 101, 100, 32,  98,  121, 32,  79,  112, 101, 110, 74,  80,  69,
    71,  32,  118, 101, 114, 115, 105, 111, 110, 32,  50,  46,  53,  46,  48,  255, 144, 0,   10,
    0,   0,   0,   0,   0,   39,  0,   1,   255, 147, 207, 180, 24,  8,   245, 157, 156, 152, 177,
    223, 128, 40,  14,  25,  140, 143, 153, 223, 128, 40,  2,   244, 133, 236, 192, 255, 217,
};

static const uint8_t bmp24[] = {'B', 'M', 78,  0,   0,   0,   0,   0, 0, 0, 54, 0, 0,  0,
                                40,  0,   0,   0,   3,   0,   0,   0, 2, 0, 0,  0, 1,  0,
                                24,  0,   0,   0,   0,   0,   24,  0, 0, 0, 0,  0, 0,  0,
                                0,   0,   0,   0,   0,   0,   0,   0, 0, 0, 0,  0, 30, 20,
                                10,  128, 128, 128, 255, 255, 255, 0, 0, 0, /* from the bottom, blue
                                                                               first */
                                0,   0,   255, 0,   255, 0,   255, 0, 0, 0, 0,  0};
/* 4 bits of a palette of 7, from the top. */
static const uint8_t bmp4[] = {
    'B', 'M', 90,  0,   0,   0,   0,   0,   0,   0,   82,   0,    0,   0, 40,   0,    0,  0,
    3,   0,   0,   0,   254, 255, 255, 255, 1,   0,   4,    0,    0,   0, 0,    0,    8,  0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   7,    0,    0,   0, 0,    0,    0,  0,
    0,   0,   0,   0,   0,   0,   255, 0,   0,   255, 0,    0,    255, 0, 0,    0,    30, 20,
    10,  0,   128, 128, 128, 0,   255, 255, 255, 0,   0x12, 0x30, 0,   0, 0x45, 0x60, 0,  0};
/* 8 bits, run-length encoded: a run, single ones, the end of a row, a jump over the next one. */
static const uint8_t bmp_runs[] = {
    'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 40, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 1,
    0,   8,   0, 1, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
    1,   1,   1, 0, 9, 9, 9, 0, 2, 1, 0,  3, 1, 0, 1,  0, 0, 0, 0, 2, 1, 1, 4, 1, 0, 1};
/* 16 bits with masks of 5, 6 and 5. */
static const uint8_t bmp16[] = {
    'B', 'M',  0,    0, 0, 0,  0, 0, 0, 0,  66,   0,    0,    0,    40,   0, 0, 0,    3,
    0,   0,    0,    1, 0, 0,  0, 1, 0, 16, 0,    3,    0,    0,    0,    0, 0, 0,    0,
    0,   0,    0,    0, 0, 0,  0, 0, 0, 0,  0,    0,    0,    0,    0,    0, 0, 0xf8, 0,
    0,   0xe0, 0x07, 0, 0, 31, 0, 0, 0, 0,  0xf8, 0xe0, 0x07, 0x10, 0x00, 0, 0};

static void expect(const uint8_t *bytes, size_t size, const char *format, const int64_t *dims,
                   const double *pixels)
{
    static double values[1024];
    for (size_t i = 0; i < size && size <= 1024; i++)
        values[i] = bytes[i];
    CHECK_OP(
            .op = "ImageDecoder", .attributes = {ATTR_STRING("pixel_format", format)},
            .inputs = {{.type = HINGE_UINT8, .rank = 1, .dims = {(int64_t)size}, .values = values}},
            .expect = {{.type = HINGE_UINT8,
                        .rank = 3,
                        .dims = {dims[0], dims[1], dims[2]},
                        .values = pixels}});
}

static void expect_picture(const uint8_t *bytes, size_t size)
{
    double bgr[3 * N_PIXELS], grey[N_PIXELS];
    for (int i = 0; i < N_PIXELS; i++) {
        const double *rgb = picture + (ptrdiff_t)3 * i;
        for (int c = 0; c < 3; c++)
            bgr[3 * i + c] = rgb[2 - c];
        grey[i] = (double)(int)(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] + 0.5);
    }
    expect(bytes, size, "RGB", (const int64_t[]){HEIGHT, WIDTH, 3}, picture);
    expect(bytes, size, "BGR", (const int64_t[]){HEIGHT, WIDTH, 3}, bgr);
    expect(bytes, size, "Grayscale", (const int64_t[]){HEIGHT, WIDTH, 1}, grey);
}

static void expect_nothing(const uint8_t *bytes, size_t size)
{
    expect(bytes, size, "RGB", (const int64_t[]){0, 0, 3}, picture);
    expect(bytes, size, "Grayscale", (const int64_t[]){0, 0, 1}, picture);
}

#define PICTURE(bytes) expect_picture(bytes, sizeof(bytes))
#define CUT(bytes, n) expect_nothing(bytes, sizeof(bytes) - (n))
#define GREYS(text, n, ...)                                                                        \
    expect((const uint8_t *)(text), sizeof(text) - 1, "Grayscale", (const int64_t[]){1, n, 1},     \
           (const double[]){__VA_ARGS__})
#define NOTHING(text) expect_nothing((const uint8_t *)(text), sizeof(text) - 1)

static void check_formats(void)
{
    double greys[3 * N_PIXELS];
    PICTURE(bmp24);
    PICTURE(bmp4);
    PICTURE(png);
    PICTURE(tiff);
    PICTURE(webp);
    PICTURE(jp2);
    PICTURE(j2k);
    for (int i = 0; i < 3 * N_PIXELS; i++)
        greys[i] = 100;
    expect(jpeg, sizeof jpeg, "RGB", (const int64_t[]){HEIGHT, WIDTH, 3}, greys);
    expect(bmp16, sizeof bmp16, "RGB", (const int64_t[]){1, 3, 3},
           (const double[]){255, 0, 0, 0, 255, 0, 0, 0, 131});
    expect(bmp_runs, sizeof bmp_runs, "Grayscale", (const int64_t[]){3, 5, 1},
           (const double[]){1, 9, 9, 9, 9, 1, 1, 1, 1, 1, 9, 9, 9, 1, 9});
}

static void check_pnm(void)
{
    static const char p3[] = "P3 # a picture\n3 2\n255\n255 0 0 0 255 0 0 0 255\n"
                             "10 20 30 128 128 128 255 255 255";
    static const char p6[] =
        "P6\n3 2 255\n\xff\0\0\0\xff\0\0\0\xff\x0a\x14\x1e\x80\x80\x80\xff\xff\xff";
    expect_picture((const uint8_t *)p3, sizeof p3 - 1);
    expect_picture((const uint8_t *)p6, sizeof p6 - 1);
    GREYS("P1\n4 1\n0110", 4, 255, 0, 0, 255);
    GREYS("P4\n9 1\n\x55\x80", 9, 255, 0, 255, 0, 255, 0, 255, 0, 0);
    GREYS("P2\n3 1\n10\n0 5 10", 3, 0, 128, 255);
    GREYS("P5\n2 1\n255\n\x07\xfe", 2, 7, 254);
    GREYS("P5\n2 1\n65535\n\x80\x00\xff\xff", 2, 128, 255);
}

static void check_broken(void)
{
    expect_nothing(NULL, 0);
    NOTHING("no picture");
    CUT(bmp24, 4);
    CUT(bmp4, 3);
    CUT(bmp_runs, 2);
    CUT(png, 30);
    CUT(tiff, 9);
    CUT(webp, 9);
    CUT(jp2, 60);
    CUT(jpeg, 2);
    CUT(jpeg, 30);
    NOTHING("P6\n3 2 255\nshort");
    NOTHING("P6\n3 0 255\n");
    NOTHING("P5\n3 1 0\n123");
    NOTHING("P2\n3 1 9\n1 x 3");
    NOTHING("P9\n3 1 9\n123");
    CHECK_OP(.op = "ImageDecoder",
             .inputs = {LIST(HINGE_UINT8, 'P', '5', ' ', '9', '9', '9', '9', '9', ' ', '9', '9',
                             '9', '9', '9', ' ', '9', ' ')},
             .fails = HINGE_LIMIT, .says = "the image has more than 134217728 pixels");
    CHECK_OP(.op = "ImageDecoder", .inputs = {TENSOR(HINGE_UINT8, 0, 9, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "the encoded stream has rank 2, not 1");
    CHECK_OP(.op = "ImageDecoder", .inputs = {TENSOR(HINGE_UINT8, 0, 9, 3)},
             .attributes = {ATTR_STRING("pixel_format", "RGBA")}, .fails = HINGE_BAD_MODEL,
             .says = "pixel_format is \"RGBA\", not RGB, BGR or Grayscale");
}

void test_imagedecoder(void)
{
    check_formats();
    check_pnm();
    check_broken();
}
