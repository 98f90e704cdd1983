"""Quantization and products of quantized values."""
from case import TYPES, Case
from generators import cases
from generators.linear import factors
from generators.windows import window

EIGHT = ("int8", "uint8")
FLOAT8 = ("float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz")


def powers(draw, kind, shape):
    """Scales that are powers of two: no quotient is near the middle between two results by rounding alone."""
    return draw.floats(kind, 2.0 ** draw.rng.integers(-3, 3, tuple(shape)))


def granularity(draw, shape):
    """(shape of scales, attributes): a scale for the tensor, for each slice of an axis, for each block."""
    how = draw.pick("tensor", "axis", "block") if shape and draw.opset >= 13 else "tensor"
    if how == "tensor" or draw.opset < 21 and how == "block":
        return draw.pick([], [1]) if draw.opset >= 13 else [], {}
    axis = draw.axis(len(shape))
    if how == "axis":
        return [shape[axis]], {"axis": axis}
    block = draw.int(1, max(1, shape[axis]))
    scales = list(shape)
    scales[axis] = -(-shape[axis] // block)
    return scales, {"axis": axis, "block_size": block}


def quantized_kinds(draw):
    return EIGHT + (FLOAT8 if draw.opset >= 19 else ()) + \
        (("int16", "uint16", "int4", "uint4") if draw.opset >= 21 else ())


@cases("QuantizeLinear")
def quantize(operator, draw):
    shape = draw.shape(0, 4)
    to = draw.pick(*EIGHT, *quantized_kinds(draw))
    kind = draw.pick("float", "float", "float16", "bfloat16") if draw.opset >= 19 else "float"
    scales, attributes = granularity(draw, shape)
    x = draw.tensor(kind, shape, -40, 40, exact=draw.chance())
    inputs = [x, powers(draw, kind, scales)]
    if to in FLOAT8:
        zero = draw.tensor(to, scales)
        zero.array[...] = 0
        attributes["saturate"] = draw.pick(None, 0, 1)
    else:
        zero = draw.tensor(to, scales, 0, 7)
    if draw.opset >= 21 and draw.chance(0.2):
        attributes["output_dtype"] = TYPES[to][0]
        zero = draw.maybe(zero, 0.3)
    elif to == "uint8" and draw.chance(0.4):
        zero = None
    return Case(operator, inputs + [zero], attributes, widen=False)


@cases("DequantizeLinear")
def dequantize(operator, draw):
    shape = draw.shape(0, 4)
    kind = draw.pick(*EIGHT, "int32", *quantized_kinds(draw))
    scale_kind = draw.pick("float", "float", "float16", "bfloat16") if draw.opset >= 19 else "float"
    scales, attributes = granularity(draw, shape)
    zero = draw.tensor(kind, scales, -7, 7)
    if kind in FLOAT8 or kind == "int32":
        zero.array[...] = 0
    x = draw.tensor(kind, shape, -100, 100)
    return Case(operator, [x, draw.tensor(scale_kind, scales, 0.01, 2), draw.maybe(zero, 0.7)], attributes,
                widen=False)


@cases("DynamicQuantizeLinear")
def dynamic_quantize(operator, draw):
    low = draw.pick(-4, 0, 1, -9)
    return Case(operator, [draw.tensor("float", draw.shape(0, 4, empty=0), low, low + draw.int(1, 9))],
                outputs=3)


@cases("QLinearMatMul")
def qlinear_matmul(operator, draw):
    a, b = factors(draw)
    kinds = [draw.pick(*EIGHT) for _ in range(3)]
    kinds[2] = draw.pick(kinds[0], kinds[2])
    inputs = []
    real = draw.pick("float", "float", "float16") if draw.opset >= 21 else "float"
    per_column = len(b) == 2 and draw.chance(0.4)
    for kind, shape, scales in zip(kinds, (a, b, []), ([], [b[-1]] if per_column else [], [])):
        inputs += [draw.whole(kind, shape)] if shape else []
        inputs += [powers(draw, real, scales), draw.tensor(kind, scales, 0, 9)]
    return Case(operator, inputs, widen=False)


def integer_conv(draw):
    rank = draw.pick(1, 2, 2, 3)
    group = draw.pick(1, 1, 2, 3)
    channels, maps = group * draw.int(1, 4), group * draw.int(1, 4)
    attributes, sizes = window(draw, rank)
    attributes["group"] = group if group > 1 else None
    x = draw.whole(draw.pick(*EIGHT), [draw.int(1, 2), channels] + sizes)
    w = draw.whole(draw.pick(*EIGHT), [maps, channels // group] + attributes["kernel_shape"])
    return x, w, attributes


@cases("ConvInteger")
def conv_integer(operator, draw):
    x, w, attributes = integer_conv(draw)
    inputs = [x, w]
    if draw.chance(0.7):
        inputs.append(draw.tensor(x.type, [], 0, 9))
        if draw.chance():
            inputs.append(draw.tensor(w.type, draw.pick([], [w.array.shape[0]]), 0, 9))
    return Case(operator, inputs, attributes, widen=False)


@cases("QLinearConv")
def qlinear_conv(operator, draw):
    x, w, attributes = integer_conv(draw)
    maps = [w.array.shape[0]] if draw.chance(0.4) else []
    y = draw.pick(x.type, *EIGHT)
    inputs = [x, powers(draw, "float", []), draw.tensor(x.type, [], 0, 9),
              w, powers(draw, "float", maps), draw.tensor(w.type, maps, 0, 9),
              draw.floats("float", 2.0 ** draw.int(2, 9)), draw.tensor(y, [], 0, 9)]
    if draw.chance():
        inputs.append(draw.tensor("int32", [w.array.shape[0]], -900, 900))
    return Case(operator, inputs, attributes, widen=False)
