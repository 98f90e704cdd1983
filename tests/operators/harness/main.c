/* The lists of operator tests, from the families' lists of operators, run in every plugin build
 * that the CPU can run: a CUnit suite for each operator file, in it a test for each build. */
#include "tests/operators/harness/harness_internal.h"

#include <CUnit/Basic.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VECTOR(folder, file) void test_##file(void);
#define PLAIN(folder, file) VECTOR(folder, file)
#ifdef HARNESS_HAS_IMAGE /* it is built where its libraries are */
#include "operators/image.def"
#endif
#include "operators/microsoft.def"
#include "operators/ml.def"
#include "operators/onnx.def"
#include "operators/training.def"
#ifdef HARNESS_HAS_REGEX
#include "operators/regex.def"
#endif
#undef VECTOR
#undef PLAIN

enum family { ONNX, ML, TRAINING, REGEX, IMAGE, N_FAMILIES };

static const char *const families[N_FAMILIES] = {"onnx", "ml", "training", "regex", "image"};

struct row {
    enum family family;
    const char *file;
    void (*test)(void);
    bool in_every_plugin;
};

static const struct row rows[] = {
#define VECTOR(folder, file) {FAMILY, #file, test_##file, true},
#define PLAIN(folder, file) {FAMILY, #file, test_##file, false},
#define FAMILY ONNX
#include "operators/onnx.def"
/* after it, as in the plugin */
#include "operators/microsoft.def"
#undef FAMILY
#define FAMILY ML
#include "operators/ml.def"
#undef FAMILY
#define FAMILY TRAINING
#include "operators/training.def"
#undef FAMILY
#ifdef HARNESS_HAS_REGEX
#define FAMILY REGEX
#include "operators/regex.def"
#undef FAMILY
#endif
#ifdef HARNESS_HAS_IMAGE
#define FAMILY IMAGE
#include "operators/image.def"
#undef FAMILY
#endif
};

#define N_ROWS (sizeof rows / sizeof *rows)

static struct {
    const char *name;
    bool runs_here;
    const struct hinge_plugin *plugins[N_FAMILIES]; /* NULL where a family has no row for the ISA */
} isas[] = {
    {.name = "scalar"},
#if defined(__x86_64__)
    {.name = "avx2"},
    {.name = "avx512"},
#endif
};

#define N_ISAS (sizeof isas / sizeof *isas)

static bool benchmarking;

static bool cpu_has(uint64_t features)
{
#if defined(__x86_64__)
    /* F16C cannot be asked for with clang 14; no CPU has AVX2 without it. */
    if (features & HINGE_CPU_AVX2 &&
        !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        return false;
    if (features & HINGE_CPU_AVX512 &&
        !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")))
        return false;
    return true;
#else
    return features == 0;
#endif
}

static bool has_rows(enum family family, size_t isa)
{
    for (size_t row = 0; row < N_ROWS; row++)
        if (rows[row].family == family && (rows[row].in_every_plugin || isa == 0))
            return true;
    return false;
}

static const struct hinge_plugin *open_plugin(enum family family, size_t isa)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s.so", HARNESS_PLUGINS, families[family], isas[isa].name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct hinge_plugin *plugin = library ? dlsym(library, "hinge_plugin") : NULL;
    if (plugin && plugin->abi == HINGE_ABI && plugin->op_size == sizeof(struct hinge_op) &&
        plugin->kernel_size == sizeof(struct hinge_kernel) &&
        plugin->node_size == sizeof(struct hinge_node))
        return plugin;
    fprintf(stderr, "plugin %s cannot be used: %s\n", path, library ? "ABI" : dlerror());
    return NULL;
}

static bool open_plugins(const char *only)
{
    for (size_t i = 0; i < N_ISAS; i++) {
        isas[i].runs_here = !only || !strcmp(only, isas[i].name);
        for (int f = 0; f < N_FAMILIES; f++) {
            if (!has_rows((enum family)f, i))
                continue;
            isas[i].plugins[f] = open_plugin((enum family)f, i);
            if (!isas[i].plugins[f])
                return false;
            isas[i].runs_here &= cpu_has(isas[i].plugins[f]->cpu_features);
        }
    }
    return true;
}

/* The n-th row's table, in a plugin that may hold the VECTOR rows alone. */
static const struct hinge_op *find_table(size_t isa, size_t row)
{
    const struct hinge_op *const *list = isas[isa].plugins[rows[row].family]->ops;
    for (size_t i = 0; i < row; i++)
        if (rows[i].family == rows[row].family && (rows[i].in_every_plugin || isa == 0))
            list++;
    return *list;
}

/* CUnit's functions take no argument: suite and test name say what to run. */
static void run_current(void)
{
    static size_t last_row = N_ROWS;
    for (size_t row = 0; row < N_ROWS; row++)
        for (size_t isa = 0; isa < N_ISAS; isa++)
            if (!strcmp(CU_get_current_suite()->pName, rows[row].file) &&
                !strcmp(CU_get_current_test()->pName, isas[isa].name)) {
                check_begin(isas[isa].name, isas[isa].plugins[rows[row].family],
                            find_table(isa, row), benchmarking);
                tensor_seed(row + 1);
                recall_begin(last_row != row);
                last_row = row;
                rows[row].test();
                check_end(rows[row].file);
            }
}

static bool add_row(const struct row *row)
{
    CU_pSuite suite = CU_add_suite(row->file, NULL, NULL);
    if (!suite)
        return false;
    for (size_t isa = 0; isa < (row->in_every_plugin ? N_ISAS : 1); isa++) {
        CU_pTest test = CU_add_test(suite, isas[isa].name, run_current);
        if (!test)
            return false;
        if (!isas[isa].runs_here)
            CU_set_test_active(test, CU_FALSE);
    }
    return true;
}

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction before[4];

/* Says what was running; then the signal comes again and meets whoever was there before. */
static void on_crash(int number)
{
    static const char intro[] = "\ncrashed in ";
    (void)!write(STDERR_FILENO, intro, sizeof intro - 1);
    (void)!write(STDERR_FILENO, check_label(), strlen(check_label()));
    (void)!write(STDERR_FILENO, "\n", 1);
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
        if (crash_signals[i] == number)
            sigaction(number, &before[i], NULL);
}

static bool add_files(char **names, int n_names)
{
    for (int i = 0; i < n_names; i++) {
        size_t row = 0;
        while (row < N_ROWS && strcmp(rows[row].file, names[i]))
            row++;
        if (row == N_ROWS) {
            fprintf(stderr, "no list has an operator file '%s'\n", names[i]);
            return false;
        }
        if (!add_row(&rows[row]))
            return false;
    }
    for (size_t row = 0; row < N_ROWS && n_names == 0; row++)
        if (!add_row(&rows[row]))
            return false;
    return true;
}

/* For ctest, which does not see what CUnit calls inactive. */
static int say_where(const char *isa)
{
    for (size_t i = 0; i < N_ISAS; i++)
        if (isas[i].runs_here)
            return 0;
    printf("this CPU has no %s: its checks of every operator are inactive\n", isa);
    return 77;
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "--bench")) {
            benchmarking = true;
        } else if (!strcmp(argv[first], "--isa") && first + 1 < argc) {
            only = argv[++first];
        } else if (!strcmp(argv[first], "--runs-here") && first + 2 == argc) {
            return open_plugins(argv[first + 1]) ? say_where(argv[first + 1]) : 2;
        } else {
            fprintf(stderr,
                    "usage: %s [--bench] [--isa NAME] [FILE…]\n"
                    "       %s --runs-here ISA    status 77 where this CPU lacks it\n",
                    argv[0], argv[0]);
            return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct sigaction action = {.sa_handler = on_crash};
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
        sigaction(crash_signals[i], &action, &before[i]);
    if (!open_plugins(only) || CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_set_fail_on_inactive(CU_FALSE);
    if (!add_files(argv + first, argc - first)) {
        CU_cleanup_registry();
        return 2;
    }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_ErrorCode code = CU_basic_run_tests();
    bool failed = code != CUE_SUCCESS || CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    return failed ? 1 : 0;
}
