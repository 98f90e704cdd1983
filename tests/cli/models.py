"""Small models and test folders that the tests of the command make for themselves."""
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = [helper.make_opsetid("", 13), helper.make_opsetid("test", 1)]


def value(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def save(path, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=OPSETS)
    model.ir_version = 8
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return str(path)


def relu(path):
    """x: float[batch, 3] -> Relu -> Identity -> Relu -> y"""
    nodes = [helper.make_node("Relu", ["x"], ["a"], name="first"),
             helper.make_node("Identity", ["a"], ["b"], name="between"),
             helper.make_node("Relu", ["b"], ["y"], name="last")]
    return save(path, nodes, [value("x", ["batch", 3])], [value("y", ["batch", 3])])


def identity(path, dtype, shape=(2, 2)):
    """x -> Identity -> y, of any type"""
    return save(path, [helper.make_node("Identity", ["x"], ["y"])],
                [value("x", list(shape), dtype)], [value("y", list(shape), dtype)])


def any_shape(path, dtype):
    """the same, without a shape"""
    return save(path, [helper.make_node("Identity", ["x"], ["y"])],
                [value("x", None, dtype)], [value("y", None, dtype)])


def one_node(path, op, domain=""):
    return save(path, [helper.make_node(op, ["x"], ["y"], name="n", domain=domain)],
                [value("x", [2])], [value("y", [2])])


def with_default(path):
    """x + bias -> y; bias is an input and an initializer"""
    return save(path, [helper.make_node("Add", ["x", "bias"], ["y"])],
                [value("x", [2]), value("bias", [2])], [value("y", [2])],
                [tensor(np.ones(2, np.float32), "bias")])


def symbols(path):
    """p: float[batch, 3], q: float[batch, length], r: float[?, width] -> Identity of each"""
    shapes = {"p": ["batch", 3], "q": ["batch", "length"], "r": [None, "width"]}
    return save(path, [helper.make_node("Identity", [n], [n + "_out"]) for n in shapes],
                [value(n, s) for n, s in shapes.items()],
                [value(n + "_out", s) for n, s in shapes.items()])


def two(path, first="p", second="q"):
    """two inputs, two outputs: Relu of each"""
    return save(path, [helper.make_node("Relu", ["x0"], [first]),
                       helper.make_node("Relu", ["x1"], [second])],
                [value("x0", [2]), value("x1", [3])], [value(first, [2]), value(second, [3])])


def tensor(array, name=""):
    if array.dtype == object:
        return helper.make_tensor(name, TensorProto.STRING, array.shape, list(array.reshape(-1)))
    return numpy_helper.from_array(array, name)


def folder(path, make, inputs, outputs, data_set=0):
    """A test folder: make(path of the model), and one data set."""
    path = Path(path)
    if make:
        make(path / "model.onnx")
    target = path / f"test_data_set_{data_set}"
    target.mkdir(parents=True)
    for kind, arrays in (("input", inputs), ("output", outputs)):
        for i, array in enumerate(arrays):
            proto = array if isinstance(array, TensorProto) else tensor(np.asarray(array))
            (target / f"{kind}_{i}.pb").write_bytes(proto.SerializeToString())
    return path
