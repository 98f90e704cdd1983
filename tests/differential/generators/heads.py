"""Attention of com.microsoft with heads that a projection has made already."""
from case import Case
from generators import cases

MICROSOFT = "com.microsoft"


def windowed(draw, kind):
    """A cache of a window alone, of which ONNX Runtime leaves the rows behind the last one as they were:
    as many positions as fill it. With one query it may have given up others before."""
    kv, group, size, window = draw.pick(1, 2), draw.pick(1, 2), draw.pick(8, 16), draw.int(1, 5)
    room = window + draw.pick(0, 0, draw.int(1, 4))
    length = draw.pick(1, draw.int(2, 4))
    batch = draw.int(1, 3) if length == 1 else 1
    slack = room - window + 1
    total = room + slack * draw.int(0, 3)  # after which the cache is full
    total = max(total, room + slack * -(-length // slack)) if length > 1 else total
    if total == length:
        total += slack

    def tensor(*shape):
        return draw.tensor(kind, shape, -1, 1)
    inputs = [tensor(batch, length, kv * group * size)]
    inputs += [tensor(batch, length, kv * size) for _ in range(2)]
    inputs += [tensor(batch, kv, room, size) for _ in range(2)]
    inputs += [draw.i64([total - 1] * batch, "int32"), draw.i64(total, "int32"), None, None, None]
    inputs += [draw.maybe(tensor(draw.pick(1, batch), draw.pick(1, kv * group), length, total), 0.4)]
    return Case("GroupQueryAttention", inputs, {"num_heads": kv * group, "kv_num_heads": kv,
                                                "local_window_size": window, "sliding_window_cache": 1}, 3)


def quantized(draw, case):
    """The same with caches of 8 or 4 bits, which ONNX Runtime has where there is a past to tell their type, both
    wanted and quantized alike."""
    batch, heads, rows, size = case.inputs[3].array.shape
    bits, each = draw.pick(8, 4), draw.chance(0.5)
    shape = batch, heads, rows, size if bits == 8 else size // 2
    case.inputs[3:5] = [draw.whole("int8" if bits == 8 else "uint8", shape) for _ in range(2)]
    case.inputs += [None] * (16 - len(case.inputs))
    for k, name in ((12, "k"), (13, "v")):
        case.inputs[k] = draw.tensor("float", [1, heads, 1, size] if each else [1], 0.005, 0.02)
        case.inputs[k].array *= 1 if bits == 8 else 12
        case.attributes[f"{name}_quant_type"] = "PER_CHANNEL" if each else "PER_TENSOR"
    case.attributes["kv_cache_bit_width"] = bits
    case.outputs = max(case.outputs, 3)
    return case


@cases("GroupQueryAttention", domain=MICROSOFT)
def group_query(operator, draw):
    """ONNX Runtime wants heads of 8 elements or multiples, of 16 where they are turned by caches of
    multiples of 8, and one batch where several queries meet a past, which it forgets where nobody wants
    it. For queries and keys behind the last one of a batch it gives what was in its memory: different
    lengths only with one query, and without the scores."""
    kind = draw.pick("float", "float", "float16", "bfloat16")
    if draw.chance(0.15):
        return windowed(draw, kind)
    kv, group, turned = draw.pick(1, 2, 3), draw.pick(1, 2, 4), draw.chance(0.4)
    heads, size = kv * group, draw.pick(16, 32) if turned else draw.pick(8, 16, 24)
    past = draw.int(1, 6) if draw.chance(0.6) else 0
    length = draw.pick(1, 1, draw.int(2, 5)) if past else draw.int(1, 6)
    batch = draw.int(1, 3) if length == 1 or not past else 1
    total, room = past + length, past + draw.pick(0, 0, draw.int(1, 4))
    mode = draw.pick(None, None, 1, 2)
    ragged = past and length == 1 and not mode
    lengths = draw.ints(batch, length, total) if ragged else [total] * batch
    lengths[0] = total
    packed = draw.chance(0.3)

    def tensor(*shape):
        return draw.tensor(kind, shape, -1, 1)
    inputs = [tensor(batch, length, (heads + 2 * kv * packed) * size)]
    inputs += [None if packed else tensor(batch, length, kv * size) for _ in range(2)]
    inputs += [tensor(batch, kv, room, size) if room else None for _ in range(2)]
    inputs += [draw.i64([n - 1 for n in lengths], "int32"), draw.i64(draw.pick([total], total), "int32")]
    rows, pairs = total + draw.int(0, 3), draw.pick(8, size // 2)
    inputs += [tensor(rows, pairs) if turned else None for _ in range(2)]
    # Of a prompt the first one counts, from which on all have rows.
    positions = draw.tensor("int64", [batch, length], 0, rows - length)
    inputs += [positions if turned and draw.chance(0.3) else None]
    bias = tensor(draw.pick(1, batch), draw.pick(1, heads), length, total)
    inputs += [draw.maybe(bias, 0.3), draw.maybe(tensor(heads), 0.2)]
    smooth = inputs[-1] is None and draw.chance(0.2)
    causal = draw.pick(None, None, 1, 0)
    case = Case(operator, inputs, {
        "num_heads": heads, "kv_num_heads": kv, "do_rotary": int(turned), "qk_output": mode, "causal": causal,
        "rotary_interleaved": draw.pick(None, 0, 1), "smooth_softmax": 1 if smooth else None,
        "scale": draw.maybe(draw.real(0.1, 1), 0.3), "softcap": draw.maybe(draw.real(0.5, 3), 0.2),
        "local_window_size": draw.int(1, 4) if causal != 0 and draw.chance(0.3) else None},
        4 if mode else 3 if past else draw.pick(1, 3))
    return quantized(draw, case) if room and kind == "float" and draw.chance(0.3) else case


@cases("MultiHeadAttention", domain=MICROSOFT)
def multi_head(operator, draw):
    """ONNX Runtime's kernel lacks packed inputs, shares a buffer only where past and present are one, and
    wants the type of the scores to be declared. It takes causality from the last query, so that there
    are as many queries as keys where that is asked for; and forgets a past that nobody wants."""
    kind = draw.pick("float", "float", "float16", "bfloat16")
    batch, heads, size, causal = draw.int(1, 3), draw.int(1, 4), draw.int(1, 12), draw.pick(None, 0, 1)
    length, past = draw.pick(1, draw.int(1, 6)), draw.int(1, 5) if draw.chance(0.4) else 0
    keys = length if causal else draw.int(1, 7)
    first = not past and draw.chance(0.2)  # heads before the sequence
    value = size if past or first else draw.pick(size, draw.int(1, 9))
    total = past + keys

    def tensor(*shape):
        return draw.tensor(kind, shape, -1, 1)
    inputs = [tensor(batch, length, heads * size)]
    inputs += [tensor(batch, heads, keys, n) if first else tensor(batch, keys, heads * n) for n in (size, value)]
    inputs += [draw.maybe(tensor(heads * (2 * size + value)))]
    mask = draw.tensor("int32", draw.pick([batch], [3 * batch + 2], [batch, total], [batch, length, total]), 0, 1)
    if mask.array.ndim == 1:
        mask.array[:batch] = draw.ints(batch, 1, total)
    mask.array[..., 0] |= mask.array.ndim > 1
    inputs += [draw.maybe(mask),
               draw.maybe(tensor(draw.pick(1, batch), draw.pick(1, heads), length, total), 0.4)]
    inputs += [tensor(batch, heads, past, size) if past else None for _ in range(2)]
    return Case(operator, inputs, {
        "num_heads": heads, "unidirectional": causal, "scale": draw.maybe(draw.real(0.1, 1), 0.3),
        "mask_filter_value": draw.maybe(draw.real(-9, -1), 0.3)}, 3 if past else draw.pick(1, 3))


@cases("QAttention", domain=MICROSOFT)
def qattention(operator, draw):
    """Of uint8, as ONNX Runtime's kernel has it; a past goes with present there. Weights and scales small
    enough for scores whose softmax is not all of one key."""
    batch, length, heads = draw.int(1, 3), draw.int(1, 5), draw.int(1, 3)
    size, hidden = draw.int(1, 4), draw.int(1, 9)
    past = draw.int(1, 3) if draw.chance(0.4) else 0
    width, total, kind = 3 * heads * size, past + length, draw.pick("uint8", "int8")
    mask = draw.maybe(draw.tensor("int32", draw.pick([batch], [2 * batch], [batch, total], [batch, 1]), 0, 1))
    if mask is not None and mask.array.ndim == 1:
        mask.array[:batch] = draw.ints(batch, 1, total)
        mask.array[batch:] = 0
    elif mask is not None:
        mask.array[..., 0] = 1
    columns = draw.pick([], [1], [width])
    inputs = [draw.whole("uint8", [batch, length, hidden]), draw.whole(kind, [hidden, width]),
              draw.tensor("float", [width], -1, 1), draw.tensor("float", draw.pick([], [1]), 0.005, 0.02),
              draw.tensor("float", columns, 0.005, 0.02), mask,
              draw.maybe(draw.whole("uint8", draw.pick([], [1]))), draw.maybe(draw.whole(kind, columns)),
              draw.tensor("float", [2, batch, heads, past, size], -1, 1) if past else None]
    return Case(operator, inputs, {"num_heads": heads, "unidirectional": draw.pick(None, 0, 1),
                                   "scale": draw.maybe(draw.real(0.2, 1), 0.3)},
                2 if past else draw.pick(1, 2), widen=False)
