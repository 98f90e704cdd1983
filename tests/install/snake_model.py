"""Writes to the folder given: snake/, a backend test of com.acme::Snake and a Relu
behind it, with outputs computed here, and zero.onnx, whose alpha the plugin refuses."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def model(alpha):
    nodes = [
        helper.make_node("Snake", ["x"], ["y"], name="wave", domain="com.acme", alpha=alpha),
        helper.make_node("Relu", ["y"], ["z"], name="rectified"),
    ]
    x, y, z = (helper.make_tensor_value_info(v, TensorProto.FLOAT, ["n", 37]) for v in "xyz")
    graph = helper.make_graph(nodes, "snake", [x], [y, z])
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("com.acme", 1)]
    result = helper.make_model(graph, opset_imports=opsets)
    result.ir_version = 7
    return result.SerializeToString()


folder = pathlib.Path(sys.argv[1])
alpha = 2.5
data_set = folder / "snake" / "test_data_set_0"
data_set.mkdir(parents=True)
(folder / "snake" / "model.onnx").write_bytes(model(alpha))
(folder / "zero.onnx").write_bytes(model(0.0))
x = np.random.default_rng(1).uniform(-9, 9, (501, 37)).astype(np.float32)
exact = x.astype(np.float64)
y = exact + np.sin(alpha * exact) ** 2 / alpha
for file, name, array in ("input_0", "x", x), ("output_0", "y", y), ("output_1", "z", y.clip(0)):
    tensor = numpy_helper.from_array(array.astype(np.float32), name)
    (data_set / (file + ".pb")).write_bytes(tensor.SerializeToString())
