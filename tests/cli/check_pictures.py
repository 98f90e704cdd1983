"""hinge run --image: pictures that Pillow writes, resizes and crops too.
usage: check_pictures.py HINGE"""
import io
import struct
import sys
import unittest
import zlib

import numpy as np
from onnx import TensorProto
from PIL import Image, ImageOps

import models
from command import Command


def picture(width, height, channels=3, seed=1):
    """Smooth, with some noise, so that formats with losses stay near."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 90 * np.sin(x / (7 + c) + c) * np.cos(y / (9 - c)) for c in range(channels)]
    noise = np.random.default_rng(seed).uniform(-8, 8, (height, width, channels))
    return np.clip(np.stack(waves, -1) + noise, 0, 255).astype(np.uint8)


def resized(pixels, width, height):
    """By Pillow, in floats and not rounded between."""
    planes = [Image.fromarray(pixels[..., c].astype(np.float32)).resize((width, height),
                                                                        Image.BILINEAR)
              for c in range(pixels.shape[-1])]
    return np.stack([np.asarray(p) for p in planes], -1)


class Pictures(Command):
    def model(self, *shape, dtype=TensorProto.FLOAT):
        return models.identity(self.folder / "m.onnx", dtype, shape)

    def save(self, pixels, name="p.png", **options):
        Image.fromarray(pixels.squeeze()).save(self.folder / name, **options)
        return name

    def read(self, *options, name="p.png"):
        self.hinge("run", "m.onnx", "--image", f"x={name}", "--output", "y=y.npy", *options)
        return np.load(self.folder / "y.npy")

    def near(self, got, want, atol=1e-3):
        self.assertEqual(got.shape, want.shape)
        np.testing.assert_allclose(got, want, rtol=0, atol=atol)

    def test_formats(self):
        """Bytes as Pillow reads them, whatever the file is called."""
        pixels = picture(37, 23)
        self.model(1, "h", "w", "c", dtype=TensorProto.UINT8)
        for form, options in [("PNG", {}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 90}),
                              ("JPEG", {"quality": 90}), ("JPEG", {"progressive": True}),
                              ("BMP", {}), ("TIFF", {}), ("PPM", {})]:
            self.save(pixels, "file", format=form, **options)
            want = np.asarray(Image.open(self.folder / "file").convert("RGB"))
            got = self.read("--layout", "nhwc", name="file")
            self.assertEqual(got.dtype, np.uint8)
            self.assertEqual(got.shape, (1, 23, 37, 3))
            self.assertLessEqual(abs(got[0].astype(int) - want).max(), 1 if form == "WEBP" else 0, form)

    def test_orientation(self):
        """Upright as Pillow turns it, before it is resized; what is broken is as it lies."""
        pixels = picture(24, 16)
        self.model(1, "h", "w", "c", dtype=TensorProto.UINT8)
        image = Image.fromarray(pixels)
        for orientation in range(10):
            for endian in "<>":
                exif = Image.Exif()
                exif[0x010f] = "a maker"
                exif[0x0112] = orientation
                exif.endian = endian
                image.save(self.folder / "p.jpg", exif=exif, comment=b"c")
                want = ImageOps.exif_transpose(Image.open(self.folder / "p.jpg"))
                np.testing.assert_array_equal(self.read("--layout", "nhwc", name="p.jpg")[0],
                                              np.asarray(want), f"{orientation}{endian}")
        exif[0x0112] = 6
        image.save(self.folder / "p.jpg", exif=exif)
        self.assertEqual(self.read("--layout", "nhwc", "--resize", "8", name="p.jpg").shape,
                         (1, 12, 8, 3))
        data = (self.folder / "p.jpg").read_bytes()
        upright = np.asarray(Image.open(self.folder / "p.jpg"))
        begin = data.index(b"Exif") + 6
        for at, byte in [(-3, 1), (0, 9), (2, 9), (4, 200), (7, 255)]:
            broken = bytearray(data)
            broken[begin + at] = byte
            (self.folder / "b.jpg").write_bytes(broken)
            np.testing.assert_array_equal(self.read("--layout", "nhwc", name="b.jpg")[0], upright,
                                          str(at))

    def test_gray_palette_alpha(self):
        pixels = picture(20, 10)
        self.model(1, 3, 10, 20, dtype=TensorProto.UINT8)
        image = Image.fromarray(pixels)
        for mode in ["L", "P", "RGBA", "1"]:
            image.convert(mode).save(self.folder / "p.png")
            want = np.asarray(Image.open(self.folder / "p.png").convert("RGB"))
            np.testing.assert_array_equal(self.read()[0].transpose(1, 2, 0), want, mode)

    def test_layouts_and_channels(self):
        pixels = picture(6, 4)
        self.save(pixels)
        gray = np.asarray(Image.fromarray(pixels).convert("L"))
        planes = pixels.transpose(2, 0, 1)
        for shape, options, want in [
                ((1, 3, 4, 6), [], planes[None]), ((1, 4, 6, 3), [], pixels[None]),
                (("n", "c", "h", "w"), [], planes[None]),
                (("n", "c", "h", "w"), ["--layout", "nhwc"], pixels[None]),
                (("n", "h", "w", 3), [], pixels[None]),
                ((3, 4, 6), [], planes), ((4, 6, 3), [], pixels),
                ((4, 6), [], gray), ((1, 1, 4, 6), [], gray[None, None]),
                (("n", 4, 6, 1), [], gray[None, ..., None]),
                (("n", "c", "h", "w"), ["--channels", "gray"], gray[None, None]),
                ((1, 3, 4, 6), ["--channels", "bgr"], planes[None, ::-1]),
                ((1, 4, 6, 3), ["--channels", "bgr"], pixels[None, ..., ::-1]),
                (None, [], planes[None])]:
            if shape:
                self.model(*shape, dtype=TensorProto.UINT8)
            else:
                models.any_shape(self.folder / "m.onnx", TensorProto.UINT8)
            np.testing.assert_array_equal(self.read(*options), want, f"{shape} {options}")

    def test_sizes(self):
        """Resized and cropped as Pillow does it; to the input's size where nothing is said."""
        pixels = picture(53, 31)
        self.save(pixels)

        def middle(whole, width, height):
            y, x = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
            return whole[y:y + height, x:x + width]

        for (height, width), options, want in [
                (("h", "w"), [], pixels), ((8, 9), [], resized(pixels, 9, 8)),
                ((31, 53), [], pixels), ((100, 200), [], resized(pixels, 200, 100)),
                ((1, 1), [], resized(pixels, 1, 1)), ((31, 7), [], resized(pixels, 7, 31)),
                (("h", 20), [], resized(pixels, 20, 31)),
                (("h", "w"), ["--resize", "17x40"], resized(pixels, 17, 40)),
                (("h", "w"), ["--resize", "16"], resized(pixels, 53 * 16 // 31, 16)),
                ((16, 16), ["--resize", "20"], middle(resized(pixels, 53 * 20 // 31, 20), 16, 16)),
                (("h", "w"), ["--crop", "12"], middle(pixels, 12, 12)),
                (("h", "w"), ["--crop", "53x31"], pixels),
                ((9, 11), ["--crop", "11x9"], middle(pixels, 11, 9)),
                ((9, 11), ["--resize", "40x22", "--crop", "11x9"],
                 middle(resized(pixels, 40, 22), 11, 9))]:
            self.model(1, 3, height, width)
            got = self.read("--scale", "1", *options)[0].transpose(1, 2, 0)
            self.near(got, want.astype(np.float32))

    def test_normalising(self):
        pixels = picture(5, 4)
        self.save(pixels)
        planes = pixels.transpose(2, 0, 1)[None].astype(np.float64)
        mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        wide = [np.array(v)[None, :, None, None] for v in (mean, std)]
        given = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"]
        self.model(1, 3, 4, 5)
        self.near(self.read(), planes / 255, 1e-6)
        self.near(self.read("--scale", "1"), planes, 0)
        self.near(self.read(*given), (planes / 255 - wide[0]) / wide[1], 1e-5)
        self.near(self.read(*given, "--channels", "bgr"),
                  (planes[:, ::-1] / 255 - wide[0]) / wide[1], 1e-5)
        self.near(self.read("--scale", "1", "--mean", "127.5", "--std", "-127.5"),
                  (planes - 127.5) / -127.5, 1e-5)
        self.near(self.read("--scale", "2/255", "--mean", "1"), planes * 2 / 255 - 1, 1e-5)
        for dtype, want in [(TensorProto.FLOAT16, (planes / 255).astype(np.float16)),
                            (TensorProto.DOUBLE, planes / 255), (TensorProto.UINT8, planes),
                            (TensorProto.INT32, planes), (TensorProto.INT8, planes.clip(max=127))]:
            self.model(1, 3, 4, 5, dtype=dtype)
            self.near(self.read(), want, 1e-15)
        self.near(self.read("--mean", "128"), np.asarray(planes - 128), 0)
        self.model(1, 3, 4, 5, dtype=TensorProto.UINT8)
        self.near(self.read("--mean", "128"), (planes - 128).clip(min=0), 0)
        self.near(self.read("--scale", "1/2"), np.round(planes / 2), 0)

    def test_what_does_not_fit(self):
        self.save(picture(8, 8))
        self.model(2, 3, 8, 8)
        run = ["run", "m.onnx", "--image", "x=p.png"]
        self.refused(*run, words=['input "x"', "[2,3,8,8]", "[1,3,8,8]"])
        self.model(1, 4, 8, 8)
        self.refused(*run, words=["1 or 3 channels", "4"])
        self.model(1, 2, 3, 8, 8)
        self.refused(*run, words=["2 to 4 dimensions", "5"])
        self.model(1, 3, 2**40, 8)
        self.refused(*run, words=["1099511627776", "65535"])
        self.model(1, 3, 0, 8)
        self.refused(*run, words=["8x0"])
        self.model(1, 3, 8, 8, dtype=TensorProto.STRING)
        self.refused(*run, words=["string"])
        self.model(8, 8)
        self.refused(*run, "--channels", "rgb", words=["gray"])
        self.refused(*run, "--mean", "1,2,3", words=["--mean", "each of 1"])
        self.model(1, 3, 8, 8)
        self.refused(*run, "--crop", "9", words=["9x9", "8x8"])
        self.refused(*run, "--crop", "5", words=["[1,3,5,5]"])
        self.refused(*run, "--channels", "gray", words=["[1,1,8,8]"])
        self.refused("run", "m.onnx", "--image", "z=p.png", words=["--image z", '"x"'])
        self.refused("run", "m.onnx", "--image", "x=none.png", words=["none.png: No such file"])
        self.refused(*run, "--input", "x=a.npy", words=["given twice", "--image p.png", "a.npy"])
        self.refused(*run, "--image", "x=q.png", words=["given twice", "q.png"])

    def test_wrong_usage(self):
        self.model(1, 3, 8, 8)
        for option, value in [("resize", "0"), ("resize", "8x"), ("resize", "x8"), ("resize", "8x0"),
                              ("resize", "-8"), ("crop", "70000"), ("crop", "8x8x8"), ("crop", ""),
                              ("mean", "1,2"), ("mean", "1,"), ("mean", "nan"), ("mean", "1,2,3,4"),
                              ("std", "0"), ("std", "1,0,1"), ("scale", "0"), ("scale", "1/0"),
                              ("scale", "1/"), ("scale", "x"), ("layout", "chw"),
                              ("channels", "rgba")]:
            self.refused("run", "m.onnx", f"--{option}", value, words=[f"--{option}"], status=2)

    def test_hostile(self):
        """Cut anywhere, or with bytes changed: a picture, or a sentence."""
        self.model(1, 3, 4, 4)
        run = ["run", "m.onnx", "--image", "x=bad"]
        bad = self.folder / "bad"
        for data in [b"", b"\x89PNG", b"hello, I am no picture", b"RIFF\0\0\0\0WEBP"]:
            bad.write_bytes(data)
            self.refused(*run, words=['input "x": bad: ', "picture"])
        for form in ["PNG", "JPEG", "WEBP"]:
            file = io.BytesIO()
            Image.fromarray(picture(9, 9)).save(file, form)
            data = file.getvalue()
            for size in range(0, len(data) - 12, max(1, len(data) // 12)):
                bad.write_bytes(data[:size])
                self.refused(*run, words=["bad: ", "picture"])

    def test_bombs(self):
        """Small files that claim to be huge."""
        self.model(1, 3, 4, 4)

        def chunk(kind, data):
            return (struct.pack(">I", len(data)) + kind + data
                    + struct.pack(">I", zlib.crc32(kind + data)))

        head = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
        (self.folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
                                            + chunk(b"IDAT", zlib.compress(b"\0" * 10**6))
                                            + chunk(b"IEND", b""))
        self.refused("run", "m.onnx", "--image", "x=b.png", words=["134217728 pixels"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
