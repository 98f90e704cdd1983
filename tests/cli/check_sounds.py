"""hinge run --audio: sound that Python's wave module writes.
usage: check_sounds.py HINGE"""
import sys
import unittest
import wave

import numpy as np
from onnx import TensorProto

import models
from command import Command


class Sounds(Command):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(2)
        self.samples = rng.integers(-2**15, 2**15, (5000, 2)).astype("<i2")

    def save(self, samples, name="s.wav", rate=16000):
        with wave.open(str(self.folder / name), "wb") as file:
            file.setnchannels(samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.tobytes())

    def read(self, shape, *options, dtype=TensorProto.FLOAT):
        models.identity(self.folder / "m.onnx", dtype, shape)
        self.hinge("run", "m.onnx", "--audio", "x=s.wav", "-o", "y=y.npy", *options)
        return np.load(self.folder / "y.npy")

    def test_channels(self):
        want = self.samples.T / np.float32(32768)
        self.save(self.samples)
        for shape, expected in [
                (["n"], want.mean(0)), ([5000], want.mean(0)), (["c", "n"], want),
                ([2, "n"], want), ([1, "n"], want.mean(0)[None]), (["b", "c", "n"], want[None]),
                ([1, 1, "n"], want.mean(0)[None, None])]:
            got = self.read(shape, "--sample-rate", "16000")
            self.assertEqual(got.dtype, np.float32)
            np.testing.assert_array_equal(got, expected.astype(np.float32))
        self.save(self.samples[:, :1])
        np.testing.assert_array_equal(self.read(["c", "n"]), want[:1])

    def test_types(self):
        self.save(self.samples[:, :1])
        one = self.samples[:, 0]
        np.testing.assert_array_equal(self.read(["n"], dtype=TensorProto.INT16), one)
        np.testing.assert_array_equal(self.read(["n"], dtype=TensorProto.DOUBLE), one / 32768)
        np.testing.assert_array_equal(self.read(["n"], dtype=TensorProto.FLOAT16),
                                      (one / 32768).astype(np.float16))

    def refuse(self, *words, shape=("n",), options=(), dtype=TensorProto.FLOAT):
        models.identity(self.folder / "m.onnx", dtype, shape)
        self.refused("run", "m.onnx", "--audio", "x=s.wav", *options,
                     words=['input "x": ', *words])

    def test_what_does_not_fit(self):
        self.save(self.samples)
        self.refuse("float[4000]", "float[5000]", shape=[4000])
        self.refuse("2 channels", "3", shape=[3, "n"])
        self.refuse("1 to 3 dimensions", shape=[1, 1, 1, "n"])
        self.refuse("int64", dtype=TensorProto.INT64)
        self.refuse("16000 samples a second", "8000", options=["--sample-rate", "8000"])
        models.identity(self.folder / "m.onnx", TensorProto.FLOAT, ["n"])
        self.refused("run", "m.onnx", "--audio", "x=no.wav", words=["no.wav: No such file"])
        self.refused("run", "m.onnx", "--audio", "x=s.wav", "--image", "x=s.wav",
                     words=["given twice", "--audio s.wav", "--image s.wav"])

    def test_hostile(self):
        """Cut anywhere, or with bytes of the header changed: sound, or a sentence."""
        self.save(self.samples[:50])
        path = self.folder / "s.wav"
        good = path.read_bytes()
        for size in [*range(0, 48, 4), 100, len(good) - 1]:
            path.write_bytes(good[:size])
            self.refuse("s.wav: ")
        for at in range(0, 44, 2):
            for value in [0, 255]:
                changed = bytearray(good)
                changed[at] = value
                path.write_bytes(changed)
                result = self.call("run", "m.onnx", "--audio", "x=s.wav")
                self.assertIn(result.returncode, [0, 1], result.stderr)
                self.assertEqual(result.stderr.count("\n"), result.returncode, result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
