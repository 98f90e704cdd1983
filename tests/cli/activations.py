"""What check_health.py compares with: activations and their slopes from their definitions, a
convolution, and the numbers of an array; and what it reads a page with."""
import json
import math
from html.parser import HTMLParser

import numpy as np

from command import Command

SLOPE = 1e-3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.logaddexp(0, x)


erf = np.vectorize(math.erf)

# operator: (attributes, value, slope), both of the input
ACTIVATIONS = {
    "Relu": ({}, lambda x: np.maximum(x, 0), lambda x: x > 0),
    "LeakyRelu": ({"alpha": 0.25}, lambda x: np.where(x < 0, x / 4, x),
                  lambda x: np.where(x < 0, 0.25, 1)),
    "Elu": ({"alpha": 0.5}, lambda x: np.where(x < 0, np.expm1(x) / 2, x),
            lambda x: np.where(x < 0, np.exp(x) / 2, 1)),
    "Selu": ({"alpha": 1.5, "gamma": 1.25}, lambda x: 1.25 * np.where(x < 0, 1.5 * np.expm1(x), x),
             lambda x: 1.25 * np.where(x < 0, 1.5 * np.exp(x), 1)),
    "Softplus": ({}, softplus, sigmoid),
    "Sigmoid": ({}, sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "Tanh": ({}, np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "ThresholdedRelu": ({"alpha": 1.75}, lambda x: np.where(x > 1.75, x, 0), lambda x: x > 1.75),
    "HardSigmoid": ({"alpha": 0.25, "beta": 0.5}, lambda x: np.clip(x / 4 + 0.5, 0, 1),
                    lambda x: np.where(np.abs(x) < 2, 0.25, 0)),
    "Softsign": ({}, lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "Erf": ({}, erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "HardSwish": ({}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1), None),
}


def convolve(x, weight, bias):
    """3×3, stride 1, zeros outside."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.einsum("nchwij,kcij->nkhw", windows, weight) + bias[:, None, None]


class Health(Command):
    def health(self, model, *arguments):
        return json.loads(self.hinge("profile", model, "--activations", "--json", *arguments))

    def check_numbers(self, node, values, axis, slope=None, exact=True):
        """One activation's numbers are those of the values, a list of arrays, one a run."""
        flat = np.concatenate([v.reshape(-1) for v in values]).astype(np.float64)
        finite = flat[np.isfinite(flat)]
        where = node["output"]
        self.assertEqual(node["elements"], flat.size, where)
        self.assertEqual(node["zeros"], np.count_nonzero(flat == 0), where)
        self.assertAlmostEqual(node["zero_share"], np.mean(flat == 0), places=8)
        self.assertEqual(node["nan"], np.count_nonzero(np.isnan(flat)), where)
        self.assertEqual(node["inf"], np.count_nonzero(np.isinf(flat)), where)
        for key, want in [("min", finite.min()), ("max", finite.max()), ("mean", finite.mean()),
                          ("std", finite.std())]:
            np.testing.assert_allclose(node[key], want, rtol=2e-6, atol=1e-7,
                                       err_msg=f"{where} {key}")
        if slope is not None:
            small = np.concatenate([np.abs(s).reshape(-1) < SLOPE for s in slope])
            self.assertEqual(node["saturated"], np.count_nonzero(small), where)
            self.assertAlmostEqual(node["saturated_share"], np.mean(small), places=8)
        self.check_histogram(node, finite, exact)
        if axis is None:
            self.assertIsNone(node["channels"])
            return
        zero = np.all([np.all(np.moveaxis(v, axis, 0).reshape(v.shape[axis], -1) == 0, axis=1)
                       for v in values], axis=0)
        self.assertEqual(node["channels"], zero.size, where)
        self.assertEqual(node["dead_channels"], list(np.flatnonzero(zero)), where)
        self.assertEqual(node["dead"], np.count_nonzero(zero), where)

    def check_histogram(self, node, finite, exact):
        histogram = node["histogram"]
        counts, width = histogram["counts"], 2.0 ** histogram["exponent"]
        self.assertLessEqual(len(counts), 64)
        self.assertEqual(sum(counts), finite.size)
        bins = np.floor(finite / width).astype(np.int64) - histogram["first"]
        if exact:
            self.assertEqual(counts, list(np.bincount(bins, minlength=len(counts))), node["output"])
        if len(counts) > 1:
            self.assertGreater(np.floor(finite.max() / (width / 2)) -
                               np.floor(finite.min() / (width / 2)), 62, "the bins are too wide")


class Page(HTMLParser):
    """Counts the elements, and keeps those that are not closed."""
    alone = {"meta"}

    def __init__(self):
        super().__init__()
        self.open, self.count, self.links, self.text = [], {}, [], ""

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.links += [v for k, v in attributes if k in ("href", "src")]
        if tag not in self.alone:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text += data
