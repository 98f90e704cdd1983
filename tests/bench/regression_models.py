"""The models of tests/bench/regression: each takes about a tenth of a millisecond, and leans on one
part of the project."""
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import models  # noqa: E402

node, value = helper.make_node, models.value


class Graph:
    """Nodes in a chain, with seeded weights."""

    def __init__(self):
        self.random = np.random.default_rng(1)
        self.nodes, self.weights, self.last = [], [], "x"

    def weight(self, *shape, scale=0.1):
        name = f"w{len(self.weights)}"
        array = (self.random.standard_normal(shape) * scale).astype(np.float32)
        self.weights.append(models.tensor(array, name))
        return name

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(models.tensor(np.asarray(array), name))
        return name

    def add(self, op, *others, first=True, **attributes):
        """A node of the value before and others (first: in this order); returns its output."""
        name = f"v{len(self.nodes)}"
        inputs = [self.last, *others] if first else [*others, self.last]
        self.nodes.append(node(op, inputs, [name], **attributes))
        self.last = name
        return name

    def save(self, path, shape, dtype=TensorProto.FLOAT):
        models.save(path, self.nodes, [value("x", shape)], [value(self.last, None, dtype)],
                    self.weights)


def convolutions(path):
    """A bottleneck and a depthwise one."""
    g = Graph()
    g.add("Conv", g.weight(32, 3, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    before = g.add("Relu")
    g.add("Conv", g.weight(32, 32, 3, 3), pads=[1, 1, 1, 1])
    g.add("Relu")
    g.add("Conv", g.weight(32, 32, 1, 1))
    g.add("Add", before)
    g.add("Relu")
    g.add("Conv", g.weight(32, 1, 3, 3), pads=[1, 1, 1, 1], group=32)
    g.add("Clip", g.constant(np.float32(0)), g.constant(np.float32(6)))
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.add("GlobalAveragePool")
    g.save(path, [1, 3, 56, 56])


def attention(path):
    """Products, Softmax, a normalization of primitive operators, and Gelu by Erf."""
    g = Graph()
    before = g.last
    q = g.add("MatMul", g.weight(128, 128))
    g.last = before
    g.add("MatMul", g.weight(128, 128))
    g.add("Transpose", perm=[1, 0])
    g.add("MatMul", q, first=False)
    g.add("Softmax", axis=-1)
    g.add("MatMul", before)
    centred = g.add("Add", before)
    g.add("ReduceMean", axes=[-1])
    centred = g.add("Sub", centred, first=False)
    g.add("Mul", centred)
    g.add("ReduceMean", axes=[-1])
    g.add("Add", g.constant(np.float32(1e-5)))
    g.add("Sqrt")
    g.add("Div", centred, first=False)
    wide = g.add("MatMul", g.weight(128, 256))
    g.add("Div", g.constant(np.float32(np.sqrt(2))))
    g.add("Erf")
    g.add("Add", g.constant(np.float32(1)))
    g.add("Mul", wide)
    g.add("Mul", g.constant(np.float32(0.5)))
    g.add("MatMul", g.weight(256, 128))
    g.save(path, [64, 128])


def elementwise(path):
    g = Graph()
    before = g.add("Add", g.weight(256))
    g.add("Sigmoid")
    g.add("Mul", before)
    g.add("Tanh")
    g.add("Exp")
    g.add("Greater", g.weight(128, 1))
    g.add("Where", before, g.weight(256))
    g.add("ReduceSum", g.constant(np.array([0])), keepdims=0)
    g.save(path, [128, 256])


def recurrent(path):
    g = Graph()
    g.add("LSTM", g.weight(1, 256, 64), g.weight(1, 256, 64), hidden_size=64)
    g.save(path, [16, 1, 64])


def quantized(path):
    g = Graph()
    g.nodes.append(node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]))
    g.last = "q"
    weights = g.random.integers(-128, 128, (256, 256)).astype(np.int8)
    g.add("MatMulInteger", g.constant(weights), "zero", g.constant(np.int8(0)))
    g.add("Cast", to=TensorProto.FLOAT)
    g.add("Mul", "scale")
    g.save(path, [32, 256])


def moving(path):
    """Memory that changes its order and size."""
    g = Graph()
    g.add("Transpose", perm=[0, 2, 3, 1])
    before = g.add("Slice", g.constant(np.array([1, 0])), g.constant(np.array([-1, 16])),
                   g.constant(np.array([1, 3])))
    g.add("Concat", before, axis=3)
    g.add("Transpose", perm=[0, 3, 1, 2])
    g.add("Pad", g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])))
    g.add("Resize", "", g.constant(np.array([1, 1, 2, 2], np.float32)), mode="linear")
    g.add("ReduceMax", axes=[1])
    g.save(path, [1, 32, 32, 32])


def dispatch(path):
    """Nodes that have nothing to do, and that no rewrite joins."""
    g = Graph()
    for i in range(100):
        g.add("ArgMax" if i % 2 else "Expand", *([] if i % 2 else [g.constant(np.array([4, 4]))]),
              **({"axis": 0} if i % 2 else {}))
        if i % 2:
            g.add("Cast", to=TensorProto.FLOAT)
    g.save(path, [1, 4])


MODELS = (convolutions, attention, elementwise, recurrent, quantized, moving, dispatch)


def save_all(folder):
    """(name, path) of each."""
    for make in MODELS:
        path = folder / f"{make.__name__}.onnx"
        make(path)
        yield make.__name__, path
