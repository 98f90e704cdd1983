"""Convolutions, poolings and what else moves a window over spatial axes."""
import numpy as np

from case import Case
from draw import FLOATS
from generators import cases

SPATIAL = (None, 24, 14, 9)  # largest size of an axis, by how many there are


def window(draw, rank, dilated=True, kernel=None):
    """Attributes of a window, and a size of each spatial axis in which it fits."""
    kernel = kernel or draw.ints(rank, 1, 4 if rank < 3 else 3)
    attributes = {"kernel_shape": kernel, "strides": draw.maybe(draw.ints(rank, 1, 3))}
    dilations = draw.ints(rank, 1, 3) if dilated and draw.chance(0.4) else [1] * rank
    if dilations != [1] * rank or draw.chance(0.2):
        attributes["dilations"] = dilations if dilated else None
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    if draw.chance(0.3):
        attributes["auto_pad"] = draw.pick("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")
        if "SAME" in attributes["auto_pad"] and draw.chance(0.8):  # ONNX Runtime refuses both together
            attributes.pop("dilations", None)
    pads = [0] * 2 * rank
    if attributes.get("auto_pad", "NOTSET") == "NOTSET" and draw.chance(0.6):
        pads = [draw.int(0, k - 1) for k in kernel * 2]
        attributes["pads"] = pads
    sizes = [draw.int(max(1, e), e + SPATIAL[rank]) for e in extent]
    return attributes, sizes


@cases("Conv")
def conv(operator, draw):
    rank = draw.pick(1, 2, 2, 2, 3)
    group = draw.pick(1, 1, 1, 2, 3, 8)
    channels = group * draw.pick(1, 1, 2, 3)
    maps = group * draw.pick(1, 1, 2, 3, 8)
    attributes, sizes = window(draw, rank)
    if draw.chance(0.2):  # the shapes of fast paths
        attributes["kernel_shape"], group, channels, maps = [3] * rank, 1, draw.int(8, 20), draw.int(8, 20)
        sizes = [s + 9 for s in sizes]
    attributes["group"] = group if group > 1 else draw.maybe(1)
    kind = draw.pick("float", "float", *FLOATS)
    inputs = [draw.tensor(kind, [draw.int(1, 2), channels] + sizes, -2, 2, exact=True),
              draw.tensor(kind, [maps, channels // group] + attributes["kernel_shape"], -1, 1, exact=True)]
    if draw.chance():
        inputs.append(draw.tensor(kind, [maps], exact=True))
    if draw.chance(0.3):
        del attributes["kernel_shape"]
    return Case(operator, inputs, attributes)


@cases("ConvTranspose")
def conv_transpose(operator, draw):
    rank = draw.pick(1, 2, 2, 2, 3)
    group = draw.pick(1, 1, 2, 3)
    channels, maps = group * draw.int(1, 3), draw.int(1, 3)
    attributes, sizes = window(draw, rank)
    sizes = [min(s, 7) for s in sizes]
    strides = attributes["strides"] or [1] * rank
    attributes["group"] = group if group > 1 else None
    if draw.chance(0.3):
        attributes["output_padding"] = [draw.int(0, max(s, d) - 1) for s, d in
                                        zip(strides, attributes.get("dilations") or [1] * rank)]
    if draw.chance(0.15):
        attributes.pop("pads", None)
        attributes.pop("output_padding", None)
        dilations = attributes.get("dilations") or [1] * rank
        attributes["output_shape"] = [draw.int(max(1, (s - 1) * t + 1), (s - 1) * t + (k - 1) * d + 1)
                                      for s, t, k, d in zip(sizes, strides, attributes["kernel_shape"],
                                                            dilations)]
    kind = draw.pick("float", "float", *FLOATS)
    inputs = [draw.tensor(kind, [draw.int(1, 2), channels] + sizes, -2, 2, exact=True),
              draw.tensor(kind, [channels, maps] + attributes["kernel_shape"], -1, 1, exact=True)]
    if draw.chance():
        inputs.append(draw.tensor(kind, [maps * group], exact=True))
    return Case(operator, inputs, attributes)


@cases("AveragePool", "MaxPool", "LpPool")
def pool(operator, draw):
    rank = draw.pick(1, 2, 2, 3)
    since = {"AveragePool": 19, "MaxPool": 10, "LpPool": 18}[operator]
    attributes, sizes = window(draw, rank, draw.opset >= since)
    if draw.opset >= {"AveragePool": 10, "MaxPool": 10, "LpPool": 18}[operator]:
        attributes["ceil_mode"] = draw.pick(None, 0, 1)
    kinds = FLOATS
    outputs = 1
    if operator == "AveragePool" and draw.opset >= 7:
        attributes["count_include_pad"] = draw.pick(None, 0, 1)
    if operator == "LpPool":
        attributes["p"] = draw.pick(None, 1, 2, 3)
    if operator == "MaxPool":
        kinds = FLOATS + (("int8", "uint8") if draw.opset >= 12 else ())
        if draw.opset >= 8:
            attributes["storage_order"] = draw.pick(None, 0, 1)
            outputs = draw.int(1, 2)
    x = draw.tensor(draw.pick(*kinds), draw.ints(2, 1, 4) + sizes, -9, 9)
    if operator == "AveragePool" and x.type in ("float16", "bfloat16"):
        x = draw.tensor(x.type, x.array.shape, 1, 4, exact=True)
    return Case(operator, [x], attributes, outputs)


@cases("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")
def global_pool(operator, draw):
    kind = draw.pick(*FLOATS)
    attributes = {"p": draw.pick(None, 1, 2, 3)} if operator == "GlobalLpPool" and draw.opset > 1 else {}
    return Case(operator, [draw.tensor(kind, draw.shape(3, 5), 0.5, 3)], attributes)


@cases("MaxUnpool")
def max_unpool(operator, draw):
    n, c = draw.ints(2, 1, 3)
    sizes = draw.ints(2, 1, 5)
    out = [2 * s for s in sizes]
    count = int(np.prod(sizes))
    indices = np.stack([draw.rng.permutation(int(np.prod(out)))[:count].reshape(sizes) + k * int(np.prod(out))
                        for k in range(n * c)]).reshape([n, c] + sizes)
    x = draw.tensor(draw.pick(*FLOATS), [n, c] + sizes)
    inputs = [x, draw.i64(indices)]
    if draw.chance(0.3):
        inputs.append(draw.i64([n, c] + out))
    return Case(operator, inputs, {"kernel_shape": [2, 2], "strides": [2, 2]})


@cases("Col2Im")
def col2im(operator, draw):
    rank = draw.pick(1, 2, 2, 3)
    attributes, sizes = window(draw, rank)
    attributes.pop("auto_pad", None)
    kernel = attributes.pop("kernel_shape")
    pads = attributes.get("pads") or [0] * 2 * rank
    strides = attributes["strides"] or [1] * rank
    dilations = attributes.get("dilations") or [1] * rank
    blocks = [(s + pads[k] + pads[k + rank] - (kernel[k] - 1) * dilations[k] - 1) // strides[k] + 1
              for k, s in enumerate(sizes)]
    x = draw.tensor(draw.pick(*FLOATS), [draw.int(1, 2), draw.int(1, 3) * int(np.prod(kernel)),
                                         int(np.prod(blocks))], exact=True)
    return Case(operator, [x, draw.i64(sizes), draw.i64(kernel)], attributes)


@cases("DeformConv")
def deform_conv(operator, draw):
    n, group, offsets = draw.int(1, 2), draw.pick(1, 2), draw.pick(1, 2)
    channels, maps = 2 * group * draw.int(1, 2), group * draw.int(1, 2)
    attributes, sizes = window(draw, 2)
    attributes.pop("auto_pad", None)
    kernel = attributes["kernel_shape"]
    pads = attributes.get("pads") or [0] * 4
    strides = attributes["strides"] or [1, 1]
    dilations = attributes.get("dilations") or [1, 1]
    out = [(s + pads[k] + pads[k + 2] - (kernel[k] - 1) * dilations[k] - 1) // strides[k] + 1
           for k, s in enumerate(sizes)]
    kind = draw.pick("float", "float", "double", "float16")
    attributes.update(group=group, offset_group=offsets)
    area = kernel[0] * kernel[1]
    inputs = [draw.tensor(kind, [n, channels] + sizes, exact=True),
              draw.tensor(kind, [maps, channels // group] + kernel, exact=True),
              draw.tensor(kind, [n, offsets * area * 2] + out, exact=True),
              draw.maybe(draw.tensor(kind, [maps], exact=True)),
              draw.maybe(draw.tensor(kind, [n, offsets * area] + out, 0, 1, exact=True))]
    return Case(operator, inputs, attributes)


@cases("MaxRoiPool")
def max_roi_pool(operator, draw):
    shape = draw.ints(2, 1, 3) + draw.ints(2, 4, 12)
    count = draw.int(1, 4)
    corners = draw.rng.integers(0, 4, (count, 2))
    rois = np.concatenate([draw.rng.integers(0, shape[0], (count, 1)), corners,
                           corners + draw.rng.integers(0, 9, (count, 2))], axis=1)
    kind = draw.pick("float", "float", "double", "float16")
    return Case(operator, [draw.tensor(kind, shape), draw.floats(kind, rois)],
                {"pooled_shape": draw.ints(2, 1, 4), "spatial_scale": draw.maybe(draw.pick(0.5, 0.25, 2.0))})


@cases("RoiAlign")
def roi_align(operator, draw):
    shape = draw.ints(2, 1, 3) + draw.ints(2, 4, 12)
    count = draw.int(1, 4)
    corners = draw.rng.uniform(-2, 8, (count, 2))
    rois = np.concatenate([corners, corners + draw.rng.uniform(0.1, 9, (count, 2))], axis=1)
    kind = draw.pick("float", "float", "double", "float16")
    attributes = {"output_height": draw.maybe(draw.int(1, 4)), "output_width": draw.maybe(draw.int(1, 4)),
                  "sampling_ratio": draw.pick(None, 0, 1, 2, 3),
                  "spatial_scale": draw.maybe(draw.pick(0.5, 0.25, 2.0)), "mode": draw.pick(None, "avg", "max")}
    if draw.opset >= 16:
        attributes["coordinate_transformation_mode"] = draw.pick(None, "half_pixel", "output_half_pixel")
    return Case(operator, [draw.tensor(kind, shape, 0, 3), draw.floats(kind, rois),
                           draw.i64(draw.rng.integers(0, shape[0], count))], attributes)


@cases("CausalConvWithState")
def causal_conv(operator, draw):
    kind = draw.pick("float", "float", "float16", "bfloat16")
    batch, channels, length, kernel = draw.int(1, 3), draw.int(1, 5), draw.int(1, 40), draw.int(1, 5)
    inputs = [draw.tensor(kind, [batch, channels, length]), draw.tensor(kind, [channels, 1, kernel]),
              draw.maybe(draw.tensor(kind, [channels])),
              draw.maybe(draw.tensor(kind, [batch, channels, kernel - 1]))]
    return Case(operator, inputs,
                {"activation": draw.pick(None, "none", "silu", "swish")}, 2, widen=False)
