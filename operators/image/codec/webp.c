/* WebP, lossy and lossless, by libwebp; of an animation there is no one image. */
#include <webp/decode.h>

#include "operators/image/codec/codec.h"

enum codec_result codec_webp(struct codec_stream stream, struct codec_image *image)
{
    int width, height;
    if (!WebPGetInfo(stream.bytes, stream.size, &width, &height))
        return CODEC_BROKEN;
    const enum codec_result result = codec_open(image, (uint64_t)width, (uint64_t)height);
    if (result)
        return result;
    const int stride = 3 * width;
    return WebPDecodeRGBInto(stream.bytes, stream.size, image->rgb, (size_t)stride * (size_t)height,
                             stride)
               ? CODEC_OK
               : CODEC_BROKEN;
}
