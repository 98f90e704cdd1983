"""Writes to the folder given, for the plugins of tools/examples: backend tests with outputs that
are computed here, and models that a plugin refuses.
  snake/        com.acme::Snake and a Relu behind it
  fused/        Snake behind a Conv
  zero.onnx     Snake with an alpha of 0
  peaks*/       com.acme::Peaks: by height above a threshold; all peaks of doubles, by position;
                the height alone, of a signal without peaks
  depth.onnx    Peaks with an order that there is not
  matrix.onnx   Peaks of a matrix
  mixed.onnx    Peaks with a threshold of another type
  vector.onnx   Peaks with a threshold that is no scalar"""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper


OPSETS = [helper.make_opsetid("", 13), helper.make_opsetid("com.acme", 1)]


def snake(x, y, alpha):
    return helper.make_node("Snake", [x], [y], name="wave", domain="com.acme", alpha=alpha)


def snake_exact(x, alpha):
    return x + np.sin(alpha * x) ** 2 / alpha


def info(name, *shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


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
        tensor = numpy_helper.from_array(array, name)
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


def peaks_model(shape, dtype=TensorProto.FLOAT, threshold=None, outputs=("position", "height"),
                threshold_dtype=None, threshold_shape=(), **attributes):
    inputs, infos = ["signal"], [info("signal", *shape, dtype=dtype)]
    if threshold:
        inputs.append(threshold)
        infos.append(info(threshold, *threshold_shape, dtype=threshold_dtype or dtype))
    node = helper.make_node("Peaks", inputs, outputs, name="summits", domain="com.acme",
                            **attributes)
    types = {"position": TensorProto.INT64, "height": dtype}
    results = [info(name, "k", dtype=types[name]) for name in outputs if name]
    return serialised(helper.make_graph([node], "peaks", infos, results))


def peaks_exact(signal, threshold=None, by_height=False):
    middle = signal[1:-1]
    is_peak = (middle > signal[:-2]) & (middle > signal[2:])
    if threshold is not None:
        is_peak &= middle > threshold
    position = np.flatnonzero(is_peak) + 1
    if by_height:
        position = position[np.argsort(-signal[position], kind="stable")]
    return position.astype(np.int64), signal[position]


folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
alpha = 2.5
(folder / "zero.onnx").write_bytes(snake_and_relu(0.0))

x = random.uniform(-9, 9, (501, 37)).astype(np.float32)
y = snake_exact(x.astype(np.float64), alpha)
y = y.astype(np.float32)
arrays = [("input_0", "x", x), ("output_0", "y", y), ("output_1", "z", y.clip(0))]
write_test(folder / "snake", snake_and_relu(alpha), arrays)

x = random.uniform(-1, 1, (2, 3, 12, 11)).astype(np.float32)
weight = random.uniform(-1, 1, (5, 3, 3, 3)).astype(np.float32)
bias = random.uniform(-1, 1, 5).astype(np.float32)
y = snake_exact(conv_exact(x.astype(np.float64), weight, bias), alpha)
arrays = [("input_0", "x", x), ("output_0", "y", y.astype(np.float32))]
write_test(folder / "fused", conv_and_snake(weight, bias, alpha), arrays)

signal = random.integers(-9, 9, 501).astype(np.float32)
position, height = peaks_exact(signal, 2, by_height=True)
assert len(position) > 20 and len(set(height)) < len(height)
write_test(folder / "peaks", peaks_model(["n"], threshold="threshold", order="height"),
           [("input_0", "signal", signal), ("input_1", "threshold", np.array(2, np.float32)),
            ("output_0", "position", position), ("output_1", "height", height)])
signal = random.uniform(-1, 1, 90)
position, height = peaks_exact(signal)
write_test(folder / "peaks_double", peaks_model(["n"], TensorProto.DOUBLE),
           [("input_0", "signal", signal), ("output_0", "position", position),
            ("output_1", "height", height)])
rising = np.array([1, 2, 2, np.nan, 3], dtype=np.float32)
write_test(folder / "peaks_none", peaks_model(["n"], outputs=("", "height")),
           [("input_0", "signal", rising), ("output_0", "height", rising[:0])])
(folder / "depth.onnx").write_bytes(peaks_model(["n"], order="depth"))
(folder / "matrix.onnx").write_bytes(peaks_model([3, 4]))
(folder / "mixed.onnx").write_bytes(
    peaks_model(["n"], threshold="threshold", threshold_dtype=TensorProto.DOUBLE))
(folder / "vector.onnx").write_bytes(
    peaks_model(["n"], threshold="threshold", threshold_shape=[2]))
