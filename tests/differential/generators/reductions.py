"""Reductions along axes, cumulative ones among them, and choices of the largest."""
import numpy as np

from case import Case
from draw import FLOATS, NUMBERS
from generators import cases

ARITHMETIC = FLOATS + ("int32", "int64", "uint32", "uint64")


@cases("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
       "ReduceProd", "ReduceSum", "ReduceSumSquare")
def reduction(operator, draw):
    kinds = ARITHMETIC
    if operator in ("ReduceMax", "ReduceMin"):
        kinds = ARITHMETIC + ("int8", "uint8") * (draw.opset >= 12) + ("bool",) * (draw.opset >= 20)
    kind = draw.pick(*kinds)
    shape = draw.shape(0 if draw.opset >= 18 else 1, 4, empty=0.08)
    low = 1 if "Log" in operator else -3
    x = draw.tensor(kind, shape, low, 3, exact=True, special=0.05)
    attributes = {"keepdims": draw.pick(None, 0, 1)}
    axes = draw.axes(len(shape)) if shape and draw.chance(0.8) else None
    since = 13 if operator == "ReduceSum" else 18
    if draw.opset < since:
        attributes["axes"] = axes
        return Case(operator, [x], attributes)
    attributes["noop_with_empty_axes"] = draw.pick(None, None, 0, 1)
    inputs = [x]
    if axes is not None:
        inputs.append(draw.i64(axes))
    elif draw.chance(0.3):
        inputs.append(draw.i64([]))
    return Case(operator, inputs, attributes)


@cases("ArgMax", "ArgMin")
def arg(operator, draw):
    shape = draw.shape(1, 4)
    x = draw.tensor(draw.pick(*NUMBERS), shape, exact=True)
    attributes = {"axis": draw.maybe(draw.axis(len(shape)), 0.8), "keepdims": draw.pick(None, 0, 1)}
    if draw.opset >= 12:
        attributes["select_last_index"] = draw.pick(None, 0, 1)
    return Case(operator, [x], attributes)


@cases("CumSum", "CumProd")
def cumulative(operator, draw):
    shape = draw.shape(1, 4)
    kind = draw.pick(*ARITHMETIC)
    axis = draw.i64(draw.axis(len(shape)), draw.pick("int32", "int64"))
    low, high = (-2, 2) if operator == "CumSum" else (-1, 2)
    return Case(operator, [draw.tensor(kind, shape, low, high, exact=True), axis],
                {"exclusive": draw.pick(None, 0, 1), "reverse": draw.pick(None, 0, 1)})


@cases("TopK")
def top_k(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    kinds = FLOATS if draw.opset < 11 else NUMBERS
    kind = draw.pick(*kinds)
    axis = draw.axis(len(shape))
    size = shape[axis]
    k = draw.int(0 if draw.chance(0.1) else 1, size)
    count = int(np.prod(shape))
    values = draw.rng.permutation(count).reshape(shape) % 100 if draw.chance(0.7) else \
        draw.rng.integers(0, 4, shape)
    x = draw.floats(kind, values) if kind in FLOATS else draw.i64(values, kind)
    attributes = {"axis": draw.maybe(axis, 0.9) if len(shape) == 1 else axis}
    if draw.opset < 10:
        attributes["k"] = max(k, 1)
        return Case(operator, [x], attributes, 2)
    if draw.opset >= 11:
        attributes["largest"] = draw.pick(None, 0, 1)
        attributes["sorted"] = draw.pick(None, 1)
    return Case(operator, [x, draw.i64([k])], attributes, 2)


@cases("Hardmax", "LogSoftmax", "Softmax")
def softmax(operator, draw):
    shape = draw.shape(1, 4)
    axis = draw.axis(len(shape))
    if draw.opset < 11:
        axis = abs(axis)
    usual = len(shape) > 1 and draw.chance(0.2)
    return Case(operator, [draw.tensor(draw.pick(*FLOATS), shape, -5, 5)], {"axis": None if usual else axis})


@cases("NonMaxSuppression")
def non_max_suppression(operator, draw):
    batch, boxes, classes = draw.int(1, 3), draw.int(1, 20), draw.int(1, 3)
    center = draw.chance()
    corner = draw.rng.integers(0, 12, (batch, boxes, 2)) / 2
    size = draw.rng.integers(1, 9, (batch, boxes, 2)) / 2
    box = np.concatenate([corner, size if center else corner + size], axis=2)
    if not center and draw.chance(0.2):
        box = box[..., [2, 3, 0, 1]]
    scores = draw.rng.permutation(batch * classes * boxes).reshape(batch, classes, boxes) / 64
    inputs = [draw.floats("float", box), draw.floats("float", scores),
              draw.maybe(draw.i64([draw.int(0, 5)]), 0.8),
              draw.maybe(draw.floats("float", [draw.real(0, 1)])),
              draw.maybe(draw.floats("float", [draw.real(0, 1)]))]
    return Case(operator, inputs, {"center_point_box": draw.pick(1, 1) if center else draw.pick(None, 0)})
