/* The files of hinge_options.cache: damaged, hostile, and where none can be written. */
#include "tests/cache/caching.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

enum { HEADER = 64 };

static void write_file(const struct caching *c, const char *name, const void *bytes, size_t size)
{
    char path[512];
    caching_path(c, name, path);
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void begin(struct caching *c)
{
    caching_begin(c);
    caching_check(c, 1);
    caching_read(c);
    CU_ASSERT_EQUAL(c->file_size, HEADER + N_WEIGHTS * sizeof(float));
}

/* The file is not used, and is then as it was. */
static void check_replaced(struct caching *c)
{
    unsigned char *before = c->file;
    const size_t size = c->file_size;
    c->file = NULL;
    caching_check(c, 1);
    caching_read(c);
    CU_ASSERT_EQUAL_FATAL(c->file_size, size);
    CU_ASSERT_EQUAL(memcmp(c->file, before, size), 0);
    free(before);
    caching_check(c, 0);
}

static void damaged_bytes(void)
{
    struct caching c;
    begin(&c);
    unsigned random = 1;
    for (size_t n = 0; n < HEADER + 100; n++) {
        random = random * 1103515245 + 12345;
        const size_t place = n < HEADER ? n : HEADER + random % (c.file_size - HEADER);
        const unsigned char mask = (unsigned char)(1u << (n % 8));
        c.file[place] ^= mask;
        write_file(&c, c.name, c.file, c.file_size);
        c.file[place] ^= mask;
        check_replaced(&c);
    }
    caching_end(&c);
}

static void other_sizes(void)
{
    struct caching c;
    begin(&c);
    const size_t whole = c.file_size;
    const size_t sizes[] = {0, 1, HEADER - 1, HEADER, HEADER + 1, 4096, whole - 1, whole + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *bytes = calloc(1, whole + 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
        memcpy(bytes, c.file, whole);
        write_file(&c, c.name, bytes, sizes[i]);
        free(bytes);
        check_replaced(&c);
    }
    caching_end(&c);
}

/* What is right, but for who may have written it, or is no file. */
static void hostile_files(void)
{
    struct caching c;
    char path[512], elsewhere[TEMPORARY_SIZE + 16];
    begin(&c);
    caching_path(&c, c.name, path);
    CU_ASSERT_EQUAL(chmod(path, 0620), 0);
    check_replaced(&c);
    CU_ASSERT_EQUAL(chmod(path, 0602), 0);
    check_replaced(&c);
    if (geteuid() == 0) {
        CU_ASSERT_EQUAL(chown(path, NOBODY, NOBODY), 0);
        check_replaced(&c);
    }
    snprintf(elsewhere, sizeof elsewhere, "%s-elsewhere", c.folder);
    CU_ASSERT_EQUAL(rename(path, elsewhere), 0);
    CU_ASSERT_EQUAL(symlink(elsewhere, path), 0);
    check_replaced(&c);
    CU_ASSERT_EQUAL(unlink(elsewhere), 0);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    check_replaced(&c);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    caching_use(&c, 1, -1);
    CU_ASSERT_EQUAL(c.n_filled, 1);
    CU_ASSERT_EQUAL(c.n_warnings, 1);
    caching_end(&c);
}

/* A file that is being written, by another or by one that was killed. */
static void unfinished_files(void)
{
    struct caching c;
    char part[80], path[512], target[TEMPORARY_SIZE + 16];
    struct stat about;
    begin(&c);
    snprintf(part, sizeof part, "%s.part", c.name);
    caching_path(&c, part, path);
    caching_empty(&c);
    write_file(&c, part, "left over", 9);
    check_replaced(&c);

    caching_empty(&c);
    int writer = open(path, O_RDWR | O_CREAT, 0600);
    CU_ASSERT_EQUAL(flock(writer, LOCK_EX), 0);
    caching_use(&c, 1, -1);
    CU_ASSERT_TRUE(c.n_filled == 1 && c.n_warnings == 0 && c.cached_size == 0);
    CU_ASSERT_EQUAL(caching_count(&c), 1);
    close(writer);
    snprintf(c.name, sizeof c.name, "%.32s", part);
    caching_check(&c, 1);

    /* What it leads to stays as it is. */
    caching_empty(&c);
    snprintf(target, sizeof target, "%s-target", c.folder);
    int other = open(target, O_RDWR | O_CREAT, 0600);
    CU_ASSERT_EQUAL(write(other, "mine", 4), 4);
    close(other);
    CU_ASSERT_EQUAL(symlink(target, path), 0);
    caching_use(&c, 1, -1);
    CU_ASSERT_TRUE(c.n_filled == 1 && c.n_warnings == 1 && c.cached_size == 0);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(link(target, path), 0);
    caching_use(&c, 1, -1);
    CU_ASSERT_TRUE(c.n_filled == 1 && c.cached_size == 0);
    CU_ASSERT_TRUE(stat(target, &about) == 0 && about.st_size == 4);
    CU_ASSERT_EQUAL(unlink(target), 0);
    caching_end(&c);
}

static void check_without(struct caching *c, const char *words)
{
    caching_use(c, 1, -1);
    CU_ASSERT_EQUAL(c->n_filled, c->times);
    CU_ASSERT_EQUAL(c->n_warnings, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(c->warning, c->running.options.cache));
    CU_ASSERT_PTR_NOT_NULL(strstr(c->warning, words));
    CU_ASSERT_EQUAL(c->cached_size, 0);
}

static void folders_that_cannot_be_used(void)
{
    struct caching c;
    caching_begin(&c);
    c.times = 2;
    caching_model(&c, -1);
    c.running.options.cache = "/no/such/folder";
    check_without(&c, "opened: No such file or directory");
    c.running.options.cache = PACKS;
    check_without(&c, "opened: Not a directory");
    c.running.options.cache = "";
    check_without(&c, "opened: No such file or directory");
    c.running.options.cache = c.folder;
    CU_ASSERT_EQUAL(chmod(c.folder, 0555), 0);
    /* Root may write there: it becomes another user once the plugin, which that one may be unable
     * to reach, is open. */
    c.is_nobody = geteuid() == 0;
    check_without(&c, "written: Permission denied");
    CU_ASSERT_TRUE(!c.is_nobody || seteuid(0) == 0);
    c.is_nobody = false;
    CU_ASSERT_EQUAL(chmod(c.folder, 0700), 0);
    CU_ASSERT_EQUAL(caching_count(&c), 0);
    caching_check(&c, 2);
    caching_empty(&c);
    c.is_removed = true;
    check_without(&c, "written: No such file or directory");
    CU_ASSERT_EQUAL(mkdir(c.folder, 0700), 0);
    caching_end(&c);
}

/* As a full disk has it: the file becomes as long as the limit, and no longer. */
static void no_room(void)
{
    struct caching c;
    struct rlimit before, limit;
    caching_begin(&c);
    c.times = 2;
    caching_model(&c, -1);
    CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static const rlim_t sizes[] = {0, 10, HEADER, 30000, HEADER + N_WEIGHTS * sizeof(float) - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        limit = before;
        limit.rlim_cur = sizes[i];
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
        check_without(&c, "written: File too large");
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
        CU_ASSERT_EQUAL(caching_count(&c), 0);
    }
    signal(SIGXFSZ, handler);
    caching_end(&c);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"damaged bytes", damaged_bytes},
                                  {"other sizes", other_sizes},
                                  {"hostile files", hostile_files},
                                  {"unfinished files", unfinished_files},
                                  {"folders that cannot be used", folders_that_cannot_be_used},
                                  {"no room", no_room},
                                  CU_TEST_INFO_NULL};
    return run_tests("cache files", tests);
}
