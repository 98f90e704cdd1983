/* How a camera was held: JPEG files note it by Exif (CIPA DC-008, tag 0x0112). */
#ifndef TOOL_ORIENTATION_H
#define TOOL_ORIENTATION_H

#include "base/error.h"
#include "operators/image/codec/codec.h"

/* 1 to 8 as Exif has them: 1, upright, also for what is no JPEG file, says nothing, or is broken.
 */
unsigned orientation_of(struct codec_stream stream);
/* Turns and mirrors the picture so that it is upright. On failure it is as it was. */
bool orientation_undo(struct codec_image *image, unsigned orientation, hinge_error *error);

#endif
