"""Small models for the tests beside it, as the bytes of a file."""
from onnx import TensorProto, helper

FLOAT, INT64, BOOL, STRING = (TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL,
                              TensorProto.STRING)


def tensor(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, initializers=(), opset=13, metadata=None):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    built = helper.make_model(graph, producer_name="tests", opset_imports=[
        helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)])
    built.ir_version = 8
    helper.set_model_props(built, metadata or {})
    return built.SerializeToString()


def identity(dtype=FLOAT, opset=13, shape=None):
    """x -> Identity -> y"""
    return model([helper.make_node("Identity", ["x"], ["y"])], [tensor("x", shape, dtype)],
                 [tensor("y", shape, dtype)], opset=opset)


def cast(source, target, opset=13):
    """x -> Cast -> y"""
    return model([helper.make_node("Cast", ["x"], ["y"], to=target)], [tensor("x", None, source)],
                 [tensor("y", None, target)], opset=opset)


def chain():
    """x: float[n, 3] -> Neg -> middle -> Exp -> y"""
    return model([helper.make_node("Neg", ["x"], ["middle"], name="negate"),
                  helper.make_node("Exp", ["middle"], ["y"], name="power")],
                 [tensor("x", ["n", 3])], [tensor("y", ["n", 3])],
                 metadata={"author": "tests", "purpose": "to test"})


def endless():
    """A Loop of as many steps as are asked for: it ends when it is cancelled."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["more"], ["on"]), helper.make_node("Neg", ["s"], ["t"])],
        "body", [tensor("i", [], INT64), tensor("more", [], BOOL), tensor("s", ["n"])],
        [tensor("on", [], BOOL), tensor("t", ["n"])])
    return model([helper.make_node("Loop", ["steps", "", "x"], ["y"], body=body)],
                 [tensor("steps", [], INT64), tensor("x", ["n"])], [tensor("y", ["n"])])
