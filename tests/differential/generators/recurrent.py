"""Recurrent operators and windows of signals."""
from case import Case
from generators import cases

FUNCTIONS = ("Relu", "Tanh", "Sigmoid", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid",
             "Elu", "Softsign", "Softplus")
GATES = {"RNN": (1, 1), "GRU": (3, 2), "LSTM": (4, 3)}  # gates, activations


@cases("RNN", "GRU", "LSTM")
def recurrent(operator, draw):
    gates, functions = GATES[operator]
    length, batch, size, hidden = draw.int(1, 5), draw.int(1, 4), draw.int(1, 6), draw.int(1, 9)
    direction = draw.pick(None, "forward", "reverse", "bidirectional")
    both = 2 if direction == "bidirectional" else 1
    kind = draw.pick("float", "float", "float", "double", "float16")
    layout = draw.pick(None, None, None, 0, 0, 1) if draw.opset >= 14 else None

    def states():
        return draw.tensor(kind, [batch, both, hidden] if layout else [both, batch, hidden], -1, 1)
    x = draw.tensor(kind, [batch, length, size] if layout else [length, batch, size], -1, 1)
    inputs = [x, draw.tensor(kind, [both, gates * hidden, size], -1, 1),
              draw.tensor(kind, [both, gates * hidden, hidden], -1, 1),
              draw.maybe(draw.tensor(kind, [both, 2 * gates * hidden], -1, 1)),
              draw.maybe(draw.tensor("int32", [batch], 1, length), 0.3), draw.maybe(states())]
    attributes = {"hidden_size": hidden, "direction": direction, "layout": layout,
                  "clip": draw.maybe(draw.real(0.3, 2), 0.2)}
    if draw.chance(0.4):
        attributes["activations"] = [draw.pick(*FUNCTIONS) for _ in range(functions)] * both
        if draw.chance(0.8) or {"Affine", "ScaledTanh"} & set(attributes["activations"]):
            attributes["activation_alpha"] = [draw.real(0.1, 1) for _ in range(functions * both)]
            attributes["activation_beta"] = [draw.real(0.1, 1) for _ in range(functions * both)]
    if operator == "GRU" and draw.opset >= 3:
        attributes["linear_before_reset"] = draw.pick(None, 0, 1)
    if operator == "LSTM":
        attributes["input_forget"] = draw.pick(None, 0, 1)
        inputs += [draw.maybe(states()), draw.maybe(draw.tensor(kind, [both, 3 * hidden], -1, 1))]
    return Case(operator, inputs, attributes, draw.int(1, 3 if operator == "LSTM" else 2))
