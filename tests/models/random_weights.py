#!/usr/bin/python3
"""Networks of classic architecture with seeded random weights, and what they should answer.

The light networks that travel with ONNX have constant weights and give the same answer whatever is
wrong with a kernel. This writes variants of them, each a backend test folder whose expected output
comes from reference.py, in double precision. Without model folders it writes small networks of its
own that use the same operators.
"""
import argparse
import pathlib
import shutil
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from reference import evaluate

LOGIT_DEVIATION = 2.0  # so that a softmax neither saturates nor hides errors
EXTERNAL_SIZE = 1 << 20  # bytes; larger weights go to a file beside the model


def draw(rng, operator, position, shape, transposed):
    """Weights that keep values near 1 through many layers, by what they are used for."""
    if (operator, position) in (("BatchNormalization", 1), ("BatchNormalization", 4), ("Mul", 1)):
        return rng.uniform(0.5, 1.5, shape)
    if operator in ("Conv", "Gemm") and position == 1:
        fan_in = shape[0] if operator == "Gemm" and not transposed else np.prod(shape[1:])
        return rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / fan_in))
    return 0.1 * rng.standard_normal(shape)


def use_of(name, consumers):
    """The operator, the input's position and the node that a weight ends up at."""
    node, position = consumers[name]
    if node.op_type in ("Reshape", "Unsqueeze"):
        return use_of(node.output[0], consumers)
    return node, position


def with_random_weights(model, rng):
    """The nodes that are left without those that make constants, the weights, and the values of the
    remaining initializers."""
    fixed = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    consumers = {name: (node, position) for node in model.graph.node
                 for position, name in enumerate(node.input)}
    weights, nodes = {}, []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            nodes.append(node)
            continue
        user, position = use_of(node.output[0], consumers)
        transposed = any(a.name == "transB" and a.i for a in user.attribute)
        shape = [int(d) for d in fixed[node.input[0]]]
        array = draw(rng, user.op_type, position, shape, transposed)
        weights[node.output[0]] = array.astype(np.float32)
    return nodes, weights, fixed


def tensor_of(array, name, file, folder):
    if array.nbytes < EXTERNAL_SIZE:
        return numpy_helper.from_array(array, name)
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape,
                         data_location=TensorProto.EXTERNAL)
    with open(folder / file, "ab") as f:
        f.seek(0, 2)
        offset = -f.tell() % 4096 + f.tell()
        f.truncate(offset)
        f.seek(offset)
        array.tofile(f)
    for key, value in (("location", file), ("offset", offset), ("length", array.nbytes)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def settle_output(nodes, weights, given):
    """Scales the last linear node's weights until its channels deviate as they should."""
    last = max(i for i, node in enumerate(nodes) if node.op_type in ("Conv", "Gemm"))
    result = evaluate(nodes[: last + 1], {**given, **weights})[nodes[last].output[0]]
    deviation = result.mean(axis=tuple(range(2, result.ndim))).std()
    reshaped = {node.output[0]: node.input[0] for node in nodes}
    for name in nodes[last].input[1:]:
        source = name if name in weights else reshaped[name]
        weights[source] *= np.float32(LOGIT_DEVIATION / deviation)


def write_data_set(folder, inputs, outputs):
    folder.mkdir()
    for kind, arrays in (("input", inputs), ("output", outputs)):
        for n, (name, array) in enumerate(arrays.items()):
            tensor = numpy_helper.from_array(array.astype(np.float32), name)
            (folder / f"{kind}_{n}.pb").write_bytes(tensor.SerializeToString())


def write_variant(name, model, folder):
    """A backend test folder, made anew."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    nodes, weights, fixed = with_random_weights(model, rng)
    data = [i for i in model.graph.input if i.name not in fixed]
    shapes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in data}
    x = {k: rng.standard_normal(shape, np.float32) for k, shape in shapes.items()}
    settle_output(nodes, weights, {**fixed, **x})
    values = evaluate(nodes, {**fixed, **weights, **x})

    part = folder.with_suffix(".part")  # what is half written does not count as made
    for old in (part, folder):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    used = {i for node in nodes for i in node.input}
    initializers = [tensor_of(v, k, "weights.bin", part) for k, v in weights.items()]
    initializers += [numpy_helper.from_array(v, k) for k, v in fixed.items() if k in used]
    graph = helper.make_graph(nodes, name, data, model.graph.output, initializers)
    variant = helper.make_model(graph, opset_imports=model.opset_import)
    variant.ir_version = 7
    onnx.save(variant, str(part / "model.onnx"))
    write_data_set(part / "test_data_set_0", x, {o.name: values[o.name] for o in graph.output})
    part.rename(folder)


class Builder:
    """A network written down layer by layer, its weights left to be drawn."""

    def __init__(self):
        self.nodes, self.shapes = [], []

    def add(self, operator, *inputs, shapes=(), **attributes):
        result = f"{operator.lower()}_{len(self.nodes)}"
        names = list(inputs)
        for shape in shapes:
            weight = f"{result}_w{len(names)}"
            self.shapes.append(numpy_helper.from_array(np.array(shape, np.int64), weight + "_shape"))
            self.nodes.append(helper.make_node("ConstantOfShape", [weight + "_shape"], [weight]))
            names.append(weight)
        self.nodes.append(helper.make_node(operator, names, [result], name=result, **attributes))
        return result

    def conv(self, x, n_in, n_out, kernel, **attributes):
        shapes = [(n_out, n_in // attributes.get("group", 1), kernel, kernel), (n_out,)]
        return self.add("Conv", x, shapes=shapes, kernel_shape=[kernel] * 2, **attributes)

    def norm(self, x, n):
        return self.add("BatchNormalization", x, shapes=[(n,)] * 4, epsilon=1e-5)

    def shaped(self, x, shape):
        name = f"shape_{len(self.nodes)}"
        self.shapes.append(numpy_helper.from_array(np.array(shape, np.int64), name))
        return self.add("Reshape", x, name)

    def model(self, result, shape):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
        y = helper.make_tensor_value_info(result, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "network", [x], [y], self.shapes)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)])


def branches():
    """LRN, branches of several kernels side by side, pooling with padding: as the Inceptions."""
    b = Builder()
    x = b.add("Relu", b.conv("x", 3, 24, 7, strides=[2, 2], pads=[3, 3, 3, 3]))
    x = b.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    x = b.add("LRN", x, size=5, alpha=1e-2, beta=0.75, bias=1.0)
    parts = [b.add("Relu", b.conv(x, 24, 13, 1)),
             b.add("Relu", b.conv(x, 24, 17, 3, pads=[1, 1, 1, 1])),
             b.add("Relu", b.conv(x, 24, 9, 5, pads=[2, 2, 2, 2])),
             b.add("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1])]
    x = b.add("Concat", *parts, axis=1)
    x = b.add("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = b.shaped(x, [0, -1])
    x = b.add("Dropout", b.add("Relu", b.add("Gemm", x, shapes=[(50, 63 * 36), (50,)], transB=1)))
    x = b.add("Gemm", x, shapes=[(50, 31), (31,)])
    return b.model(b.add("Softmax", x), [2, 3, 50, 50])


def residuals():
    """Normalised convolutions, sums of branches, groups with shuffled channels, depthwise kernels."""
    b = Builder()
    x = b.add("Relu", b.norm(b.conv("x", 3, 32, 3, strides=[2, 2], pads=[1, 1, 1, 1]), 32))
    for group in (1, 4):
        y = b.add("Relu", b.norm(b.conv(x, 32, 32, 1, group=group), 32))
        y = b.shaped(y, [0, 4, 8, 23, 23])
        y = b.add("Transpose", y, perm=[0, 2, 1, 3, 4])
        y = b.shaped(y, [0, 32, 23, 23])
        y = b.norm(b.conv(y, 32, 32, 3, pads=[1, 1, 1, 1], group=8 * group), 32)
        y = b.norm(b.conv(y, 32, 32, 1, group=group), 32)
        x = b.add("Relu", b.add("Sum", x, y))
    x = b.conv(x, 32, 40, 3, dilations=[2, 2], strides=[2, 2], pads=[2, 2, 2, 2])
    x = b.add("GlobalAveragePool", b.add("Relu", x))
    return b.model(b.add("Softmax", b.conv(x, 40, 21, 1)), [1, 3, 45, 45])


def is_newer(folder):
    """Than what makes it, so that it can be kept."""
    sources = [pathlib.Path(__file__), pathlib.Path(__file__).with_name("reference.py")]
    return folder.exists() and all(folder.stat().st_mtime > s.stat().st_mtime for s in sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder to write to")
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="folders with a model.onnx")
    options = parser.parse_args()
    networks = {path.name: lambda path=path: onnx.load(str(path / "model.onnx"))
                for path in options.models} or {"branches": branches, "residuals": residuals}
    for name, model in networks.items():
        if not is_newer(options.output / name):
            write_variant(name, model(), options.output / name)


if __name__ == "__main__":
    main()
