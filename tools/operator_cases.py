"""One operator a model, at the sizes that networks have: what compare_operators times."""
from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto, helper, numpy_helper

PICTURE, TOKENS = (1, 64, 56, 56), (8, 128, 768)
MICROSOFT, ML = "com.microsoft", "ai.onnx.ml"
random = np.random.RandomState(1)


@dataclass
class Case:
    """A node. An input is the shape and type of random numbers, or `fed` an array, or an array
    that is an initializer, or None where it is left out."""
    operator: str
    inputs: list
    attributes: dict = field(default_factory=dict)
    n_outputs: int = 1
    domain: str = ""
    opset: int = 17
    note: str = ""

    def name(self):
        first = next((i for i in self.inputs if isinstance(i, tuple)), None)
        array = next((i.array if isinstance(i, Fed) else i for i in self.inputs if i is not None),
                     None)
        shape, kind = first if first else (array.shape, str(array.dtype))
        text = f"{self.operator} {kind} {'x'.join(map(str, shape))} {self.note}"
        return text.strip()


@dataclass
class Fed:
    array: np.ndarray


def f(*shape):
    return shape, "float32"


def of(kind, *shape):
    return shape, kind


def uniform(*shape):
    return random.uniform(-1, 1, shape).astype(np.float32)


def integers(high, *shape, kind=np.int64):
    return random.randint(0, high, shape).astype(kind)


def i64(*values):
    return np.array(values, np.int64)


def one(value, kind=np.float32):
    return np.array(value, kind)


BFLOAT16 = 16
NUMBERS = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "bfloat16": BFLOAT16,
           "float64": TensorProto.DOUBLE, "int8": TensorProto.INT8, "uint8": TensorProto.UINT8,
           "int32": TensorProto.INT32, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


def model(case):
    """The case as a model, and the arrays that its inputs are to be fed."""
    infos, initializers, names, arrays = [], [], [], {}
    for k, value in enumerate(case.inputs):
        names.append(f"x{k}" if value is not None else "")
        if isinstance(value, np.ndarray):
            initializers.append(numpy_helper.from_array(value, names[-1]))
        elif isinstance(value, Fed):
            arrays[names[-1]] = value.array
            kind = NUMBERS[str(value.array.dtype)]
            infos.append(helper.make_tensor_value_info(names[-1], kind, value.array.shape))
        elif value is not None:
            infos.append(helper.make_tensor_value_info(names[-1], NUMBERS[value[1]], value[0]))
    outputs = [f"y{k}" for k in range(case.n_outputs)]
    node = helper.make_node(case.operator, names, outputs, domain=case.domain, **case.attributes)
    graph = helper.make_graph([node], "case", infos,
                              [helper.make_empty_tensor_value_info(o) for o in outputs],
                              initializers)
    sets = [helper.make_opsetid("", case.opset)]
    if case.domain:
        sets.append(helper.make_opsetid(case.domain, 3 if case.domain == ML else 1))
    made = helper.make_model(graph, opset_imports=sets)
    made.ir_version = 8 if case.opset < 20 else 10
    return made, arrays


def elementwise():
    unary = ("Abs Ceil Erf Exp Floor Log Neg Reciprocal Round Sign Sqrt Sin Cos Tan Atan Sinh "
             "Celu Elu HardSigmoid HardSwish LeakyRelu Relu Selu Sigmoid Softplus "
             "Softsign Tanh ThresholdedRelu IsNaN IsInf").split()
    yield from (Case(o, [f(*PICTURE)]) for o in unary)
    yield from (Case(o, [f(*PICTURE)], opset=20) for o in ("Gelu", "Mish"))
    yield Case("Gelu", [f(*PICTURE)], {"approximate": "tanh"}, opset=20, note="tanh")
    yield Case("Clip", [f(*PICTURE), one(0), one(6)])
    yield Case("PRelu", [f(*PICTURE), uniform(64, 1, 1)])
    yield Case("Shrink", [f(*PICTURE)], {"lambd": 0.5})
    yield Case("Relu", [of("float16", *PICTURE)])
    yield Case("Sigmoid", [of("float16", *PICTURE)])
    for o in ("Add", "Sub", "Mul", "Div", "Max", "Min"):
        yield Case(o, [f(*PICTURE), f(*PICTURE)])
    for o in ("Add", "Mul"):
        yield Case(o, [f(*TOKENS), uniform(768)], note="+row")
        yield Case(o, [f(*PICTURE), f(1, 64, 1, 1)], note="+channel")
        yield Case(o, [f(*TOKENS), f(8, 128, 1)], note="+column")
        yield Case(o, [f(*TOKENS), one(2)], note="+scalar")
        yield Case(o, [f(1, 1, 112, 112), f(8, 16, 1, 112)], note="+both")
        yield Case(o, [of("int64", *PICTURE), of("int64", *PICTURE)])
        yield Case(o, [of("float16", *PICTURE), of("float16", *PICTURE)])
    yield Case("Pow", [f(*TOKENS), one(2)], note="2")
    yield Case("Pow", [f(*TOKENS), one(0.5)], note="0.5")
    yield Case("Pow", [Fed(np.abs(uniform(*PICTURE))), f(*PICTURE)])
    yield Case("Mod", [of("int64", *PICTURE), one(7, np.int64)])
    yield Case("Mod", [f(*PICTURE), uniform(56)], {"fmod": 1}, note="fmod")
    yield Case("Sum", [f(*PICTURE), f(*PICTURE), f(*PICTURE)], note="3")
    yield Case("Mean", [f(*PICTURE), f(*PICTURE), f(*PICTURE)], note="3")
    for o in ("Equal", "Greater", "LessOrEqual"):
        yield Case(o, [f(*PICTURE), f(*PICTURE)])
    yield Case("Equal", [of("int64", *TOKENS), one(0, np.int64)], note="scalar")
    for o in ("And", "Or", "Xor"):
        yield Case(o, [of("bool", *TOKENS), of("bool", *TOKENS)])
    yield Case("Not", [of("bool", *TOKENS)])
    yield Case("BitwiseAnd", [of("int32", *TOKENS), of("int32", *TOKENS)], opset=18)
    yield Case("BitShift", [of("uint8", *TOKENS), one(2, np.uint8)], {"direction": "LEFT"})
    yield Case("Where", [of("bool", *TOKENS), f(*TOKENS), f(*TOKENS)])
    yield Case("Where", [of("bool", 1, 1, 128, 128), f(8, 12, 128, 128), one(-1e9)], note="mask")
    yield Case("Where", [of("bool", *TOKENS), of("int64", *TOKENS), one(0, np.int64)],
               note="int64")
    for a, b in (("float32", "float16"), ("float16", "float32"), ("float32", "int64"),
                 ("int64", "float32"),
                 ("int32", "float32"), ("float32", "uint8"), ("uint8", "float32"),
                 ("bool", "float32"), ("float32", "bool"), ("int32", "int64"), ("int64", "int32"),
                 ("int64", "bool"), ("float32", "float64"), ("float32", "bfloat16"),
                 ("bfloat16", "float32")):
        yield Case("Cast", [of(a, *TOKENS)], {"to": NUMBERS[b]}, note=f"to {b}")


def reductions():
    sums = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum " \
           "ReduceLogSumExp ReduceSumSquare".split()
    for o in sums:
        for shape, axes in ((TOKENS, [-1]), (TOKENS, [1]), (PICTURE, [2, 3]), (PICTURE, [1])):
            if axes != [1] or o in ("ReduceSum", "ReduceMean", "ReduceMax"):
                yield Case(o, [f(*shape), i64(*axes)], opset=18, note=f"axes {axes}")
    yield Case("ReduceSum", [f(*TOKENS)], {"keepdims": 0}, note="all")
    yield Case("ReduceMax", [of("uint8", *PICTURE), i64(2, 3)], opset=18)
    yield Case("ReduceSum", [of("int64", *TOKENS), i64(-1)])
    for o in ("ArgMax", "ArgMin"):
        yield Case(o, [f(*TOKENS)], {"axis": -1}, note="axis -1")
        yield Case(o, [f(1, 21, 128, 128)], {"axis": 1}, note="axis 1")
    yield Case("CumSum", [f(*TOKENS), one(-1, np.int64)], note="axis -1")
    yield Case("CumSum", [f(*TOKENS), one(1, np.int64)], note="axis 1")
    yield Case("CumSum", [of("int64", 8, 4096), one(1, np.int64)])
    yield Case("TopK", [f(1, 1000), i64(5)], n_outputs=2, note="5")
    yield Case("TopK", [f(64, 4096), i64(100)], n_outputs=2, note="100")
    yield Case("TopK", [f(1, 100000), i64(1000)], n_outputs=2, note="1000")
    yield Case("TopK", [f(1, 256, 1000), i64(10)], {"axis": 1}, n_outputs=2, note="10 axis 1")
    yield Case("TopK", [f(100, 1000), i64(1000)], n_outputs=2, note="all")


def movement():
    for shape, order in (((8, 128, 12, 64), [0, 2, 1, 3]), ((8, 12, 128, 64), [0, 1, 3, 2]),
                         (PICTURE, [0, 2, 3, 1]), ((1, 56, 56, 64), [0, 3, 1, 2]),
                         ((1024, 1024), [1, 0]), ((128, 8, 768), [1, 0, 2])):
        yield Case("Transpose", [f(*shape)], {"perm": order}, note=str(order))
    yield Case("Transpose", [of("uint8", 1, 224, 224, 3)], {"perm": [0, 3, 1, 2]},
               note="[0, 3, 1, 2]")
    yield Case("Transpose", [of("float16", 8, 128, 12, 64)], {"perm": [0, 2, 3, 1]},
               note="[0, 2, 3, 1]")
    yield Case("Gather", [uniform(30522, 768), Fed(integers(30522, 8, 128))], note="rows")
    yield Case("Gather", [f(8, 128, 768), Fed(integers(128, 16))], {"axis": 1}, note="axis 1")
    yield Case("Gather", [f(8, 128, 768), Fed(integers(768, 64))], {"axis": 2}, note="axis 2")
    yield Case("GatherElements", [f(8, 128, 768), Fed(integers(768, 8, 128, 256))], {"axis": 2})
    yield Case("GatherElements", [f(8, 128, 768), Fed(integers(128, 8, 64, 768))], {"axis": 1},
               note="axis 1")
    yield Case("GatherND", [f(128, 128, 64), Fed(integers(128, 4096, 2))], note="rows")
    yield Case("GatherND", [f(128, 128, 64), Fed(integers(64, 65536, 3))], note="elements")
    yield Case("Concat", [f(8, 128, 384), f(8, 128, 384)], {"axis": 2}, note="axis 2")
    yield Case("Concat", [f(1, 64, 56, 56), f(1, 32, 56, 56), f(1, 32, 56, 56)], {"axis": 1},
               note="axis 1")
    yield Case("Concat", [f(8, 4096, 1), f(8, 4096, 1), f(8, 4096, 1), f(8, 4096, 1)], {"axis": 2},
               note="ones")
    yield Case("Split", [f(8, 128, 2304)], {"axis": 2}, n_outputs=3, opset=12, note="axis 2")
    yield Case("Split", [f(1, 64, 56, 56)], {"axis": 1}, n_outputs=2, opset=12, note="axis 1")
    yield Case("Slice", [f(8, 128, 768), i64(0), i64(384), i64(2)], note="half")
    yield Case("Slice", [f(1, 3, 640, 640), i64(0, 0), i64(640, 640), i64(2, 3), i64(2, 2)],
               note="step 2")
    yield Case("Slice", [f(8, 128, 768), i64(-1), i64(-999), i64(1), i64(-1)], note="reversed")
    yield Case("Pad", [f(*PICTURE), i64(0, 0, 1, 1, 0, 0, 1, 1)], note="constant")
    yield Case("Pad", [f(*PICTURE), i64(0, 0, 3, 3, 0, 0, 3, 3)], {"mode": "reflect"},
               note="reflect")
    yield Case("Pad", [f(*PICTURE), i64(0, 0, 3, 3, 0, 0, 3, 3)], {"mode": "edge"}, note="edge")
    yield Case("Tile", [f(1, 128, 768), i64(8, 1, 1)], note="rows")
    yield Case("Tile", [f(8, 128, 1, 64), i64(1, 1, 12, 1)], note="middle")
    yield Case("Tile", [f(8, 128, 64, 1), i64(1, 1, 1, 12)], note="elements")
    yield Case("Expand", [f(8, 1, 768), i64(8, 128, 768)], note="middle")
    yield Case("Expand", [f(8, 128, 1), i64(8, 128, 768)], note="elements")
    yield Case("DepthToSpace", [f(1, 64, 112, 112)], {"blocksize": 2})
    yield Case("DepthToSpace", [f(1, 64, 112, 112)], {"blocksize": 2, "mode": "CRD"}, note="CRD")
    yield Case("SpaceToDepth", [f(1, 16, 224, 224)], {"blocksize": 2})
    yield Case("ScatterND", [f(128, 128, 64), Fed(integers(128, 4096, 2)), f(4096, 64)],
               note="rows")
    yield Case("ScatterND", [f(1024, 768), Fed(integers(1024, 256, 1)), f(256, 768)],
               note="few rows")
    yield Case("ScatterND", [f(128, 128, 64), Fed(integers(64, 65536, 3)), f(65536)],
               note="elements")
    yield Case("ScatterElements", [f(8, 128, 768), Fed(integers(768, 8, 128, 256)), f(8, 128, 256)],
               {"axis": 2})
    yield Case("ScatterElements", [f(8, 128, 768), Fed(integers(768, 8, 128, 256)), f(8, 128, 256)],
               {"axis": 2, "reduction": "add"}, opset=18, note="add")
    yield Case("OneHot", [Fed(integers(1000, 512)), one(1000, np.int64), uniform(2)])
    yield Case("NonZero", [of("bool", 512, 512)])
    yield Case("NonZero", [f(512, 512)])
    yield Case("Compress", [f(1024, 768), of("bool", 1024)], {"axis": 0}, note="rows")
    yield Case("Unique", [Fed(integers(1000, 20000))], n_outputs=4)
    yield Case("Trilu", [f(12, 512, 512)])
    yield Case("EyeLike", [f(512, 512)])
    yield Case("Range", [Fed(one(0, np.int64)), one(100000, np.int64), one(1, np.int64)])
    yield Case("ConstantOfShape", [Fed(i64(8, 128, 768))])
    yield Case("ReverseSequence", [f(128, 8, 768), Fed(integers(127, 8) + 1)])
    yield Case("Reshape", [f(*TOKENS), i64(1024, 768)])
    yield Case("Identity", [f(*TOKENS)])


def normalizations():
    for o in ("Softmax", "LogSoftmax", "Hardmax"):
        yield Case(o, [f(8, 12, 128, 128)], {"axis": -1})
        yield Case(o, [f(1, 21, 128, 128)], {"axis": 1}, note="axis 1")
    yield Case("Softmax", [f(1, 1000)], {"axis": -1})
    yield Case("Softmax", [f(64, 10)], {"axis": -1})
    yield Case("LayerNormalization", [f(*TOKENS), uniform(768), uniform(768)], {"axis": -1})
    yield Case("RMSNormalization", [f(*TOKENS), uniform(768)], {"axis": -1}, opset=23)
    yield Case("InstanceNormalization", [f(*PICTURE), uniform(64), uniform(64)])
    yield Case("GroupNormalization", [f(*PICTURE), uniform(64), uniform(64)], {"num_groups": 8},
               opset=21)
    yield Case("BatchNormalization", [f(*PICTURE), *(np.abs(uniform(64)) for _ in range(4))])
    yield Case("LpNormalization", [f(1024, 768)], {"axis": -1})
    yield Case("MeanVarianceNormalization", [f(8, 64, 56, 56)])
    yield Case("LRN", [f(*PICTURE)], {"size": 5})


def recurrent():
    for o, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        for length, batch, size in ((100, 1, 128), (50, 8, 256), (1, 1, 256)):
            n = gates * size
            yield Case(o, [f(length, batch, size), uniform(1, n, size), uniform(1, n, size),
                           uniform(1, 2 * n)], {"hidden_size": size}, n_outputs=2)
        yield Case(o, [f(50, 1, 128), uniform(2, gates * 128, 128), uniform(2, gates * 128, 128),
                       uniform(2, 2 * gates * 128)],
                   {"hidden_size": 128, "direction": "bidirectional"},
                   n_outputs=2, note="bidirectional")
    yield Case("GRU", [f(100, 1, 128), uniform(1, 384, 128), uniform(1, 384, 128), uniform(1, 768)],
               {"hidden_size": 128, "linear_before_reset": 1}, n_outputs=2,
               note="linear before reset")


def signals():
    for shape in ((8, 1024, 1), (8, 1000, 1), (8, 1021, 1), (1, 16384, 1), (64, 400, 1)):
        yield Case("DFT", [f(*shape)], {"axis": 1, "onesided": 1}, note="onesided")
    yield Case("DFT", [f(8, 1024, 2)], {"axis": 1}, note="complex")
    yield Case("DFT", [f(8, 1024, 2)], {"axis": 1, "inverse": 1}, note="inverse")
    for frame in (400, 512):
        yield Case("STFT",
                   [f(1, 16000, 1), one(160, np.int64), np.hanning(frame).astype(np.float32)],
                   {"onesided": 1}, note=f"frame {frame}")
    yield Case("HannWindow", [Fed(one(16000, np.int64))])
    yield Case("MelWeightMatrix", [Fed(one(80, np.int64)), one(512, np.int64), one(16000, np.int64),
                                   one(20.0), one(8000.0)])


def pictures():
    resize = [(f(1, 64, 56, 56), 2, "nearest"), (f(1, 64, 56, 56), 2, "linear"),
              (f(1, 64, 56, 56), 2, "cubic"),
              (f(1, 3, 224, 224), 2, "linear"), (f(1, 3, 640, 640), 0.5, "linear"),
              (f(1, 3, 640, 640), 0.35, "cubic")]
    for x, scale, mode in resize:
        yield Case("Resize", [x, None, np.array([1, 1, scale, scale], np.float32)],
                   {"mode": mode}, note=f"{mode} {scale}")
    yield Case("Resize", [f(1, 64, 56, 56), None, np.array([1, 1, 2, 2], np.float32)],
               {"mode": "nearest", "coordinate_transformation_mode": "asymmetric",
                "nearest_mode": "floor"}, note="asymmetric nearest 2")
    yield Case("Resize", [f(1, 64, 56, 56), None, np.array([1, 1, 2, 2], np.float32)],
               {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
               note="align_corners linear 2")
    yield Case("Resize", [of("uint8", 1, 3, 640, 640), None, np.array([1, 1, .5, .5], np.float32)],
               {"mode": "linear"}, note="linear 0.5")
    yield Case("Resize", [f(1, 3, 640, 640), None, np.array([1, 1, .35, .35], np.float32)],
               {"mode": "linear", "antialias": 1}, opset=18, note="antialias linear 0.35")
    for o in ("MaxPool", "AveragePool"):
        yield Case(o, [f(1, 64, 112, 112)],
                   {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, note="3x3/2")
        yield Case(o, [f(1, 64, 112, 112)], {"kernel_shape": [2, 2], "strides": [2, 2]},
                   note="2x2/2")
        yield Case(o, [f(1, 256, 20, 20)], {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]},
                   note="5x5")
    yield Case("LpPool", [f(1, 64, 56, 56)], {"kernel_shape": [3, 3], "strides": [2, 2]},
               note="3x3/2")
    for o in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
        yield Case(o, [f(1, 1280, 7, 7)])
        yield Case(o, [f(*PICTURE)])
    yield Case("GridSample", [f(1, 16, 64, 64), f(1, 64, 64, 2)], note="linear")
    yield Case("RoiAlign",
               [f(1, 256, 50, 50),
                Fed((integers(40, 100, 4) + [0, 0, 100, 100]).astype(np.float32)),
                            np.zeros(100, np.int64)],
               {"output_height": 7, "output_width": 7, "sampling_ratio": 2, "spatial_scale": 0.25},
               opset=16)
    corner = np.random.RandomState(2).uniform(0, 600, (1, 4000, 2))
    boxes = np.concatenate([corner,
                            corner + np.random.RandomState(3).uniform(10, 60, (1, 4000, 2))], 2)
    yield Case("NonMaxSuppression",
               [Fed(boxes.astype(np.float32)), Fed(np.abs(uniform(1, 1, 4000))),
                                     i64(100), one([0.5]), one([0.25])], note="1 class")
    yield Case("NonMaxSuppression",
               [Fed(boxes.astype(np.float32)), Fed(np.abs(uniform(1, 80, 4000))),
                                     i64(100), one([0.5]), one([0.9])], note="80 classes")
    yield Case("Col2Im", [f(1, 144, 3136), i64(56, 56), i64(3, 3)], {"pads": [1, 1, 1, 1]},
               opset=18)
    yield Case("AffineGrid", [f(1, 2, 3), i64(1, 3, 224, 224)], opset=20)


def products():
    for kind in ("float32", "float16", "bfloat16", "float64"):
        yield Case("MatMul", [of(kind, 128, 768), of(kind, 768, 768)], opset=13)
    yield Case("MatMul", [f(1, 768), uniform(768, 3072)], note="vector")
    yield Case("MatMul", [f(8, 12, 128, 64), f(8, 12, 64, 128)], note="batch")
    yield Case("MatMul", [of("float16", 8, 12, 128, 64), of("float16", 8, 12, 64, 128)],
               note="batch")
    yield Case("MatMul", [f(128, 768), uniform(768, 768)], note="constant")
    yield Case("Gemm", [f(128, 768), uniform(768, 768), uniform(768)], {"transB": 1})
    yield Case("Gemm",
               [of("float16", 128, 768), uniform(768, 768).astype(np.float16),
                uniform(768).astype(np.float16)])
    for equation, shapes in (("bhid,bhjd->bhij", ((8, 12, 128, 64), (8, 12, 128, 64))),
                             ("bij,jk->bik", ((8, 128, 256), (256, 256))),
                             ("bihd,bjhd->bhij", ((4, 128, 8, 64), (4, 128, 8, 64))),
                             ("bij->bji", ((8, 128, 768),)),
                             ("bhwc,hkc->bhwk", ((4, 32, 32, 64), (32, 32, 64)))):
        yield Case("Einsum", [f(*s) for s in shapes], {"equation": equation}, note=equation)
    for note, channels, out, size, attributes in (
            ("3x3", 64, 64, 56, {}), ("1x1", 256, 64, 56, {}),
                                                  ("7x7/2", 3, 64, 224, {"strides": [2, 2]}),
            ("depthwise 3x3", 128, 128, 56, {"group": 128}),
            ("depthwise 5x5/2", 128, 128, 56, {"group": 128, "strides": [2, 2]}),
            ("grouped 3x3", 128, 128, 28, {"group": 8})):
        k = 7 if "7x7" in note else 5 if "5x5" in note else 1 if "1x1" in note else 3
        w = uniform(out, channels // attributes.get("group", 1), k, k)
        yield Case("Conv", [f(1, channels, size, size), w], {"pads": [k // 2] * 4, **attributes},
                   note=note)
    yield Case("Conv", [f(1, 64, 1000), uniform(64, 64, 3)], {"pads": [1, 1]}, note="1-D 3")
    yield Case("Conv", [f(1, 16, 16, 32, 32), uniform(16, 16, 3, 3, 3)], {"pads": [1] * 6},
               note="3-D 3x3x3")
    yield Case("ConvTranspose", [f(1, 64, 28, 28), uniform(64, 32, 2, 2)], {"strides": [2, 2]},
               note="2x2/2")
    yield Case("ConvTranspose", [f(1, 64, 28, 28), uniform(64, 32, 4, 4)],
               {"strides": [2, 2], "pads": [1] * 4}, note="4x4/2")


def cached_attention():
    """A prompt of 128 tokens, and one token behind 511 others."""
    for length, past in (128, 0), (1, 511):
        note = "one token" if past else "prompt"
        caches = [f(1, 12, past, 64)] * 2 if past else []
        yield Case("MultiHeadAttention",
                   [f(1, length, 768)] * 3 + [uniform(2304), None, None] + caches,
                   {"num_heads": 12, "unidirectional": 1}, 3, MICROSOFT, note=note)
        caches = [f(1, 8, past, 128)] * 2 if past else [None] * 2
        lengths = [Fed(np.array(n, np.int32)) for n in ([past + length - 1], past + length)]
        for kind in "float32", "float16":
            turns = [uniform(512, 64).astype(kind) for _ in range(2)]
            inputs = [(shape, kind) for shape in ((1, length, 4096), *[(1, length, 1024)] * 2)]
            yield Case("GroupQueryAttention",
                       inputs + [c and (c[0], kind) for c in caches] + lengths + turns,
                       {"num_heads": 32, "kv_num_heads": 8, "do_rotary": 1}, 3, MICROSOFT, note=note)


def attention():
    yield Case("Attention", [f(1, 12, 128, 64)] * 3, opset=23, note="12 heads")
    yield Case("Attention", [f(1, 12, 1, 64), f(1, 12, 512, 64), f(1, 12, 512, 64)], opset=23,
               note="one query")
    yield Case("Attention", [f(1, 8, 512, 64)] * 3, {"is_causal": 1}, opset=23, note="causal")
    yield Case("RotaryEmbedding", [f(1, 12, 128, 64), uniform(128, 32), uniform(128, 32),
                                   Fed(np.arange(128)[None])], opset=23)
    yield Case("Attention", [f(1, 128, 768), uniform(768, 2304), uniform(2304)], {"num_heads": 12},
               domain=MICROSOFT,
               note="microsoft")
    yield from cached_attention()
    yield Case("QAttention", [Fed(integers(256, 1, 128, 768, kind=np.uint8)),
                              integers(256, 768, 2304, kind=np.uint8), uniform(2304), one(0.01),
                              one(0.001), None, one(128, np.uint8), one(128, np.uint8)],
               {"num_heads": 12}, domain=MICROSOFT)
    yield Case("SkipLayerNormalization",
               [f(1, 128, 768), f(1, 128, 768), uniform(768), uniform(768), uniform(768)],
               domain=MICROSOFT)
    yield Case("EmbedLayerNormalization",
               [Fed(integers(1000, 8, 128, kind=np.int32)), Fed(integers(2, 8, 128, kind=np.int32)),
                uniform(1000, 768), uniform(512, 768), uniform(2, 768), uniform(768), uniform(768)],
               n_outputs=2, domain=MICROSOFT)
    for o in ("Gelu", "QuickGelu", "FastGelu"):
        yield Case(o, [f(*TOKENS)], domain=MICROSOFT, note="microsoft")
    yield Case("BiasGelu", [f(*TOKENS), uniform(768)], domain=MICROSOFT)
    yield Case("FusedMatMul", [f(8, 12, 128, 64), f(8, 12, 128, 64)], {"transB": 1, "alpha": 0.125},
               domain=MICROSOFT)
    for size in (1024, 4096):
        for rows in (1, 64):
            yield Case("MatMulNBits",
                       [f(rows, size), integers(256, size, size // 32, 16, kind=np.uint8),
                        uniform(size, size // 32)],
                       {"K": size, "N": size, "block_size": 32, "bits": 4}, domain=MICROSOFT,
                       note=f"{size} squared, {rows} rows")


def quantized():
    u8, i8 = np.uint8, np.int8
    scale, zero = one(0.02), one(128, u8)
    yield Case("QuantizeLinear", [f(*PICTURE), scale, zero], note="uint8")
    yield Case("QuantizeLinear", [f(*PICTURE), scale, one(0, i8)], note="int8")
    yield Case("QuantizeLinear", [f(*PICTURE), np.full(64, 0.02, np.float32), np.full(64, 3, u8)],
               {"axis": 1}, note="channels")
    yield Case("DequantizeLinear", [of("uint8", *PICTURE), scale, zero])
    yield Case("DequantizeLinear",
               [of("int8", *PICTURE), np.full(64, 0.02, np.float32), np.full(64, 3, i8)],
               {"axis": 1},
               note="channels")
    yield Case("DynamicQuantizeLinear", [f(*TOKENS)], n_outputs=3)
    w = integers(255, 768, 768, kind=u8)
    wi = (integers(255, 768, 768) - 127).astype(i8)
    yield Case("MatMulInteger", [of("uint8", 128, 768), wi, one(120, u8)], note="constant int8")
    yield Case("MatMulInteger", [of("uint8", 128, 768), w, one(120, u8), one(128, u8)],
               note="constant uint8")
    yield Case("MatMulInteger", [of("uint8", 1, 768), wi, one(120, u8)], note="vector")
    yield Case("MatMulInteger", [of("uint8", 128, 768), of("uint8", 768, 768)], note="fed")
    yield Case("QLinearMatMul",
               [of("uint8", 128, 768), scale, zero, wi, scale, one(0, i8), one(2.0), zero])
    for note, channels, out, size, group, k in (("3x3", 64, 64, 56, 1, 3),
                                                ("1x1", 256, 64, 56, 1, 1),
                                                ("depthwise 3x3", 128, 128, 56, 128, 3)):
        w = (integers(255, out, channels // group, k, k) - 127).astype(i8)
        attributes = {"pads": [k // 2] * 4, "group": group}
        yield Case("QLinearConv",
                   [of("uint8", 1, channels, size, size), scale, zero, w,
                    np.full(out, 0.01, np.float32),
                                   np.zeros(out, i8), one(0.5), zero,
                    integers(1000, out, kind=np.int32)], attributes, note=note)
        yield Case("ConvInteger", [of("uint8", 1, channels, size, size), w.view(u8), zero, zero],
                   attributes, note=note)
    a = [scale, zero]
    yield Case("QLinearAdd", [of("uint8", *PICTURE), *a, of("uint8", *PICTURE), *a, *a],
               domain=MICROSOFT)
    yield Case("QLinearMul", [of("uint8", *PICTURE), *a, of("uint8", *PICTURE), *a, *a],
               domain=MICROSOFT)
    yield Case("QLinearSigmoid", [of("uint8", *PICTURE), *a, *a], domain=MICROSOFT)
    yield Case("QLinearLeakyRelu", [of("uint8", *PICTURE), *a, *a], {"alpha": 0.1},
               domain=MICROSOFT)
    yield Case("QLinearGlobalAveragePool", [of("uint8", 1, 1280, 7, 7), *a, *a], domain=MICROSOFT)
    yield Case("QLinearAveragePool", [of("uint8", *PICTURE), *a, *a], {"kernel_shape": [3, 3]},
               domain=MICROSOFT)
    yield Case("QLinearConcat", [*a, of("uint8", *PICTURE), *a, of("uint8", *PICTURE), *a],
               {"axis": 1}, domain=MICROSOFT)
    yield Case("QLinearSoftmax", [of("uint8", 8, 1000), *a, one(1 / 256), one(0, u8)],
               {"axis": -1, "opset": 13}, domain=MICROSOFT)
    yield Case("QGemm", [of("uint8", 128, 768), *a, wi, scale, one(0, i8), None, one(2.0), zero],
               domain=MICROSOFT)
    yield Case("DynamicQuantizeMatMul", [f(128, 768), wi, scale], domain=MICROSOFT)
    yield Case("MatMulIntegerToFloat", [of("uint8", 128, 768), wi, scale, scale, one(120, u8)],
               domain=MICROSOFT)
    blocks = integers(255, 768, 24, 16, kind=u8)
    yield Case("MatMulNBits", [f(1, 768), blocks, uniform(768 * 24)],
               {"K": 768, "N": 768, "bits": 4, "block_size": 32},
               domain=MICROSOFT)


def trees():
    def forest(n_trees, depth, n_features):
        """Complete trees, node 0 first, children of n at 2n + 1 and 2n + 2."""
        n, first_leaf = 2 ** (depth + 1) - 1, 2 ** depth - 1
        ids = list(range(n))
        leaf = [i >= first_leaf for i in ids]
        leaves = [(t, i) for t in range(n_trees) for i in ids[first_leaf:]]
        nodes = {"nodes_treeids": [t for t in range(n_trees) for _ in ids],
                 "nodes_nodeids": ids * n_trees,
                 "nodes_modes": ["LEAF" if b else "BRANCH_LEQ" for b in leaf] * n_trees,
                 "nodes_featureids": integers(n_features, n * n_trees).tolist(),
                 "nodes_values": uniform(n * n_trees).tolist(),
                 "nodes_truenodeids": [0 if b else 2 * i + 1 for i, b in zip(ids, leaf)] * n_trees,
                 "nodes_falsenodeids": [0 if b else 2 * i + 2 for i, b in zip(ids, leaf)] * n_trees}
        return nodes, [t for t, _ in leaves], [i for _, i in leaves]

    nodes, tree, node = forest(100, 6, 30)
    target = {**nodes, "target_treeids": tree, "target_nodeids": node,
              "target_ids": [0] * len(tree),
              "target_weights": uniform(len(tree)).tolist(), "n_targets": 1}
    label = {**nodes, "class_treeids": tree, "class_nodeids": node,
             "class_ids": [n % 3 for n in node],
             "class_weights": uniform(len(tree)).tolist(), "classlabels_int64s": [0, 1, 2]}
    for rows in (1, 1000):
        yield Case("TreeEnsembleRegressor", [f(rows, 30)], target, domain=ML)
        yield Case("TreeEnsembleClassifier", [f(rows, 30)], label, n_outputs=2, domain=ML)
    vectors = uniform(200, 20)
    yield Case("SVMRegressor", [f(100, 20)],
               {"kernel_type": "RBF", "kernel_params": [0.5, 0.0, 3.0], "n_supports": 200,
                                              "support_vectors": vectors.ravel().tolist(),
                                              "coefficients": uniform(200).tolist(), "rho": [0.1]},
               domain=ML)
    yield Case("LinearRegressor", [f(1000, 30)],
               {"coefficients": uniform(30).tolist(), "intercepts": [0.1]}, domain=ML)
    yield Case("LinearClassifier", [f(1000, 30)],
               {"coefficients": uniform(90).tolist(), "intercepts": [0.1, 0.2, 0.3],
                                                   "classlabels_ints": [0, 1, 2],
                "post_transform": "SOFTMAX"},
               n_outputs=2, domain=ML)
    yield Case("Scaler", [f(1000, 30)],
               {"offset": uniform(30).tolist(), "scale": uniform(30).tolist()}, domain=ML)
    yield Case("Normalizer", [f(1000, 30)], {"norm": "L2"}, domain=ML)
    yield Case("Imputer", [f(1000, 30)],
               {"imputed_value_floats": [0.0], "replaced_value_float": float("nan")}, domain=ML)
    yield Case("Binarizer", [f(1000, 30)], {"threshold": 0.0}, domain=ML)
    yield Case("OneHotEncoder", [of("int64", 1000, 10)],
               {"cats_int64s": list(range(20)), "zeros": 1}, domain=ML)
    yield Case("LabelEncoder", [of("int64", 10000)],
               {"keys_int64s": list(range(100)), "values_int64s": list(range(100))},
               domain=ML)
    yield Case("ArrayFeatureExtractor", [f(1000, 30), i64(*range(0, 30, 3))], domain=ML)
    yield Case("FeatureVectorizer", [f(1000, 10), f(1000, 20)], {"inputdimensions": [10, 20]},
               domain=ML)


def cases():
    groups = (elementwise, reductions, movement, normalizations, recurrent, signals, pictures,
              products, attention,
              quantized, trees)
    return [case for group in groups for case in group()]
