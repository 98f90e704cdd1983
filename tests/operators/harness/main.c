/* The list of operator tests, from operators.def, run in every plugin build that the CPU can run:
 * a CUnit suite for each operator file, in it a test for each build. */
#include "tests/operators/harness/harness_internal.h"

#include <CUnit/Basic.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VECTOR(family, file) void test_##file(void);
#define PLAIN(family, file) VECTOR(family, file)
#include "operators/operators.def"
#undef VECTOR
#undef PLAIN

struct row {
    const char *file;
    void (*test)(void);
    bool in_every_plugin;
};

static const struct row rows[] = {
#define VECTOR(family, file) {#file, test_##file, true},
#define PLAIN(family, file) {#file, test_##file, false},
#include "operators/operators.def"
};

#define N_ROWS (sizeof rows / sizeof *rows)

static struct {
    const char *name;
    bool runs_here;
    const struct hinge_plugin *plugin;
} isas[] = {
    {.name = "scalar"},
#if defined(__x86_64__)
    {.name = "avx2"},
    {.name = "avx512"},
#endif
};

#define N_ISAS (sizeof isas / sizeof *isas)

static bool benchmarking;

static bool cpu_has(uint32_t features)
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

static bool open_plugins(const char *only)
{
    for (size_t i = 0; i < N_ISAS; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.so", HARNESS_PLUGINS, isas[i].name);
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        isas[i].plugin = library ? dlsym(library, "hinge_plugin") : NULL;
        if (!isas[i].plugin || isas[i].plugin->abi != HINGE_ABI ||
            isas[i].plugin->op_size != sizeof(struct hinge_op) ||
            isas[i].plugin->node_size != sizeof(struct hinge_node)) {
            fprintf(stderr, "plugin %s cannot be used: %s\n", path, library ? "ABI" : dlerror());
            return false;
        }
        isas[i].runs_here =
            cpu_has(isas[i].plugin->cpu_features) && (!only || !strcmp(only, isas[i].name));
    }
    return true;
}

/* The n-th row's table, in a plugin that may hold the VECTOR rows alone. */
static const struct hinge_op *find_table(size_t isa, size_t row)
{
    const struct hinge_op *const *list = isas[isa].plugin->ops;
    for (size_t i = 0; i < row; i++)
        if (rows[i].in_every_plugin || isa == 0)
            list++;
    return *list;
}

/* CUnit's functions take no argument: suite and test name say what to run. */
static void run_current(void)
{
    for (size_t row = 0; row < N_ROWS; row++)
        for (size_t isa = 0; isa < N_ISAS; isa++)
            if (!strcmp(CU_get_current_suite()->pName, rows[row].file) &&
                !strcmp(CU_get_current_test()->pName, isas[isa].name)) {
                check_begin(isas[isa].name, isas[isa].plugin, find_table(isa, row), benchmarking);
                tensor_seed(row + 1);
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
            fprintf(stderr, "no operator file '%s' in operators.def\n", names[i]);
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

int main(int argc, char **argv)
{
    const char *only = NULL;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "--bench")) {
            benchmarking = true;
        } else if (!strcmp(argv[first], "--isa") && first + 1 < argc) {
            only = argv[++first];
        } else {
            fprintf(stderr, "usage: %s [--bench] [--isa NAME] [FILE…]\n", argv[0]);
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
