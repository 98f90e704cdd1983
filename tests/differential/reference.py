"""Independent evaluations, where ONNX Runtime is wrong often enough to need a judge."""
import itertools

import numpy as np
from onnx import TensorProto

from case import TYPE_NAMES, TYPES


def numbers(kind, array):
    """The values of an array as Value has it."""
    return (np.asarray(array, np.uint32) << np.uint32(16)).view(np.float32) if kind == "bfloat16" else array


def windows(case, sizes, kernel):
    """Strides, dilations, paddings at the beginnings and numbers of windows of each spatial axis."""
    rank = len(sizes)
    strides = case.attributes.get("strides") or [1] * rank
    dilations = case.attributes.get("dilations") or [1] * rank
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    pads = case.attributes.get("pads") or [0] * 2 * rank
    auto = case.attributes.get("auto_pad") or "NOTSET"
    if auto.startswith("SAME"):
        counts = [-(-n // s) for n, s in zip(sizes, strides)]
        total = [max(0, (c - 1) * s + e - n) for c, s, e, n in zip(counts, strides, extent, sizes)]
        return strides, dilations, [(t + (auto == "SAME_LOWER")) // 2 for t in total], counts
    up = [s - 1 if case.attributes.get("ceil_mode") else 0 for s in strides]
    counts = [(n + pads[a] + pads[a + rank] - extent[a] + up[a]) // strides[a] + 1 for a, n in enumerate(sizes)]
    if case.attributes.get("ceil_mode"):  # no window begins behind the image and the padding before it
        counts = [c - ((c - 1) * s >= n + p) for c, s, n, p in zip(counts, strides, sizes, pads)]
    return strides, dilations, pads[:rank], counts


def places(case, sizes, kernel):
    """For each element of the kernel: its index, and on each axis the pairs of window and position
    that it meets within the image."""
    strides, dilations, pads, counts = windows(case, sizes, kernel)
    for element in itertools.product(*map(range, kernel)):
        axes = []
        for k, s, d, p, count, n in zip(element, strides, dilations, pads, counts, sizes):
            pairs = [(w, w * s + k * d - p) for w in range(count)]
            axes.append([(w, at) for w, at in pairs if 0 <= at < n])
        yield (element, np.ix_(*([w for w, _ in axis] for axis in axes)),
               np.ix_(*([at for _, at in axis] for axis in axes)))


def convolution(case, x, w):
    """The sums of a convolution."""
    sizes, kernel = x.shape[2:], w.shape[2:]
    group = case.attributes.get("group") or 1
    maps, depth = w.shape[0], w.shape[1]
    y = np.zeros([x.shape[0], maps] + windows(case, sizes, kernel)[3], np.result_type(x, w))
    for element, at_window, at_image in places(case, sizes, kernel):
        for m in range(maps):
            first = m // (maps // group) * depth
            for c in range(depth):
                for n, image in enumerate(x[:, first + c]):
                    y[n, m][at_window] += w[(m, c) + element] * image[at_image]
    return y


def number(case, k, default=0):
    """Input k as int64 or float64, or a default where it is left out."""
    if k >= len(case.inputs) or case.inputs[k] is None:
        return np.array(default)
    array = case.inputs[k].array
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def requantized(sums, scale, zero, kind):
    limits = np.iinfo(kind)
    return np.clip(np.rint(sums * scale) + zero, limits.min, limits.max).astype(kind)


def per_map(values, rank):
    return values.reshape([-1] + [1] * (rank - 1)) if values.size > 1 else values.reshape(-1)[:1].reshape(())


def conv(case):
    x, w = (numbers(i.type, i.array).astype(float) for i in case.inputs[:2])
    y = convolution(case, x, w)
    if len(case.inputs) < 3:
        return y
    return y + per_map(numbers(case.inputs[2].type, case.inputs[2].array).astype(float), y.ndim - 1)


def pool(case):
    """MaxPool, LpPool, and AveragePool without paddings: over the elements that a window has."""
    x = numbers(case.inputs[0].type, case.inputs[0].array).astype(float)
    kernel, p = case.attributes["kernel_shape"], case.attributes.get("p") or 2
    y = np.zeros(x.shape[:2] + tuple(windows(case, x.shape[2:], kernel)[3]))
    y += -np.inf if case.operator == "MaxPool" else 0
    met = np.zeros(y.shape[2:])
    for _, at_window, at_image in places(case, x.shape[2:], kernel):
        met[at_window] += 1
        for n, c in np.ndindex(*x.shape[:2]):
            image, sums = x[n, c][at_image], y[n, c][at_window]
            y[n, c][at_window] = np.maximum(sums, image) if case.operator == "MaxPool" else \
                sums + (np.abs(image) ** p if case.operator == "LpPool" else image)
    return y / met if case.operator == "AveragePool" else y ** (1 / p) if case.operator == "LpPool" else y


def conv_integer(case):
    w = number(case, 1)
    sums = convolution(case, number(case, 0) - number(case, 2), w - per_map(number(case, 3), w.ndim))
    return sums.astype(np.int32)


def qlinear_conv(case):
    w = number(case, 3)
    sums = convolution(case, number(case, 0) - number(case, 2), w - per_map(number(case, 5), w.ndim))
    rank = sums.ndim - 1
    sums = sums + per_map(number(case, 8), rank)
    scale = number(case, 1) * per_map(number(case, 4), rank) / number(case, 6)
    return requantized(sums, scale, number(case, 7), case.inputs[7].array.dtype)


def matmul_integer(case):
    a_zero, b_zero = number(case, 2), number(case, 3)
    if a_zero.size > 1:
        a_zero = a_zero.reshape(-1, 1)
    return np.matmul(number(case, 0) - a_zero, number(case, 1) - b_zero).astype(np.int32)


def qlinear_matmul(case):
    sums = np.matmul(number(case, 0) - number(case, 2), number(case, 3) - number(case, 5))
    scale = number(case, 1) * number(case, 4) / number(case, 6)
    return requantized(sums, scale, number(case, 7), case.inputs[7].array.dtype)


def col2im(case):
    x, (sizes, kernel) = case.inputs[0], (i.array.tolist() for i in case.inputs[1:])
    counts = windows(case, sizes, kernel)[3]
    values = numbers(x.type, x.array).reshape([x.array.shape[0], -1] + kernel + counts)
    y = np.zeros(list(values.shape[:2]) + sizes)
    for element, at_window, at_image in places(case, sizes, kernel):
        for n, c in np.ndindex(*values.shape[:2]):
            y[n, c][at_image] += values[(n, c) + element][at_window]
    return y


def resize_lengths(case):
    """Of each axis that is resized: the axis, its scale, its new length, and its part of roi."""
    x, attributes = case.inputs[0].array, case.attributes
    given = [i.array if i is not None and i.array.size else None for i in case.inputs[1:]]
    roi, scales, sizes = (([None] if case.opset < 11 else []) + given + [None] * 3)[:3]
    if case.operator == "Upsample" and scales is None:
        of_image = [1, 1, attributes.get("height_scale"), attributes.get("width_scale")]  # of version 1
        scales = np.array(attributes.get("scales") or of_image, np.float32)
    axes = [a % x.ndim for a in attributes.get("axes") or range(x.ndim)]
    ends = roi.reshape(2, -1) if roi is not None else np.array([[0.0] * len(axes), [1.0] * len(axes)])
    lengths = [x.shape[a] for a in axes]
    if scales is not None:
        sizes = np.floor(np.array(lengths, np.float32) * scales).astype(int)
    else:
        scales = (sizes / np.array(lengths)).astype(np.float32)
        policy = attributes.get("keep_aspect_ratio_policy") or "stretch"
        if policy != "stretch":
            one = scales.min() if policy == "not_larger" else scales.max()
            scales = np.full(len(axes), one)
            sizes = np.floor(np.array(lengths) * one + 0.5).astype(int)
    return list(zip(axes, scales, sizes.tolist(), ends.T))


def position(case, at, scale, length, out, ends):
    """Where element at of an axis of the result lies on the axis before, in float as scales are."""
    at, length, out, ends = np.float32(at), np.float32(length), np.float32(out), ends.astype(np.float32)
    width = scale * length  # which may be a fraction, as the official cases have it
    mode = case.attributes.get("coordinate_transformation_mode") or "half_pixel"
    if case.opset < 11 or mode == "asymmetric":
        return at / scale
    if out <= 1 and mode in ("align_corners", "pytorch_half_pixel"):
        return np.float32(0)
    if mode == "align_corners":
        return at * (length - 1) / (width - 1)
    if mode == "tf_crop_and_resize":
        first, last = ends
        if out <= 1:
            return (first + last) * (length - 1) / np.float32(2)
        return first * (length - 1) + at * (last - first) * (length - 1) / (width - 1)
    shift = length / np.float32(2) * (1 - out / width) if mode == "half_pixel_symmetric" else 0
    return shift + (at + np.float32(0.5)) / scale - np.float32(0.5)


def nearest(case, at, scale):
    mode = case.attributes.get("nearest_mode") or "round_prefer_floor"
    if case.opset < 11:
        mode = "floor" if scale >= 1 else "ceil"
    return int({"round_prefer_floor": np.ceil(at - 0.5), "round_prefer_ceil": np.floor(at + 0.5),
                "floor": np.floor(at), "ceil": np.ceil(at)}[mode])


def weight(case, mode, distance):
    distance = abs(distance)
    if mode == "linear":
        return max(0, 1 - distance)
    a = case.attributes.get("cubic_coeff_a")
    a = -0.75 if a is None else a
    if distance <= 1:
        return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1
    return a * (((distance - 5) * distance + 8) * distance - 4) if distance < 2 else 0


def resize_matrix(case, scale, length, out, ends):
    """A row of weights for each element of the result; of NaN for those of extrapolation_value."""
    mode = case.attributes.get("mode") or "nearest"
    crop = case.attributes.get("coordinate_transformation_mode") == "tf_crop_and_resize"
    matrix = np.zeros((out, length))
    for k in range(out):
        at = position(case, k, scale, length, out, ends)
        if crop and not 0 <= at <= length - 1:
            matrix[k] = np.nan
            continue
        if mode == "nearest":
            matrix[k, min(max(nearest(case, at, scale), 0), length - 1)] = 1
            continue
        stretch = min(scale, 1) if case.attributes.get("antialias") else 1
        reach = (1 if mode == "linear" else 2) / stretch
        taps = range(int(np.floor(at - reach)) - 1, int(np.ceil(at + reach)) + 2)
        weights = {t: weight(case, mode, stretch * (t - at)) for t in taps}
        if case.attributes.get("exclude_outside"):
            weights = {t: w for t, w in weights.items() if 0 <= t < length}
        total = sum(weights.values())
        for t, w in weights.items():
            matrix[k, min(max(t, 0), length - 1)] += w / total
    return matrix


def resize(case):
    y = case.inputs[0].array.astype(float)
    outside = np.zeros([1] * y.ndim, bool)
    for axis, scale, out, ends in resize_lengths(case):
        matrix = resize_matrix(case, scale, y.shape[axis], out, ends)
        y = np.moveaxis(np.moveaxis(y, axis, -1) @ np.nan_to_num(matrix).T, -1, axis)
        outside = outside | np.expand_dims(np.isnan(matrix).any(axis=1),
                                           [k for k in range(y.ndim) if k != axis])
    return np.where(outside, case.attributes.get("extrapolation_value") or 0, y)


def einsum(case):
    terms = case.attributes["equation"].replace(" ", "")
    return np.einsum(terms, *(numbers(i.type, i.array) for i in case.inputs))


def heads_of(x, count):
    """Batch x heads x length x size, of an array that may have the heads side by side."""
    return x if x.ndim == 4 else x.reshape(x.shape[:2] + (count, -1)).swapaxes(1, 2)


def mask_of(case, shape, past):
    """What attn_mask and causality add to scores of this shape: query i sees the past and i + 1 keys."""
    bias = np.zeros(shape)
    given = case.inputs[3] if len(case.inputs) > 3 else None
    if given is not None:
        mask = numbers(given.type, given.array)
        mask = np.where(mask, 0, -np.inf) if given.type == "bool" else mask.astype(float)
        missing = shape[-1] - mask.shape[-1] if case.opset >= 24 else 0
        ends = [(0, 0)] * (mask.ndim - 1) + [(0, missing)]
        bias = bias + np.pad(mask, ends, constant_values=-np.inf)
    if case.attributes.get("is_causal"):
        later = np.arange(shape[-1]) > past + np.arange(shape[-2])[:, None]
        bias = np.where(later, -np.inf, bias)
    return bias


def attention(case):
    """Attention: the output, present keys and values, and the scores that are asked for."""
    q, k, v = (numbers(i.type, i.array).astype(float) for i in case.inputs[:3])
    past = [numbers(i.type, i.array).astype(float) for i in case.inputs[4:]]
    attributes, flat = case.attributes, q.ndim == 3
    q = heads_of(q, attributes.get("q_num_heads"))
    k, v = (heads_of(x, attributes.get("kv_num_heads")) for x in (k, v))
    if past:
        k, v = (np.concatenate([before, x], axis=2) for before, x in zip(past, (k, v)))
    group = q.shape[1] // k.shape[1]
    scale = attributes.get("scale")
    scale = 1 / np.sqrt(q.shape[3]) if scale is None else scale
    scores = [q @ np.repeat(k, group, axis=1).swapaxes(2, 3) * scale]
    softcap = attributes.get("softcap") or 0
    scores.append(softcap * np.tanh(scores[0] / softcap) if softcap > 0 else scores[0])
    scores.append(scores[1] + mask_of(case, scores[0].shape, past[0].shape[2] if past else 0))
    most = np.max(scores[2], axis=3, keepdims=True)
    weights = np.exp(scores[2] - np.where(np.isinf(most), 0, most))
    total = weights.sum(axis=3, keepdims=True)
    scores.append(weights / np.where(total == 0, 1, total))
    y = scores[3] @ np.repeat(v, group, axis=1)
    y = y.swapaxes(1, 2).reshape(y.shape[0], y.shape[2], -1) if flat else y
    return y, k, v, scores[attributes.get("qk_matmul_output_mode") or 0]


# operator -> evaluation of the first output, or of all of them, and how far the result may be off it;
# integers that interpolation gives may be cut off or rounded.
EVALUATE = {
    "Attention": (attention, 1e-4), "AveragePool": (pool, 1e-3), "Col2Im": (col2im, 0),
    "Conv": (conv, 1e-3), "ConvInteger": (conv_integer, 0), "Einsum": (einsum, 1e-3),
    "LpPool": (pool, 1e-3), "MatMulInteger": (matmul_integer, 0),
    "MaxPool": (pool, 0), "QLinearConv": (qlinear_conv, 0), "QLinearMatMul": (qlinear_matmul, 0),
    "Resize": (resize, 1e-3), "Upsample": (resize, 1e-3)}


def agrees(case, outputs):
    """Whether an evaluation here gives these outputs, serialized tensors: as many as it evaluates."""
    if case.operator not in EVALUATE or case.domain or case.attributes.get("count_include_pad"):
        return False
    evaluate, error = EVALUATE[case.operator]
    with np.errstate(all="ignore"):
        expected = evaluate(case)
    expected = expected if isinstance(expected, tuple) else (expected,)
    return all(is_close(data, e, error) for data, e in zip(outputs, expected))


def is_close(data, expected, error):
    tensor = TensorProto.FromString(data)
    kind = TYPE_NAMES[tensor.data_type]
    got = numbers(kind, np.frombuffer(tensor.raw_data, TYPES[kind][1]))
    if list(tensor.dims) != list(expected.shape):
        return False
    if error and got.dtype.kind in "iu":
        return bool(np.all(np.abs(got - expected.ravel()) < 1 + error))
    error = max(error, {"float16": 1e-2, "bfloat16": 1e-2}.get(kind, 0))
    return np.allclose(got.astype(float), expected.ravel().astype(float), rtol=error, atol=error)
