/* Sound as an input of a model: WAV, FLAC, Ogg and what else libsndfile reads. */
#ifndef TOOL_SOUND_H
#define TOOL_SOUND_H

#include "base/array.h"

/* More are not read, however small the file is. */
#define SOUND_MAX_SAMPLES ((int64_t)1 << 28)

/*
 * Reads a file (-: standard input) for an input of that type and shape, as hinge_input_info gives
 * them: samples alone, with channels in front of them, or a batch, which is 1, in front of that (no
 * rank known: channels and samples). Floating types get samples from -1 to 1, int16 the 16 bits; no
 * type known: float. One channel is the mean of those that there are; other numbers must be the
 * file's. rate, where it is not 0, must be its samples per second: nothing is resampled, cut or
 * filled up. The file is untrusted. On failure *array is empty. A hinge whose module for it
 * is missing refuses with a sentence.
 */
bool sound_read(const char *path, uint64_t rate, const hinge_tensor *info, struct array *array,
                hinge_error *error);

#endif
