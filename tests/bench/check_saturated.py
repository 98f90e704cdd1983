"""Activations take about as long where units are saturated and scores are masked as elsewhere:
nothing subnormal is computed on the way, which would take thirty times as long.
usage: check_saturated.py HINGE"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

HINGE = sys.argv[1]
SHAPE = (256, 64)
ATTEMPTS = 5
OPERATORS = {  # opset, attributes
    "Exp": (13, {}), "Sigmoid": (13, {}), "Tanh": (13, {}), "Elu": (6, {}), "Softplus": (1, {}),
    "Mish": (18, {}), "Swish": (24, {}), "Gelu": (20, {}), "Gelu, tanh": (20, {"approximate": "tanh"}),
    "Softmax": (13, {}), "LogSoftmax": (13, {}),
}


class Saturated(unittest.TestCase):
    def least(self, folder, values):
        """The shortest run in milliseconds."""
        np.save(folder / "x.npy", values.astype(np.float32))
        result = subprocess.run(
            [HINGE, "bench", folder / "model.onnx", "--input", f"x={folder / 'x.npy'}",
             "--threads", "1", "--seconds", "0.02"], capture_output=True, text=True, check=True)
        return json.loads(result.stdout)["min_ms"]

    def test_operators(self):
        usual = np.random.default_rng(1).standard_normal(SHAPE)
        masked = usual.copy()
        masked[:, ::2] -= 10000
        inputs = {"-1000": np.full(SHAPE, -1000), "1000": np.full(SHAPE, 1000), "masked": masked}
        for name, (opset, attributes) in OPERATORS.items():
            node = helper.make_node(name.split(",")[0], ["x"], ["y"], **attributes)
            value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, SHAPE) for n in "xy"]
            model = helper.make_model(helper.make_graph([node], "graph", value[:1], value[1:]),
                                      opset_imports=[helper.make_opsetid("", opset)])
            model.ir_version = 8
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                onnx.save(model, folder / "model.onnx")
                for what, values in inputs.items():
                    ratios = []
                    while len(ratios) < ATTEMPTS and min(ratios, default=9) > 3:
                        ratios.append(self.least(folder, values) / self.least(folder, usual))
                    self.assertLess(min(ratios), 3, f"{name}, {what}: {ratios}")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
