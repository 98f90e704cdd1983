"""hinge run --top, --labels and --json-values: what is shown of outputs.
usage: check_scores.py HINGE PLUGIN"""
import json
import sys
import unittest

import numpy as np
from onnx import TensorProto

import models
from command import Command


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Scores(Command):
    def setUp(self):
        super().setUp()
        self.labels = ["zero", "one  two", "\x1b[31mred", "Zürich", "last"]
        (self.folder / "l.txt").write_text("\n".join(self.labels) + "\n")

    def run_with(self, x, *options, dtype=TensorProto.FLOAT, status=0):
        models.identity(self.folder / "m.onnx", dtype, x.shape)
        np.save(self.folder / "x.npy", x)
        return self.hinge("run", "m.onnx", "-i", "x=x.npy", *options, status=status)

    def test_scores(self):
        x = np.array([[1, 5, -2, 3, 4], [9, 8, 7, 6, 5]], np.float32)
        said = self.run_with(x, "--labels", "l.txt", "--top", "3").splitlines()
        self.assertEqual(said[0], "y  float[2,5]")
        self.assertEqual(said[1], "  [0] largest 3 of 5: scores, and their softmax")
        self.assertRegex(said[2], r"^ +1  one  two +5  +65\.7 %  █{13}$")
        self.assertRegex(said[3], r"^ +4  last +4  +24\.2 %  █{5}$")
        self.assertRegex(said[4], r"^ +3  Zürich +3 +8\.9 %  ██$")
        self.assertEqual(said[5], "  [1] largest 3 of 5: scores, and their softmax")
        self.assertIn("?[31mred", said[8])
        said = self.run_with(x, "--labels", "l.txt", "--json")
        rows = json.loads(said)["outputs"][0]["top"]
        self.assertEqual([[e["index"] for e in r] for r in rows], [[1, 4, 3, 0, 2], [0, 1, 2, 3, 4]])
        self.assertEqual(rows[1][2]["label"], self.labels[2])
        np.testing.assert_allclose([e["probability"] for e in rows[1]], softmax(x[1]), rtol=1e-6)

    def test_probabilities(self):
        x = softmax(np.random.default_rng(3).normal(size=(1, 1000, 1, 1)) .reshape(1, 1000) * 4)
        x = x.reshape(1, 1000, 1, 1).astype(np.float32)
        order = np.argsort(-x.reshape(-1), kind="stable")[:7]
        rows = json.loads(self.run_with(x, "--top", "7", "--json"))["outputs"][0]["top"]
        self.assertEqual([e["index"] for e in rows[0]], order.tolist())
        for e in rows[0]:
            self.assertEqual(e["score"], e["probability"])
            self.assertIsNone(e["label"])
        self.assertIn("largest 7 of 1000: probabilities", self.run_with(x, "--top", "7"))
        said = self.run_with(x, "--top", "2", "-o", "y=y.npy").splitlines()
        self.assertEqual(len(said), 4)
        self.assertTrue((self.folder / "y.npy").exists())

    def test_no_trailing_spaces(self):
        """Nor where a share is too small for a bar."""
        for x in (np.array([[20, 0, 1, 2, 3]]), np.array([[1, 0, 0, 0, 0]]), np.array([[np.nan] * 5])):
            for options in ([], ["--labels", "l.txt"]):
                said = self.run_with(x.astype(np.float32), "--top", "5", *options)
                self.assertEqual([line for line in said.splitlines() if line.endswith(" ")], [])

    def test_not_finite(self):
        x = np.array([np.nan, 1, np.inf, -np.inf, 2], np.float32)
        said = self.run_with(x, "--top", "9")
        self.assertIn("largest 5 of 5: scores, not all of them finite", said)
        self.assertNotIn("%", said)
        rows = json.loads(self.run_with(x, "--top", "9", "--json"))["outputs"][0]["top"]
        self.assertEqual([e["index"] for e in rows[0]], [2, 4, 1, 3, 0])
        self.assertIsNone(rows[0][0]["score"])

    def test_no_scores(self):
        for x, dtype in [(np.ones((2, 4), np.float32), TensorProto.FLOAT),
                         (np.ones((2, 5), np.int64), TensorProto.INT64)]:
            models.identity(self.folder / "m.onnx", dtype, x.shape)
            np.save(self.folder / "x.npy", x)
            result = self.call("run", "m.onnx", "-i", "x=x.npy", "--labels", "l.txt")
            self.assertEqual(result.returncode, 1)
            self.assertIn("--labels l.txt: no output has scores for its 5 lines", result.stderr)
        self.refused("run", "m.onnx", "--random", "--labels", "no.txt", words=["no.txt: No such"])
        (self.folder / "empty").write_text("")
        self.refused("run", "m.onnx", "--random", "--labels", "empty", words=["no label"])
        self.refused("run", "m.onnx", "--top", "0", words=["--top"], status=2)
        self.refused("run", "m.onnx", "--random", "--top", "2", "-o", "y=-",
                     words=["standard output"])

    def test_labels_without_end(self):
        (self.folder / "l.txt").write_bytes(b"a\r\nb\r\nc")
        rows = json.loads(self.run_with(np.array([1, 3, 2], np.float32), "--labels", "l.txt",
                                        "--json"))["outputs"][0]["top"]
        self.assertEqual([e["label"] for e in rows[0]], ["b", "c", "a"])

    def test_all_values(self):
        x = np.array([[np.nan, np.inf, -np.inf, 0.1] * 5], np.float32)
        shown = json.loads(self.run_with(x, "--json-values"))["outputs"][0]
        self.assertNotIn("first", shown)
        self.assertEqual(shown["elements"][:3], ["NaN", "Infinity", "-Infinity"])
        self.assertEqual(len(shown["elements"]), 20)
        self.assertEqual(np.float32(shown["elements"][3]), np.float32(0.1))
        x = np.random.default_rng(4).normal(size=(3, 7))
        shown = json.loads(self.run_with(x, "--json-values", dtype=TensorProto.DOUBLE))
        np.testing.assert_array_equal(np.reshape(shown["outputs"][0]["elements"], (3, 7)), x)
        x = np.arange(-20, 20, dtype=np.int64) * 2**57
        shown = json.loads(self.run_with(x, "--json-values", dtype=TensorProto.INT64))
        self.assertEqual(shown["outputs"][0]["elements"], x.tolist())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
