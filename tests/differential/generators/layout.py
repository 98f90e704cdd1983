"""Operators that move, repeat or select whole parts of a tensor, and those that make shapes."""
import numpy as np

from case import TYPES, Case, Value
from draw import FLOATS, NUMBERS
from generators import cases

ANY = NUMBERS + ("bool", "string", "complex64")
INTS = 7  # AttributeProto's number of a list of integers


@cases("Transpose")
def transpose(operator, draw):
    shape = draw.shape(0, 5)
    perm = [int(p) for p in draw.rng.permutation(len(shape))]
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape)],
                {"perm": draw.maybe(perm, 0.8) if shape else None}, widen=False)


@cases("Reshape")
def reshape(operator, draw):
    shape = draw.shape(0, 4)
    x = draw.tensor(draw.pick(*ANY), shape)
    to = [shape[i] for i in draw.rng.permutation(len(shape))]
    if len(to) > 1 and draw.chance(0.4):
        to[:2] = [to[0] * to[1]]
    if draw.chance(0.2):
        to.insert(draw.int(0, len(to)), 1)
    attributes = {}
    if to and draw.chance(0.3) and 0 not in shape:
        to[draw.int(0, len(to) - 1)] = -1
    elif draw.opset >= 14 and draw.chance(0.2):
        attributes["allowzero"] = 1
    if draw.opset >= 5:
        return Case(operator, [x, draw.i64(to)], attributes)
    return Case(operator, [x], {"shape": (INTS, to)})


@cases("Flatten")
def flatten(operator, draw):
    shape = draw.shape(0 if draw.opset >= 9 else 1)
    return Case(operator, [draw.tensor(draw.pick(*(ANY if draw.opset >= 9 else FLOATS)), shape)],
                {"axis": draw.maybe(draw.axis(len(shape), 1) if shape else 0, 0.8)})


@cases("Squeeze", "Unsqueeze")
def squeeze(operator, draw):
    shape = draw.shape(0, 3)
    wide = list(shape)
    for _ in range(draw.int(1, 3)):
        wide.insert(draw.int(0, len(wide)), 1)
    ones = [k for k, d in enumerate(wide) if d == 1]
    axes = [ones[i] for i in draw.rng.permutation(len(ones))[:draw.int(1, len(ones))]]
    if operator == "Unsqueeze":
        shape = [d for k, d in enumerate(wide) if k not in axes]
    if draw.opset >= 11:
        axes = [a - len(wide) if draw.chance(0.3) else a for a in axes]
    x = draw.tensor(draw.pick(*ANY), wide if operator == "Squeeze" else shape)
    if operator == "Squeeze" and draw.chance(0.2):
        axes = None
    if draw.opset >= 13:
        return Case(operator, [x, draw.i64(axes)] if axes is not None else [x])
    return Case(operator, [x], {"axes": sorted(axes) if axes is not None and draw.opset < 11 else axes})


@cases("Concat")
def concat(operator, draw):
    shape = draw.shape(1, 4)
    axis = draw.axis(len(shape))
    kind = draw.pick(*(ANY if draw.opset >= 4 else FLOATS))
    inputs = []
    for _ in range(draw.int(1, 5)):
        shape[axis] = draw.int(0 if draw.chance(0.1) else 1, 4)
        inputs.append(draw.tensor(kind, shape))
    return Case(operator, inputs, {"axis": axis})


@cases("Split")
def split(operator, draw):
    shape = draw.shape(1, 4)
    axis = draw.axis(len(shape))
    count = draw.int(1, 4)
    sizes = draw.ints(count, 0 if draw.chance(0.1) else 1, 4)
    equal = draw.chance(0.3)
    shape[axis] = draw.int(1, 4) * count if equal else sum(sizes)
    x = draw.tensor(draw.pick(*(ANY if draw.opset >= 2 else FLOATS)), shape)
    attributes = {"axis": axis if axis or draw.chance() else None}
    if equal:
        if draw.opset >= 18:
            attributes["num_outputs"] = count
            x = draw.tensor(x.type, shape[:axis % len(shape)] + [max(1, shape[axis] - draw.int(0,
                                                                                               count - 1))] +
                            shape[axis % len(shape) + 1:])
        return Case(operator, [x], attributes, count)
    if draw.opset < 13:
        attributes["split"] = sizes
        return Case(operator, [x], attributes, count)
    return Case(operator, [x, draw.i64(sizes)], attributes, count)


@cases("Slice")
def slice_(operator, draw):
    shape = draw.shape(1, 4)
    axes = draw.axes(len(shape), draw.int(1, len(shape)))
    far = (2 ** 31 - 1, -2 ** 31, 10 ** 9)
    ends = [[draw.pick(*far) if draw.chance(0.1) else draw.int(-shape[a] - 2, shape[a] + 2) for a in axes]
            for _ in range(2)]
    kind = draw.pick(*ANY)
    if draw.opset < 10:
        axes = sorted(a % len(shape) for a in axes)
        return Case(operator, [draw.tensor(kind, shape)], {"starts": ends[0], "ends": ends[1], "axes": axes})
    index = draw.pick("int32", "int64", "int64")
    steps = [draw.pick(-3, -2, -1, 1, 1, 2, 3) for _ in axes]
    if len(axes) == len(shape) and draw.chance(0.2):
        return Case(operator, [draw.tensor(kind, shape)] + [draw.i64(e, index) for e in ends], widen=False)
    inputs = [draw.tensor(kind, shape)] + [draw.i64(v, index) for v in (*ends, axes)]
    if draw.chance(0.8):
        inputs.append(draw.i64(steps, index))
    return Case(operator, inputs, widen=False)


@cases("Pad")
def pad(operator, draw):
    shape = draw.shape(1, 4, empty=0.02)
    rank = len(shape)
    modes = ("constant", "reflect", "edge") + (("wrap",) if draw.opset >= 19 else ())
    mode = draw.pick("constant", *modes)
    axes = draw.axes(rank) if draw.opset >= 18 and draw.chance(0.4) else list(range(rank))
    least = [-1 if shape[a] > 3 and draw.chance(0.3) else 0 for a in axes] * 2
    most = [min(3, shape[a] - 1) if mode in ("reflect", "wrap") else 3 for a in axes] * 2
    pads = [draw.int(low, max(low, high)) for low, high in zip(least, most)]
    kind = draw.pick(*(FLOATS if draw.opset < 11 else NUMBERS + ("bool",)))
    attributes = {"mode": mode if mode != "constant" or draw.chance() else None}
    if draw.opset < 11:
        attributes.update({"pads" if draw.opset >= 2 else "paddings": pads, "value": draw.maybe(1.5)})
        return Case(operator, [draw.tensor(kind, shape)], attributes)
    inputs = [draw.tensor(kind, shape), draw.i64(pads), draw.maybe(draw.tensor(kind, []))
              if mode == "constant" else None]
    if axes != list(range(rank)):
        inputs.append(draw.i64(axes, draw.pick("int32", "int64")))
    return Case(operator, inputs, attributes, widen=False)


@cases("Expand")
def expand(operator, draw):
    shape, to = draw.broadcast(2)
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), draw.i64(to)])


@cases("Tile")
def tile(operator, draw):
    shape = draw.shape(1, 4, largest=4)
    kind = draw.pick(*ANY)
    x = draw.tensor(kind, shape)
    if draw.opset < 6:
        return Case(operator, [x, draw.tensor(kind, [1], 1, 3), draw.tensor(kind, [1], 0, 0)])
    return Case(operator, [x, draw.i64(draw.ints(len(shape), 0 if draw.chance(0.1) else 1, 3))])


@cases("DepthToSpace", "SpaceToDepth")
def depth_to_space(operator, draw):
    block = draw.int(1, 3)
    n, c, h, w = draw.ints(4, 1, 4)
    kind = draw.pick(*(ANY if draw.opset >= 1 else FLOATS))
    if operator == "SpaceToDepth":
        return Case(operator, [draw.tensor(kind, [n, c, h * block, w * block])], {"blocksize": block})
    mode = draw.pick(None, "DCR", "CRD") if draw.opset >= 11 else None
    return Case(operator, [draw.tensor(kind, [n, c * block * block, h, w])], {"blocksize": block,
                                                                              "mode": mode})


@cases("Shape", "Size")
def shape_of(operator, draw):
    attributes = {}
    if operator == "Shape" and draw.opset >= 15:
        attributes = {"start": draw.maybe(draw.int(-6, 6)), "end": draw.maybe(draw.int(-6, 6))}
    return Case(operator, [draw.tensor(draw.pick(*ANY), draw.shape(0, 5))], attributes)


@cases("ConstantOfShape")
def constant_of_shape(operator, draw):
    value = draw.tensor(draw.pick(*NUMBERS, "bool"), [1])
    return Case(operator, [draw.i64(draw.shape(0, 4, empty=0.1))], {"value": draw.maybe(value, 0.8)},
                widen=False)


@cases("Constant")
def constant(operator, draw):
    kind = draw.pick("float", "double", "int64", "int32", "bool", "string", "float16", "uint8")
    options = [{"value": draw.tensor(kind, draw.shape())}]
    if draw.opset >= 12:
        options += [{"value_float": draw.real(-3, 3)}, {"value_int": draw.int(-9, 9)}, {"value_string": "ß"},
                    {"value_floats": [1.0, draw.real(0, 1)]}, {"value_ints": draw.ints(3, 0, 9)},
                    {"value_strings": ["a", "", "ß"]}]
    return Case(operator, [], draw.pick(*options))


@cases("EyeLike")
def eye_like(operator, draw):
    kind = draw.pick("float", "double", "int64", "int32", "uint64", "float16", "bool")
    to = draw.pick("float", "double", "int64", "int32", "uint64", "float16")
    return Case(operator, [draw.tensor(kind, draw.ints(2, 1, 6))],
                {"dtype": draw.maybe(TYPES[to][0], 0.6), "k": draw.maybe(draw.int(-4, 4))}, widen=False)


@cases("Range")
def range_(operator, draw):
    kind = draw.pick("float", "double", "int16", "int32", "int64")
    step = draw.pick(-2, -1, 1, 2, 0.25) if kind in FLOATS else draw.pick(-2, -1, 1, 2, 3)
    ends = draw.ints(2, -9, 9)
    make = draw.floats if kind in FLOATS else lambda k, v: draw.i64(v, k)
    return Case(operator, [make(kind, v) for v in (*ends, step)])


@cases("Trilu")
def trilu(operator, draw):
    x = draw.tensor(draw.pick(*NUMBERS, "bool"), draw.shape(0, 2) + draw.ints(2, 0
                                                                              if draw.chance(0.1) else 1, 6))
    inputs = [x, draw.i64(draw.int(-7, 7))] if draw.chance(0.7) else [x]
    return Case(operator, inputs, {"upper": draw.pick(None, 0, 1)}, widen=False)


@cases("CenterCropPad")
def center_crop_pad(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axes = draw.axes(len(shape)) if draw.chance() else None
    to = draw.i64(draw.ints(len(axes or shape), 1, 8), draw.pick("int32", "int64"))
    return Case(operator, [draw.tensor(draw.pick(*NUMBERS, "bool"), shape), to], {"axes": axes}, widen=False)


@cases("Crop")
def crop(operator, draw):
    shape = draw.ints(2, 1, 3) + draw.ints(2, 5, 9)
    border = draw.ints(4, 0, 2)
    scale = [draw.int(1, shape[2] - border[1]), draw.int(1, shape[3] - border[0])]
    x = draw.tensor(draw.pick("float", "float", "double", "float16"), shape)
    return Case(operator, [x], {"border": border, "scale": draw.maybe(scale)})


@cases("ReverseSequence")
def reverse_sequence(operator, draw):
    shape = draw.ints(2, 1, 6) + draw.shape(0, 2)
    batch = draw.int(0, 1)
    lengths = draw.i64(draw.ints(shape[batch], 1, shape[1 - batch]))
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), lengths],
                {"batch_axis": batch, "time_axis": 1 - batch})


@cases("OneHot")
def one_hot(operator, draw):
    depth = draw.int(1, 6)
    shape = draw.shape(0, 3)
    kind, count, values = draw.pick(*[("int64", "int64", v) for v in ("float", "int64", "int32", "string")],
                                    ("int32", "int32", "float"), ("int32", "float", "float"),
                                    ("float", "int64", "float"), ("float", "float", "float"),
                                    ("uint8", "int64", "bool"), ("int64", "int32", "float16"))
    indices = draw.tensor(kind, shape, -depth if kind in ("int64", "int32") and draw.opset >= 11 else 0,
                          depth - 1)
    if kind == "float":
        indices.array = np.round(indices.array)
    d = draw.tensor(count, draw.pick([], [1]), depth, depth)
    axis = draw.maybe(draw.axis(len(shape), 1))
    return Case(operator, [indices, d, draw.tensor(values, [2])], {"axis": axis}, widen=False)


@cases("NonZero")
def non_zero(operator, draw):
    x = draw.tensor(draw.pick(*NUMBERS, "bool"), draw.shape(0, 4), -1, 1)
    if x.type in ("float", "double", "float16"):
        x = Value(x.type, np.round(x.array))
    return Case(operator, [x])


@cases("Unique")
def unique(operator, draw):
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape)) if draw.chance() else None
    kind = draw.pick(*NUMBERS, "bool", "string")
    return Case(operator, [draw.tensor(kind, shape, 0, 1, exact=True)],
                {"axis": axis, "sorted": draw.pick(None, 0, 1)}, draw.int(1, 4), widen=False)
