"""Evaluates a graph of classic vision operators (up to opset 12) with NumPy in double precision.

Plain formulas of the ONNX standard, made to be checked against and not to be fast; what a model asks
for beyond them raises an error.
"""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from onnx import helper


def attributes_of(node, **defaults):
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    unknown = set(given) - set(defaults)
    if unknown or given.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise NotImplementedError(f"{node.op_type} with {unknown or 'auto_pad'}")
    return {**defaults, **given}


def windows(x, kernel, strides, pads, dilations=(1, 1), outside=0.0):
    """N×C×H×W×kh×kw: what each output position of a two-dimensional window sees."""
    (top, left, bottom, right), (dy, dx) = pads, dilations
    padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=outside)
    extent = ((kernel[0] - 1) * dy + 1, (kernel[1] - 1) * dx + 1)
    view = sliding_window_view(padded, extent, axis=(2, 3))
    return view[:, :, :: strides[0], :: strides[1], ::dy, ::dx]


def conv(node, x, w, b=None):
    a = attributes_of(node, auto_pad=b"NOTSET", kernel_shape=w.shape[2:], strides=(1, 1),
                      pads=(0, 0, 0, 0), dilations=(1, 1), group=1)
    seen = windows(x, w.shape[2:], a["strides"], a["pads"], a["dilations"])
    n, _, height, width, kh, kw = seen.shape
    per_group, group = len(w) // a["group"], a["group"]
    y = np.empty((n, len(w), height * width))
    for g in range(group):
        part = seen[:, g * w.shape[1] : (g + 1) * w.shape[1]]
        columns = part.transpose(0, 1, 4, 5, 2, 3).reshape(n, -1, height * width)
        rows = w[g * per_group : (g + 1) * per_group].reshape(per_group, -1)
        y[:, g * per_group : (g + 1) * per_group] = rows @ columns
    y = y.reshape(n, len(w), height, width)
    return y if b is None else y + b[:, None, None]


def gemm(node, a, b, c=None):
    t = attributes_of(node, alpha=1.0, beta=1.0, transA=0, transB=0)
    y = t["alpha"] * ((a.T if t["transA"] else a) @ (b.T if t["transB"] else b))
    return y if c is None else y + t["beta"] * c


def pool(node, x):
    a = attributes_of(node, auto_pad=b"NOTSET", kernel_shape=None, strides=(1, 1),
                      pads=(0, 0, 0, 0), count_include_pad=0)
    shape = a["kernel_shape"], a["strides"], a["pads"]
    if node.op_type == "MaxPool":
        return windows(x, *shape, outside=-np.inf).max(axis=(4, 5))
    total = windows(x, *shape).sum(axis=(4, 5))
    inside = np.ones_like(x[:1, :1])
    if a["count_include_pad"]:
        return total / np.prod(a["kernel_shape"])
    return total / windows(inside, *shape).sum(axis=(4, 5))


def batch_normalization(node, x, scale, bias, mean, variance):
    a = attributes_of(node, epsilon=1e-5, momentum=0.9)

    def channels(v):
        return v.reshape(-1, *[1] * (x.ndim - 2))

    slope = scale / np.sqrt(variance + a["epsilon"])
    return (x - channels(mean)) * channels(slope) + channels(bias)


def lrn(node, x):
    a = attributes_of(node, alpha=1e-4, beta=0.75, bias=1.0, size=None)
    before = (a["size"] - 1) // 2
    square = np.pad(x * x, ((0, 0), (before, a["size"] - 1 - before), (0, 0), (0, 0)))
    total = sliding_window_view(square, a["size"], axis=1).sum(axis=-1)
    return x / (a["bias"] + a["alpha"] / a["size"] * total) ** a["beta"]


def softmax(node, x):
    """Up to opset 12: over all axes from the given one."""
    axis = attributes_of(node, axis=1)["axis"]
    rows = x.reshape(int(np.prod(x.shape[:axis])), -1)
    e = np.exp(rows - rows.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).reshape(x.shape)


def reshape(node, x, shape):
    attributes_of(node)
    return x.reshape([x.shape[i] if d == 0 else int(d) for i, d in enumerate(shape)])


def unsqueeze(node, x):
    for axis in sorted(attributes_of(node, axes=None)["axes"]):
        x = np.expand_dims(x, axis)
    return x


OPERATORS = {
    "Add": lambda node, a, b: a + b,
    "AveragePool": pool,
    "BatchNormalization": batch_normalization,
    "Concat": lambda node, *x: np.concatenate(x, attributes_of(node, axis=None)["axis"]),
    "Conv": conv,
    "Dropout": lambda node, x: x,
    "Gemm": gemm,
    "GlobalAveragePool": lambda node, x: x.mean(axis=(2, 3), keepdims=True),
    "LRN": lrn,
    "MaxPool": pool,
    "Mul": lambda node, a, b: a * b,
    "Relu": lambda node, x: np.maximum(x, 0),
    "Reshape": reshape,
    "Softmax": softmax,
    "Sum": lambda node, *x: sum(x),
    "Transpose": lambda node, x: x.transpose(attributes_of(node, perm=None)["perm"]),
    "Unsqueeze": unsqueeze,
}


def evaluate(nodes, values):
    """Computes the nodes in order; adds the first output of each to values, a dict by name."""
    for node in nodes:
        inputs = [np.asarray(values[name]) for name in node.input]
        inputs = [x.astype(np.float64) if x.dtype == np.float32 else x for x in inputs]
        values[node.output[0]] = OPERATORS[node.op_type](node, *inputs)
    return values
