"""Elements and slices taken or put where indices say."""
import numpy as np

from case import Case
from draw import NUMBERS
from generators import cases

ANY = NUMBERS + ("bool", "string")


def indices(draw, shape, size):
    """Indices into an axis of that size, from either end where the opset has it; rarely outside."""
    low = -size if draw.opset >= 11 else 0
    x = draw.tensor(draw.pick("int32", "int64", "int64"), shape, low, size - 1)
    if draw.chance(0.03) and x.array.size:
        x.array.flat[draw.int(0, x.array.size - 1)] = draw.pick(size, -size - 1)
    return x


@cases("Gather")
def gather(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axis = draw.axis(len(shape))
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), indices(draw, draw.shape(0, 3), shape[axis])],
                {"axis": axis if axis or draw.chance() else None}, widen=False)


@cases("GatherElements")
def gather_elements(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axis = draw.axis(len(shape))
    own = [draw.int(1, d) for d in shape]
    own[axis] = draw.int(0 if draw.chance(0.05) else 1, 6)
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), indices(draw, own, shape[axis])],
                {"axis": axis}, widen=False)


def nd_indices(draw, shape, lead, depth):
    """Index tuples for the first axes of shape."""
    low = -1 if draw.opset >= 11 else 0
    parts = [draw.rng.integers(low * d, d, lead) for d in shape[:depth]]
    return np.stack(parts, axis=-1) if parts else np.zeros(lead + [0], np.int64)


@cases("GatherND")
def gather_nd(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    batch = draw.int(0, len(shape) - 1) if draw.opset >= 12 and draw.chance(0.4) else 0
    depth = draw.int(1, len(shape) - batch)
    lead = shape[:batch] + draw.shape(0, 2)
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), draw.i64(nd_indices(draw, shape[batch:],
                                                                                    lead, depth))],
                {"batch_dims": batch if batch else None}, widen=False)


def reduction(draw, kind):
    if draw.opset < 16 or kind in ("bool", "string") or draw.chance(0.4):
        return None
    return draw.pick("add", "mul", "none", *(("max", "min") if draw.opset >= 18 else ()))


@cases("ScatterND")
def scatter_nd(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    depth = draw.int(1, len(shape))
    lead = draw.shape(0, 2)
    kind = draw.pick(*ANY)
    how = reduction(draw, kind)
    if how in (None, "none"):  # else the last of two writes to one place would be anyone's
        cells = int(np.prod(shape[:depth]))
        lead = [draw.int(1, cells)]
        flat = draw.rng.permutation(cells)[:lead[0]]
        where = np.stack(np.unravel_index(flat, shape[:depth]), axis=-1)
    else:
        where = nd_indices(draw, shape, lead, depth)
    return Case(operator, [draw.tensor(kind, shape, exact=True), draw.i64(where),
                           draw.tensor(kind, lead + shape[depth:], -2, 2,
                                       exact=True)], {"reduction": how}, widen=False)


@cases("ScatterElements", "Scatter")
def scatter_elements(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axis = draw.axis(len(shape))
    kind = draw.pick(*ANY)
    how = reduction(draw, kind)
    own = [draw.int(1, d) for d in shape]
    where = np.argsort(draw.rng.random(own[:axis % len(shape)] + [shape[axis]] + own[axis % len(shape) + 1:]),
                       axis=axis)
    where = np.take(where, range(own[axis]), axis=axis)
    if how not in (None, "none"):
        where = draw.rng.integers(-shape[axis], shape[axis], own)
    return Case(operator, [draw.tensor(kind, shape, exact=True), draw.i64(where, draw.pick("int32", "int64")),
                           draw.tensor(kind, own, -2, 2, exact=True)],
                {"axis": axis, "reduction": how}, widen=False)


@cases("TensorScatter")
def tensor_scatter(operator, draw):
    shape = draw.shape(3, 4, empty=0)
    axis = draw.int(1, len(shape) - 1)
    length = draw.int(1, shape[axis])
    mode = draw.pick(None, "linear", "circular")
    most = shape[axis] - (0 if mode == "circular" else length)
    kind = draw.pick(*NUMBERS)
    update = shape[:axis] + [length] + shape[axis + 1:]
    inputs = [draw.tensor(kind, shape), draw.tensor(kind, update),
              draw.maybe(draw.i64(draw.ints(shape[0], 0, max(0, most - (mode == "circular")))))]
    return Case(operator, inputs, {"axis": axis - (len(shape) if draw.chance() else 0), "mode": mode},
                widen=False)


@cases("Compress")
def compress(operator, draw):
    shape = draw.shape(1, 4, empty=0)
    axis = draw.axis(len(shape)) if draw.chance(0.7) else None
    size = shape[axis] if axis is not None else int(np.prod(shape))
    return Case(operator, [draw.tensor(draw.pick(*ANY), shape), draw.tensor("bool", [draw.int(1, size)])],
                {"axis": axis}, widen=False)
