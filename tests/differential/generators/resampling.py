"""Images read at other coordinates."""
import numpy as np

from case import Case
from draw import FLOATS
from generators import cases

COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize")


@cases("Resize")
def resize(operator, draw):
    rank = draw.pick(2, 3, 4, 4, 4, 5)
    mode = draw.pick("nearest", "linear", "cubic") if draw.opset >= 11 else draw.pick("nearest", "linear")
    shape = draw.ints(rank, 1, 6)
    if mode != "nearest":
        rank = draw.pick(2, 4) if mode == "cubic" else draw.pick(2, 4, 4, 5)
        shape = draw.ints(rank, 1, 3)
        spatial = range(max(0, rank - 2), rank) if rank < 5 else range(2, 5)
    else:
        spatial = draw.pick(range(rank), range(min(2, rank - 1), rank))
    for a in spatial:
        shape[a] = draw.int(1, 9)
    sizes = [draw.int(1, 14) if a in spatial else d for a, d in enumerate(shape)]
    kind = draw.pick("float", "float", "float", "double", "float16", "uint8", "int32", "int8")
    if mode == "cubic" and kind not in ("float16", "double"):
        kind = "float"
    x = draw.tensor(kind, shape, 0, 60)
    scales = [s / d if draw.chance() else draw.pick(0.5, 1.5, 2, 0.7) if a in spatial else 1.0
              for a, (s, d) in enumerate(zip(sizes, shape))]
    scales = [c if int(np.float32(c) * d) >= 1 else 1.0 for c, d in zip(scales, shape)]
    scales = [1.0 if a not in spatial else c for a, c in enumerate(scales)]
    if draw.opset < 11:
        return Case(operator, [x, draw.floats("float", scales)], {"mode": mode})
    coordinates = draw.pick(None, *COORDINATES, *(("half_pixel_symmetric",) if draw.opset >= 19 else ()))
    attributes = {"mode": mode if mode != "nearest" or draw.chance() else None,
                  "coordinate_transformation_mode": coordinates}
    if mode == "nearest":
        attributes["nearest_mode"] = draw.pick(None, "round_prefer_floor", "round_prefer_ceil", "floor",
                                               "ceil")
    if mode == "cubic":
        attributes.update(cubic_coeff_a=draw.pick(None, -0.5), exclude_outside=draw.pick(None, 0, 1))
    if coordinates == "tf_crop_and_resize":
        attributes["extrapolation_value"] = draw.maybe(draw.real(0, 9))
    axes = list(range(rank))
    if draw.opset >= 18:
        if mode != "nearest":
            attributes["antialias"] = draw.pick(None, 0, 1)
        if draw.chance(0.3):
            axes = list(spatial)
            attributes["axes"] = axes
    roi = None
    if coordinates == "tf_crop_and_resize":
        first = [draw.real(0, 0.5) if a in spatial else 0.0 for a in axes]
        last = [draw.real(0.5, 1.2) if a in spatial else 1.0 for a in axes]
        roi = draw.floats("float", first + last)
    elif draw.opset < 13:
        roi = draw.floats("float", [])
    if draw.chance():
        return Case(operator, [x, roi, draw.floats("float", [scales[a] for a in axes])], attributes)
    if draw.opset >= 18:
        attributes["keep_aspect_ratio_policy"] = draw.pick(None, "stretch", "not_larger", "not_smaller")
        if attributes["keep_aspect_ratio_policy"] in ("not_larger",
                                                      "not_smaller") and "axes" not in attributes:
            attributes["keep_aspect_ratio_policy"] = None
    empty = draw.floats("float", []) if draw.opset < 13 else None
    return Case(operator, [x, roi, empty, draw.i64([sizes[a] for a in axes])], attributes)


@cases("Upsample")
def upsample(operator, draw):
    shape = draw.ints(4, 1, 5)
    scales = [1.0, 1.0, draw.pick(1.0, 2.0, 1.5), draw.pick(1.0, 2.0, 3.0)]
    x = draw.tensor(draw.pick("float", "int32", "uint8"), shape, 0, 60)
    mode = draw.pick(None, "nearest", "linear")
    if draw.opset >= 9:
        return Case(operator, [x, draw.floats("float", scales)], {"mode": mode})
    if draw.opset >= 7:
        return Case(operator, [x], {"scales": scales, "mode": mode})
    return Case(operator, [x], {"height_scale": scales[2], "width_scale": scales[3],
                                "mode": "bilinear" if mode == "linear" else mode})


@cases("GridSample")
def grid_sample(operator, draw):
    rank = 2 if draw.opset < 20 else draw.pick(2, 2, 3)
    n, c = draw.ints(2, 1, 3)
    sizes, out = draw.ints(rank, 1, 6), draw.ints(rank, 1, 5)
    modes = ("bilinear", "nearest", "bicubic") if draw.opset < 20 else ("linear", "nearest", "cubic")
    mode = draw.pick(None, *(modes if rank == 2 else modes[:2]))
    kind = draw.pick("float", "float", "double", "float16")
    grid = draw.floats("float" if kind == "float16" else kind, draw.rng.uniform(-1.4, 1.4, [n] + out + [rank]))
    return Case(operator, [draw.tensor(kind, [n, c] + sizes), grid],
                {"mode": mode, "padding_mode": draw.pick(None, "zeros", "border", "reflection"),
                 "align_corners": draw.pick(None, 0, 1)})


@cases("AffineGrid")
def affine_grid(operator, draw):
    rank = draw.pick(2, 3)
    n = draw.int(1, 3)
    kind = draw.pick(*FLOATS)
    theta = draw.tensor(kind, [n, rank, rank + 1], -1, 1)
    size = [n, draw.int(1, 3)] + draw.ints(rank, 2, 6)
    return Case(operator, [theta, draw.i64(size)], {"align_corners": draw.pick(None, 0, 1)})
