"""Writes to the folder given: snake/, a backend test of com.acme::Snake and a Relu
behind it, with outputs computed here; fused/, one of Snake behind a Conv; and zero.onnx,
whose alpha the plugin refuses."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper


OPSETS = [helper.make_opsetid("", 13), helper.make_opsetid("com.acme", 1)]


def snake(x, y, alpha):
    return helper.make_node("Snake", [x], [y], name="wave", domain="com.acme", alpha=alpha)


def snake_exact(x, alpha):
    return x + np.sin(alpha * x) ** 2 / alpha


def info(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def serialised(graph):
    model = helper.make_model(graph, opset_imports=OPSETS)
    model.ir_version = 7
    return model.SerializeToString()


def write_test(folder, model, tensors):
    """A backend test: tensors are (file, name, array)."""
    data_set = folder / "test_data_set_0"
    data_set.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model)
    for file, name, array in tensors:
        tensor = numpy_helper.from_array(array.astype(np.float32), name)
        (data_set / (file + ".pb")).write_bytes(tensor.SerializeToString())


def snake_and_relu(alpha):
    nodes = [snake("x", "y", alpha), helper.make_node("Relu", ["y"], ["z"], name="rectified")]
    y, z = info("y", "n", 37), info("z", "n", 37)
    return serialised(helper.make_graph(nodes, "snake", [info("x", "n", 37)], [y, z]))


def conv_and_snake(weight, bias, alpha):
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], name="conv"),
        snake("c", "y", alpha),
    ]
    constants = [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")]
    x, y = info("x", 2, 3, 12, 11), info("y", 2, 5, 10, 9)
    return serialised(helper.make_graph(nodes, "fused", [x], [y], constants))


def conv_exact(x, weight, bias):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    sums = np.einsum("ncyxij,ocij->noyx", windows, weight.astype(np.float64))
    return sums + bias[:, None, None]


folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
alpha = 2.5
(folder / "zero.onnx").write_bytes(snake_and_relu(0.0))

x = random.uniform(-9, 9, (501, 37)).astype(np.float32)
y = snake_exact(x.astype(np.float64), alpha)
arrays = [("input_0", "x", x), ("output_0", "y", y), ("output_1", "z", y.clip(0))]
write_test(folder / "snake", snake_and_relu(alpha), arrays)

x = random.uniform(-1, 1, (2, 3, 12, 11)).astype(np.float32)
weight = random.uniform(-1, 1, (5, 3, 3, 3)).astype(np.float32)
bias = random.uniform(-1, 1, 5).astype(np.float32)
y = snake_exact(conv_exact(x.astype(np.float64), weight, bias), alpha)
arrays = [("input_0", "x", x), ("output_0", "y", y)]
write_test(folder / "fused", conv_and_snake(weight, bias, alpha), arrays)
