#!/usr/bin/env python3
"""Makes a folder of models that must be refused, and a few odd ones that must not.

    hostile.py ONNX_PROTO FOLDER

FOLDER/index.tsv has one line for each: file, status, a part of the message, and the node it has to
name (empty, with status OK, where the model must load). FOLDER/seeds has the same models and
nothing else, for a fuzzer to begin with. What protobuf can express is written through
python3-protobuf; what it cannot, byte by byte.

Exit status 77 where protoc or python3-protobuf is not installed."""
import importlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
MODELS = []
onnx = None


def hostile(status, part, node=""):
    """Registers a function that returns a model, as message or bytes."""

    def register(make):
        MODELS.append((make.__name__, make, status, part, node))
        return make

    return register


def import_schema(proto):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(proto, os.path.join(folder, "hinge_onnx.proto"))
        subprocess.run(["protoc", f"--proto_path={folder}", f"--python_out={folder}",
                        os.path.join(folder, "hinge_onnx.proto")], check=True)
        sys.path.insert(0, folder)
        return importlib.import_module("hinge_onnx_pb2")


# Building blocks


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def value_info(name, dims=(1,), elem_type=1):
    info = onnx.ValueInfoProto(name=name)
    tensor = info.type.tensor_type
    tensor.elem_type = elem_type
    tensor.shape.SetInParent()
    for dim in dims:
        entry = tensor.shape.dim.add()
        if isinstance(dim, str):
            entry.dim_param = dim
        else:
            entry.dim_value = dim
    return info


def node(op, inputs, outputs, name="", **more):
    return onnx.NodeProto(op_type=op, input=inputs, output=outputs, name=name, **more)


def tensor(name, data_type=1, dims=(), raw=None, **more):
    out = onnx.TensorProto(name=name, data_type=data_type, dims=dims, **more)
    if raw is not None:
        out.raw_data = raw
    return out


def model(nodes=None, initializers=(), inputs=None, outputs=("y",)):
    """x -> Relu -> y unless told otherwise."""
    out = onnx.ModelProto(ir_version=8, producer_name="hostile")
    out.opset_import.add(version=17)
    graph = out.graph
    graph.name = "g"
    graph.node.extend([node("Relu", ["x"], ["y"], "relu")] if nodes is None else nodes)
    graph.initializer.extend(initializers)
    graph.input.extend([value_info("x")] if inputs is None else inputs)
    graph.output.extend(value_info(name) for name in outputs)
    return out


def with_constant(**arguments):
    """A model that adds the initializer "w"."""
    return model([node("Add", ["x", "w"], ["y"], "add")], [tensor("w", **arguments)])


def raw_graph(out, more):
    """out, its graph with bytes behind it that protobuf would not write."""
    graph = out.graph.SerializeToString() + more
    out.ClearField("graph")
    return out.SerializeToString() + field(7, graph)


def raw_initializer(data):
    return raw_graph(model(), field(5, data))


def with_attribute(**arguments):
    out = model([node("Op", ["x"], ["y"], "op")])
    out.graph.node[0].attribute.add(**arguments)
    return out


def with_external(location, size=4, **entries):
    out = with_constant(dims=[size // 4])
    constant = out.graph.initializer[0]
    constant.data_location = onnx.TensorProto.EXTERNAL
    for key, value in dict(location=location, **entries).items():
        if value is not None:
            constant.external_data.add(key=key, value=value)
    return out


# The file as such


@hostile("BAD_FORMAT", "the file is empty")
def empty():
    return b""


@hostile("BAD_FORMAT", "ModelProto has no field number")
def zeros():
    return bytes(4096)


def other(name, make):
    """Registers a file of another kind, which has to be called what it is."""
    MODELS.append((f"other_{len(MODELS)}", make, "BAD_FORMAT", name, ""))


OTHERS = [
    ('is not an ONNX model but a page of HTML or XML, which begins "<!DOCTYPE html>"',
     b"<!DOCTYPE html>\n<html>404</html>\n"),
    ('a page of HTML or XML, which begins "<?xml version',
     b'\xef\xbb\xbf \r\n<?xml version="1.0"?>\n'),
    ('is not an ONNX model but text, which begins "404: Not Found"', b"404: Not Found"),
    ('a Git LFS pointer; "git lfs pull" fetches the model',
     b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
    ("a zip archive", b"PK\3\4" + bytes(60)),
    ("a Python pickle", b"\x80\2}q\0."),
    ("an HDF5 file", b"\x89HDF\r\n\x1a\n" + bytes(60)),
    ("a NumPy array", b"\x93NUMPY\1\0v\0{}"),
    ("a GGUF model", b"GGUF\3\0\0\0"),
    ("a safetensors file", struct.pack("<Q", 20) + b'{"a":{"dtype":"F32"}}'),
    ("compressed by gzip", b"\x1f\x8b\x08\0" + bytes(60)),
    ("a TensorFlow Lite model", b"\x1c\0\0\0TFL3" + bytes(60)),
    ("a model in ONNX Runtime's own format", b"\x1c\0\0\0ORTM" + bytes(60)),
    ("a tar archive", b"model.onnx" + bytes(247) + b"ustar\x0000" + bytes(248)),
    ("a TensorFlow graph", field(1, field(1, b"x") + field(2, b"Placeholder"))),
    ("a TensorFlow graph", b"\x08\1" + field(2, field(1, field(4, b"1.0")) + field(2, b""))),
]
for what, content in OTHERS:
    other(what, lambda content=content: content)
other("a serialized tensor", lambda: tensor("t", dims=[2], raw=bytes(8)))
other("a serialized tensor", lambda: tensor("t", 7, [2, 3], int64_data=range(6)))


@hostile("BAD_FORMAT", "ModelProto")
def random_bytes():
    state, out = 1, bytearray()
    for _ in range(4096):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        out.append(state >> 56)
    return bytes(out)


@hostile("BAD_FORMAT", "is cut off: the file ends at byte 60, within ModelProto.graph, which begins "
                       "at 11")
def truncated():
    return model().SerializeToString()[:60]


@hostile("BAD_FORMAT", "is cut off: the file ends at byte 196608, within ModelProto.graph")
def truncated_weights():
    out = with_constant(dims=[1 << 16], raw=bytes(4 << 16))
    return out.SerializeToString()[: 3 << 16]


@hostile("BAD_FORMAT", "is cut off: the file ends at byte 5, within ModelProto.producer_name, which "
                       "begins at 2")
def truncated_name():
    return model().SerializeToString()[:5]


@hostile("BAD_FORMAT", "ModelProto.graph runs past the end of its message")
def length_past_the_end():
    return b"\x08\x08" + b"\x3a" + varint(1 << 40) + b"abc"


@hostile("BAD_FORMAT", "ModelProto.graph runs past the end of its message")
def length_of_all_bits():
    return b"\x08\x08" + b"\x3a" + varint((1 << 64) - 1) + b"abc"


@hostile("BAD_FORMAT", "no field number")
def endless_varint():
    return b"\xff" * 64


@hostile("BAD_FORMAT", "ModelProto.graph is given twice")
def two_graphs():
    data = model().SerializeToString()
    return data + field(7, model().graph.SerializeToString())


@hostile("BAD_FORMAT", "zero byte")
def zero_byte_in_a_name():
    return model([node("Relu", ["x"], ["y"], "re\0lu")])


@hostile("BAD_FORMAT", "list that ends within a number")
def list_cut_within_a_number():
    return raw_initializer(tensor("w", 7, [1]).SerializeToString() + field(7, b"\x80"))


@hostile("BAD_FORMAT", "list that ends within a number", "op")
def attribute_list_cut_within_a_number():
    attribute = onnx.AttributeProto(name="a", type=6).SerializeToString() + field(7, bytes(5))
    op = node("Op", ["x"], ["y"], "op").SerializeToString() + field(5, attribute)
    return raw_graph(model([]), field(1, op))


@hostile("BAD_FORMAT", "a list of numbers is cut off")
def dims_cut_within_a_number():
    return raw_initializer(tensor("w", 7).SerializeToString() + field(1, b"\x80"))


@hostile("LIMIT", "messages are nested more than 200 deep")
def nesting_bomb_of_types():
    data = b""
    for _ in range(20000):
        data = field(1, data)
        data = field(4, data)
    return field(7, field(11, field(2, data)))


@hostile("LIMIT", "messages are nested more than 200 deep")
def nesting_bomb_of_graphs():
    data = b""
    for _ in range(5000):
        data = field(1, field(5, field(6, data)))
    return field(7, data)


@hostile("LIMIT", "its messages take more than")
def messages_that_outgrow_the_file():
    """Attributes of two bytes each."""
    return raw_graph(model(), field(1, b"\x2a\0" * (1 << 20)))


# The model


@hostile("BAD_MODEL", "has no IR version")
def no_ir_version():
    out = model()
    out.ClearField("ir_version")
    return out


@hostile("UNSUPPORTED", "has IR version 2;")
def ir_version_2():
    out = model()
    out.ir_version = 2
    return out


@hostile("UNSUPPORTED", "has IR version 15;")
def ir_version_15():
    out = model()
    out.ir_version = 15
    return out


@hostile("UNSUPPORTED", "has IR version -1;")
def ir_version_negative():
    out = model()
    out.ir_version = -1
    return out


@hostile("BAD_MODEL", "has no graph")
def no_graph():
    out = model()
    out.ClearField("graph")
    return out


@hostile("BAD_MODEL", 'node "relu" (Relu): the model imports no operator set of domain ""', "relu")
def no_opset():
    out = model()
    del out.opset_import[:]
    return out


@hostile("BAD_MODEL", 'node "n" (com.acme::Gelu): the model imports no operator set of domain '
                      '"com.acme"', "n")
def no_opset_of_domain():
    return model([node("Gelu", ["x"], ["y"], "n", domain="com.acme")])


@hostile("BAD_MODEL", 'node "n" (com.acme::Gelu): the model imports no operator set of domain '
                      '"com.acme", "org.other", ""', "n")
def no_opset_of_three_domains():
    out = model([node("Gelu", ["x"], ["t"], "n", domain="com.acme"),
                 node("If", ["t"], ["y"], "if", domain="com.acme")])
    branch = out.graph.node[1].attribute.add(name="then_branch", type=5).g
    branch.node.extend([node("Op", ["x"], ["b"], domain="org.other"), node("Op", ["b"], ["c"])])
    branch.output.add(name="c")
    del out.opset_import[:]
    return out


@hostile("BAD_MODEL", 'the model imports no operator set of domain "d0", "d1", "d2"', "n0")
def no_opset_of_many_domains():
    return model([node("Op", ["x"], [f"v{i}"], f"n{i}", domain=f"d{i}") for i in range(300)],
                 outputs=["v0"])


@hostile("BAD_MODEL", 'imports version 0 of operator set ""')
def opset_0():
    out = model()
    out.opset_import[0].version = 0
    return out


@hostile("BAD_MODEL", "imports version -3 of")
def opset_negative():
    out = model()
    out.opset_import[0].version = -3
    return out


@hostile("BAD_MODEL", "imports version 4294967313 of")
def opset_that_wraps_to_17():
    out = model()
    out.opset_import[0].version = (1 << 32) + 17
    return out


@hostile("LIMIT", "imports 300 operator sets")
def many_opsets():
    out = model()
    for i in range(299):
        out.opset_import.add(domain=f"d{i}", version=1)
    return out


# Names


@hostile("BAD_MODEL", 'node "add" (Add): input "nothing" is no node\'s output, no input and no '
                      'initializer', "add")
def missing_input():
    return model([node("Add", ["x", "nothing"], ["y"], "add")])


@hostile("BAD_MODEL", 'node without name (Add), #0 in its graph: input "nothing"',
         "#0")
def missing_input_of_nameless_node():
    return model([node("Add", ["x", "nothing"], ["y"])])


@hostile("BAD_MODEL", 'output "z" is no node\'s output')
def missing_output():
    return model(outputs=["z"])


@hostile("BAD_MODEL", "an output has no name")
def output_without_name():
    return model(outputs=[""])


@hostile("BAD_MODEL", 'node "b" (Elu): output "y": another value has that name', "b")
def two_nodes_write_an_output():
    return model([node("Relu", ["x"], ["y"], "a"), node("Elu", ["x"], ["y"], "b")])


@hostile("BAD_MODEL", 'node "b" (Elu): output "t": another value has that name', "b")
def two_nodes_write_what_a_third_reads():
    return model([node("Relu", ["x"], ["t"], "a"), node("Elu", ["x"], ["t"], "b"),
                  node("Neg", ["t"], ["y"], "c")])


@hostile("BAD_MODEL", 'node "a" (Split): output "y": another value has that name', "a")
def one_node_writes_a_name_twice():
    return model([node("Split", ["x"], ["y", "y"], "a")])


@hostile("BAD_MODEL", 'node "a" (Relu): output "x": another value has that name', "a")
def node_writes_an_input():
    return model([node("Relu", ["x"], ["x"], "a")], outputs=["x"])


@hostile("BAD_MODEL", 'output "w": another value has that name', "add")
def node_writes_an_initializer():
    out = with_constant(raw=bytes(4))
    out.graph.node[0].output[0] = "w"
    return out


@hostile("BAD_MODEL", 'input "x": another value has that name')
def two_inputs_of_one_name():
    return model(inputs=[value_info("x"), value_info("x")])


@hostile("BAD_MODEL", 'initializer "w": another value has that name')
def two_initializers_of_one_name():
    out = with_constant(raw=bytes(4))
    out.graph.initializer.add().CopyFrom(out.graph.initializer[0])
    return out


@hostile("BAD_MODEL", "an initializer has no name")
def initializer_without_name():
    return model(initializers=[tensor("", raw=bytes(4))])


@hostile("BAD_MODEL", "an input has no name")
def input_without_name():
    return model(inputs=[value_info("x"), value_info("")])


@hostile("BAD_MODEL", "is part of a cycle", "a")
def cycle():
    return model([node("Add", ["x", "t"], ["s"], "a"), node("Relu", ["s"], ["t"], "b"),
                  node("Neg", ["t"], ["y"], "c")])


@hostile("BAD_MODEL", "is part of a cycle", "a")
def node_that_reads_itself():
    return model([node("Add", ["x", "y"], ["y"], "a")])


@hostile("BAD_MODEL", "is part of a cycle", "if")
def subgraph_that_reads_its_own_node():
    out = model([node("If", ["x"], ["y"], "if")])
    branch = onnx.GraphProto(name="then")
    branch.node.extend([node("Relu", ["y"], ["t"], "in")])
    branch.output.add(name="t")
    out.graph.node[0].attribute.add(name="then_branch", type=5, g=branch)
    return out


@hostile("BAD_MODEL", 'node "inner" (Relu): input "far" is no', "inner")
def missing_input_in_a_subgraph():
    out = model([node("If", ["x"], ["y"], "if")])
    branch = onnx.GraphProto(name="then")
    branch.node.extend([node("Relu", ["far"], ["t"], "inner")])
    branch.output.add(name="t")
    out.graph.node[0].attribute.add(name="then_branch", type=5, g=branch)
    return out


# Shapes and types


@hostile("BAD_MODEL", 'input "x": has dimension -7 at axis 1')
def input_of_negative_size():
    return model(inputs=[value_info("x", [1, -7])])


@hostile("UNSUPPORTED", 'input "x": has rank 17; 16 is the largest')
def input_of_high_rank():
    return model(inputs=[value_info("x", [1] * 17)])


@hostile("BAD_MODEL", 'input "x": has unknown data type 77')
def input_of_unknown_type():
    return model(inputs=[value_info("x", elem_type=77)])


@hostile("OK", "")
def valid_initializer_unlike_its_input():
    out = with_constant(dims=[2], raw=bytes(8))
    out.graph.input.extend([value_info("w", [3])])
    return out


@hostile("OK", "")
def valid_initializer_unlike_its_value_info():
    out = with_constant(dims=[2], raw=bytes(8))
    out.graph.value_info.extend([value_info("w", [2], 11)])
    return out


@hostile("BAD_MODEL", 'input "w": another input has that name')
def two_inputs_with_one_initializer():
    out = with_constant(dims=[2], raw=bytes(8))
    out.graph.input.extend([value_info("w", [2]), value_info("w", [2])])
    return out


@hostile("BAD_MODEL", 'input "s": has unknown data type 77')
def sequence_of_unknown_type():
    out = model()
    info = out.graph.input.add(name="s")
    info.type.sequence_type.elem_type.tensor_type.elem_type = 77
    return out


@hostile("LIMIT", 'value "y": has a type of more than 8 levels')
def type_of_nine_levels():
    out = model()
    kind = out.graph.value_info.add(name="y").type
    for _ in range(8):
        kind = kind.optional_type.elem_type
    kind.tensor_type.elem_type = 1
    return out


@hostile("BAD_MODEL", 'initializer "w": has dimension -1 at axis 0')
def initializer_of_negative_size():
    return with_constant(dims=[-1], raw=b"")


@hostile("BAD_MODEL", 'initializer "w": has more elements than can be counted')
def initializer_whose_size_overflows():
    return with_constant(dims=[1 << 31, 1 << 31, 4], raw=bytes(4))


@hostile("BAD_MODEL", 'initializer "w": has more elements than can be counted')
def initializer_whose_size_wraps_to_0():
    return with_constant(dims=[1 << 32, 1 << 32], raw=b"")


@hostile("BAD_MODEL", 'initializer "w": should have 4294967296 bytes by its shape, but has 4')
def initializer_larger_than_its_data():
    return with_constant(dims=[1 << 30], raw=bytes(4))


@hostile("BAD_MODEL", 'initializer "w": should have 4 bytes by its shape, but has 8')
def initializer_smaller_than_its_data():
    return with_constant(dims=[1], raw=bytes(8))


@hostile("BAD_MODEL", '"w": should have 1125899906842624 entries by its shape, but has 1')
def initializer_larger_than_its_list():
    return with_constant(dims=[1 << 50], float_data=[1])


@hostile("BAD_MODEL", '"w": should have 1125899906842624 strings by its shape, but has 0')
def initializer_of_strings_that_are_not_there():
    return with_constant(data_type=8, dims=[1 << 50])


@hostile("BAD_MODEL", 'initializer "w": has unknown data type 1000')
def initializer_of_unknown_type():
    return with_constant(data_type=1000, raw=bytes(4))


@hostile("BAD_MODEL", 'initializer "w": has no data type')
def initializer_without_type():
    return with_constant(data_type=0, raw=bytes(4))


@hostile("BAD_MODEL", "has data that are not for type float")
def floats_in_int32_data():
    return with_constant(dims=[1], int32_data=[1])


@hostile("BAD_MODEL", "has data that are not for type float")
def floats_in_string_data():
    return with_constant(dims=[1], string_data=[b"1"])


@hostile("BAD_MODEL", "has its data in two forms")
def data_in_two_forms():
    return with_constant(dims=[1], float_data=[1], raw=bytes(4))


@hostile("BAD_MODEL", "has bool 7 at element 1")
def bool_of_7():
    return with_constant(data_type=9, dims=[2], raw=b"\x01\x07")


@hostile("LIMIT", 'initializer "w": is sparse, and would take 4398046511104 bytes of the')
def sparse_bomb():
    out = model([node("Add", ["x", "w"], ["y"])])
    sparse = out.graph.sparse_initializer.add(dims=[1 << 20, 1 << 20])
    sparse.values.CopyFrom(tensor("w", dims=[0], raw=b""))
    sparse.indices.CopyFrom(tensor("", data_type=7, dims=[0], raw=b""))
    return out


@hostile("BAD_MODEL", 'initializer "w": has its index 0 outside its shape')
def sparse_index_outside():
    out = model([node("Add", ["x", "w"], ["y"])])
    sparse = out.graph.sparse_initializer.add(dims=[4])
    sparse.values.CopyFrom(tensor("w", dims=[1], raw=bytes(4)))
    sparse.indices.CopyFrom(tensor("", data_type=7, dims=[1], int64_data=[4]))
    return out


@hostile("UNSUPPORTED", 'initializer "w": is sparse, of type string')
def sparse_strings():
    out = model([node("Add", ["x", "w"], ["y"])])
    sparse = out.graph.sparse_initializer.add(dims=[4])
    sparse.values.CopyFrom(tensor("w", 8, [1], string_data=[b"s"]))
    sparse.indices.CopyFrom(tensor("", 7, [1], int64_data=[1]))
    return out


# External data


@hostile("BAD_MODEL", "has strings in a file")
def external_strings():
    out = with_external("data", 4)
    out.graph.initializer[0].data_type = 8
    return out


@hostile("IO", "the path is too long")
def external_with_a_long_name():
    return with_external("x/" * 3000)


@hostile("BAD_MODEL", '"../secret" is not a path below the model\'s folder')
def external_above():
    return with_external("../secret")


@hostile("BAD_MODEL", "is not a path below the model's folder")
def external_above_within():
    return with_external("folder/../../secret")


@hostile("BAD_MODEL", '"/etc/passwd" is not a path below the model\'s folder')
def external_absolute():
    return with_external("/etc/passwd")


@hostile("BAD_MODEL", "is not a path below the model's folder")
def external_without_path():
    return with_external("")


@hostile("BAD_MODEL", "external data without a location")
def external_without_location():
    return with_external(None)


@hostile("BAD_MODEL", "\"link_out\" leads out of the model's folder")
def external_through_a_link():
    return with_external("link_out")


@hostile("BAD_MODEL", "\"folder_out/file\" leads out of the model's folder")
def external_through_a_folder_link():
    return with_external("folder_out/file")


@hostile("IO", "cannot be read: No such file")
def external_missing():
    return with_external("no_such_file")


@hostile("IO", "is not a regular file")
def external_folder():
    return with_external("folder")


@hostile("IO", "is not a regular file")
def external_pipe():
    return with_external("pipe")


@hostile("BAD_MODEL", 'needs 8 bytes at 60 of "data", which has 64')
def external_past_the_end():
    return with_external("data", 8, offset="60")


@hostile("BAD_MODEL", "which has 64")
def external_offset_that_wraps():
    return with_external("data", 8, offset=str((1 << 64) - 4))


@hostile("BAD_MODEL", 'external data at offset "18446744073709551616"')
def external_offset_too_large():
    return with_external("data", 8, offset=str(1 << 64))


@hostile("BAD_MODEL", 'external data at offset "-4"')
def external_offset_negative():
    return with_external("data", 8, offset="-4")


@hostile("BAD_MODEL", 'external data of length "4 bytes"')
def external_length_in_words():
    return with_external("data", 4, length="4 bytes")


@hostile("BAD_MODEL", "should have 8 bytes by its shape, but has 4")
def external_length_unlike_the_shape():
    return with_external("data", 8, length="4")


@hostile("BAD_MODEL", "has data that are not for type float in a file")
def external_and_inline():
    out = with_external("data", 4)
    out.graph.initializer[0].raw_data = bytes(4)
    return out


@hostile("LIMIT", "shares misaligned data with other tensors too often")
def external_shared_too_often():
    out = model()
    for i in range(40):
        one = with_external("data", 32, offset="1").graph.initializer[0]
        one.name = f"w{i}"
        out.graph.initializer.append(one)
    return out


# Attributes and functions


@hostile("BAD_MODEL", 'node "op" (Op): attribute "a": has a value that is not of its type', "op")
def attribute_of_wrong_type():
    return with_attribute(name="a", type=2, f=1)


@hostile("BAD_MODEL", 'node "op" (Op): attribute "a": has a value that is not of its type', "op")
def attribute_with_two_values():
    return with_attribute(name="a", type=7, ints=[1], floats=[1])


@hostile("BAD_MODEL", 'attribute "a": has no type', "op")
def attribute_without_type():
    return with_attribute(name="a")


@hostile("BAD_MODEL", 'attribute "a": has unknown type 15', "op")
def attribute_of_unknown_type():
    attribute = onnx.AttributeProto(name="a").SerializeToString() + varint(20 << 3) + varint(15)
    op = node("Op", ["x"], ["y"], "op").SerializeToString() + field(5, attribute)
    return raw_graph(model([]), field(1, op))


@hostile("BAD_MODEL", "an attribute has no name", "op")
def attribute_without_name():
    return with_attribute(type=2, i=1)


@hostile("BAD_MODEL", 'attribute "a" is given twice', "op")
def attribute_given_twice():
    out = with_attribute(name="a", type=2, i=1)
    out.graph.node[0].attribute.add(name="a", type=2, i=2)
    return out


@hostile("LIMIT", "has 257 attributes", "op")
def attributes_without_end():
    out = with_attribute(name="a", type=2, i=1)
    for i in range(256):
        out.graph.node[0].attribute.add(name=f"a{i}", type=2, i=1)
    return out


@hostile("BAD_MODEL", 'attribute "a": has no value', "op")
def attribute_without_tensor():
    return with_attribute(name="a", type=4)


@hostile("BAD_MODEL", 'attribute "a": has no value', "op")
def attribute_without_graph():
    return with_attribute(name="a", type=5)


@hostile("UNSUPPORTED", 'attribute "a": is a list of graphs', "op")
def attribute_of_graphs():
    return with_attribute(name="a", type=10, graphs=[onnx.GraphProto()])


@hostile("BAD_MODEL", 'attribute "a": should have 12 bytes by its shape, but has 4', "op")
def attribute_tensor_larger_than_its_data():
    return with_attribute(name="a", type=4, t=tensor("", dims=[3], raw=bytes(4)))


@hostile("BAD_MODEL", 'node "c" (Constant): attribute "value": should have 12 bytes', "c")
def constant_node_larger_than_its_data():
    out = model([node("Constant", [], ["y"], "c")])
    out.graph.node[0].attribute.add(name="value", type=4, t=tensor("", dims=[3], raw=bytes(4)))
    return out


@hostile("BAD_MODEL", 'refers to attribute "b" of a function, outside of one', "op")
def attribute_reference_outside_a_function():
    return with_attribute(name="a", type=2, ref_attr_name="b")


@hostile("BAD_MODEL", "names no operator", "nameless")
def node_without_operator():
    return model([node("", ["x"], ["y"], "nameless")])


def with_function(**arguments):
    out = model()
    out.opset_import.add(domain="local", version=1)
    function = out.functions.add(name="F", domain="local", input=["a"], output=["b"])
    function.opset_import.add(version=17)
    function.node.extend([node("Relu", ["a"], ["b"], "body")])
    function.MergeFrom(onnx.FunctionProto(**arguments))
    return out


@hostile("BAD_MODEL", 'function "F": is defined twice')
def function_defined_twice():
    out = with_function()
    out.functions.add().CopyFrom(out.functions[0])
    return out


@hostile("BAD_MODEL", 'function "": has no name')
def function_without_name():
    out = with_function()
    out.functions[0].ClearField("name")
    return out


@hostile("BAD_MODEL", 'function "F": node "more" (Relu): input "x" is no', "more")
def function_that_reads_the_main_graph():
    return with_function(node=[node("Relu", ["x"], ["c"], "more")])


@hostile("BAD_MODEL", 'function "F": attribute "n": has no value')
def function_whose_default_is_missing():
    out = with_function()
    out.functions[0].attribute_proto.add(name="n", type=4)
    return out


@hostile("BAD_MODEL", 'function "F": output "c" is no')
def function_without_its_output():
    return with_function(output=["c"])


@hostile("BAD_MODEL", 'function "F": input "a": another value has that name')
def function_with_an_input_twice():
    return with_function(input=["a"])


# Odd, but right


@hostile("OK", "")
def valid():
    return model()


@hostile("OK", "")
def valid_external():
    return with_external("data", 64)


@hostile("OK", "")
def valid_external_through_a_link():
    return with_external("link_in", 8, offset="4", length="8")


@hostile("OK", "")
def valid_external_misaligned():
    return with_external("./data", 8, offset="3")


@hostile("OK", "")
def valid_with_unknown_fields():
    return (field(99, b"future") + model().SerializeToString() + varint(98 << 3) + varint(7)
            + varint(97 << 3 | 5) + bytes(4) + varint(96 << 3 | 1) + bytes(8))


@hostile("OK", "")
def valid_without_nodes():
    return model([], outputs=["x"])


@hostile("OK", "")
def valid_nested():
    out = model([node("If", ["x"], ["y"], "if")])
    graph = onnx.GraphProto()
    graph.node.extend([node("Relu", ["x"], ["t"])])
    graph.output.add(name="t")
    for _ in range(40):
        outer = onnx.GraphProto()
        outer.node.extend([node("If", ["x"], ["t"])])
        outer.node[0].attribute.add(name="then_branch", type=5, g=graph)
        outer.output.add(name="t")
        graph = outer
    out.graph.node[0].attribute.add(name="then_branch", type=5, g=graph)
    return out


@hostile("OK", "")
def valid_function():
    out = with_function(attribute=["k"])
    out.functions[0].attribute_proto.add(name="n", type=2, i=1)
    return out


@hostile("OK", "")
def valid_raw_data():
    out = model()
    for code, width in [(1, 4), (2, 1), (7, 8), (9, 1), (10, 2), (11, 8), (14, 8), (16, 2)]:
        out.graph.initializer.append(tensor(f"r{code}", code, [2], raw=bytes(2 * width)))
    for code in (21, 22, 23, 25, 26):
        out.graph.initializer.append(tensor(f"r{code}", code, [3], raw=bytes(1 + (code < 24))))
    return out


@hostile("OK", "")
def valid_lists():
    out = model()
    out.graph.initializer.extend([
        tensor("f", 1, [2], float_data=[1, 2]), tensor("c", 14, [1], float_data=[1, 2]),
        tensor("d", 11, [2], double_data=[1, 2]), tensor("l", 7, [2], int64_data=[1, -2]),
        tensor("u", 12, [2], uint64_data=[1, 2]), tensor("i", 6, [2], int32_data=[1, -2]),
        tensor("h", 10, [2], int32_data=[1, 2]), tensor("b", 9, [2], int32_data=[1, 0]),
        tensor("q", 22, [3], int32_data=[18, 3]), tensor("s", 8, [2], string_data=[b"a", b""])])
    sparse = out.graph.sparse_initializer.add(dims=[2, 3])
    sparse.values.CopyFrom(tensor("w", 1, [2], float_data=[1, 2]))
    sparse.indices.CopyFrom(tensor("", 7, [2, 2], int64_data=[0, 1, 1, 2]))
    return out


@hostile("OK", "")
def valid_list_in_pieces():
    """Numbers one by one, packed, and one by one again: allowed for any list of numbers."""
    data = tensor("w", 1, [5]).SerializeToString()
    data += b"\x25" + struct.pack("<f", 1) + field(4, struct.pack("<2f", 2, 3))
    data += b"".join(b"\x25" + struct.pack("<f", number) for number in (4, 5))
    return raw_initializer(data)


@hostile("OK", "")
def valid_attributes():
    out = with_attribute(name="i", type=2, i=-1)
    add = out.graph.node[0].attribute.add
    add(name="f", type=1, f=1)
    add(name="s", type=3, s=b"text")
    add(name="is", type=7, ints=[1, 300, -1])
    add(name="fs", type=6, floats=[1, 2])
    add(name="ss", type=8, strings=[b"a", b""])
    add(name="t", type=4, t=tensor("", 7, [2], int64_data=[1, 2]))
    add(name="ts", type=9, tensors=[tensor("", 1, [1], raw=bytes(4))])
    add(name="tp", type=13, tp=value_info("", ["n", 3]).type)
    out.graph.value_info.extend([value_info("y", ["n", 3]), value_info("stranger")])
    return out


@hostile("OK", "")
def valid_long():
    """More names than a table begins with room for."""
    names = ["x"] + [f"v{i}" for i in range(300)] + ["y"]
    return model([node("Relu", [a], [b]) for a, b in zip(names, names[1:])])


def make_hub(folder):
    """A download cache: files under their hashes, and links to them in a folder of their own."""
    for name in ("blobs", "snapshots/rev/deep", "elsewhere"):
        os.makedirs(os.path.join(folder, name))
    write(os.path.join(folder, "elsewhere", "secret"), bytes(64))
    write(os.path.join(folder, "blobs", "bbbb"), struct.pack("<16f", *range(16)))
    for blob, location, beside in (("aaaa", "model.data", "model.data"),
                                   ("cccc", "bbbb", None), ("dddd", "deep/data", "deep/data"),
                                   ("eeee", "away", None)):
        write(os.path.join(folder, "blobs", blob), with_external(location, 64))
        os.symlink(f"../../blobs/{blob}", os.path.join(folder, "snapshots/rev", f"{blob}.onnx"))
        if beside:
            up = "../../" + "../" * beside.count("/")
            os.symlink(up + "blobs/bbbb", os.path.join(folder, "snapshots/rev", beside))
    os.symlink("../../elsewhere/secret", os.path.join(folder, "snapshots/rev", "away"))


# Models that are made by make_hub: path, status, part of the message.
HUB = [("external_hub/snapshots/rev/aaaa.onnx", "OK", ""),
       ("external_hub/snapshots/rev/cccc.onnx", "OK", ""),
       ("external_hub/snapshots/rev/dddd.onnx", "OK", ""),
       ("external_hub/snapshots/rev/eeee.onnx", "BAD_MODEL",
        '"away" leads out of the model\'s folder'),
       ("external_hub/blobs/aaaa", "IO", "cannot be read: No such file")]


def write(path, made):
    with open(path, "wb") as file:
        file.write(made if isinstance(made, bytes) else made.SerializeToString())


def main():
    global onnx
    proto, folder = sys.argv[1:]
    if not shutil.which("protoc"):
        print("skipped: no protoc (Debian package protobuf-compiler)")
        return SKIPPED
    try:
        onnx = import_schema(proto)
    except ImportError:
        print("skipped: no google.protobuf (Debian package python3-protobuf)")
        return SKIPPED

    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "folder"))
    os.makedirs(os.path.join(folder, "seeds"))
    outside = os.path.abspath(folder) + ".outside"
    os.makedirs(outside, exist_ok=True)
    write(os.path.join(outside, "file"), struct.pack("<16f", *range(16)))
    write(os.path.join(folder, "data"), struct.pack("<16f", *range(16)))
    os.symlink(os.path.join(outside, "file"), os.path.join(folder, "link_out"))
    os.symlink(outside, os.path.join(folder, "folder_out"))
    os.symlink("data", os.path.join(folder, "link_in"))
    make_hub(os.path.join(folder, "external_hub"))
    os.mkfifo(os.path.join(folder, "pipe"))
    with open(os.path.join(folder, "index.tsv"), "w", encoding="utf-8") as index:
        for name, make, status, part, blamed in MODELS:
            for place in (folder, os.path.join(folder, "seeds")):
                write(os.path.join(place, name + ".onnx"), make())
            index.write(f"{name}.onnx\t{status}\t{part}\t{blamed}\n")
        for path, status, part in HUB:
            index.write(f"{path}\t{status}\t{part}\t\n")
    print(f"{len(MODELS) + len(HUB)} models in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
