"""A case: one node with its inputs; and models of many cases side by side."""
import copy
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper

# name -> number of TensorProto, and the numpy type that holds an element: of those that numpy lacks,
# the bits.
TYPES = {
    "float": (1, np.float32), "uint8": (2, np.uint8), "int8": (3, np.int8),
    "uint16": (4, np.uint16), "int16": (5, np.int16), "int32": (6, np.int32),
    "int64": (7, np.int64), "string": (8, object), "bool": (9, np.bool_),
    "float16": (10, np.float16), "double": (11, np.float64), "uint32": (12, np.uint32),
    "uint64": (13, np.uint64), "complex64": (14, np.complex64), "complex128": (15, np.complex128),
    "bfloat16": (16, np.uint16), "float8e4m3fn": (17, np.uint8), "float8e4m3fnuz": (18, np.uint8),
    "float8e5m2": (19, np.uint8), "float8e5m2fnuz": (20, np.uint8), "uint4": (21, np.uint8),
    "int4": (22, np.uint8), "float4e2m1": (23, np.uint8), "float8e8m0": (24, np.uint8),
    "uint2": (25, np.uint8), "int2": (26, np.uint8),
}
TYPE_NAMES = {number: name for name, (number, _) in TYPES.items()}
PACKED = {"uint4": 4, "int4": 4, "float4e2m1": 4, "uint2": 2, "int2": 2}
WITHOUT_22 = 21


@dataclass
class Value:
    """A tensor."""
    type: str
    array: np.ndarray

    def proto(self, name=""):
        tensor = TensorProto(name=name, data_type=TYPES[self.type][0], dims=self.array.shape)
        if self.type == "string":
            tensor.string_data.extend(s.encode() for s in self.array.flat)
        elif self.type in PACKED:
            bits = PACKED[self.type]
            each = 8 // bits
            codes = self.array.ravel() & (2 ** bits - 1)
            codes = np.append(codes, np.zeros(-codes.size % each, np.uint8)).reshape(-1, each)
            shifts = np.arange(each, dtype=np.uint8) * bits
            tensor.raw_data = np.bitwise_or.reduce(codes << shifts, axis=1).astype(np.uint8).tobytes()
        else:
            tensor.raw_data = np.ascontiguousarray(self.array).tobytes()
        return tensor

    def info(self, name):
        return helper.make_tensor_value_info(name, TYPES[self.type][0], self.array.shape)


@dataclass
class Sequence:
    """A sequence of tensors of one type."""
    type: str
    items: list

    def proto(self, name=""):
        return onnx.SequenceProto(name=name, elem_type=1, tensor_values=[i.proto() for i in self.items])

    def info(self, name):
        info = onnx.ValueInfoProto(name=name)
        info.type.sequence_type.elem_type.tensor_type.elem_type = TYPES[self.type][0]
        return info


@dataclass
class Optional:
    """An optional tensor, or sequence of tensors; item is None where there is none."""
    type: str
    item: object
    of_sequence: bool = False

    def proto(self, name=""):
        optional = onnx.OptionalProto(name=name, elem_type=0 if self.item is None else
                                      3 if self.of_sequence else 1)
        if self.item is not None:
            value = optional.sequence_value if self.of_sequence else optional.tensor_value
            value.CopyFrom(self.item.proto())
        return optional

    def info(self, name):
        info = onnx.ValueInfoProto(name=name)
        inner = Sequence(self.type, []) if self.of_sequence else Value(self.type, np.zeros(0))
        info.type.optional_type.elem_type.CopyFrom(inner.info("").type)
        if not self.of_sequence:
            info.type.optional_type.elem_type.tensor_type.ClearField("shape")
        return info


@dataclass
class Map:
    """A map: tensors of keys and of values, of one length."""
    keys: Value
    values: Value

    def proto(self, name=""):
        number = TYPES[self.keys.type][0]
        each = [Value(self.values.type, np.asarray(v)) for v in self.values.array]
        made = onnx.MapProto(name=name, key_type=number, values=Sequence(self.values.type, each).proto())
        if self.keys.type == "string":
            made.string_keys.extend(k.encode() for k in self.keys.array)
        else:
            made.keys.extend(self.keys.array.tolist())
        return made

    def info(self, name):
        info = onnx.ValueInfoProto(name=name)
        info.type.map_type.key_type = TYPES[self.keys.type][0]
        info.type.map_type.value_type.tensor_type.elem_type = TYPES[self.values.type][0]
        info.type.map_type.value_type.tensor_type.shape.SetInParent()
        return info


@dataclass
class Case:
    """A node and its inputs; None stands for an input that is left out. In graphs, attributes and
    nodes before the node, a name "@K" is that of input K."""
    operator: str
    inputs: list
    attributes: dict = field(default_factory=dict)
    outputs: int = 1
    domain: str = ""
    opset: int = 0
    version: int = 0
    constant: frozenset = frozenset()  # positions of inputs that are initializers
    widen: bool = True  # whether the node between Casts computes the same in a wider type
    around: int = 0  # how many of the last inputs are not the node's, but seen by its graphs alone
    before: list = field(default_factory=list)  # nodes whose outputs "@NAME" are named in attributes
    random: bool = False  # whether a run without a seed differs from the next
    expected: object = None  # for the evaluation, what the inputs were made of

    def signature(self):
        """What decides whether a runtime has a kernel."""
        return self.operator, self.version, tuple(i and described(i).split("[")[0] for i in self.inputs)

    def only_types_new(self):
        """Whether the version differs from the one before by types alone, as all those of opset 22 do."""
        return self.domain == "" and self.version == WITHOUT_22 + 1

    def can_widen(self):
        return self.widen and all(isinstance(i, (Value, type(None))) for i in self.inputs) and \
            (self.only_types_new() or any(i and i.type in WIDER for i in self.inputs))

    def text(self):
        """One line for a report."""
        inputs = [described(i) for i in self.inputs]
        attributes = {k: "graph" if isinstance(v, onnx.GraphProto) else
                      v.array.tolist() if isinstance(v, Value) else v
                      for k, v in self.attributes.items() if v is not None}
        return f"{self.operator}-{self.opset}({', '.join(inputs)}) {attributes}"[:400]

    def names(self, index):
        inputs = [f"i{index}_{k}" if i is not None else "" for k, i in enumerate(self.inputs)]
        return inputs, [f"o{index}_{k}" for k in range(self.outputs)]


def described(value):
    """A value in a report."""
    if value is None:
        return "-"
    if isinstance(value, Value):
        return f"{value.type}{list(value.array.shape)}"
    if isinstance(value, Optional):
        return f"optional({described(value.item)})"
    if isinstance(value, Map):
        return f"map({value.keys.type}, {described(value.values)})"
    return f"seq({value.type})"


def renamed(name, inputs, index):
    """The name in a model of one that a case gives, see Case."""
    if not name.startswith("@"):
        return name
    return inputs[int(name[1:])] if name[1:].isdigit() else f"i{index}_{name[1:]}"


def placed(node, inputs, index):
    """A copy of a node with the names that it has in a model."""
    node = copy.deepcopy(node)
    node.input[:] = [renamed(i, inputs, index) for i in node.input]
    node.output[:] = [renamed(o, inputs, index) for o in node.output]
    for one in node.attribute:
        if one.type == onnx.AttributeProto.GRAPH:
            one.g.CopyFrom(placed_value(one.g, inputs, index))
    return node


def placed_value(value, inputs, index):
    """An attribute's value, likewise."""
    if isinstance(value, str):
        return renamed(value, inputs, index)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [renamed(v, inputs, index) for v in value]
    if isinstance(value, onnx.GraphProto):
        graph = copy.deepcopy(value)
        del graph.node[:]
        graph.node.extend(placed(node, inputs, index) for node in value.node)
        return graph
    return value


def attribute(name, value):
    if isinstance(value, Value):
        value = value.proto()
    if isinstance(value, tuple):  # of a type that an empty list does not show
        kind, items = value
        proto = onnx.AttributeProto(name=name, type=kind)
        {6: proto.floats, 7: proto.ints, 8: proto.strings}[kind].extend(items)
        return proto
    return helper.make_attribute(name, value)


# Where a runtime has no kernel of a type: the type in which it is asked between Casts.
WIDER = {"float16": "float", "bfloat16": "float", "double": "float",
         "int8": "int64", "int16": "int64", "int32": "int64",
         "uint8": "int64", "uint16": "int64", "uint32": "int64"}


def nodes_of(case, index, wide_outputs):
    """The case's node; between Casts where wide_outputs has the types of its outputs."""
    inputs, outputs = case.names(index)
    nodes, behind = [], []
    if wide_outputs:
        for k, value in enumerate(case.inputs):
            if value is not None and value.type in WIDER:
                to = TYPES[WIDER[value.type]][0]
                nodes.append(helper.make_node("Cast", [inputs[k]], [inputs[k] + "w"], to=to))
                inputs[k] += "w"
        for k, number in enumerate(wide_outputs):
            behind.append(helper.make_node("Cast", [outputs[k] + "w"], [outputs[k]], to=number))
        outputs = [o + "w" for o in outputs]
    nodes += [placed(before, inputs, index) for before in case.before]
    node = helper.make_node(case.operator, inputs[:len(inputs) - case.around], outputs, name=f"c{index}_",
                            domain=case.domain)
    node.attribute.extend(attribute(k, placed_value(v, inputs, index))
                          for k, v in case.attributes.items() if v is not None)
    return nodes + [node] + behind


def model_of(cases, wide):
    """A model of the cases {index: case} side by side, and the values of its inputs in order. wide:
    types of the outputs of those that are between Casts."""
    nodes, infos, initializers, fed, results = [], [], [], [], []
    domains = {"": 13}
    for index, case in cases.items():
        inputs, outputs = case.names(index)
        domains[case.domain] = WITHOUT_22 if index in wide and case.only_types_new() else case.opset
        nodes += nodes_of(case, index, wide.get(index))
        for k, value in enumerate(case.inputs):
            if value is None:
                continue
            if k in case.constant:
                initializers.append(value.proto(inputs[k]))
            else:
                infos.append(value.info(inputs[k]))
                fed.append((inputs[k], value))
        results += [onnx.ValueInfoProto(name=o) for o in outputs]
    graph = helper.make_graph(nodes, "cases", infos, results, initializers)
    imports = [helper.make_opsetid(d, v) for d, v in domains.items()]
    newest = max(domains.values())
    version = 13 if newest > 24 else 11 if newest > 22 else 10 if newest > 18 else 8
    return helper.make_model(graph, opset_imports=imports, ir_version=version), fed
