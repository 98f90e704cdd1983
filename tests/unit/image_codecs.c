/* The decoders of ImageDecoder are opened for a model that has one, beside the folder of the
 * plugins; where they are missing, that model says so, and no other. */
#include "tests/support/main.h"
#include "tests/support/model.h"
#include "tests/support/temporary.h"

#include <hinge/hinge.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLUGIN "/image-scalar.so"

static hinge_status open_decoder(const char *folder, hinge_error *error)
{
    hinge_options options = {.size = sizeof options, .n_threads = 1, .plugin_folder = folder};
    struct model *model = model_create();
    hinge_session *session = NULL;
    size_t size;
    model_import(model, 20);
    model_input(model, "x", HINGE_UINT8, 1, (int64_t[]){-1});
    model_node(model, "", "ImageDecoder", "x", "y");
    model_output(model, "y", HINGE_UINT8, 3, (int64_t[]){-1, -1, 3});
    const void *bytes = model_bytes(model, &size);
    const hinge_status status = hinge_open_memory(bytes, size, &options, &session, error);
    hinge_close(session);
    model_destroy(model);
    return status;
}

static bool is_built(void)
{
    return access(BUILT_IN_PLUGINS PLUGIN, R_OK) == 0;
}

static void opened_where_they_are(void)
{
    hinge_error error = {.message = ""};
    if (is_built())
        CU_ASSERT_EQUAL(open_decoder(BUILT_IN_PLUGINS, &error), HINGE_OK);
}

static void missing(void)
{
    char folder[TEMPORARY_SIZE], path[sizeof folder + sizeof PLUGIN];
    hinge_error error = {.message = ""};
    if (!is_built())
        return;
    CU_ASSERT_TRUE_FATAL(temporary_name(folder) && mkdtemp(folder));
    snprintf(path, sizeof path, "%s%s", folder, PLUGIN);
    CU_ASSERT_EQUAL(symlink(BUILT_IN_PLUGINS PLUGIN, path), 0);
    CU_ASSERT_EQUAL(open_decoder(folder, &error), HINGE_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "the decoders cannot be opened: "));
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"opened where they are", opened_where_they_are}, {"missing", missing}, CU_TEST_INFO_NULL};
    return run_tests("image codecs", tests);
}
