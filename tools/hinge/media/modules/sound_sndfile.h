/* What files/sound.c has of the module that reads sound: sound.so, with libsndfile. */
#ifndef TOOL_SOUND_SNDFILE_H
#define TOOL_SOUND_SNDFILE_H

#include "base/array.h"

struct sound_module {
    const char *version; /* MODULE_VERSION */
    /* sound_read of files/sound.h */
    bool (*read)(const char *path, uint64_t rate, const hinge_tensor *info, struct array *array,
                 hinge_error *error);
};

/* What the module shows. */
extern const struct sound_module hinge_sound;

#endif
