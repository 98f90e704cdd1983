"""Independent evaluations of operators that ONNX Runtime cannot run, and of drawn results, of which the
distribution is held against the one that is asked for."""
import math

import numpy as np
from onnx import SequenceProto, TensorProto

from case import TYPE_NAMES, TYPES
from reference import numbers, places, windows

ERRORS = {"float16": 2e-2, "bfloat16": 5e-2}  # relative to the greatest magnitude; 1e-4 for the others
SIGMAS = 6  # how far a mean of draws may lie from what is expected: once in 5e8


def result(data):
    """The type and numbers of a serialized tensor."""
    tensor = TensorProto.FromString(data)
    kind = TYPE_NAMES[tensor.data_type]
    if kind == "string":
        return kind, np.array([s.decode() for s in tensor.string_data], object).reshape(tensor.dims)
    return kind, numbers(kind, np.frombuffer(tensor.raw_data, TYPES[kind][1])).reshape(tensor.dims)


def inputs_of(case):
    return [None if i is None else numbers(i.type, i.array).astype(float) for i in case.inputs]


def attribute(case, name, default):
    value = case.attributes.get(name)
    return default if value is None else value


def close(expected, outputs):
    """Whether the outputs are these."""
    for want, data in zip(expected, outputs):
        kind, got = result(data)
        want = np.asarray(want)
        error = ERRORS.get(kind, 1e-4) * max(1, np.abs(want).max(initial=0))
        if got.shape != want.shape or not np.allclose(got.astype(float), want, rtol=0, atol=error):
            return False
    return len(expected) == len(outputs)


# Operators that are newer than ONNX Runtime knows


def silu(x, alpha=1.0):
    return x / (1 + np.exp(-alpha * x))


def swiglu(case, outputs):
    a, b = inputs_of(case)
    return close([b * silu(a, attribute(case, "alpha", 1.0))], outputs)


def causal_conv(case, outputs):
    x, w, bias, past = (inputs_of(case) + [None] * 2)[:4]
    kernel = w.shape[2]
    past = np.zeros(x.shape[:2] + (kernel - 1,)) if past is None else past
    whole = np.concatenate([past, x], axis=2)
    y = sum(w[:, 0, k].reshape(-1, 1) * whole[:, :, k:k + x.shape[2]] for k in range(kernel))
    y = y + (0 if bias is None else bias.reshape(-1, 1))
    y = silu(y) if attribute(case, "activation", "none") != "none" else y
    return close([y, whole[:, :, whole.shape[2] - kernel + 1:]], outputs)


def linear_attention(case, outputs):
    query, key, value, past, decay, beta = (inputs_of(case) + [None] * 3)[:6]
    heads, kv_heads = case.attributes["q_num_heads"], case.attributes["kv_num_heads"]
    batch, length = query.shape[:2]
    query = query.reshape(batch, length, heads, -1)
    key, value = (x.reshape(batch, length, kv_heads, -1) for x in (key, value))
    size = key.shape[-1]
    state = np.zeros((batch, kv_heads, size, value.shape[-1])) if past is None else past
    y = np.zeros((batch, length, heads, value.shape[-1]))
    for t in range(length):
        if decay is not None:
            state = state * np.exp(decay[:, t].reshape(batch, kv_heads, -1))[..., None]
        added = value[:, t]
        if beta is not None:
            added = added - np.einsum("bhk,bhkv->bhv", key[:, t], state)
            added = added * np.broadcast_to(beta[:, t], (batch, kv_heads))[..., None]
        state = state + key[:, t][..., None] * added[:, :, None]
        y[:, t] = np.einsum("bhk,bhkv->bhv", query[:, t], np.repeat(state, heads // kv_heads, axis=1))
    scale = attribute(case, "scale", 1 / math.sqrt(size))
    return close([scale * y.reshape(batch, length, -1), state], outputs)


def flex_attention(case, outputs):
    q, k, v = inputs_of(case)
    k, v = (np.repeat(x, q.shape[1] // x.shape[1], axis=1) for x in (k, v))
    scores = q @ np.swapaxes(k, 2, 3) * attribute(case, "scale", 1 / math.sqrt(q.shape[3]))
    scores = scores * (0.5 if case.attributes["score_mod"] else 1)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return close([weights * (0.5 if case.attributes["prob_mod"] else 1) @ v], outputs)


def image_decoder(case, outputs):
    step = -1 if case.attributes["pixel_format"] == "BGR" else 1
    return close([case.expected[..., ::step]], outputs)


# Results that are rounded to integers: either neighbour of what lies in the middle between the two


def rounded(case, outputs, exact, first):
    """first: the input that is the result's scale; behind it is its zero point."""
    scale, zero = (inputs_of(case)[first:first + 2] + [None])[:2]
    kind, got = result(outputs[0])
    limits = np.iinfo(TYPES[kind][1])
    want = np.clip(exact / scale + (0 if zero is None else zero), limits.min, limits.max)
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= 0.5 + 1e-3))


def restored(case, first):
    x, scale, zero = (inputs_of(case) + [None])[first:first + 3]
    return (x - (0 if zero is None else zero)) * scale


def qlinear_binary(case, outputs):
    operation = np.add if case.operator == "QLinearAdd" else np.multiply
    return rounded(case, outputs, operation(restored(case, 0), restored(case, 3)), 6)


def qlinear_average_pool(case, outputs):
    x = restored(case, 0)
    last = case.attributes["channels_last"]
    x = np.moveaxis(x, -1, 1) if last else x
    if case.operator == "QLinearGlobalAveragePool":
        means = x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)
        return rounded(case, outputs, np.moveaxis(means, 1, -1) if last else means, 3)
    kernel = case.attributes["kernel_shape"]
    sums = np.zeros(x.shape[:2] + tuple(windows(case, x.shape[2:], kernel)[3]))
    met = np.zeros(sums.shape[2:])
    for _, at_window, at_image in places(case, x.shape[2:], kernel):
        met[at_window] += 1
        for n, c in np.ndindex(*x.shape[:2]):
            sums[n, c][at_window] += x[n, c][at_image]
    means = sums / (np.prod(kernel) if case.attributes["count_include_pad"] else met)
    return rounded(case, outputs, np.moveaxis(means, 1, -1) if last else means, 3)


# Training


def optimizer(case, outputs):
    rate, count, *rest = inputs_of(case)
    n = case.outputs // (2 if case.operator != "Adam" else 3)
    groups = [rest[k:k + n] for k in range(0, len(rest), n)]
    steps = [STEPS[case.operator](case, float(rate), int(count), *each) for each in zip(*groups)]
    return close([part for group in zip(*steps) for part in group], outputs)


def adagrad(case, rate, count, x, gradient, squares):
    rate = rate / (1 + count * attribute(case, "decay_factor", 0))
    gradient = gradient + case.attributes["norm_coefficient"] * x
    squares = squares + gradient ** 2
    return x - rate * gradient / (np.sqrt(squares) + case.attributes["epsilon"]), squares


def adam(case, rate, count, x, gradient, mean, squares):
    alpha, beta = attribute(case, "alpha", 0.9), attribute(case, "beta", 0.999)
    gradient = gradient + case.attributes["norm_coefficient"] * x
    mean = alpha * mean + (1 - alpha) * gradient
    squares = beta * squares + (1 - beta) * gradient ** 2
    rate = rate * math.sqrt(1 - beta ** count) / (1 - alpha ** count) if count > 0 else rate
    x = x - rate * mean / (np.sqrt(squares) + case.attributes["epsilon"])
    return (1 - attribute(case, "norm_coefficient_post", 0)) * x, mean, squares


def momentum(case, rate, count, x, gradient, state):
    alpha = case.attributes["alpha"]
    gradient = gradient + case.attributes["norm_coefficient"] * x
    state = alpha * state + (case.attributes["beta"] if count > 0 else 1) * gradient
    nesterov = case.attributes["mode"] == "nesterov"
    return x - rate * (gradient + alpha * state if nesterov else state), state


STEPS = {"Adagrad": adagrad, "Adam": adam, "Momentum": momentum}
FUNCTIONS = {"Mul": np.multiply, "Add": np.add, "Sub": np.subtract, "Div": np.divide, "Tanh": np.tanh,
             "Exp": np.exp, "Sqrt": np.sqrt, "Sigmoid": lambda x: 1 / (1 + np.exp(-x))}


def gradient(case, outputs):
    """By differences, in double."""
    inputs, function, expected = inputs_of(case), FUNCTIONS[case.before[0].op_type], []
    h = 1e-6
    for k, x in enumerate(inputs):
        slopes = np.zeros(x.shape)
        for at in np.ndindex(*x.shape):
            ends = []
            for step in (h, -h):
                moved = x.copy()
                moved[at] += step
                ends.append(np.sum(function(*inputs[:k], moved, *inputs[k + 1:]) ** 2))
            slopes[at] = (ends[0] - ends[1]) / (2 * h)
        expected.append(slopes)
    return close(expected, outputs)


# Maps


def zip_map(case, outputs):
    x = case.inputs[0].array
    labels = attribute(case, "classlabels_int64s", None) or case.attributes["classlabels_strings"]
    maps = SequenceProto.FromString(outputs[0]).map_values
    rows = x.reshape(-1, x.shape[-1])
    if len(maps) != len(rows):
        return False
    for made, row in zip(maps, rows):
        keys = list(made.keys) or [k.decode() for k in made.string_keys]
        values = np.concatenate([np.frombuffer(t.raw_data, np.float32) for t in made.values.tensor_values])
        if dict(zip(keys, values)) != dict(zip(labels, row)):
            return False
    return True


def dict_vectorizer(case, outputs):
    held = dict(zip(case.inputs[0].keys.array.tolist(), case.inputs[0].values.array.tolist()))
    lacking = "" if case.inputs[0].values.type == "string" else 0
    words = attribute(case, "int64_vocabulary", None) or case.attributes["string_vocabulary"]
    kind, got = result(outputs[0])
    return kind == case.inputs[0].values.type and got.tolist() == [[held.get(w, lacking) for w in words]]


def cast_map(case, outputs):
    """Only numbers become strings in a form that the standard leaves open: compared as numbers."""
    held = sorted(zip(case.inputs[0].keys.array.tolist(), case.inputs[0].values.array.tolist()))
    to = attribute(case, "cast_to", "TO_FLOAT").removeprefix("TO_").lower()
    if case.attributes["map_form"] == "SPARSE":
        held = [dict(held).get(k, 0) for k in range(case.attributes["max_map"])]
    else:
        held = [value for _, value in held]
    kind, got = result(outputs[0])
    if kind != to or got.shape != (1, len(held)):
        return False
    numerals = [float(str(v).rstrip("f")) for v in got[0]]
    want = [math.trunc(float(v)) if to == "int64" else float(v) for v in held]
    return np.allclose(numerals, want, rtol=1e-5, atol=1e-6)


# Draws


def near(total, expected, variance):
    return abs(total - expected) <= SIGMAS * math.sqrt(variance) + 1e-9


def follows(uniform, step):
    """Kolmogorov and Smirnov's test of numbers that should be uniform in [0, 1), but for rounding by
    steps of that size."""
    ordered = np.sort(uniform)
    n = len(ordered)
    distance = max(np.max(np.arange(1, n + 1) / n - ordered), np.max(ordered - np.arange(n) / n))
    return distance <= 3.4 / math.sqrt(n) + step  # once in 2e10


def drawn(case, outputs):
    shape = attribute(case, "shape", None) or case.inputs[0].array.shape
    own = case.inputs[0].type if case.inputs else "float"
    to = TYPE_NAMES[case.attributes["dtype"]] if case.attributes["dtype"] else own
    kind, got = result(outputs[0])
    if kind != to or got.shape != tuple(shape):
        return False
    values = got.astype(float).ravel()
    step = {"float16": 2e-3, "bfloat16": 2e-2}.get(kind, 1e-6)
    if "Normal" in case.operator:
        z = (values - attribute(case, "mean", 0.0)) / attribute(case, "scale", 1.0)
        step *= 1 + abs(attribute(case, "mean", 0.0)) / attribute(case, "scale", 1.0)
        return follows(np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z]), step)
    low, high = attribute(case, "low", 0.0), attribute(case, "high", 1.0)
    u = (values - low) / (high - low)
    step *= 1 + (abs(low) + abs(high)) / (high - low)
    return bool(np.all((u >= -step) & (u <= 1 + step))) and follows(u, step)


def bernoulli(case, outputs):
    p = inputs_of(case)[0]
    to = TYPE_NAMES[case.attributes["dtype"]] if case.attributes["dtype"] else case.inputs[0].type
    kind, got = result(outputs[0])
    got = got.astype(float)
    return kind == to and got.shape == p.shape and bool(np.isin(got, (0, 1)).all()) and \
        bool(np.all(got[p == 0] == 0) and np.all(got[p == 1] == 1)) and \
        near(got.sum(), p.sum(), (p * (1 - p)).sum())


def multinomial(case, outputs):
    weights = np.exp(inputs_of(case)[0])
    n = case.attributes["sample_size"]
    kind, got = result(outputs[0])
    if kind != (TYPE_NAMES[case.attributes["dtype"] or 6]) or got.shape != (len(weights), n):
        return False
    for row, drawn_classes in zip(weights / weights.sum(axis=1, keepdims=True), got):
        counts = np.bincount(drawn_classes, minlength=len(row))
        if len(counts) > len(row) or not all(near(c, n * p, n * p * (1 - p))
                                                 for c, p in zip(counts, row)):
            return False
    return True


JUDGES = {
    "SwiGLU": swiglu, "CausalConvWithState": causal_conv, "LinearAttention": linear_attention,
    "FlexAttention": flex_attention, "ImageDecoder": image_decoder, "Adagrad": optimizer, "Adam": optimizer,
    "Momentum": optimizer, "Gradient": gradient, "ZipMap": zip_map, "DictVectorizer": dict_vectorizer,
    "CastMap": cast_map, "RandomNormal": drawn, "RandomUniform": drawn, "RandomNormalLike": drawn,
    "RandomUniformLike": drawn, "Bernoulli": bernoulli, "Multinomial": multinomial,
    "QLinearAdd": qlinear_binary,
    "QLinearMul": qlinear_binary, "QLinearAveragePool": qlinear_average_pool,
    "QLinearGlobalAveragePool": qlinear_average_pool}


def agrees(case, outputs):
    """Whether these are the outputs; None where there is no evaluation."""
    return JUDGES[case.operator](case, outputs) if case.operator in JUDGES else None
