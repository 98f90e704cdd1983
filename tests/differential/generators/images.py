"""Encoded images, of forms that lose nothing."""
import struct
import zlib

import numpy as np

from case import Case, Value
from generators import cases


def png(pixels):
    """Pixels (height, width, 3) or (height, width)."""
    height, width = pixels.shape[:2]

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + \
        chunk(b"IEND", b"")


def bmp(pixels):
    height, width = pixels.shape[:2]
    rows = b"".join(row[:, ::-1].tobytes() + bytes(-3 * width % 4) for row in pixels[::-1])
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54 + len(rows), 0, 0, 54, 40, width, height, 1, 24, 0,
                               len(rows), 0, 0, 0, 0) + rows


def pnm(pixels):
    return b"P6 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes()


@cases("ImageDecoder")
def image_decoder(operator, draw):
    pixels = draw.whole("uint8", draw.ints(2, 1, 12) + [3]).array
    encoded = draw.pick(png, bmp, pnm)(pixels)
    x = Value("uint8", np.frombuffer(encoded, np.uint8).copy())
    return Case(operator, [x], {"pixel_format": draw.pick(None, "RGB", "BGR")}, widen=False, expected=pixels)
