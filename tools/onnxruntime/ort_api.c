#include "tools/onnxruntime/ort_api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { OLDEST_VERSION = 17 }; /* the second number of 1.17 */

struct api_base {
    void (*const *(*get_api)(uint32_t version))(void);
    const char *(*get_version_string)(void);
};

bool ort_api_open(struct ort_api *api, const char *library, char *message, size_t size)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(message, size, "%s", dlerror());
        return false;
    }
    const struct api_base *(*get_base)(void) = NULL;
    void *symbol = dlsym(handle, "OrtGetApiBase");
    memcpy(&get_base, &symbol, sizeof get_base);
    if (!get_base) {
        snprintf(message, size, "%s is not ONNX Runtime", library);
        dlclose(handle);
        return false;
    }
    const struct api_base *base = get_base();
    void (*const *functions)(void) = base->get_api(OLDEST_VERSION);
    api->version = base->get_version_string();
    if (!functions) {
        snprintf(message, size, "ONNX Runtime %s is too old: it takes 1.%d", api->version,
                 OLDEST_VERSION);
        return false;
    }
#define TAKE(number, result, name, parameters)                                                     \
    memcpy(&api->name, &functions[number], sizeof api->name);
    ORT_API_FUNCTIONS(TAKE)
#undef TAKE
    return true;
}

bool ort_api_succeeded(const struct ort_api *api, ort_status *status, char *message, size_t size)
{
    if (!status)
        return true;
    snprintf(message, size, "ONNX Runtime: %s", api->get_error_message(status));
    api->release_status(status);
    return false;
}
