/* hinge test: runs ONNX backend test folders and says which give the expected outputs. */
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "files/file.h"
#include "files/json.h"
#include "options/options.h"
#include "test/test_pool.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct test_options {
    struct common_options common;
    struct test_pool_options pool;
    const char *report;
    bool quiet;
    char **folders; /* allocated each */
    size_t n_folders, capacity;
};

enum {
    KEY_JOBS = 'j',
    KEY_REPORT = 'r',
    KEY_QUIET = 'q',
    KEY_RTOL = 0x200,
    KEY_ATOL,
    KEY_RELATIVE,
    KEY_TIMEOUT
};

static const struct argp_option own_options[] = {
    {"report", KEY_REPORT, "FILE", 0,
     "write a line for each folder: folder, PASS, FAIL or UNSUPPORTED, reason; tabs between, and "
     "control characters in a folder's name as ?",
     1},
    {"jobs", KEY_JOBS, "N", 0, "folders at a time (1)", 1},
    {"timeout", KEY_TIMEOUT, "S", 0, "end a folder's run after so many seconds (120)", 1},
    {"rtol", KEY_RTOL, "X", 0, "relative tolerance of floating outputs (1e-3)", 2},
    {"atol", KEY_ATOL, "X", 0, "absolute tolerance (1e-5)", 2},
    {"relative-to-max", KEY_RELATIVE, NULL, 0,
     "differences up to rtol max(1, largest expected magnitude), instead of element by element", 2},
    {"quiet", KEY_QUIET, NULL, 0, "only the count at the end", 3},
    {0},
};

static bool has_model(const char *folder)
{
    char path[4096];
    struct stat status;
    int n = snprintf(path, sizeof path, "%s/model.onnx", folder);
    return n > 0 && (size_t)n < sizeof path && stat(path, &status) == 0;
}

static bool add_folder(struct test_options *options, const char *parent, const char *name)
{
    if (options->n_folders == options->capacity) {
        size_t capacity = options->capacity ? 2 * options->capacity : 64;
        char **bigger = realloc(options->folders, capacity * sizeof *bigger);
        if (!bigger)
            return false;
        options->folders = bigger;
        options->capacity = capacity;
    }
    size_t size = strlen(parent) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return false;
    snprintf(path, size, "%s%s%s", parent, *name ? "/" : "", name);
    options->folders[options->n_folders++] = path;
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A test folder itself, or the test folders in it. A path without any is kept: running it tells
 * what is wrong. False where there is no memory. */
static bool find_folders(struct test_options *options, const char *path)
{
    struct dirent **names = NULL;
    int n = has_model(path) ? 0 : scandir(path, &names, is_visible, alphasort);
    size_t before = options->n_folders;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        ok = ok && add_folder(options, path, names[i]->d_name);
        if (ok && !has_model(options->folders[options->n_folders - 1]))
            free(options->folders[--options->n_folders]);
        free(names[i]);
    }
    free(names);
    return ok && (options->n_folders > before || add_folder(options, path, ""));
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct test_options *options = state->input;
    struct test_pool_options *pool = &options->pool;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->common; return 0;
    case KEY_REPORT: options->report = argument; return 0;
    case KEY_QUIET: options->quiet = true; return 0;
    case KEY_JOBS:
        pool->n_jobs = (unsigned)options_number(argument, 1, 256, "jobs", state);
        return 0;
    case KEY_TIMEOUT: pool->timeout_s = options_real(argument, "timeout", state); return 0;
    case KEY_RTOL: pool->test.rule.rtol = options_real(argument, "rtol", state); return 0;
    case KEY_ATOL: pool->test.rule.atol = options_real(argument, "atol", state); return 0;
    case KEY_RELATIVE: pool->test.rule.relative_to_max = true; return 0;
    case ARGP_KEY_ARG:
        if (!find_folders(options, file_trim_folder(argument)))
            argp_failure(state, 1, ENOMEM, "folders");
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which folders?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *const verdicts[] = {
    [TEST_PASS] = "PASS", [TEST_FAIL] = "FAIL", [TEST_UNSUPPORTED] = "UNSUPPORTED"};

/* What has come in so far. */
struct tally {
    const struct test_options *options;
    size_t n_of[3];
    struct progress progress;
};

/* With --json all goes into the object at the end. */
static bool tells(const struct test_options *options, const struct test_result *result)
{
    return !options->common.json &&
           (options->common.verbose ||
            ((result->verdict != TEST_PASS || *result->reason) && !options->quiet));
}

static void show(void *user, size_t index, const struct test_result *result)
{
    struct tally *tally = user;
    const struct test_options *options = tally->options;
    tally->n_of[result->verdict]++;
    progress_add(&tally->progress, 1);
    if (tells(options, result)) {
        progress_hide(&tally->progress);
        printf("%s ", verdicts[result->verdict]);
        text_print(stdout, options->folders[index], 0);
        fputs(*result->reason ? ": " : "", stdout);
        text_print(stdout, result->reason, 0);
        putchar('\n');
        fflush(stdout);
    }
}

/* What would fail for every folder alike, or be lost at the end: a level that this CPU does not
 * have, a plugin that is refused, a report that cannot be written. While the registry is open, the
 * processes of the folders find the plugins mapped and relocated. */
static bool prepare(const struct test_options *options, hinge_registry **registry, FILE **report,
                    hinge_error *error)
{
    if (!options_open_registry(&options->common, registry, error))
        return false;
    if (options->report && !(*report = fopen(options->report, "w")))
        return error_set(error, HINGE_IO, "%s: %s", options->report, strerror(errno));
    return true;
}

static bool write_report(FILE *report, const struct test_options *options,
                         const struct test_result *results, hinge_error *error)
{
    for (size_t i = 0; i < options->n_folders; i++) {
        text_print(report, options->folders[i], 0);
        fprintf(report, "\t%s\t%s\n", verdicts[results[i].verdict], results[i].reason);
    }
    return (fflush(report) == 0 && !ferror(report)) ||
           error_set(error, HINGE_IO, "%s: %s", options->report, strerror(errno));
}

static int write_json(const struct tally *tally, const struct test_result *results)
{
    const struct test_options *options = tally->options;
    bool good = true;
    json_t *root = json_object(), *folders = json_array();
    for (size_t i = 0; i < options->n_folders; i++) {
        const char *folder = options->folders[i], *reason = results[i].reason;
        json_t *object = json_object();
        json_put(object, "folder", json_text(folder, strlen(folder)), &good);
        json_put(object, "verdict", json_string(verdicts[results[i].verdict]), &good);
        json_put(object, "reason", *reason ? json_text(reason, strlen(reason)) : json_null(),
                 &good);
        json_add(folders, object, &good);
    }
    json_put(root, "passed", json_integer((json_int_t)tally->n_of[TEST_PASS]), &good);
    json_put(root, "failed", json_integer((json_int_t)tally->n_of[TEST_FAIL]), &good);
    json_put(root, "unsupported", json_integer((json_int_t)tally->n_of[TEST_UNSUPPORTED]), &good);
    json_put(root, "folders", folders, &good);
    return json_finish(root, good, NULL);
}

static int run(const struct test_options *options)
{
    struct tally tally = {.options = options};
    hinge_error error;
    struct test_result *results = calloc(options->n_folders, sizeof *results);
    struct test_pool_options pool = options->pool;
    pool.test.common = &options->common;
    pool.on_result = show;
    pool.user = &tally;
    progress_begin(&tally.progress, options->n_folders, 0);
    hinge_registry *registry = NULL;
    FILE *report = NULL;
    bool ok = (results || error_no_memory(&error)) &&
              prepare(options, &registry, &report, &error) &&
              test_pool_run((const char *const *)options->folders, options->n_folders, &pool,
                            results, &error) &&
              (!report || write_report(report, options, results, &error));
    progress_hide(&tally.progress);
    hinge_registry_close(registry);
    if (report)
        fclose(report);
    int status = !ok ? error_fail(&error) : options->common.json ? write_json(&tally, results) : 0;
    free(results);
    if (ok && !options->common.json)
        printf("%zu passed, %zu failed, %zu unsupported\n", tally.n_of[TEST_PASS],
               tally.n_of[TEST_FAIL], tally.n_of[TEST_UNSUPPORTED]);
    return status || tally.n_of[TEST_FAIL] > 0;
}

int command_test(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        "DIR…",
        "Runs ONNX backend test folders (model.onnx, test_data_set_*/input_*.pb, output_*.pb), or "
        "all of them in a folder, each in a process of its own, and compares every output that a "
        "data set has; where that is not all of the model's it says so. A folder whose model the "
        "runtime does not support is counted apart. What does not pass is "
        "shown with the reason.",
        options_common_children,
        NULL,
        NULL};
    struct test_options options = {
        .pool = {.test.rule = COMPARE_DEFAULT_RULE, .n_jobs = 1, .timeout_s = 120}};
    options.common.open.n_threads = 1;
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    int status = run(&options);
    for (size_t i = 0; i < options.n_folders; i++)
        free(options.folders[i]);
    free(options.folders);
    options_free_common(&options.common);
    return status;
}
