"""Sequences of tensors."""
from case import TYPES, Case, Optional, Sequence
from draw import NUMBERS
from generators import cases

ANY = NUMBERS + ("bool", "string")


def position(draw, count, kind=None):
    return draw.i64(draw.int(-count, count - 1), kind or draw.pick("int32", "int64"))


@cases("SequenceAt", "SequenceErase", "SequenceInsert", "SequenceLength")
def sequence(operator, draw):
    kind = draw.pick("float", "int64", "string", "double", "bool", "int32", "uint8")
    count = draw.int(1, 4)
    x = draw.sequence(kind, count)
    if operator == "SequenceLength":
        return Case(operator, [x])
    if operator == "SequenceInsert":
        inputs = [x, draw.tensor(kind, draw.shape(1, 3))]
        return Case(operator, inputs + [position(draw, count)] * draw.pick(0, 1))
    return Case(operator, [x, position(draw, count)] if operator == "SequenceAt" or draw.chance(0.7) else [x])


@cases("SequenceConstruct")
def construct(operator, draw):
    kind = draw.pick(*ANY)
    return Case(operator, [draw.tensor(kind, draw.shape(1, 3)) for _ in range(draw.int(1, 4))], widen=False)


@cases("SequenceEmpty")
def empty(operator, draw):
    return Case(operator, [], {"dtype": draw.maybe(TYPES[draw.pick("float", "int64", "double", "bool")][0])})


@cases("ConcatFromSequence")
def concat_from_sequence(operator, draw):
    kind = draw.pick("float", "int64", "string", "double", "int32")
    shape = draw.shape(1, 3, empty=0)
    new = draw.pick(None, 0, 1)
    axis = draw.int(-len(shape) - bool(new), len(shape) - 1 + bool(new))
    items = []
    for _ in range(draw.int(1, 4)):
        if not new:
            shape[axis] = draw.int(1, 4)
        items.append(draw.tensor(kind, shape))
    return Case(operator, [Sequence(kind, items)], {"axis": axis, "new_axis": new})


@cases("SplitToSequence")
def split_to_sequence(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axis = draw.axis(len(shape))
    x = draw.tensor(draw.pick("float", "int64", "string", "double", "int32"), shape)
    attributes = {"axis": axis if axis or draw.chance() else None, "keepdims": draw.pick(None, 0, 1)}
    split = draw.pick(None, draw.int(1, 4), [])
    if split == []:
        rest = shape[axis]
        while rest:
            split.append(draw.int(1, rest))
            rest -= split[-1]
    if split is None:
        return Case(operator, [x], attributes)
    return Case(operator, [x, draw.i64(split, draw.pick("int32", "int64"))], attributes, widen=False)


@cases("Optional", "OptionalGetElement", "OptionalHasElement")
def optional(operator, draw):
    kind = draw.pick("float", "int64", "string", "double", "bool", "int32", "uint8")
    of_sequence = draw.chance(0.3)
    item = draw.sequence(kind, draw.int(1, 3)) if of_sequence else draw.tensor(kind, draw.shape(0, 3))
    if operator == "Optional":
        return Case(operator, [item], widen=False)
    if draw.opset >= 18 and draw.chance(0.4):
        return Case(operator, [item], widen=False)
    if operator == "OptionalHasElement":
        item = draw.maybe(item, 0.7)
    return Case(operator, [Optional(kind, item, of_sequence)], widen=False)
