/* Sessions of a model with a Packs node (tests/plugins/packs.c), with a cache in a new folder. */
#ifndef TESTS_CACHE_CACHING_H
#define TESTS_CACHE_CACHING_H

#include "tests/support/temporary.h"
#include "tests/unit/running.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKS TEST_PLUGINS "/packs.so"
#define N_WEIGHTS 17000 /* more than the least that is kept */

enum { NOBODY = 65534 };

struct caching {
    char folder[TEMPORARY_SIZE];
    struct running running;
    float factor;        /* of the node */
    int64_t times;       /* packed copies */
    bool is_removed;     /* the folder goes when something is packed */
    bool is_nobody;      /* who packs is another user from then on */
    unsigned n_filled;   /* what the last session has packed itself */
    unsigned n_warnings; /* the log was told */
    char warning[512];   /* the last one */
    size_t cached_size;  /* of the last session */
    size_t private_size; /* what else it has packed */
    unsigned char *file; /* what the one file holds */
    size_t file_size;
    char name[64];
};

static inline void caching_log(void *user, hinge_log_level level, const char *message)
{
    struct caching *c = user;
    if (strncmp(message, "filled", 6) == 0) {
        c->n_filled++;
        if (c->is_removed)
            rmdir(c->folder);
        if (c->is_nobody)
            CU_ASSERT_EQUAL(seteuid(NOBODY), 0);
    }
    if (level < HINGE_LOG_WARNING)
        return;
    c->n_warnings++;
    snprintf(c->warning, sizeof c->warning, "%s", message);
}

static inline float caching_weight(int64_t i)
{
    return (float)(i % 251) / 8 - 3;
}

/* With one weight changed where changed is not negative. */
static inline void caching_model(struct caching *c, int64_t changed)
{
    static float weights[N_WEIGHTS];
    static const int64_t dims[] = {N_WEIGHTS};
    for (int64_t i = 0; i < N_WEIGHTS; i++)
        weights[i] = caching_weight(i) + (i == changed ? 1 : 0);
    struct model *model = c->running.model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, dims);
    model_floats(model, "w", 1, dims, weights);
    model_node(model, DOMAIN, "Packs", "x w", "y");
    model_attribute_float(model, "factor", c->factor);
    model_attribute_int(model, "times", c->times);
    model_output(model, "y", HINGE_FLOAT, 1, dims);
}

static inline void caching_begin(struct caching *c)
{
    *c = (struct caching){.running = {.plugins = {PACKS}}, .factor = 0.5F, .times = 1};
    CU_ASSERT_TRUE_FATAL(temporary_name(c->folder) && mkdtemp(c->folder));
    c->running.options.cache = c->folder;
    c->running.options.log = caching_log;
    c->running.options.log_user = c;
}

static inline void caching_path(const struct caching *c, const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", c->folder, name);
}

/* How many files there are; the name of one of them goes to name. */
static inline unsigned caching_count(struct caching *c)
{
    unsigned n = 0;
    DIR *folder = opendir(c->folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') {
            snprintf(c->name, sizeof c->name, "%.63s", entry->d_name);
            n++;
        }
    closedir(folder);
    return n;
}

static inline void caching_empty(struct caching *c)
{
    char path[512];
    while (caching_count(c)) {
        caching_path(c, c->name, path);
        CU_ASSERT_TRUE_FATAL(unlink(path) == 0 || rmdir(path) == 0);
    }
}

static inline void caching_end(struct caching *c)
{
    if (c->running.model)
        model_destroy(c->running.model);
    free(c->file);
    caching_empty(c);
    CU_ASSERT_EQUAL(rmdir(c->folder), 0);
}

/* y = x factor w, where the plugin multiplies by one more. */
static inline bool caching_is_right(struct running *r, float factor, int64_t changed)
{
    static float x[N_WEIGHTS];
    for (int64_t i = 0; i < N_WEIGHTS; i++)
        x[i] = (float)(i % 7) - 2;
    hinge_tensor input = floats(N_WEIGHTS, x), output;
    if (running_run(r, &input, 1, &output, 1))
        return false;
    bool right = true;
    for (int64_t i = 0; i < N_WEIGHTS; i++)
        right &= ((const float *)output.data)[i] ==
                 x[i] * (factor * (caching_weight(i) + (i == changed ? 1 : 0)));
    return right;
}

/* Opens the model, and runs it. */
static inline void caching_use(struct caching *c, float plugin_factor, int64_t changed)
{
    hinge_model_info info = {.size = sizeof info};
    c->n_filled = c->n_warnings = 0;
    running_open(&c->running);
    CU_ASSERT_TRUE(hinge_get_model(c->running.session, &info));
    CU_ASSERT_TRUE(info.packed_size >= info.cached_size);
    c->cached_size = info.cached_size;
    c->private_size = info.packed_size - info.cached_size;
    CU_ASSERT_TRUE(caching_is_right(&c->running, c->factor * plugin_factor, changed));
    running_shut(&c->running);
}

/* The model without changes, of which so many copies are packed now, and all are in the cache. */
static inline void caching_check(struct caching *c, unsigned n_filled)
{
    if (!c->running.model)
        caching_model(c, -1);
    caching_use(c, 1, -1);
    CU_ASSERT_EQUAL(c->n_filled, n_filled);
    CU_ASSERT_EQUAL(c->n_warnings, 0);
    CU_ASSERT_TRUE(c->cached_size >= (size_t)c->times * N_WEIGHTS * sizeof(float));
    CU_ASSERT_TRUE(c->private_size < N_WEIGHTS * sizeof(float)); /* what was kept is given back */
}

/* Keeps what the one file holds in file. */
static inline void caching_read(struct caching *c)
{
    char path[512];
    struct stat about;
    CU_ASSERT_EQUAL_FATAL(caching_count(c), 1);
    caching_path(c, c->name, path);
    CU_ASSERT_EQUAL_FATAL(stat(path, &about), 0);
    free(c->file);
    c->file_size = (size_t)about.st_size;
    c->file = malloc(c->file_size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c->file);
    FILE *file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fread(c->file, 1, c->file_size, file), c->file_size);
    fclose(file);
}

#endif
