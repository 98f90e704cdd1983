"""Operators whose results are drawn: see random_reference.py for what is held against them."""
from case import TYPES, Case
from generators import cases

REAL = ("float", "float", "double", "float16")


def kinds(draw):
    return REAL + (("bfloat16",) if draw.opset >= 22 else ())


def seed(draw):
    return draw.maybe(draw.real(0, 1000))


def parameters(operator, draw):
    if "Normal" in operator:
        return {"mean": draw.maybe(draw.real(-3, 3)), "scale": draw.maybe(draw.real(0.1, 4))}
    low = draw.real(-3, 3)
    return draw.pick({}, {"low": low, "high": low + draw.real(0.5, 4)})


@cases("RandomNormal", "RandomUniform")
def drawn(operator, draw):
    to = draw.pick(*kinds(draw))
    return Case(operator, [], {"shape": [draw.int(2, 40), draw.int(10, 100)], "seed": seed(draw),
                               "dtype": draw.maybe(TYPES[to][0], 0.8), **parameters(operator, draw)},
                random=True)


@cases("RandomNormalLike", "RandomUniformLike")
def like(operator, draw):
    kind = draw.pick(*kinds(draw), "int32", "int64", "bool")
    to = draw.pick(*kinds(draw))
    typed = draw.chance() or kind in ("int32", "int64", "bool")
    return Case(operator, [draw.tensor(kind, [draw.int(2, 40), draw.int(10, 100)])],
                {"seed": seed(draw), "dtype": TYPES[to][0] if typed else None, **parameters(operator, draw)},
                widen=False, random=True)


@cases("Bernoulli")
def bernoulli(operator, draw):
    x = draw.tensor(draw.pick(*kinds(draw)), [draw.int(2, 40), draw.int(10, 100)], 0, 1)
    x.array.flat[:2] = draw.floats(x.type, [0, 1]).array
    to = draw.pick("float", "double", "float16", "int32", "int64", "uint8", "bool", "int8")
    return Case(operator, [x], {"seed": seed(draw), "dtype": draw.maybe(TYPES[to][0])}, widen=False,
                random=True)


@cases("Multinomial")
def multinomial(operator, draw):
    x = draw.tensor(draw.pick(*kinds(draw)), [draw.int(1, 4), draw.int(2, 6)], -2, 2)
    return Case(operator, [x], {"sample_size": draw.int(300, 2000), "seed": seed(draw),
                                "dtype": draw.pick(None, 6, 7)}, widen=False, random=True)
