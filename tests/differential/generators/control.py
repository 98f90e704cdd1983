"""Operators that carry graphs."""
from onnx import TensorProto, helper

from case import TYPES, Case, Sequence
from draw import FLOATS
from generators import cases

KINDS = ("float", "float", "double", "int64", "int32")


def typed(kind, name, shape=None):
    """An element type, mostly without a shape."""
    return helper.make_tensor_value_info(name, TYPES[kind][0], shape)


def body(nodes, inputs, outputs):
    """A graph whose nodes are (operator, inputs, outputs, attributes), and whose inputs (type, name, shape)."""
    made = [helper.make_node(op, i, o, **more) for op, i, o, *rest in nodes for more in [dict(*rest)]]
    return helper.make_graph(made, "body", [typed(*i) for i in inputs], outputs)


def kind_of(draw):
    """What Add takes at the case's opset."""
    return draw.pick(*(KINDS if draw.opset >= 7 else ("float", "double")))


@cases("If")
def conditional(operator, draw):
    kind = kind_of(draw)
    condition = draw.tensor("bool", [] if draw.chance(0.7) else [1])
    x, y = draw.tensor(kind, draw.shape()), draw.tensor(kind, draw.shape())
    n_outputs = draw.int(1, 2)
    branches = []
    for _ in range(2):
        nodes, outputs = [], []
        for k in range(n_outputs):
            options = [("Identity", ["@1"], [f"b{k}"]), ("Identity", ["@2"], [f"b{k}"]),
                       ("Add", ["@1", "@1"], [f"b{k}"]), ("Mul", ["@2", "@2"], [f"b{k}"])]
            nodes.append(draw.pick(*options))
            outputs.append(typed(kind, f"b{k}"))
        branches.append(body(nodes, [], outputs))
    if draw.opset >= 13 and draw.chance(0.2):  # sequences
        outputs = [helper.make_tensor_sequence_value_info("b0", TYPES[kind][0], None)]
        branches = [body([("SequenceConstruct", draw.pick(["@1"], ["@1", "@2"], ["@2", "@2", "@1"]), ["b0"])],
                         [], outputs) for _ in range(2)]
        n_outputs = 1
    return Case(operator, [condition, x, y], {"then_branch": branches[0], "else_branch": branches[1]},
                n_outputs, widen=False, around=2)


@cases("Loop")
def loop(operator, draw):
    """Sums of a state and a value from around, kept on the way; a counter that may end it."""
    kind = kind_of(draw)
    shape = draw.shape(0, 3, empty=0.05)
    grows = draw.chance(0.2) and len(shape) > 0
    limit = draw.int(0, 4) if draw.chance(0.4) and draw.opset >= 9 else None
    trips = draw.maybe(draw.i64(draw.int(0, 5), "int64"), 0.7 if limit is not None else 1)
    start = draw.maybe(draw.tensor("bool", []), 0.4 if trips else 1)  # or there would be no end
    if start is not None and draw.chance(0.7):
        start.array[...] = True
    nodes = [("Concat", ["s", "@3"], ["t"], {"axis": 0}) if grows else ("Add", ["s", "@3"], ["t"])]
    if limit is None:
        nodes.append(("Identity", ["go"], ["on"]))
    else:
        nodes.append(("Less", ["trip", "@4"], ["on"]))
    kept = draw.int(0, 2)
    outputs = [typed("bool", "on"), typed(kind, "t")]
    if kept:
        nodes.append(("Mul", ["s" if grows else "t", "@3" if not grows else "s"], ["k0"]))
        outputs.append(typed(kind, "k0"))
    if grows and kept:
        nodes[-1] = ("Identity", ["@3"], ["k0"])
    if kept == 2:
        nodes.append(("Identity", ["trip"], ["k1"]))
        outputs.append(typed("int64", "k1"))
    graph = body(nodes, [("int64", "trip", []), ("bool", "go", []), (kind, "s")], outputs)
    state, step = (draw.tensor(kind, shape, exact=True) for _ in range(2))
    around = [step] + ([draw.i64(limit)] if limit is not None else [])
    return Case(operator, [trips, start, state] + around, {"body": graph}, 1 + kept, widen=False,
                around=len(around))


@cases("Scan")
def scan(operator, draw):
    kind = kind_of(draw)
    length, n_scanned = draw.int(1, 5), draw.int(1, 2)
    shape = draw.shape(0, 2, empty=0)
    old = draw.opset < 9
    batch = [draw.int(1, 3)] if old else []
    nodes = [("Add", ["s", "x0"], ["t"]), ("Mul", ["t", f"x{n_scanned - 1}"], ["k"])]
    graph = body(nodes, [(kind, "s")] + [(kind, f"x{k}") for k in range(n_scanned)],
                 [typed(kind, "t"), typed(kind, "k")])
    attributes = {"body": graph, "num_scan_inputs": n_scanned}
    axes = [0] * n_scanned
    if old:
        attributes["directions"] = draw.maybe(draw.ints(n_scanned, 0, 1))
    else:
        attributes["scan_input_directions"] = draw.maybe(draw.ints(n_scanned, 0, 1))
        attributes["scan_output_directions"] = draw.maybe([draw.int(0, 1)])
        if draw.chance():
            least = -len(shape) - 1 if draw.opset >= 11 else 0
            axes = draw.ints(n_scanned, least, len(shape))
            attributes["scan_input_axes"] = axes
            attributes["scan_output_axes"] = draw.maybe([draw.int(least, len(shape))])
    scanned = []
    for axis in axes:
        at = axis % (len(shape) + 1)
        scanned.append(draw.tensor(kind, batch + shape[:at] + [length] + shape[at:], -2, 2, exact=True))
    inputs = [draw.tensor(kind, batch + shape, -2, 2, exact=True)] + scanned
    if old:
        lengths = draw.maybe(draw.tensor("int64", batch, 1, length))
        inputs = [lengths] + inputs
    return Case(operator, inputs, attributes, 2, widen=False)


@cases("SequenceMap")
def sequence_map(operator, draw):
    kind = draw.pick(*FLOATS[:4], "int64", "int32")
    count = draw.int(1, 4)
    shape = draw.shape(0, 2, empty=0)
    x = Sequence(kind, [draw.tensor(kind, shape) for _ in range(count)])
    other = draw.pick(None, draw.tensor(kind, shape), Sequence(kind, [draw.tensor(kind, shape)
                                                                      for _ in range(count)]))
    nodes = [("Add", ["x", "y" if other else "x"], ["r0"]), ("Identity", ["x"], ["r1"])]
    n_outputs = draw.int(1, 2)
    graph = body(nodes[:n_outputs], [(kind, "x")] + ([(kind, "y")] if other else []),
                 [typed(kind, f"r{k}") for k in range(n_outputs)])
    return Case(operator, [x] + ([other] if other else []), {"body": graph}, n_outputs, widen=False)


@cases("FlexAttention", domain="ai.onnx.preview")
def flex_attention(operator, draw):
    kind = draw.pick("float", "float", "double", "float16")
    precision = "double" if kind == "double" else "float"
    batch, size, value_size = draw.int(1, 2), draw.int(1, 6), draw.int(1, 6)
    heads, kv_heads = draw.pick((1, 1), (2, 2), (4, 2))
    q_len, k_len = draw.int(1, 5), draw.int(1, 5)
    half = TensorProto(data_type=TYPES[precision][0])
    (half.double_data if precision == "double" else half.float_data).append(0.5)
    nodes = [("Constant", [], ["h"], {"value": half}), ("Mul", ["s", "h"], ["m"])]
    mods = [draw.maybe(body(nodes, [(precision, "s")], [typed(precision, "m")]), 0.4) for _ in range(2)]
    inputs = [draw.tensor(kind, s, -1, 1) for s in ([batch, heads, q_len, size], [batch, kv_heads, k_len, size],
                                                    [batch, kv_heads, k_len, value_size])]
    return Case(operator, inputs, {"scale": draw.maybe(draw.real(0.1, 1)), "score_mod": mods[0],
                                   "prob_mod": mods[1]}, widen=False)
