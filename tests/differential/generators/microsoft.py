"""com.microsoft."""
import numpy as np

from case import Case
from draw import FLOATS, NUMBERS
from generators import cases
from generators.linear import factors
from generators.quantized import EIGHT, powers
from generators.text import words
from generators.windows import window

MICROSOFT = "com.microsoft"
ACTIVATIONS = (None, "Relu", "Tanh", "Sigmoid", "LeakyRelu", "Clip", "HardSigmoid")
PARAMETERS = {"LeakyRelu": [0.25], "Clip": [-1.0, 1.0], "HardSigmoid": [0.25, 0.5]}


def quantized(draw, kind, shape, zero=0.97):
    """A tensor of 8-bit integers, its scale and its zero point, without which ONNX Runtime often crashes."""
    return [draw.whole(kind, shape), powers(draw, "float", []), draw.maybe(draw.tensor(kind, [], 0, 9), zero)]


def result(draw, kind, zero=0.97):
    """The scale and zero point of a quantized result."""
    return [powers(draw, "float", []), draw.maybe(draw.tensor(kind, [], 0, 9), zero)]


@cases("Gelu", "QuickGelu", "FastGelu", "BiasGelu", domain=MICROSOFT)
def gelu(operator, draw):
    kind = draw.pick("float", "float", "float16", "double", "bfloat16")
    x = draw.tensor(kind, draw.shape(1), -6, 6)
    bias = draw.tensor(kind, x.array.shape[-1:])
    if operator == "BiasGelu":
        return Case(operator, [x, bias])
    if operator == "FastGelu":
        return Case(operator, [x, draw.maybe(bias)])
    return Case(operator, [x], {"alpha": draw.maybe(draw.real(0.5, 2)) if operator == "QuickGelu" else None})


@cases("FusedMatMul", domain=MICROSOFT)
def fused_matmul(operator, draw):
    kind = draw.pick(*FLOATS)
    a, b = factors(draw)
    attributes = {"alpha": draw.maybe(draw.pick(0.5, 2.0))}
    if len(a) > 1 and len(b) > 1:
        attributes.update(transA=draw.pick(None, 0, 1), transB=draw.pick(None, 0, 1))
        a = a[:-2] + [a[-1], a[-2]] if attributes["transA"] else a
        b = b[:-2] + [b[-1], b[-2]] if attributes["transB"] else b
    return Case(operator, [draw.tensor(kind, s, exact=True) for s in (a, b)], attributes)


@cases("FusedGemm", domain=MICROSOFT)
def fused_gemm(operator, draw):
    m, k, n = draw.ints(3, 1, 20)
    attributes = {"transA": draw.pick(None, 0, 1), "transB": draw.pick(None, 0, 1),
                  "alpha": draw.maybe(0.5), "beta": draw.maybe(2.0), "activation": draw.pick(*ACTIVATIONS[1:])}
    given = PARAMETERS.get(attributes["activation"], [])
    attributes.update(zip(("activation_alpha", "activation_beta"), given))
    shapes = [k, m] if attributes["transA"] else [m, k], [n, k] if attributes["transB"] else [k, n]
    inputs = [draw.tensor("float", s, -1, 1) for s in shapes]
    return Case(operator, inputs + [draw.maybe(draw.tensor("float", draw.pick([n], [m, n], [1, n], [m, 1])))],
                attributes)


@cases("FusedConv", domain=MICROSOFT)
def fused_conv(operator, draw):
    rank, group = draw.pick(1, 2, 2, 3), draw.pick(1, 1, 2)
    attributes, sizes = window(draw, rank)
    attributes.update(group=group, activation=draw.pick(*ACTIVATIONS))
    attributes["activation_params"] = PARAMETERS.get(attributes["activation"])
    channels, maps = group * draw.int(1, 3), group * draw.int(1, 4)
    x = draw.tensor("float", [draw.int(1, 2), channels] + sizes, -1, 1)
    w = draw.tensor("float", [maps, channels // group] + attributes["kernel_shape"], -1, 1)
    return Case(operator, [x, w, draw.maybe(draw.tensor("float", [maps], -1, 1))], attributes)


@cases("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", domain=MICROSOFT)
def skip_layer_normalization(operator, draw):
    kind = draw.pick("float", "float", "float16")
    shape = draw.ints(draw.pick(2, 3, 3), 1, 6) + [draw.int(2, 20)]
    shape = shape[-3:]
    skip = shape if draw.chance(0.7) or len(shape) < 3 else draw.pick([1] + shape[1:], shape[1:])
    each = [draw.tensor(kind, shape[-1:], 0.5, 2) for _ in range(3)]
    inputs = [draw.tensor(kind, shape, 0.2, 3), draw.tensor(kind, skip, 0.2, 3), each[0]]
    if operator == "SkipLayerNormalization":
        inputs.append(draw.maybe(each[1]))
    return Case(operator, inputs + [draw.maybe(each[2])], {"epsilon": draw.pick(None, 1e-5, 1e-2)})


@cases("EmbedLayerNormalization", domain=MICROSOFT)
def embed_layer_normalization(operator, draw):
    kind = draw.pick("float", "float", "float16")
    batch, length, hidden = draw.int(1, 3), draw.int(1, 6), draw.int(2, 12)
    word, position, segment = draw.int(2, 9), length + draw.int(0, 3), draw.int(1, 3)
    segments = draw.chance()
    inputs = [draw.tensor("int32", [batch, length], 0, word - 1),
              draw.tensor("int32", [batch, length], 0, segment - 1) if segments else None,
              draw.tensor(kind, [word, hidden]), draw.tensor(kind, [position, hidden]),
              draw.tensor(kind, [segment, hidden]) if segments else None,
              draw.tensor(kind, [hidden], 0.5, 2), draw.tensor(kind, [hidden]),
              draw.maybe(draw.tensor("int32", [batch, length], 0, 1)),
              draw.maybe(draw.tensor("int32", draw.pick([batch, length], [1, length]), 0, position - 1))]
    return Case(operator, inputs, {"epsilon": draw.maybe(1e-3)}, 2)


@cases("Attention", domain=MICROSOFT)
def attention(operator, draw):
    batch, length, heads = draw.int(1, 3), draw.int(1, 5), draw.int(1, 3)
    hidden, size, value = draw.int(1, 9), heads * draw.int(1, 4), heads * draw.int(1, 4)
    sized = draw.chance(0.3)
    value = value if sized else size
    past = draw.int(1, 3) if draw.chance(0.3) and not sized else 0
    total = length + past
    masks = ([batch], [2 * batch], [3 * batch + 2], [batch, 1], [batch, total], [batch, length, total])
    mask = draw.maybe(draw.tensor("int32", draw.pick(*masks), 0, 1), 0.6)
    if mask is not None and mask.array.ndim == 1:
        mask.array[:batch] = draw.ints(batch, 1, total)
        mask.array[batch:] = 0
    elif mask is not None:
        mask.array[..., 0] = 1
    inputs = [draw.tensor("float", [batch, length, hidden], -1, 1),
              draw.tensor("float", [hidden, 2 * size + value], -1, 1),
              draw.maybe(draw.tensor("float", [2 * size + value], -1, 1), 0.98), mask,
              draw.tensor("float", [2, batch, heads, past, size // heads], -1, 1) if past else None,
              draw.maybe(draw.tensor("float", draw.pick([batch, heads, length, total],
                                                        [1, heads, length, total]), -1, 1), 0 if past else 0.3)]
    return Case(operator, inputs, {"num_heads": heads, "unidirectional": draw.pick(None, 0, 1),
                                   "qkv_hidden_sizes": [size, size, value] if sized else None,
                                   "scale": draw.maybe(draw.real(0.2, 1), 0.3)},
                2 if past else 1 if sized else draw.int(1, 2))


@cases("QLinearAdd", "QLinearMul", domain=MICROSOFT)
def qlinear_binary(operator, draw):
    kind = draw.pick(*EIGHT)
    a, b = draw.broadcast(2)
    return Case(operator, quantized(draw, kind, a) + quantized(draw, kind, b) + result(draw, kind), widen=False)


@cases("QLinearSigmoid", "QLinearLeakyRelu", domain=MICROSOFT)
def qlinear_function(operator, draw):
    kind = draw.pick(*EIGHT)
    alpha = draw.maybe(draw.real(0, 1)) if operator == "QLinearLeakyRelu" else None
    return Case(operator, quantized(draw, kind, draw.shape()) + result(draw, kind), {"alpha": alpha},
                widen=False)


@cases("QLinearSoftmax", domain=MICROSOFT)
def qlinear_softmax(operator, draw):
    kind = draw.pick(*EIGHT)
    shape = draw.shape(1, 4, empty=0)
    to = draw.floats("float", draw.pick(1 / 256, 1 / 255, 1 / 128))
    return Case(operator, quantized(draw, kind, shape) + [to, draw.tensor(kind, [], 0, 0)],
                {"axis": draw.maybe(draw.int(-len(shape), len(shape) - 1)), "opset": draw.pick(12, 13, 17)},
                widen=False)


@cases("QLinearConcat", domain=MICROSOFT)
def qlinear_concat(operator, draw):
    kind = draw.pick(*EIGHT)
    shape = draw.shape(1, 4, empty=0)
    axis = draw.int(-len(shape), len(shape) - 1)
    inputs = result(draw, kind, zero=1)
    for _ in range(draw.int(1, 3)):
        shape[axis] = draw.int(1, 4)
        inputs += quantized(draw, kind, shape, zero=1)
    return Case(operator, inputs, {"axis": axis}, widen=False)


@cases("QLinearAveragePool", "QLinearGlobalAveragePool", domain=MICROSOFT)
def qlinear_pool(operator, draw):
    kind = draw.pick(*EIGHT)
    last = draw.pick(None, 0, 1)
    attributes, sizes = window(draw, draw.pick(1, 2, 2, 3))
    shape = draw.ints(2, 1, 3)
    shape = shape[:1] + sizes + shape[1:] if last else shape + sizes
    if operator == "QLinearGlobalAveragePool":
        attributes = {}
    else:
        attributes.pop("dilations", None)
        attributes["count_include_pad"] = draw.pick(None, 0, 1)
    attributes["channels_last"] = last
    return Case(operator, quantized(draw, kind, shape) + result(draw, kind), attributes, widen=False)


@cases("QuantizeLinear", "DequantizeLinear", domain=MICROSOFT)
def quantize(operator, draw):
    shape = draw.shape(1, 4)
    kind = draw.pick(*EIGHT, "int16", "uint16")
    axis = draw.int(0, len(shape) - 1) if draw.chance() else None
    scales = [] if axis is None else [shape[axis]]
    zero = draw.maybe(draw.tensor(kind, scales, 0, 7), 0.8)
    if operator == "DequantizeLinear":
        return Case(operator, [draw.whole(kind, shape), draw.tensor("float", scales, 0.01, 2), zero],
                    {"axis": axis}, widen=False)
    x = draw.tensor("float", shape, -40, 40, exact=True)
    return Case(operator, [x, powers(draw, "float", scales), zero], {"axis": axis}, widen=False)


@cases("MatMulIntegerToFloat", domain=MICROSOFT)
def matmul_integer_to_float(operator, draw):
    a, b = factors(draw)
    left, right = (draw.pick(*EIGHT) for _ in range(2))
    columns = b[-1:] if len(b) == 2 and draw.chance() else []
    out = b[-1:] if len(b) > 1 else [1]
    return Case(operator, [draw.whole(left, a), draw.whole(right, b), draw.tensor("float", [], 0.01, 1),
                           draw.tensor("float", columns, 0.01, 1), draw.maybe(draw.tensor(left, [], 0, 9)),
                           draw.maybe(draw.tensor(right, columns, 0, 9)),
                           draw.maybe(draw.tensor("float", out))], widen=False)


@cases("DynamicQuantizeMatMul", domain=MICROSOFT)
def dynamic_quantize_matmul(operator, draw):
    """A's numbers are such that its scale is a power of two, so that none is near the middle."""
    m, k, n = draw.ints(3, 1, 12)
    right = draw.pick(*EIGHT)
    a = draw.i64(draw.rng.integers(-128, 128, [m, k]), "int64").array / 4
    a.flat[0] = -32
    a.flat[-1] = 31.75 if a.size > 1 else -32
    columns = [n] if draw.chance(0.4) else []
    return Case(operator, [draw.floats("float", a), draw.whole(right, [k, n]),
                           draw.tensor("float", columns, 0.01, 1),
                           draw.maybe(draw.tensor(right, columns, 0, 9)),
                           draw.maybe(draw.tensor("float", [n]))], widen=False)


@cases("QGemm", domain=MICROSOFT)
def qgemm(operator, draw):
    m, k, n = draw.ints(3, 1, 12)
    left, right, to = (draw.pick(*EIGHT) for _ in range(3))
    attributes = {"transA": draw.pick(None, 0, 1), "transB": draw.pick(None, 0, 1), "alpha": draw.maybe(0.5)}
    columns = [n] if draw.chance(0.4) else []
    inputs = [draw.whole(left, [k, m] if attributes["transA"] else [m, k]), powers(draw, "float", []),
              draw.tensor(left, [], 0, 9), draw.whole(right, [n, k] if attributes["transB"] else [k, n]),
              powers(draw, "float", columns), draw.tensor(right, columns, 0, 9),
              draw.maybe(draw.tensor("int32", draw.pick([m, n], [1, n], [n]), -900, 900))]
    if draw.chance(0.7):
        inputs += [draw.floats("float", 2.0 ** draw.int(2, 9)), draw.tensor(to, [], 0, 9)]
    return Case(operator, inputs, attributes, widen=False)


@cases("Tokenizer", domain=MICROSOFT)
def tokenizer(operator, draw):
    x = words(draw, draw.pick([draw.int(1, 5)], draw.ints(2, 1, 3)))
    how = draw.pick({"separators": [""]}, {"separators": [" "]}, {"separators": [",", " "]},
                    {"separators": ["b", "a"]}, {"tokenexp": "[a-z]+"}, {"tokenexp": "."})
    return Case(operator, [x], {"mark": draw.int(0, 1), "mincharnum": draw.int(1, 2), "pad_value": "#", **how},
                widen=False)


@cases("MatMulNBits", domain=MICROSOFT)
def matmul_nbits(operator, draw):
    """With g_idx all steps of a block name one block: ONNX Runtime reads the first eight of each block alone.
    Zero points that are no bytes, and g_idx, it has for 4 bits only; with g_idx and zero points in bytes it
    gives other numbers, even where g_idx is 0 throughout and hence changes nothing."""
    kind, bits = draw.pick("float", "float", "float16"), draw.pick(2, 4, 4, 4, 8)
    block, k, n = draw.pick(16, 32, 64, 128), draw.int(1, 150), draw.int(1, 40)
    blocks = -(-k // block)
    zero = draw.pick(None, draw.whole("uint8", [n, (blocks * bits + 7) // 8]))
    groups = None
    if bits == 4 and kind == "float":
        zero = draw.pick(zero, zero, draw.tensor("float", [n, blocks], 0, 15, exact=True))
        if (zero is None or zero.type == "float") and draw.chance(0.3):
            groups = draw.i64(draw.rng.permutation(blocks).repeat(block)[:k], "int32")
    inputs = [draw.tensor(kind, draw.ints(draw.int(0, 2), 1, 7) + [k], -1, 1),
              draw.whole("uint8", [n, blocks, block * bits // 8]),
              draw.tensor(kind, draw.pick([n, blocks], [n * blocks]), -0.05, 0.05), zero, groups,
              draw.maybe(draw.tensor(kind, [n]))]
    return Case(operator, inputs, {"K": k, "N": n, "block_size": block, "bits": bits,
                                   "accuracy_level": draw.pick(None, 0, 1)}, widen=False)


@cases("RotaryEmbedding", domain=MICROSOFT)
def rotary(operator, draw):
    kind = draw.pick("float", "float", "float16")
    batch, length, heads, size = draw.int(1, 2), draw.int(1, 4), draw.int(1, 3), 2 * draw.int(1, 8)
    part = draw.pick(0, 0, 2 * draw.int(1, size // 2))
    rows, half = length + draw.int(0, 4), (part or size) // 2
    x = draw.tensor(kind, draw.pick([batch, length, heads * size], [batch, heads, length, size]))
    positions = draw.pick(draw.tensor("int64", [batch, length], 0, rows - 1),
                          draw.tensor("int64", draw.pick([], [1]), 0, rows - length))
    return Case(operator, [x, positions] + [draw.tensor(kind, [rows, half], -1, 1) for _ in range(2)],
                {"interleaved": draw.pick(None, 0, 1), "rotary_embedding_dim": part or None,
                 "num_heads": heads if part else draw.maybe(heads), "scale": draw.pick(None, None, 2.0),
                 "is_packed_batching": draw.pick(None, 0, 1)})


@cases("ExpandDims", domain=MICROSOFT)
def expand_dims(operator, draw):
    shape = draw.shape(0, 4)
    axis = draw.i64(draw.int(-len(shape) - 1, len(shape)), "int32")
    return Case(operator, [draw.tensor(draw.pick(*NUMBERS, "bool"), shape), axis], widen=False)


@cases("Trilu", domain=MICROSOFT)
def trilu(operator, draw):
    x = draw.tensor(draw.pick("float", "double", "int64"), draw.shape(0, 2) + draw.ints(2, 1, 6))
    return Case(operator, [x, draw.maybe(draw.i64(draw.int(-7, 7)))], {"upper": draw.pick(None, 0, 1)},
                widen=False)


@cases("Inverse", domain=MICROSOFT)
def inverse(operator, draw):
    """Of matrices whose diagonal outweighs the rest."""
    n = draw.int(1, 6)
    x = draw.tensor(draw.pick("float", "float", "double", "float16"), draw.shape(0, 2, empty=0) + [n, n], -1, 1)
    x.array += (7 * np.eye(n)).astype(x.array.dtype)
    return Case(operator, [x], widen=False)


@cases("CropAndResize", domain=MICROSOFT)
def crop_and_resize(operator, draw):
    """Corners that are no multiples of what a box is cut into, so that no point is near a pixel's edge."""
    n, c, h, w = draw.ints(4, 1, 6)
    rois = draw.int(1, 4)
    boxes = draw.floats("float", draw.rng.uniform(*draw.pick((0.01, 0.99), (-0.5, 1.5)), [rois, 4]))
    size = draw.i64(draw.ints(2, 1, 6), "int32")
    return Case(operator, [draw.tensor("float", [n, c, h, w]), boxes,
                           draw.tensor("int32", [rois], 0, n - 1), size],
                {"mode": draw.pick(None, "bilinear", "nearest"),
                 "extrapolation_value": draw.maybe(draw.real(-2, 2))}, widen=False)


@cases("NhwcMaxPool", domain=MICROSOFT)
def nhwc_max_pool(operator, draw):
    attributes, sizes = window(draw, draw.pick(1, 2, 2, 3))
    x = draw.whole(draw.pick(*EIGHT), [draw.int(1, 2)] + sizes + [draw.int(1, 40)])
    return Case(operator, [x], {**attributes, "ceil_mode": draw.pick(None, 0, 1)}, widen=False)
