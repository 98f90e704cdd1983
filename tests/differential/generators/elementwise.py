"""One element of the output for one of each input: arithmetic, functions, comparisons, casts."""
import numpy as np

from case import TYPES, Case, Value
from draw import FLOATS, INTEGERS, NUMBERS, SIGNED, UNSIGNED, is_float
from generators import cases

RANGES = {"Acos": (-1.1, 1.1), "Asin": (-1.1, 1.1), "Atanh": (-1.1, 1.1), "Acosh": (0.9, 9),
          "Log": (-0.5, 9), "Sqrt": (-0.5, 9), "Exp": (-20, 20), "Tan": (-1.5, 1.5),
          "Cosh": (-9, 9), "Sinh": (-9, 9), "Round": (-9, 9)}


@cases("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp",
       "Floor", "HardSwish", "Log", "Mish", "Reciprocal", "Round", "Sigmoid", "Sin", "Sinh",
       "Softplus", "Softsign", "Sqrt", "Tan", "Tanh")
def function(operator, draw):
    low, high = RANGES.get(operator, (-8, 8))
    x = draw.tensor(draw.pick(*FLOATS), draw.shape(), low, high, special=0.15)
    return Case(operator, [x])


@cases("Abs", "Neg", "Sign", "Relu")
def signed(operator, draw):
    kinds = FLOATS + (SIGNED if operator in ("Neg", "Relu") else INTEGERS)
    kind = draw.pick(*kinds)
    shape = draw.shape()
    whole = not is_float(kind) and draw.chance(0.3)
    return Case(operator, [draw.whole(kind, shape) if whole else draw.tensor(kind, shape, special=0.2)])


@cases("Celu", "Elu", "Gelu", "HardSigmoid", "LeakyRelu", "Selu", "Shrink", "Swish", "ThresholdedRelu")
def parametric(operator, draw):
    names = {"Celu": "alpha", "Elu": "alpha", "HardSigmoid": "alpha beta", "LeakyRelu": "alpha",
             "Selu": "alpha gamma", "Shrink": "lambd bias", "Swish": "alpha",
             "ThresholdedRelu": "alpha"}.get(operator, "").split()
    attributes = {name: draw.maybe(draw.real(0.1, 2)) for name in names}
    if operator == "Gelu":
        attributes["approximate"] = draw.pick(None, "none", "tanh")
    kinds = NUMBERS if operator == "Shrink" else FLOATS
    return Case(operator, [draw.tensor(draw.pick(*kinds), draw.shape(), -6, 6, special=0.1)], attributes)


@cases("SwiGLU")
def swiglu(operator, draw):
    kind, shape = draw.pick(*FLOATS), draw.shape()
    return Case(operator, [draw.tensor(kind, shape, -6, 6) for _ in range(2)],
                {"alpha": draw.maybe(draw.real(0.1, 2))}, widen=False)


@cases("Affine", "ParametricSoftplus", "ScaledTanh")
def experimental(operator, draw):
    return Case(operator, [draw.tensor(draw.pick("float", "float", "double", "float16"), draw.shape(), -6, 6)],
                {"alpha": draw.real(0.1, 2), "beta": draw.real(0.1, 2)})


@cases("ImageScaler")
def image_scaler(operator, draw):
    shape = draw.ints(4, 1, 5)
    return Case(operator, [draw.tensor(draw.pick("float", "float", "double", "float16"), shape)],
                {"scale": draw.real(0.1, 2), "bias": [draw.real(-1, 1) for _ in range(shape[1])]})


@cases("Clip")
def clip(operator, draw):
    x = draw.tensor(draw.pick(*(FLOATS if draw.opset < 12 else NUMBERS)), draw.shape(), special=0.1)
    low, high = (draw.pick(-2, -1, 0), draw.pick(0, 1, 2)) if draw.chance(0.9) else (2, -1)
    if draw.opset < 11:
        return Case(operator, [x], {"min": draw.maybe(float(low)), "max": draw.maybe(float(high))})
    bounds = [draw.tensor(x.type, [], b, b) if draw.chance(0.8) and (b >= 0 or x.type not in UNSIGNED)
              else None for b in (low, high)]
    return Case(operator, [x] + bounds)


@cases("PRelu")
def prelu(operator, draw):
    kind = draw.pick(*FLOATS, "int32", "int64", "uint32", "uint64")
    shape = draw.shape(1, 4)
    slope = [1 if draw.chance(0.3) else d for d in shape[draw.int(0, len(shape)):]]
    return Case(operator, [draw.tensor(kind, shape), draw.tensor(kind, slope)])


@cases("Add", "Sub", "Mul", "Div", "Pow", "Mod")
def arithmetic(operator, draw):
    kind = draw.pick(*NUMBERS)
    left, right = draw.broadcast(2) if draw.opset >= 7 else [draw.shape(1)] * 2
    attributes = {}
    if operator in ("Div", "Mod") or operator == "Pow":
        b = draw.tensor(kind, right, 1, 3) if draw.chance() else draw.tensor(kind, right, 0.5, 4) \
            if is_float(kind) else draw.tensor(kind, right, 1, 4)
    else:
        b = draw.tensor(kind, right, -3, 3, special=0.1)
    if operator == "Mod":
        attributes["fmod"] = 1 if is_float(kind) or draw.chance(0.4) else 0
        if draw.chance() and kind not in UNSIGNED and kind != "bfloat16":
            b.array = (-b.array).astype(b.array.dtype)
    a = draw.tensor(kind, left, -9, 9, special=0.1)
    if operator == "Pow":
        a = draw.tensor(kind, left, 0 if is_float(kind) else -4, 4)
        if draw.chance(0.4) and draw.opset >= 12:
            b = draw.tensor(draw.pick("float", "int32", "int64", "double"), right, 0, 4)
    if operator in ("Add", "Sub", "Mul") and not is_float(kind) and draw.chance(0.3):
        a = draw.whole(kind, left)
    return Case(operator, [a, b], attributes)


@cases("Max", "Min", "Mean", "Sum")
def variadic(operator, draw):
    kind = draw.pick(*(NUMBERS if operator in ("Max", "Min") else FLOATS))
    count = draw.int(1, 4)
    shapes = draw.broadcast(count) if draw.opset >= 8 else [draw.shape()] * count
    return Case(operator, [draw.tensor(kind, s, special=0.1, exact=True) for s in shapes])


@cases("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
def comparison(operator, draw):
    kinds = NUMBERS + (("bool", "string") if operator == "Equal" else ())
    kind = draw.pick(*kinds)
    shapes = draw.broadcast(2) if draw.opset >= 7 else [draw.shape(1)] * 2
    return Case(operator, [draw.tensor(kind, s, special=0.2, exact=True) for s in shapes])


@cases("And", "Or", "Xor")
def logical(operator, draw):
    shapes = draw.broadcast(2) if draw.opset >= 7 else [draw.shape(1)] * 2
    return Case(operator, [draw.tensor("bool", s) for s in shapes])


@cases("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift", "BitwiseNot", "Not")
def bitwise(operator, draw):
    if operator == "Not":
        return Case(operator, [draw.tensor("bool", draw.shape())])
    if operator == "BitwiseNot":
        return Case(operator, [draw.whole(draw.pick(*INTEGERS), draw.shape())])
    shapes = draw.broadcast(2)
    if operator == "BitShift":
        kind = draw.pick(*UNSIGNED)
        bits = np.dtype(TYPES[kind][1]).itemsize * 8
        return Case(operator, [draw.whole(kind, shapes[0]), draw.tensor(kind, shapes[1], 0, bits - 1)],
                    {"direction": draw.pick("LEFT", "RIGHT")}, widen=False)
    kind = draw.pick(*INTEGERS)
    return Case(operator, [draw.whole(kind, s) for s in shapes])


@cases("IsInf", "IsNaN")
def special(operator, draw):
    kind = draw.pick(*FLOATS, "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz")
    attributes = {}
    if operator == "IsInf":
        attributes = {"detect_negative": draw.pick(None, 0, 1), "detect_positive": draw.pick(None, 0, 1)}
    return Case(operator, [draw.tensor(kind, draw.shape(), special=0.9)], attributes)


@cases("Where")
def where(operator, draw):
    condition, x, y = draw.broadcast(3)
    kind = draw.pick(*NUMBERS, "bool", "string", "complex64")
    return Case(operator, [draw.tensor("bool", condition), draw.tensor(kind, x), draw.tensor(kind, y)])


NUMERALS = ("0", "1", "-1", "3.5", "1e3", "-2.25E-1", "NaN", "INF", "-inf", "100", "7")


FLOAT8 = ("float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz")
SMALL = {"int4": (-8, 7), "uint4": (0, 15), "int2": (-2, 1), "uint2": (0, 3)}


def cast_kinds(draw):
    kinds = NUMBERS + ("bool", "string") + (FLOAT8 if draw.opset >= 19 else ())
    kinds += ("int4", "uint4") if draw.opset >= 21 else ()
    kinds += ("float4e2m1",) if draw.opset >= 23 else ()
    kinds += ("float8e8m0",) if draw.opset >= 24 else ()
    return kinds + (("int2", "uint2") if draw.opset >= 25 else ())


@cases("Cast", "CastLike")
def cast(operator, draw):
    """What does not fit an integer is left out where it comes from floats: nobody says what becomes of it."""
    kinds = cast_kinds(draw)
    source, to = draw.pick(*kinds), draw.pick(*kinds)
    to_float = to.startswith(("float", "bfloat", "double"))
    shape = draw.shape()
    if source == "string":
        numerals = NUMERALS if is_float(to) else ("0", "1", "12", "7", "100")
        x = Value(source, draw.rng.choice(numerals, shape).astype(object))
    elif is_float(source):
        low, high = SMALL.get(to, (-100 if to_float or to in SIGNED else 0, 100))
        x = draw.tensor(source, shape, low, high, exact=to == "string", special=0.3 if to_float else 0)
    elif source in INTEGERS and draw.chance(0.4):
        x = draw.whole(source, shape)
    else:
        x = draw.tensor(source, shape, -9, 100)
        if source == "float8e8m0" and not to_float:
            x.array = x.array % 4 + np.uint8(125)  # 1/4 to 2
        elif source in FLOAT8 and not to_float:
            x.array = x.array % 32 + np.uint8(32)  # below 2
    saturate = draw.pick(None, 0, 1) if to in FLOAT8 else None
    if operator == "CastLike":
        return Case(operator, [x, draw.tensor(to, [1])], {"saturate": saturate}, widen=False)
    return Case(operator, [x], {"to": TYPES[to][0], "saturate": saturate}, widen=False)


@cases("BitCast")
def bitcast(operator, draw):
    sizes = (("uint8", "int8"), ("uint16", "float16", "bfloat16"), ("int32", "float"), ("double", "uint64"))
    pair = draw.pick(*sizes)
    source, to = draw.pick(*pair), draw.pick(*pair)
    return Case(operator, [draw.tensor(source, draw.shape(1))], {"to": TYPES[to][0]}, widen=False)


@cases("Dropout", "Identity")
def same(operator, draw):
    kind = draw.pick(*FLOATS) if operator == "Dropout" else draw.pick(*NUMBERS, "bool", "string", "complex64")
    x = draw.tensor(kind, draw.shape())
    if operator == "Dropout" and draw.opset >= 12:
        return Case(operator, [x, draw.maybe(draw.tensor("float", [], 0, 0.9))], outputs=draw.int(1, 2))
    return Case(operator, [x], {"is_test": 1 if operator == "Dropout" and draw.opset < 7 else None})
