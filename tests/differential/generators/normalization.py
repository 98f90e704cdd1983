"""Normalizations and losses."""
from case import Case
from draw import FLOATS
from generators import cases


@cases("BatchNormalization")
def batch_normalization(operator, draw):
    shape = draw.shape(2, 5, empty=0)
    kind = draw.pick(*FLOATS)
    each = [draw.tensor(kind, shape[1:2], low, high) for low, high in ((-2, 2), (-2, 2), (-1, 1), (0.5, 2))]
    attributes = {"epsilon": draw.maybe(draw.pick(1e-5, 1e-2))}
    if draw.opset < 9 and draw.opset > 6:
        attributes["spatial"] = draw.pick(None, 1)
    if draw.opset < 7:
        attributes["is_test"] = 1
    if draw.opset >= 14 and draw.chance(0.2):
        attributes.update(training_mode=1, momentum=draw.maybe(0.7))
        return Case(operator, [draw.tensor(kind, shape)] + each, attributes, draw.pick(1, 3))
    return Case(operator, [draw.tensor(kind, shape)] + each, attributes)


@cases("InstanceNormalization")
def instance_normalization(operator, draw):
    shape = draw.ints(2, 1, 4) + draw.ints(draw.int(1, 3), 2, 8)
    kind = draw.pick(*FLOATS)
    return Case(operator, [draw.tensor(kind, shape, 0, 3)] + [draw.tensor(kind, shape[1:2], 0.5, 2)
                                                              for _ in range(2)],
                {"epsilon": draw.maybe(0.01)})


@cases("GroupNormalization")
def group_normalization(operator, draw):
    groups, each = draw.int(1, 3), draw.int(1, 4)
    shape = [draw.int(1, 3), groups * each] + draw.ints(draw.int(1, 3), 2, 6)
    kind = draw.pick(*FLOATS)
    length = groups if draw.opset < 21 else groups * each
    return Case(operator, [draw.tensor(kind, shape, 0, 3)] + [draw.tensor(kind, [length], 0.5, 2)
                                                              for _ in range(2)],
                {"num_groups": groups, "epsilon": draw.maybe(0.01)})


@cases("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def layer_normalization(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    shape[-1] += 1
    kind = draw.pick(*FLOATS)
    axis = draw.int(0, len(shape) - 1)
    inputs = [draw.tensor(kind, shape, 0.2, 3), draw.tensor(kind, shape[axis:], 0.5, 2)]
    attributes = {"axis": None if axis == len(shape) - 1 and draw.chance() else draw.pick(axis,
                                                                                          axis - len(shape)),
                  "epsilon": draw.maybe(0.01)}
    if operator == "LayerNormalization" and draw.chance(0.6):
        inputs.append(draw.tensor(kind, shape[axis:], 0.5, 2))
    outputs = draw.int(1, 3) if operator == "LayerNormalization" else 1
    return Case(operator, inputs, attributes, outputs)


@cases("LRN")
def lrn(operator, draw):
    shape = draw.ints(2, 1, 9) + draw.ints(draw.int(0, 2), 1, 6)
    return Case(operator, [draw.tensor(draw.pick(*FLOATS), shape, 0.2, 3)],
                {"size": draw.pick(1, 3, 5), "alpha": draw.maybe(0.1), "beta": draw.maybe(0.5),
                 "bias": draw.maybe(2.0)})


@cases("LpNormalization")
def lp_normalization(operator, draw):
    shape = draw.shape(1, 4)
    return Case(operator, [draw.tensor(draw.pick(*FLOATS), shape)],
                {"axis": draw.maybe(draw.axis(len(shape)), 0.8), "p": draw.pick(None, 1, 2)})


@cases("MeanVarianceNormalization")
def mean_variance_normalization(operator, draw):
    shape = draw.ints(4, 2, 5)
    axes = draw.pick(None, [0, 2, 3], [0, 1, 2, 3], [1], [2, 3])
    return Case(operator, [draw.tensor(draw.pick(*FLOATS), shape)], {"axes": axes})


@cases("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(operator, draw):
    n, c = draw.int(1, 4), draw.int(1, 5)
    rest = draw.ints(draw.int(0, 3), 1, 4)
    kind = draw.pick("float", "float", "double", "float16")
    target = draw.tensor(draw.pick("int32", "int64"), [n] + rest, 0, c - 1)
    ignore = draw.pick(None, 0, -1, c + 1)
    if ignore is not None:
        target.array[draw.rng.random(target.array.shape) < 0.2] = ignore
    inputs = [draw.tensor(kind, [n, c] + rest, -2, 2), target]
    if draw.chance():
        inputs.append(draw.tensor(kind, [c], 0.2, 2))
    outputs = 1 if operator[0] == "N" else draw.int(1, 2)
    return Case(operator, inputs, {"reduction": draw.pick(None, "none", "sum", "mean"),
                                   "ignore_index": ignore},
                outputs)
