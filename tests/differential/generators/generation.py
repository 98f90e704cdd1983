"""Operators that generate sequences."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from case import Case, Value
from generators import cases

MICROSOFT = "com.microsoft"


def decoder(draw, words, heads, size):
    """A decoder of GPT-2's kind: its past is what the words are embedded to, its logits come of the last
    word and of the sum of all that the mask lets through."""
    width = heads * size

    def array(name, *shape):
        return numpy_helper.from_array(draw.tensor("float", shape, -1.5, 1.5).array, name)

    def ints(name, *values):
        return numpy_helper.from_array(np.array(values, np.int64), name)
    weights = [array("words", words, width), array("steps", width), array("out", width, words),
               numpy_helper.from_array(np.array([1, -0.5], np.float32).reshape(2, 1, 1, 1, 1), "halves"),
               ints("split", 0, 0, heads, size), ints("last", -1), ints("first", 0), ints("summed", 0, 3),
               ints("flat", 0, 1, width), ints("around", 0, 2, 4)]
    nodes = [("Gather", ["words", "input_ids"], ["word"]), ("Cast", ["position_ids"], ["place"], {"to": 1}),
             ("Unsqueeze", ["place", "last"], ["column"]), ("Mul", ["column", "steps"], ["step"]),
             ("Sin", ["step"], ["wave"]), ("Add", ["word", "wave"], ["x"]), ("Reshape", ["x", "split"], ["parts"]),
             ("Transpose", ["parts"], ["turned"], {"perm": [0, 2, 1, 3]}),
             ("Unsqueeze", ["turned", "first"], ["one"]), ("Mul", ["one", "halves"], ["both"]),
             ("Concat", ["past_0", "both"], ["present_0"], {"axis": 3}),
             ("Cast", ["attention_mask"], ["seen"], {"to": 1}),
             ("Unsqueeze", ["seen", "around"], ["mask"]),
             ("Mul", ["present_0", "mask"], ["left"]),
             ("ReduceSum", ["left", "summed"], ["sum"], {"keepdims": 0}), ("Reshape", ["sum", "flat"], ["state"]),
             ("Add", ["x", "state"], ["all"]), ("Tanh", ["all"], ["hidden"]), ("MatMul", ["hidden", "out"], ["logits"])]
    made = [helper.make_node(op, i, o, **more) for op, i, o, *rest in nodes for more in [dict(*rest)]]

    def info(kind, name, *shape):
        return helper.make_tensor_value_info(name, kind, shape)
    inputs = [info(TensorProto.INT32, name, "rows", None) for name in ("input_ids", "position_ids", "attention_mask")]
    past = (TensorProto.FLOAT, 2, "rows", heads, None, size)
    return helper.make_graph(made, "decoder", inputs + [info(past[0], "past_0", *past[1:])],
                             [info(TensorProto.FLOAT, "logits", "rows", None, words),
                              info(past[0], "present_0", *past[1:])], weights)


@cases("BeamSearch", domain=MICROSOFT)
def beam_search(operator, draw):
    """ONNX Runtime wants min_length and length_penalty. It ends an image by the best candidate of another
    one unless it stops early, and leaves scores as they were in its memory behind the last step: those only
    where the search cannot end before."""
    words, heads, size = draw.int(12, 20), draw.int(1, 3), draw.int(1, 4)
    n_beams, length = draw.int(1, 5), draw.int(1, 4)
    early = draw.pick(0, 1)
    batch = draw.int(1, 3) if early else 1
    scored = batch == 1 and draw.chance(0.3)
    more = draw.int(1, min(n_beams, 2)) if scored else draw.int(1, 9)
    pad, eos = draw.ints(2, 0, words - 1)
    ids = draw.tensor("int32", [batch, length], 0, words - 1)
    ids.array[:, :draw.int(0, length - 1)] = pad
    graph = decoder(draw, words, heads, size)

    def mask(*shape):
        return Value("int32", (draw.tensor("float", shape, 0, 1).array > 0.15).astype(np.int32))

    def count(number):
        return draw.i64([number] if draw.chance(0.5) else number, "int32")

    def number(low, high):
        return draw.tensor("float", [1], low, high)
    inputs = [ids, count(length + more), count(draw.int(0, length + more - 1)), count(n_beams),
              count(draw.int(1, n_beams)), number(-1, 2), draw.maybe(number(0.5, 2)),
              draw.maybe(mask(words), 0.2), draw.maybe(mask(batch, words), 0.2), draw.maybe(mask(batch, length), 0.3)]
    return Case(operator, inputs, {
        "decoder": graph, "init_decoder": graph if draw.chance(0.2) else None, "eos_token_id": eos,
        "pad_token_id": pad, "model_type": draw.pick(None, 0), "early_stopping": draw.pick(early, early or None),
        "no_repeat_ngram_size": draw.pick(None, None, 1, 2, 3)}, 3 if scored else draw.pick(1, 2), widen=False)
