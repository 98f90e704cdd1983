/* Pictures, archives, sound and peaks without memory: every allocation of the command's own code
 * fails in turn, and threads do. The program is linked so that malloc, calloc, realloc,
 * aligned_alloc and pthread_create there lead here; modules are parts of it, so that theirs do too.
 */
#include "base/module.h"
#include "files/modules/npz_zip.h"
#include "media/modules/sound_sndfile.h"
#include "media/picture.h"
#include "media/sound.h"
#include "operators/image/codec/codec.h"
#include "tests/support/temporary.h"

#include "profile/peak.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int left = -1; /* allocations that are still to succeed; below 0: all */
static int n_threads_left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *user);
/* Not hidden: under a sanitizer the linker sees a library refer to it. */
__attribute__((visibility("default"))) int __wrap_pthread_create(pthread_t *thread,
                                                                 const pthread_attr_t *attributes,
                                                                 void *(*run)(void *), void *user);

static bool fails(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *user)
{
    if (n_threads_left >= 0 && n_threads_left-- == 0)
        return EAGAIN;
    return __real_pthread_create(thread, attributes, run, user);
}

/* Modules, where they are built */

void *__wrap_module_open(struct module *module, hinge_error *error);

void *__wrap_module_open(struct module *module, hinge_error *error)
{
    void *address = NULL;
#ifdef HAS_NPZ
    if (strcmp(module->symbol, "hinge_npz") == 0)
        address = (void *)(uintptr_t)&hinge_npz;
#endif
#ifdef HAS_SOUND
    if (strcmp(module->symbol, "hinge_sound") == 0)
        address = (void *)(uintptr_t)&hinge_sound;
#endif
#ifdef HAS_IMAGE_CODECS
    codec_finder *find = codec_find;
    if (strcmp(module->symbol, "codec_find") == 0)
        memcpy(&address, &find, sizeof address);
#endif
    if (!address)
        error_set(error, HINGE_UNSUPPORTED, "%s", module->needs);
    return address;
}

static char path[TEMPORARY_SIZE];

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* Something that takes memory; on success its array is given back. */
typedef bool action(struct array *array, hinge_error *error);

static void try_all(action *act)
{
    struct array array;
    bool good = false;
    int n = 0;
    for (; n < 100 && !good; n++) {
        hinge_error error = {0};
        array = (struct array){0};
        left = n;
        good = act(&array, &error);
        left = -1;
        CU_ASSERT_EQUAL(good, array.tensor.data != NULL);
        if (!good)
            CU_ASSERT_EQUAL(error.status, HINGE_NO_MEMORY);
        array_free(&array);
    }
    CU_ASSERT_TRUE(good);
    CU_ASSERT_TRUE(n > 2);
}

static bool read_picture(struct array *array, hinge_error *error)
{
    const struct picture_options options = {.resize = {3, 3}};
    const hinge_tensor info = {.type = HINGE_FLOAT, .rank = -1};
    return picture_read(path, &options, &info, array, error);
}

static void test_picture(void)
{
    static const char picture[] = "P6 2 2 255\nabcdefghijkl";
    struct array array;
    hinge_error error;
    write_file(picture, sizeof picture - 1);
    if (read_picture(&array, &error) || error.status != HINGE_UNSUPPORTED) {
        array_free(&array);
        try_all(read_picture);
    }
}

static bool write_archive(hinge_error *error)
{
    float numbers[] = {1, 2};
    const hinge_tensor tensor = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){2}, numbers);
    return npz_write(path, (const char *const[]){"x"}, &tensor, 1, error);
}

static bool read_archive(struct array *array, hinge_error *error)
{
    struct npz *npz;
    if (!write_archive(error) || !npz_open(path, &npz, error))
        return false;
    bool good = npz_read(npz, 0, HINGE_NO_TYPE, array, error);
    npz_close(npz);
    return good;
}

static void test_archive(void)
{
    struct array array = {0};
    hinge_error error;
    if (read_archive(&array, &error) || error.status != HINGE_UNSUPPORTED) {
        array_free(&array);
        try_all(read_archive);
    }
}

static bool read_sound(struct array *array, hinge_error *error)
{
    const hinge_tensor info = {.type = HINGE_FLOAT, .rank = 1, .dims = {-1}};
    return sound_read(path, 0, &info, array, error);
}

static void test_sound(void)
{
    static const char sound[] = "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0"
                                "\2\0\x10\0data\x08\0\0\0abcdefgh";
    struct array array;
    hinge_error error;
    write_file(sound, sizeof sound - 1);
    if (read_sound(&array, &error) || error.status != HINGE_UNSUPPORTED) {
        array_free(&array);
        try_all(read_sound);
    }
}

static void test_peaks(void)
{
    struct peak peak;
    hinge_error error;
    for (int n = 0; n < 2; n++) {
        left = n;
        CU_ASSERT_FALSE(peak_measure(&peak, "scalar", 1, &error));
        CU_ASSERT_EQUAL(error.status, HINGE_NO_MEMORY);
        left = -1;
    }
    for (int n = 0; n < 2; n++) {
        n_threads_left = n;
        CU_ASSERT_FALSE(peak_measure(&peak, "scalar", 3, &error));
        CU_ASSERT_EQUAL(error.status, HINGE_LIMIT);
        n_threads_left = -1;
    }
}

int main(void)
{
    CU_TestInfo tests[] = {{"picture", test_picture},
                           {"archive", test_archive},
                           {"sound", test_sound},
                           {"peaks", test_peaks},
                           CU_TEST_INFO_NULL};
    CU_SuiteInfo suites[] = {{.pName = "memory", .pTests = tests}, CU_SUITE_INFO_NULL};
    int descriptor = temporary_name(path) ? mkstemp(path) : -1;
    if (descriptor < 0 || close(descriptor) != 0 || CU_initialize_registry() != CUE_SUCCESS ||
        CU_register_suites(suites) != CUE_SUCCESS)
        return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unlink(path);
    unsigned n_run = CU_get_number_of_tests_run(), n_failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return n_run == 0 || n_failed > 0;
}
