"""Models of several nodes for the corpus, in the text form of onnx.parser: what no node reaches alone.
Inputs whose names begin with a capital become initializers; the others get a default. In graphs within
the graph, seq_ and opt_ in front of a name make its value a sequence or an optional, for which that form
has no words. Weights that are too large for a small model are a few numbers repeated by a Tile."""
import numpy as np
import onnx
from onnx import mapping, numpy_helper, parser

HEADER = '<ir_version: 8, opset_import: ["": 17, "own": 1, "ai.onnx.preview.training": 1]>'

TEXTS = {
    "winograd": """
agraph (float[1, 1, 20, 20] x, float[16, 1, 1, 1] U, float[16, 1, 3, 3] V, float[16, 1, 3, 3] W, float[16] B,
        float[16, 3] G, int64[4] Tiles) => (float[n, m] y) {
    u = Conv(x, U)
    v = Tile(V, Tiles)
    a = Conv<pads = [1, 1, 1, 1]>(u, v, B)
    b = Relu(a)
    w = Tile(W, Tiles)
    c = Conv<pads = [1, 1, 1, 1]>(b, w)
    d = Add(c, u)
    p = GlobalAveragePool(d)
    f = Flatten(p)
    y = Gemm(f, G)
}""",
    "depthwise": """
agraph (float[1, 1, 12, 14] x, float[32, 1, 1, 1] U, float[32, 1, 3, 3] W, float[48, 1, 1, 1] V, float[48] B,
        float[48] Scale, float[48] Mean, float[48] Variance, int64[4] Tiles, float[4] Sizes)
        => (float[a, b, c, d] y) {
    u = Conv(x, U)
    d = Conv<group = 32, strides = [2, 2], pads = [1, 1, 1, 1]>(u, W)
    e = Clip(d)
    v = Tile(V, Tiles)
    p = Conv(e, v, B)
    n = BatchNormalization(p, Scale, B, Mean, Variance)
    s = Sigmoid(n)
    t = Mul(n, s)
    m = MaxPool<kernel_shape = [2, 2]>(t)
    r = Resize<mode = "nearest">(m, , Sizes)
    y = Concat<axis = 1>(r, r)
}""",
    "shuffle": """
agraph (float[1, 8, 4, 6] x, float[16, 8, 1, 1] W, int64[5] Split5, int64[4] Back) => (float[n, c, h, w] y) {
    a = Conv(x, W)
    b = Reshape(a, Split5)
    c = Transpose<perm = [0, 2, 1, 3, 4]>(b)
    d = Reshape(c, Back)
    y = LeakyRelu(d)
}""",
    "layer_norm": """
agraph (float[2, 5, 24] x, float[24] W, float[24] B, float Two, float Epsilon) => (float[n, m, k] y) {
    m = ReduceMean<axes = [-1]>(x)
    d = Sub(x, m)
    q = Pow(d, Two)
    v = ReduceMean<axes = [-1]>(q)
    e = Add(v, Epsilon)
    r = Sqrt(e)
    n = Div(d, r)
    s = Mul(n, W)
    y = Add(s, B)
}""",
    "rms_norm": """
agraph (float[3, 20] x, float[20] W, float Epsilon, float[20, 7] M) => (float[n, m] y) {
    q = Mul(x, x)
    v = ReduceMean<axes = [-1]>(q)
    e = Add(v, Epsilon)
    r = Sqrt(e)
    n = Div(x, r)
    s = Mul(n, W)
    y = MatMul(s, M)
}""",
    "gelu": """
agraph (float[3, 17] x, float[17, 9] W, float Root, float One, float Half) => (float[n, m] y) {
    h = MatMul(x, W)
    d = Div(h, Root)
    e = Erf(d)
    g = Add(e, One)
    t = Mul(h, g)
    y = Mul(t, Half)
}""",
    "hard_swish": """
agraph (float[1, 4, 5, 5] x, float[6, 4, 3, 3] W, float Three, float Zero, float Six) => (float[n, c, h, w] y) {
    a = Conv(x, W)
    t = Add(a, Three)
    g = Clip(t, Zero, Six)
    p = Mul(a, g)
    y = Div(p, Six)
}""",
    "attention": """
agraph (float[2, 6, 16] x, float[16, 16] Q, float[16, 16] K, float[16, 16] V, int64[4] Heads, int64[3] Whole,
        float Root, float[1, 1, 6, 6] Mask) => (float[n, m, k] y) {
    q0 = MatMul(x, Q)
    k0 = MatMul(x, K)
    v0 = MatMul(x, V)
    q1 = Reshape(q0, Heads)
    k1 = Reshape(k0, Heads)
    v1 = Reshape(v0, Heads)
    q = Transpose<perm = [0, 2, 1, 3]>(q1)
    k = Transpose<perm = [0, 2, 3, 1]>(k1)
    v = Transpose<perm = [0, 2, 1, 3]>(v1)
    s = MatMul(q, k)
    d = Div(s, Root)
    m = Add(d, Mask)
    p = Softmax<axis = -1>(m)
    o = MatMul(p, v)
    t = Transpose<perm = [0, 2, 1, 3]>(o)
    y = Reshape(t, Whole)
}""",
    "quantized_conv": """
agraph (float[1, 8, 6, 6] x, int8[16, 8, 3, 3] W, int32[16] B, float Scale, float[16] Scales, float[16] Sums,
        uint8 Zero) => (float[n, c, h, w] y) {
    xq = QuantizeLinear(x, Scale, Zero)
    xd = DequantizeLinear(xq, Scale, Zero)
    wd = DequantizeLinear<axis = 0>(W, Scales)
    bd = DequantizeLinear<axis = 0>(B, Sums)
    c = Conv<pads = [1, 1, 1, 1]>(xd, wd, bd)
    r = Relu(c)
    q = QuantizeLinear(r, Scale, Zero)
    y = DequantizeLinear(q, Scale, Zero)
}""",
    "quantized_matmul": """
agraph (float[5, 24] x, int8[24, 17] W, float Scale, float[17] Scales, uint8 Zero) => (float[n, m] y) {
    xq = QuantizeLinear(x, Scale, Zero)
    xd = DequantizeLinear(xq, Scale, Zero)
    wd = DequantizeLinear<axis = 1>(W, Scales)
    m = MatMul(xd, wd)
    q = QuantizeLinear(m, Scale, Zero)
    y = DequantizeLinear(q, Scale, Zero)
}""",
    "dynamic_quantized": """
agraph (float[3, 20] x, int8[20, 12] W, float Scale) => (float[n, m] y) {
    q, s, z = DynamicQuantizeLinear(x)
    i = MatMulInteger(q, W, z)
    f = Cast<to = 1>(i)
    a = Mul(s, Scale)
    y = Mul(f, a)
}""",
    "gradient": """
agraph (float[4, 6] x, float[6, 5] w, float[5] b, int64[4] target) => (float[] loss, float[n, m] dw, float[k] db) {
    h = Gemm(x, w, b)
    t = Tanh(h)
    l = LogSoftmax<axis = -1>(t)
    loss = NegativeLogLikelihoodLoss(l, target)
    dw, db = ai.onnx.preview.training.Gradient<xs = ["w", "b"], y = "loss">(w, b)
}""",
    "gradient_conv": """
agraph (float[2, 3, 8, 8] x, float[4, 3, 3, 3] w, float[4] b, float[4, 3] g) => (float[a, c, d, e] dw, float[k] db) {
    c = Conv<pads = [1, 1, 1, 1]>(x, w, b)
    r = Relu(c)
    p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)
    m = GlobalAveragePool(p)
    f = Flatten(m)
    o = MatMul(f, g)
    s = Mul(o, o)
    y = ReduceMean<keepdims = 0>(s)
    dw, db = ai.onnx.preview.training.Gradient<xs = ["w", "b"], y = "y">(w, b)
}""",
    "if": """
agraph (bool c, float[3, 4] x) => (float[n, m] y) {
    z = Neg(x)
    y = If(c) <then_branch = thens () => (float[n, m] t) { a = Exp(z)
            t = Add(a, x) },
        else_branch = elses () => (float[n, m] e) { e = Mul(x, z) }>
}""",
    "loop": """
agraph (int64 n, bool c, float[3] x, float[3] k) => (float[m] y, float[a, b] all) {
    y, all = Loop(n, c, x) <body = body (int64 i, bool c_in, float[3] s) => (bool c_out, float[3] t, float[3] row) {
            f = Cast<to = 1>(i)
            u = Mul(s, k)
            t = Add(u, f)
            c_out = Identity(c_in)
            row = Relu(t)
        }>
}""",
    "scan": """
agraph (float[2] s, float[5, 2] x, float[2] k) => (float[2] last, float[5, 2] y) {
    last, y = Scan<num_scan_inputs = 1, scan_input_directions = [1],
        body = body (float[2] a, float[2] b) => (float[2] c, float[2] d) {
            p = Mul(a, k)
            c = Add(p, b)
            d = Tanh(c)
        }>(s, x)
}""",
    "sequences": """
agraph (int64 n, bool c, float[2, 3] x) => (float[a, b] y, int64 count) {
    empty = SequenceEmpty()
    all = Loop(n, c, empty) <body = body (int64 i, bool c_in, float[2, 3] seq_s)
            => (bool c_out, float[2, 3] seq_t) {
            f = Cast<to = 1>(i)
            z = Add(x, f)
            seq_t = SequenceInsert(seq_s, z)
            c_out = Identity(c_in)
        }>
    more = SequenceInsert(all, x)
    y = ConcatFromSequence<axis = 0>(more)
    count = SequenceLength(more)
}""",
    "optionals": """
agraph (bool c, float[2, 3] x) => (float[a, b] y, bool has) {
    o = Optional(x)
    p = If(c) <then_branch = thens () => (float[2, 3] opt_t) { opt_t = Identity(o) },
        else_branch = elses () => (float[2, 3] opt_e) { z = Neg(x)
            opt_e = Optional(z) }>
    has = OptionalHasElement(p)
    y = OptionalGetElement(p)
}""",
    "lstm": """
agraph (float[4, 2, 3] x, float[2, 20, 3] W, float[2, 20, 5] R, float[2, 40] B, int32[2] Lengths, int64[3] Rows,
        float[10, 4] G) => (float[n, m, k] y) {
    a, h = LSTM<hidden_size = 5, direction = "bidirectional">(x, W, R, B, Lengths)
    t = Transpose<perm = [0, 2, 1, 3]>(a)
    r = Reshape(t, Rows)
    y = MatMul(r, G)
}""",
    "function": """
agraph (float[3, 8] x, float[8, 8] W, float[8] B) => (float[n, m] y) {
    a = own.layer<slope = 0.1>(x, W, B)
    y = own.layer<slope = 0.3>(a, W, B)
}
<domain: "own", opset_import: ["": 16]>
layer<slope>(x, w, b) => (y) {
    m = MatMul(x, w)
    s = Add(m, b)
    y = LeakyRelu<alpha: float = @slope>(s)
}""",
    "shapes": """
agraph (float[2, 6, 4] x, int64[1] Index, int64[1] One) => (float[a, b] y, float[c, d] z) {
    s = Shape(x)
    first = Gather<axis = 0>(s, Index)
    rest = Constant<value_ints = [-1]>()
    dims = Concat<axis = 0>(first, rest)
    y = Reshape(x, dims)
    t = Transpose<perm = [1, 0]>(y)
    u = Transpose<perm = [1, 0]>(t)
    k = Slice(u, Index, One)
    e = Expand(k, One)
    z = Identity(e)
}""",
}

# What draws at random would not make a model that runs.
VALUES = {
    "winograd": {"Tiles": [1, 16, 1, 1]},
    "depthwise": {"Tiles": [1, 32, 1, 1], "Sizes": [1, 1, 2, 1], "Variance": [0.5] * 48},
    "shuffle": {"Split5": [1, 2, 8, 4, 6], "Back": [1, 16, 4, 6]},
    "layer_norm": {"Two": 2, "Epsilon": 1e-5},
    "rms_norm": {"Epsilon": 1e-5},
    "gelu": {"Root": 2 ** 0.5, "One": 1, "Half": 0.5},
    "hard_swish": {"Three": 3, "Zero": 0, "Six": 6},
    "attention": {"Heads": [2, 6, 2, 8], "Whole": [2, 6, 16], "Root": 8 ** 0.5},
    "quantized_conv": {"Scale": 2 ** -7, "Scales": [2 ** -6] * 16, "Sums": [2 ** -13] * 16, "Zero": 128},
    "quantized_matmul": {"Scale": 0.01, "Scales": [0.02] * 17, "Zero": 128},
    "dynamic_quantized": {"Scale": 0.02},
    "gradient": {"target": [0, 4, 2, 1]},
    "if": {"c": True},
    "loop": {"n": 4, "c": True},
    "sequences": {"n": 3, "c": True},
    "optionals": {"c": True},
    "lstm": {"Lengths": [4, 2], "Rows": [4, 2, 10]},
    "shapes": {"Index": [0], "One": [1]},
}


def make_containers(graph):
    """The types that seq_ and opt_ stand for, in the graphs of a graph's nodes."""
    inner = [a.g for node in graph.node for a in node.attribute if a.type == onnx.AttributeProto.GRAPH]
    for one in inner:
        make_containers(one)
        for info in (*one.input, *one.output):
            tensor = onnx.TypeProto()
            tensor.CopyFrom(info.type)
            if info.name.startswith("seq_"):
                info.type.sequence_type.elem_type.CopyFrom(tensor)
            if info.name.startswith("opt_"):
                info.type.optional_type.elem_type.CopyFrom(tensor)


def value_of(name, info, rng):
    """What an input is by default: as VALUES has it, or drawn."""
    dtype = mapping.TENSOR_TYPE_TO_NP_TYPE[info.type.tensor_type.elem_type]
    shape = [d.dim_value for d in info.type.tensor_type.shape.dim]
    given = VALUES.get(name, {}).get(info.name)
    if given is not None:
        return np.asarray(given, dtype).reshape(shape)
    drawn = rng.uniform(-1, 1, shape) if dtype.kind == "f" else rng.integers(-100, 100, shape)
    return drawn.astype(dtype)


def models():
    """Names and bytes of the models."""
    for name, text in TEXTS.items():
        model = parser.parse_model(HEADER + text)
        make_containers(model.graph)
        rng = np.random.default_rng(1)
        for info in list(model.graph.input):
            model.graph.initializer.append(numpy_helper.from_array(value_of(name, info, rng), info.name))
            if info.name[0].isupper():
                model.graph.input.remove(info)
        yield name, model.SerializeToString()
