#include "media/sound.h"

#include "base/module.h"
#include "media/modules/sound_sndfile.h"

bool sound_read(const char *path, uint64_t rate, const hinge_tensor *info, struct array *array,
                hinge_error *error)
{
    static struct module module = {.name = "sound",
                                   .symbol = "hinge_sound",
                                   .needs = "sound needs libsndfile",
                                   .has_version = true};
    const struct sound_module *sound = module_open(&module, error);
    *array = (struct array){0};
    if (!sound)
        return error_prefix(error, "%.200s", path);
    return sound->read(path, rate, info, array, error);
}
