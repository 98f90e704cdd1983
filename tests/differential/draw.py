"""Random draws that generators make their cases of."""
import numpy as np

from case import PACKED, TYPES, Sequence, Value

HALVES = ("float16", "bfloat16")
FLOATS = ("float", "float", "float", "double", *HALVES)
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTEGERS
SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, 2.0 ** 100, -2.0 ** 100, 0.5, 1.5, 2.5, -0.5)


def bfloat16(array):
    """The bits of float32 values rounded to nearest, ties to even."""
    bits = np.asarray(array, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    return np.where(np.isnan(array), 0x7FC0, rounded).astype(np.uint16)


def is_float(kind):
    return kind in FLOATS


class Draw:
    """A generator's source: numbers from a seed, and the opset that the case is of."""

    def __init__(self, seed, opset=0):
        self.rng = np.random.default_rng(seed)
        self.opset = opset

    def chance(self, p=0.5):
        return self.rng.random() < p

    def int(self, low, high):
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def ints(self, count, low, high):
        return [self.int(low, high) for _ in range(count)]

    def pick(self, *options):
        """One of the options; no bfloat16 before ONNX Runtime's Cast has it."""
        option = options[self.int(0, len(options) - 1)]
        return "float" if option == "bfloat16" and self.opset < 13 else option

    def real(self, low, high):
        return float(np.float32(self.rng.uniform(low, high)))

    def maybe(self, value, p=0.5):
        """The value, or None for an attribute or input that is left out."""
        return value if self.chance(p) else None

    def shape(self, low=0, high=4, largest=6, empty=0.03):
        """Rank from low to high; dimensions mostly small, sometimes beyond a vector's width."""
        dims = self.ints(self.int(low, high), 1, largest)
        if dims and self.chance(0.15):
            dims[self.int(0, len(dims) - 1)] = self.int(7, 70)
        if dims and self.chance(empty):
            dims[self.int(0, len(dims) - 1)] = 0
        return dims

    def tensor(self, kind, shape, low=-3, high=3, exact=False, special=0.0):
        """exact: multiples of 1/4, whose sums and products do not depend on an order. special: the
        chance that the tensor has NaN, infinities and the like."""
        shape = tuple(shape)
        if kind in ("int4", "uint4", "int2", "uint2", "float4e2m1") or kind.startswith("float8"):
            bits = PACKED.get(kind, 8)
            return Value(kind, self.rng.integers(0, 2 ** bits, shape).astype(np.uint8))
        if kind == "string":
            return Value(kind, self.rng.choice(["", "a", "b", "ab", "Abc", "ß"], shape).astype(object))
        if kind == "bool":
            return Value(kind, np.asarray(self.rng.random(shape) < 0.5))
        if kind.startswith("complex"):
            parts = self.rng.uniform(low, high, (2,) + shape)
            return Value(kind, (parts[0] + 1j * parts[1]).astype(TYPES[kind][1]))
        if not is_float(kind):
            least = max(low, 0) if kind in UNSIGNED else low
            return Value(kind, self.rng.integers(least, high + 1, shape).astype(TYPES[kind][1]))
        values = self.rng.uniform(low, high, shape)
        if exact:
            values = np.round(values * 4) / 4
        if self.chance(special):
            values = np.where(self.rng.random(shape) < 0.3, self.rng.choice(SPECIAL, shape), values)
        return self.floats(kind, values)

    def floats(self, kind, values):
        values = np.asarray(values, np.float64)
        if kind == "bfloat16":
            return Value(kind, bfloat16(values))
        with np.errstate(over="ignore"):
            return Value(kind, values.astype(TYPES[kind][1]))

    def i64(self, values, kind="int64"):
        return Value(kind, np.array(values, TYPES[kind][1]))

    def whole(self, kind, shape):
        """Integers of the type's whole range."""
        limits = np.iinfo(TYPES[kind][1])
        array = self.rng.integers(limits.min, limits.max, shape, TYPES[kind][1], endpoint=True)
        return Value(kind, np.asarray(array))

    def broadcast(self, count, low=0, high=4):
        """Shapes that broadcast to one: lower ranks and ones."""
        full = self.shape(low, high)
        shapes = []
        for _ in range(count):
            start = self.int(0, len(full)) if self.chance(0.4) else 0
            shapes.append([1 if self.chance(0.25) else d for d in full[start:]])
        return shapes

    def axis(self, rank, extra=0):
        """An axis, counted from either end."""
        axis = self.int(0, rank - 1 + extra)
        return axis - rank - extra if self.chance(0.3) and self.opset >= 11 else axis

    def axes(self, rank, count=None):
        """Different axes, in any order."""
        count = self.int(1, rank) if count is None else count
        chosen = self.rng.permutation(rank)[:count]
        return [int(a) - (rank if self.chance(0.3) and self.opset >= 11 else 0) for a in chosen]

    def sequence(self, kind, count, low=1, high=3):
        return Sequence(kind, [self.tensor(kind, self.shape(low, high)) for _ in range(count)])
