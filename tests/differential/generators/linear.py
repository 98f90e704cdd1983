"""Products of matrices and attention."""
from case import Case
from draw import FLOATS
from generators import cases

MATRIX = FLOATS + ("int32", "int64", "uint32", "uint64")


def factors(draw, largest=9):
    """Two shapes whose matrix product exists, with batches that broadcast."""
    m, k, n = (draw.int(17, 70) if draw.chance(0.15) else draw.int(1, largest) for _ in range(3))
    if draw.chance(0.03):
        k = 0
    if draw.chance(0.15):
        return [k], draw.pick([k], [k, n], [draw.int(1, 3), k, n])
    if draw.chance(0.1):
        return draw.pick([m, k], [draw.int(1, 3), m, k]), [k]
    left, right = draw.broadcast(2, 0, 3) if draw.chance(0.6) else ([], [])
    left, right = ([min(d, 5) for d in s] for s in (left, right))
    return left + [m, k], right + [k, n]


@cases("MatMul")
def matmul(operator, draw):
    kind = draw.pick(*(MATRIX if draw.opset >= 9 else FLOATS))
    a, b = factors(draw)
    return Case(operator, [draw.tensor(kind, a, exact=True), draw.tensor(kind, b, exact=True)])


@cases("Gemm")
def gemm(operator, draw):
    kind = draw.pick(*(MATRIX if draw.opset >= 9 else FLOATS))
    m, k, n = (draw.int(17, 70) if draw.chance(0.15) else draw.int(1, 9) for _ in range(3))
    attributes = {"transA": draw.pick(None, 0, 1), "transB": draw.pick(None, 0, 1)}
    if kind in FLOATS:
        attributes.update(alpha=draw.pick(None, 0.5, 2.0), beta=draw.pick(None, 0.0, 0.5, 2.0))
    inputs = [draw.tensor(kind, [k, m] if attributes["transA"] else [m, k], exact=True),
              draw.tensor(kind, [n, k] if attributes["transB"] else [k, n], exact=True)]
    bias = draw.pick([m, n], [n], [1, n], [m, 1], [1], [], [1, 1]) if draw.opset >= 7 else [m, n]
    if draw.opset < 11 or draw.chance(0.8):
        inputs.append(draw.tensor(kind, bias, exact=True))
    return Case(operator, inputs, attributes)


@cases("Einsum")
def einsum(operator, draw):
    letters = "abcdeXY"
    size = {c: draw.int(1, 4) for c in letters}
    count = draw.int(1, 3)
    ellipsis = draw.chance(0.25)
    batch = draw.ints(draw.int(0, 2), 1, 3)
    terms, shapes = [], []
    for _ in range(count):
        term = [letters[draw.int(0, 6)] for _ in range(draw.int(0 if ellipsis else 1, 3))]
        if draw.chance(0.8):
            term = list(dict.fromkeys(term))
        shape = [size[c] for c in term]
        if ellipsis:
            at = draw.int(0, len(term))
            own = [1 if draw.chance(0.2) else d for d in batch[draw.int(0, len(batch)):]]
            shape[at:at] = own
            term.insert(at, "...")
        terms.append("".join(term))
        shapes.append(shape)
    space = draw.pick("", "", " ")
    equation = f"{space},{space}".join(terms)
    if draw.chance(0.8):
        used = sorted(set("".join(terms)) - {"."})
        chosen = [used[i] for i in draw.rng.permutation(len(used))[:draw.int(0, len(used))]]
        if ellipsis and draw.chance(0.9):
            chosen.insert(draw.int(0, len(chosen)), "...")
        equation += f"{space}->{space}" + "".join(chosen)
    kind = draw.pick("float", "float", "double", "int32", "int64", "float16")
    return Case(operator, [draw.tensor(kind, s, -1, 1, exact=True) for s in shapes], {"equation": equation})


@cases("MatMulInteger")
def matmul_integer(operator, draw):
    a, b = factors(draw)
    left, right = (draw.whole(draw.pick("int8", "uint8"), s) for s in (a, b))
    inputs = [left, right]
    if draw.chance(0.6):
        shape = draw.pick([], [1]) if len(a) < 2 or draw.chance(0.6) else [a[-2]] if len(a) == 2 else []
        inputs.append(draw.tensor(left.type, shape, 0, 9))
        if draw.chance():
            per = len(b) == 2 and draw.chance()
            inputs.append(draw.tensor(right.type, [b[-1]] if per else [], 0, 9))
    return Case(operator, inputs, widen=False)


@cases("Det")
def det(operator, draw):
    n = draw.int(1, 6)
    kind = draw.pick("float", "float", "double")
    return Case(operator, [draw.tensor(kind, draw.shape(0, 2) + [n, n], 0.5, 3)])


@cases("Attention")
def attention(operator, draw):
    kind = draw.pick("float", "float", "float", "double", "float16", "bfloat16")
    batch, heads, kv = draw.int(1, 2), *draw.pick((1, 1), (2, 2), (4, 2), (3, 1), (6, 3))
    size, value_size = draw.int(1, 8), draw.int(1, 8)
    q_len, k_len, past = draw.int(1, 6), draw.int(1, 6), draw.int(1, 4) if draw.chance(0.3) else 0
    flat = draw.chance(0.4)
    attributes = {"is_causal": draw.pick(None, 0, 1), "scale": draw.maybe(draw.real(0.1, 1), 0.3),
                  "softcap": draw.maybe(draw.real(0.5, 3), 0.2),
                  "qk_matmul_output_mode": draw.pick(None, 0, 1, 2, 3)}

    def tensor(h, length, width):
        shape = [batch, length, h * width] if flat else [batch, h, length, width]
        return draw.tensor(kind, shape, -1, 1)
    inputs = [tensor(heads, q_len, size), tensor(kv, k_len, size), tensor(kv, k_len, value_size)]
    if flat:
        attributes.update(q_num_heads=heads, kv_num_heads=kv)
    mask = None
    if draw.chance():
        shape = draw.pick([], [heads], [1], [batch, heads], [batch, 1], [1, 1]) + [q_len, k_len + past]
        mask = draw.tensor(draw.pick("bool", kind), shape)
        if mask.type == "bool":
            mask.array[..., 0] = True  # a row without any is nobody's to say
    inputs.append(mask)
    if past:
        inputs += [draw.tensor(kind, [batch, kv, past, size], -1, 1),
                   draw.tensor(kind, [batch, kv, past, value_size], -1, 1)]
    return Case(operator, inputs, attributes, draw.pick(1, 3, 4) if past else draw.pick(1, 1, 3, 4))


@cases("RotaryEmbedding")
def rotary(operator, draw):
    kind = draw.pick("float", "float", "float16", "bfloat16")
    batch, length, heads, size = draw.int(1, 2), draw.int(1, 4), draw.int(1, 3), 2 * draw.int(1, 5)
    part = draw.pick(0, 0, 2 * draw.int(1, size // 2))
    half = (part or size) // 2
    flat = draw.chance()
    x = draw.tensor(kind, [batch, length, heads * size] if flat else [batch, heads, length, size])
    attributes = {"interleaved": draw.pick(None, 0, 1), "rotary_embedding_dim": part or None,
                  "num_heads": heads if flat or part else None}
    positions = draw.chance()
    shape = [8, half] if positions else [batch, length, half]
    inputs = [x, draw.tensor(kind, shape, -1, 1), draw.tensor(kind, shape, -1, 1)]
    if positions:
        inputs.append(draw.tensor("int64", [batch, length], 0, 7))
    return Case(operator, inputs, attributes)


@cases("LinearAttention")
def linear_attention(operator, draw):
    kind = draw.pick("float", "float", "float16", "bfloat16")
    batch, length, size, value_size = draw.int(1, 2), draw.int(1, 5), draw.int(1, 6), draw.int(1, 6)
    heads, kv_heads = draw.pick((1, 1), (2, 2), (4, 2))
    rule = draw.pick(None, "linear", "gated", "delta", "gated_delta")
    shape = [batch, length]
    inputs = [draw.tensor(kind, shape + [width], -1, 1)
              for width in (heads * size, kv_heads * size, kv_heads * value_size)]
    inputs += [draw.maybe(draw.tensor(kind, [batch, kv_heads, size, value_size], -1, 1))]
    decay = draw.tensor(kind, shape + [kv_heads * draw.pick(1, size)], -1, 0)
    beta = draw.tensor(kind, shape + [draw.pick(1, kv_heads)], 0, 1)
    inputs += [decay if rule in (None, "gated", "gated_delta") else None,
               beta if rule in (None, "delta", "gated_delta") else None]
    return Case(operator, inputs, {"q_num_heads": heads, "kv_num_heads": kv_heads, "update_rule": rule,
                                   "scale": draw.maybe(draw.real(0.2, 1))}, 2, widen=False)
