"""ai.onnx.preview.training."""
from onnx import helper

from case import Case
from generators import cases

TRAINING = "ai.onnx.preview.training"
STATES = {"Adagrad": 1, "Adam": 2, "Momentum": 1}


@cases(*STATES, domain=TRAINING)
def optimizer(operator, draw):
    kind = draw.pick("float", "float", "double")
    count = draw.int(1, 3)
    shapes = [draw.shape(0, 3) for _ in range(count)]
    inputs = [draw.tensor(kind, [], 0.01, 1), draw.i64(draw.pick(0, 1, 2, 9))]
    inputs += [draw.tensor(kind, s, -2, 2) for _ in range(2) for s in shapes]
    inputs += [draw.tensor(kind, s, 0.1, 2) for _ in range(STATES[operator]) for s in shapes]
    attributes = {"norm_coefficient": draw.pick(0.0, 0.1)}
    if operator == "Adagrad":
        attributes.update(decay_factor=draw.maybe(0.1), epsilon=draw.pick(1e-3, 1e-6))
    elif operator == "Adam":
        attributes.update(alpha=draw.maybe(0.8), beta=draw.maybe(0.9), epsilon=draw.pick(1e-3, 1e-6),
                          norm_coefficient_post=draw.maybe(0.1))
    else:
        attributes.update(alpha=draw.pick(0.9, 0.5), beta=draw.pick(1.0, 0.5),
                          mode=draw.pick("standard", "nesterov"))
    return Case(operator, inputs, attributes, count * (1 + STATES[operator]), widen=False)


FUNCTIONS = ("Mul", "Add", "Sub", "Div", "Tanh", "Exp", "Sigmoid", "Sqrt")


@cases("Gradient", domain=TRAINING)
def gradient(operator, draw):
    """Of a function and a square of its result, by one or two inputs."""
    kind = draw.pick("float", "double")
    function = draw.pick(*FUNCTIONS)
    n = 2 if function in FUNCTIONS[:4] else 1
    shapes = draw.broadcast(n, 0, 3)
    inputs = [draw.tensor(kind, s, 0.5, 2) for s in shapes]
    names = [f"@{k}" for k in range(n)]
    before = [helper.make_node(function, names, ["@f"]), helper.make_node("Mul", ["@f", "@f"], ["@y"])]
    return Case(operator, inputs, {"xs": names, "y": "@y"}, n, widen=False, before=before)
