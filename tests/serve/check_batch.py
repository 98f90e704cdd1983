"""Requests that are run together: the same bits as alone, and nobody pays for another.
usage: check_batch.py HINGE"""
import json
import threading
import time
import unittest

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import server
from server import Served, floats, tensor, value

LONG = "20000"  # ms: longer than a test may take


def network(path):
    """x: float[batch, 40] -> two layers and Softmax -> y: float[batch, 7], z: float[batch, 40]"""
    rng = np.random.default_rng(3)
    weights = [numpy_helper.from_array(rng.normal(size=s).astype(np.float32), n)
               for n, s in (("w", (40, 33)), ("b", (33,)), ("v", (33, 7)))]
    return server.save(path, [helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
                              helper.make_node("Relu", ["h"], ["r"]),
                              helper.make_node("MatMul", ["r", "v"], ["s"]),
                              helper.make_node("Softmax", ["s"], ["y"], axis=1),
                              helper.make_node("Neg", ["x"], ["z"])],
                       [value("x", ["batch", 40])], [value("y", ["batch", 7]),
                                                     value("z", ["batch", 40])], weights)


def mean_over_rows(path):
    return server.save(path, [helper.make_node("ReduceMean", ["x"], ["m"], axes=[0]),
                              helper.make_node("Sub", ["x", "m"], ["y"])],
                       [value("x", ["batch", 3])], [value("y", ["batch", 3])])


def gather(path):
    """i: int64[batch] -> its row of four -> y: an index of 4 is an error"""
    table = numpy_helper.from_array(np.arange(8, dtype=np.float32).reshape(4, 2), "t")
    return server.save(path, [helper.make_node("Gather", ["t", "i"], ["y"])],
                       [value("i", ["batch"], TensorProto.INT64)], [value("y", ["batch", 2])],
                       [table])


class Batch(Served):
    def together(self, calls):
        """Each call in a thread of its own; their results, and how long all took."""
        results = [None] * len(calls)

        def call(i):
            results[i] = calls[i]()

        threads = [threading.Thread(target=call, args=[i]) for i in range(len(calls))]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results, time.monotonic() - start

    def binary(self, model, x):
        envelope = {"inputs": [{"name": "x", "datatype": "FP32", "shape": list(x.shape),
                                "parameters": {"binary_data_size": x.nbytes}}],
                    "parameters": {"binary_data_output": True}}
        return self.infer_binary(model, envelope, x.tobytes())[1]

    def test_same_bits(self):
        network(self.folder / "m.onnx")
        rng = np.random.default_rng(4)
        inputs = [rng.normal(size=(1 + i % 3, 40)).astype(np.float32) for i in range(64)]
        self.serve(self.folder / "m.onnx")
        alone = [self.binary("m", x) for x in inputs]
        self.stop()
        self.serve(self.folder / "m.onnx", "--max-batch", "8", "--max-delay", "5")
        for _ in range(3):
            got, _ = self.together([lambda x=x: self.binary("m", x) for x in inputs])
            self.assertEqual(got, alone)

    def test_full(self):
        """A batch that is full waits no longer; one more than fits begins another."""
        network(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--max-batch", "4", "--max-delay", LONG)
        x = np.ones((1, 40), np.float32)
        got, seconds = self.together([lambda: self.binary("m", x)] * 8)
        self.assertEqual(len(set(got)), 1)
        self.assertLess(seconds, 15)
        start = time.monotonic()
        self.binary("m", np.ones((4, 40), np.float32))  # as many as a batch: alone
        self.binary("m", np.ones((0, 40), np.float32))
        self.assertLess(time.monotonic() - start, 15)

    def test_not_joined(self):
        """Rows that are not independent of each other, or have no dimension for it."""
        mean_over_rows(self.folder / "r" / "mean" / "1" / "model.onnx")
        server.identity(self.folder / "r" / "strings" / "1" / "model.onnx", TensorProto.STRING)
        server.endless(self.folder / "r" / "loop" / "1" / "model.onnx")
        self.serve(self.folder / "r", "--max-batch", "4", "--max-delay", LONG)
        start = time.monotonic()
        self.infer("mean", [floats()])
        self.infer("strings", [tensor("x", "BYTES", [1], ["a"])])
        self.infer("loop", [tensor("steps", "INT64", [], [2]), tensor("x", "FP32", [1], [1])])
        self.assertLess(time.monotonic() - start, 15)

    def test_bad_neighbour(self):
        """What one request is to blame for, the others do not see."""
        gather(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--max-batch", "4", "--max-delay", LONG)

        def ask(i, status):
            return lambda: self.infer("m", [tensor("i", "INT64", [1], [i])], status=status)

        got, seconds = self.together([ask(0, 200), ask(9, 400), ask(1, 200), ask(3, 200)])
        self.assertLess(seconds, 15)
        for answer, row in zip((got[0], got[2], got[3]), (0, 1, 3)):
            self.assertEqual(answer["outputs"][0]["data"], [2 * row, 2 * row + 1])
        self.refused(got[1])

    def test_deadline(self):
        """The first to come runs in half its time; one that followed may leave."""
        network(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--max-batch", "4", "--max-delay", LONG)
        x = tensor("x", "FP32", [1, 40], [0] * 40)
        start = time.monotonic()
        self.infer("m", [x], headers={"Request-Timeout": "4"})
        self.assertLess(time.monotonic() - start, 4)

        def ask(timeout, status):
            return lambda: self.infer("m", [x], status=status,
                                      headers={"Request-Timeout": timeout})

        def follower():
            time.sleep(1)
            return ask("0.2", 504)()

        got, seconds = self.together([ask("6", 200), follower])
        self.assertLess(seconds, 6)
        self.refused(got[1], "deadline")


if __name__ == "__main__":
    unittest.main(argv=["check_batch"])
