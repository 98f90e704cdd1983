"""--cache: the same results from packed weights that an earlier call has left.
usage: check_cache.py HINGE"""
import json
import sys
import unittest

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import models
from command import Command

RNG = np.random.default_rng(7)


def floats(*shape):
    return RNG.standard_normal(shape, np.float32)


# Each with more than 64 KiB of weights: what is packed, how large x is, attributes.
KINDS = {
    "Conv": ([floats(64, 64, 3, 3)], [1, 64, 20, 20], {}),
    "Conv of kernel 1": ([floats(256, 128, 1, 1)], [1, 128, 9, 9], {}),
    "MatMul": ([floats(300, 200)], [40, 300], {}),
    "Gemm": ([floats(200, 300)], [40, 300], {"transB": 1}),
    "LSTM": ([floats(1, 400, 90), floats(1, 400, 100)], [3, 1, 90], {"hidden_size": 100}),
    "GRU": ([floats(1, 300, 90), floats(1, 300, 100)], [3, 1, 90], {"hidden_size": 100}),
    "MatMulInteger": ([RNG.integers(0, 255, (300, 400), np.uint8)], [40, 300], {}),
    "ConvInteger": ([RNG.integers(0, 255, (128, 128, 3, 3), np.uint8)], [1, 128, 9, 9], {}),
}


class Cache(Command):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"
        self.cache.mkdir()

    def model(self, kind):
        weights, shape, attributes = KINDS[kind]
        op = kind.split()[0]
        integers = weights[0].dtype == np.uint8
        names = [f"w{i}" for i in range(len(weights))]
        path = self.folder / "m.onnx"
        models.save(path, [helper.make_node(op, ["x", *names], ["y"], **attributes)],
                    [models.value("x", shape, TensorProto.UINT8 if integers else TensorProto.FLOAT)],
                    [models.value("y", None, TensorProto.INT32 if integers else TensorProto.FLOAT)],
                    [numpy_helper.from_array(w, n) for w, n in zip(weights, names)])
        return path

    def results(self, path, *arguments):
        out = self.folder / "y.npy"
        self.hinge("run", path, "--random", "--output", f"y={out}", *arguments)
        return out.read_bytes()

    def cached(self, path, *arguments):
        memory = json.loads(self.hinge("inspect", path, "--json", *arguments))["parameter_bytes"]
        self.assertLessEqual(memory["cached"], memory["packed"])
        return memory["cached"]

    def test_same_results(self):
        for kind, (weights, _, _) in KINDS.items():
            for isa in [[], ["--isa", "scalar"]]:
                with self.subTest(kind, isa=isa):
                    path = self.model(kind)
                    option = ["--cache", self.cache, *isa]
                    wanted = self.results(path, *isa)
                    self.assertEqual(self.results(path, *option), wanted)
                    files = sorted(self.cache.iterdir())
                    times = [f.stat().st_mtime_ns for f in files]
                    self.assertEqual(self.results(path, *option), wanted)
                    self.assertEqual(sorted(self.cache.iterdir()), files)
                    self.assertEqual([f.stat().st_mtime_ns for f in files], times)
                    self.assertGreaterEqual(self.cached(path, *option),
                                            sum(w.nbytes for w in weights))
                    self.assertEqual(self.cached(path, *isa), 0)

    def test_bench(self):
        path = self.model("MatMul")
        for _ in range(2):
            self.hinge("bench", path, "--seconds", "0.01", "--cache", self.cache)
        self.assertEqual(len(list(self.cache.iterdir())), 1)

    def test_no_folder(self):
        path = self.model("MatMul")
        said = self.call("run", path, "--random", "--cache", self.folder / "none")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("warning: the cache ", said.stderr)
        self.assertIn("No such file or directory", said.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
