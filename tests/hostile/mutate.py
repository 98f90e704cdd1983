"""Makes hostile operands and attributes of a case's good ones."""
import numpy as np
from onnx import GraphProto

from case import PACKED, TYPES, Map, Optional, Sequence, Value
from draw import bfloat16

MAX_ELEMENTS = 1 << 16  # of an operand
REALS = (np.nan, np.inf, -np.inf, -0.0, 1e-45, -1e-45, 3.4e38, -3.4e38, 1e300, -1e300, 2.0 ** 31, 2.0 ** 32,
         2.0 ** 63, -2.0 ** 63, 2.0 ** 64, -1.0, 0.5)
WHOLE = (0, 1, -1, 2, -2, 3, 7, 255, -128, 2 ** 16, 2 ** 31 - 1, -2 ** 31, 2 ** 31, 2 ** 32, 2 ** 32 + 1,
         2 ** 40, 2 ** 61, 2 ** 62, 2 ** 63 - 1, -2 ** 63, -2 ** 63 + 1)
TEXTS = ("", "\0", "a" * 300, "ß", "\U0010ffff", "%s%n", "-1", "nan", "9" * 40, "1e999", " ", "\n", "(", "[a-",
         "(?=", "..", "->", "...")


def whole(draw, kind):
    """A hostile number that the type holds."""
    limits = np.iinfo(TYPES[kind][1])
    return draw.pick(*(w for w in WHOLE if limits.min <= w <= limits.max), limits.min, limits.max)


def element(draw, kind):
    if kind == "string":
        return draw.pick(*TEXTS)
    if kind == "bool":
        return draw.chance()
    if kind in PACKED or kind.startswith("float8"):
        return draw.int(0, 2 ** PACKED.get(kind, 8) - 1)
    if kind in ("float", "double", "float16") or kind.startswith("complex"):
        with np.errstate(over="ignore"):
            return TYPES[kind][1](draw.pick(*REALS))
    if kind == "bfloat16":
        with np.errstate(over="ignore"):
            return bfloat16(np.float32(draw.pick(*REALS)))
    return whole(draw, kind)


def elements(draw, value):
    """The value with other numbers in some of its places, or in all of them."""
    array = value.array.copy()
    flat = array.reshape(-1)
    if flat.size and draw.chance(0.3):
        flat[...] = element(draw, value.type)
    for _ in range(draw.int(1, 3) if flat.size else 0):
        flat[draw.int(0, flat.size - 1)] = element(draw, value.type)
    return Value(value.type, array)


def other_shape(draw, shape):
    shape = list(shape)
    at = draw.int(0, len(shape) - 1) if shape else 0
    how = draw.int(0, 8)
    if how == 0 or not shape:
        return draw.pick([], [0], [1], [2], [1, 1], [0, 0], [3, 0, 2], [1] * 16)
    if how == 1:
        return shape[:at] + shape[at + 1:]
    if how == 2:
        return shape[:at] + [draw.pick(0, 1, 2)] + shape[at:]
    if how == 3:
        return [shape[i] for i in draw.rng.permutation(len(shape))]
    if how == 4:
        return [int(np.prod(shape))]
    shape[at] = draw.pick(0, 0, 1, shape[at] + 1, max(0, shape[at] - 1), 2 * shape[at], draw.pick(9, 17, 257))
    return shape


def reshape(draw, value):
    shape = other_shape(draw, value.array.shape)
    count = int(np.prod(shape))
    if count > MAX_ELEMENTS:
        return value
    if value.array.size == 0:
        flat = np.full(count, element(draw, value.type), value.array.dtype)
    else:
        flat = np.resize(value.array.reshape(-1), count)
    return Value(value.type, flat.reshape(shape))


def operand(draw, value):
    """Another value of the same type."""
    if isinstance(value, Sequence):
        items = [operand(draw, i) if draw.chance(0.4) else i for i in value.items]
        if draw.chance(0.3):
            items = draw.pick([], items[1:], items + items)
        return Sequence(value.type, items)
    if isinstance(value, Optional):
        item = value.item and operand(draw, value.item)
        return Optional(value.type, draw.maybe(item, 0.8), value.of_sequence)
    if isinstance(value, Map):
        return Map(*(elements(draw, part) for part in (value.keys, value.values)))
    if draw.chance(0.4):
        value = reshape(draw, value)
    return elements(draw, value) if draw.chance(0.7) else value


def attribute(draw, value):
    """Another attribute of the same type."""
    if isinstance(value, Value):
        return operand(draw, value)
    if isinstance(value, bool) or value is None or isinstance(value, (GraphProto, tuple)):
        return value
    if isinstance(value, int):
        return whole(draw, "int64")
    if isinstance(value, float):
        return float(np.float32(draw.pick(*REALS[:8])))
    if isinstance(value, str):
        return draw.pick(*TEXTS)
    if isinstance(value, list) and value:
        how = draw.int(0, 3)
        if how == 0 and len(value) > 1:
            return value[:-1]
        if how == 1:
            return value + value[-1:]
        at = draw.int(0, len(value) - 1)
        return value[:at] + [attribute(draw, value[at])] + value[at + 1:]
    return value


def mutate_attributes(draw, case):
    for name in list(case.attributes):
        if draw.chance(0.5):
            case.attributes[name] = attribute(draw, case.attributes[name])
