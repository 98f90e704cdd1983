#!/usr/bin/python3
"""Trains the digit classifiers of this folder, one for each activation, with numpy alone.

Each network is written as digits_ACTIVATION/model.onnx with two test data sets beside it, whose
outputs come from the forward pass below in double precision. The held-out digits, which training
never sees, go to digits/. The seed is fixed: the same numpy gives the same files.

Needs python3-numpy, python3-onnx and python3-sklearn (for the digits). It prints the table of
README.md.
"""
import argparse
import pathlib
import time

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

SEED = 20
EPOCHS = 40
BATCH = 32
RATE = 5e-3
N_HELD_OUT = 360
LEAK = 0.1
CHANNELS = (8, 16)
HIDDEN = 32

# Flat activations want larger weights to begin with, or nothing reaches the first layer.
GAIN = {"sigmoid": 4, "softplus": 1.6}

# name: (ONNX operator, its attributes, value, derivative)
ACTIVATIONS = {
    "relu": ("Relu", {}, lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "leakyrelu": (
        "LeakyRelu",
        {"alpha": LEAK},
        lambda x: np.where(x < 0, LEAK * x, x),
        lambda x: np.where(x < 0, LEAK, 1.0),
    ),
    "elu": (
        "Elu",
        {"alpha": 1.0},
        lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
        lambda x: np.exp(np.minimum(x, 0)),
    ),
    "softplus": ("Softplus", {}, lambda x: np.logaddexp(0, x), lambda x: logistic(x)),
    "sigmoid": ("Sigmoid", {}, lambda x: logistic(x), lambda x: logistic(x) * logistic(-x)),
    "tanh": ("Tanh", {}, np.tanh, lambda x: 1 - np.tanh(x) ** 2),
}


def logistic(x):
    return np.exp(-np.logaddexp(0, -x))


def split_digits():
    """Images N×1×8×8 in 0…16 and labels, training part and held-out part, drawn at random."""
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    images = digits.images.astype(np.uint8)[order, None]
    labels = digits.target.astype(np.uint8)[order]
    return images[N_HELD_OUT:], labels[N_HELD_OUT:], images[:N_HELD_OUT], labels[:N_HELD_OUT]


def new_weights(rng, gain):
    c1, c2 = CHANNELS

    def normal(*shape):
        return rng.standard_normal(shape) * gain * np.sqrt(2 / np.prod(shape[1:]))

    return {
        "conv1.weight": normal(c1, 1, 3, 3),
        "conv1.bias": np.zeros(c1),
        "conv2.weight": normal(c2, c1, 3, 3),
        "conv2.bias": np.zeros(c2),
        "dense1.weight": normal(HIDDEN, c2 * 16),
        "dense1.bias": np.zeros(HIDDEN),
        "dense2.weight": normal(10, HIDDEN),
        "dense2.bias": np.zeros(10),
    }


def windows(x):
    """The 3×3 neighbourhoods of every pixel, zeros outside: N×C×H×W×3×3."""
    return sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))


def convolve(x, weight, bias):
    return np.einsum("nchwij,kcij->nkhw", windows(x), weight, optimize=True) + bias[:, None, None]


def forward(w, value, x):
    """Every intermediate result, for the backward pass; the last is the probabilities."""
    z1 = convolve(x, w["conv1.weight"], w["conv1.bias"])
    a1 = value(z1)
    z2 = convolve(a1, w["conv2.weight"], w["conv2.bias"])
    a2 = value(z2)
    n, c, height, width = a2.shape
    blocks = a2.reshape(n, c, height // 2, 2, width // 2, 2)
    flat = blocks.max(axis=(3, 5)).reshape(n, -1)
    z3 = flat @ w["dense1.weight"].T + w["dense1.bias"]
    a3 = value(z3)
    logits = a3 @ w["dense2.weight"].T + w["dense2.bias"]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return z1, a1, z2, blocks, flat, z3, a3, e / e.sum(axis=1, keepdims=True)


def gradient(w, value, derivative, x, labels):
    """Of the mean cross-entropy, by every weight."""
    z1, a1, z2, blocks, flat, z3, a3, probability = forward(w, value, x)
    g = {}
    d = (probability - np.eye(10)[labels]) / len(x)
    g["dense2.weight"], g["dense2.bias"] = d.T @ a3, d.sum(axis=0)
    d = d @ w["dense2.weight"] * derivative(z3)
    g["dense1.weight"], g["dense1.bias"] = d.T @ flat, d.sum(axis=0)
    n, c, h, _, v, _ = blocks.shape
    d = (d @ w["dense1.weight"]).reshape(n, c, h, 1, v, 1)
    largest = blocks == blocks.max(axis=(3, 5), keepdims=True)
    d = (d * largest / largest.sum(axis=(3, 5), keepdims=True)).reshape(z2.shape) * derivative(z2)
    g["conv2.weight"] = np.einsum("nchwij,nkhw->kcij", windows(a1), d, optimize=True)
    g["conv2.bias"] = d.sum(axis=(0, 2, 3))
    turned = w["conv2.weight"][:, :, ::-1, ::-1]
    d = np.einsum("nkhwij,kcij->nchw", windows(d), turned, optimize=True) * derivative(z1)
    g["conv1.weight"] = np.einsum("nchwij,nkhw->kcij", windows(x), d, optimize=True)
    g["conv1.bias"] = d.sum(axis=(0, 2, 3))
    return g


def shifted(rng, images):
    """The images moved by up to one pixel each way: a cheap larger training set."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y, x = rng.integers(0, 3, (2, len(images)))
    return np.stack([p[:, j : j + 8, i : i + 8] for p, j, i in zip(padded, y, x)])


def train(name, images, labels, first_rate=RATE):
    """Adam with a falling rate; the number of steps is fixed beforehand."""
    _, _, value, derivative = ACTIVATIONS[name]
    rng = np.random.default_rng(SEED)
    w = new_weights(rng, GAIN.get(name, 1))
    mean = {k: np.zeros_like(v) for k, v in w.items()}
    square = {k: np.zeros_like(v) for k, v in w.items()}
    images = images / 16.0
    n_steps = EPOCHS * (len(images) // BATCH)
    for step in range(n_steps):
        pick = rng.choice(len(images), BATCH, replace=False)
        g = gradient(w, value, derivative, shifted(rng, images[pick]), labels[pick])
        rate = first_rate * 0.5 * (1 + np.cos(np.pi * step / n_steps))
        for k in w:
            mean[k] += 0.1 * (g[k] - mean[k])
            square[k] += 0.001 * (g[k] ** 2 - square[k])
            m = mean[k] / (1 - 0.9 ** (step + 1))
            s = square[k] / (1 - 0.999 ** (step + 1))
            w[k] -= rate * m / (np.sqrt(s) + 1e-8)
    return {k: v.astype(np.float32) for k, v in w.items()}


def model_of(name, w):
    operator, attributes, _, _ = ACTIVATIONS[name]

    def act(source, result):
        return helper.make_node(operator, [source], [result], name=result, **attributes)

    def layer(kind, label, source, **extra):
        inputs = [source, label + ".weight", label + ".bias"]
        return helper.make_node(kind, inputs, [label], name=label, **extra)

    nodes = [
        layer("Conv", "conv1", "image", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        act("conv1", "conv1.act"),
        layer("Conv", "conv2", "conv1.act", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        act("conv2", "conv2.act"),
        helper.make_node("MaxPool", ["conv2.act"], ["pool"], name="pool", kernel_shape=[2, 2],
                         strides=[2, 2]),
        helper.make_node("Flatten", ["pool"], ["flat"], name="flat", axis=1),
        layer("Gemm", "dense1", "flat", transB=1),
        act("dense1", "dense1.act"),
        layer("Gemm", "dense2", "dense1.act", transB=1),
        helper.make_node("Softmax", ["dense2"], ["probability"], name="probability", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits_" + name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(v, k) for k, v in w.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                              producer_name="train_digits.py")
    model.ir_version = 7
    onnx.checker.check_model(model, full_check=True)
    return model


def write_data_set(folder, x, probability):
    folder.mkdir(parents=True, exist_ok=True)
    for label, name, array in (("input", "image", x), ("output", "probability", probability)):
        tensor = numpy_helper.from_array(array.astype(np.float32), name)
        (folder / (label + "_0.pb")).write_bytes(tensor.SerializeToString())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent,
                        help="folder to write to (default: the script's own)")
    parser.add_argument("--activation", choices=list(ACTIVATIONS), help="only this one")
    parser.add_argument("--rate", type=float, default=RATE,
                        help=f"learning rate to begin with (default: {RATE})")
    options = parser.parse_args()

    images, labels, held_out, held_out_labels = split_digits()
    digits = options.output / "digits"
    digits.mkdir(parents=True, exist_ok=True)
    np.save(digits / "held_out_images.npy", held_out)
    np.save(digits / "held_out_labels.npy", held_out_labels)
    x = held_out / 16.0
    for digit in range(10):
        first = int(np.argmax(held_out_labels == digit))
        np.save(digits / f"{digit}.npy", x[first : first + 1].astype(np.float32))

    print("| model | activation | right of 360 held out | accuracy | bytes | trained in |")
    print("|---|---|---|---|---|---|")
    for name in [options.activation] if options.activation else ACTIVATIONS:
        operator, _, value, _ = ACTIVATIONS[name]
        start = time.time()
        w = train(name, images, labels, options.rate)
        seconds = time.time() - start
        exact = {k: v.astype(np.float64) for k, v in w.items()}
        probability = forward(exact, value, x)[-1]
        n_right = int((probability.argmax(axis=1) == held_out_labels).sum())
        data = model_of(name, w).SerializeToString()
        folder = options.output / ("digits_" + name)
        write_data_set(folder / "test_data_set_0", x[:1], probability[:1])
        write_data_set(folder / "test_data_set_1", x[1:8], probability[1:8])
        (folder / "model.onnx").write_bytes(data)
        print(f"| digits_{name} | {operator} | {n_right} | {n_right / len(x):.1%} | {len(data)} "
              f"| {seconds:.0f} s |", flush=True)


if __name__ == "__main__":
    main()
