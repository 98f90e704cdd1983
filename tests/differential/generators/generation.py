"""Operators that generate sequences."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from case import Case, Value
from generators import cases

MICROSOFT = "com.microsoft"


def info(kind, name, *shape):
    return helper.make_tensor_value_info(name, kind, shape)


def made(nodes):
    return [helper.make_node(op, i, o, **more) for op, i, o, *rest in nodes for more in [dict(*rest)]]


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
    inputs = [info(TensorProto.INT32, name, "rows", None) for name in ("input_ids", "position_ids", "attention_mask")]
    past = (TensorProto.FLOAT, 2, "rows", heads, None, size)
    return helper.make_graph(made(nodes), "decoder", inputs + [info(past[0], "past_0", *past[1:])],
                             [info(TensorProto.FLOAT, "logits", "rows", None, words),
                              info(past[0], "present_0", *past[1:])], weights)


def keys_and_values(name, words):
    """Nodes that turn words [rows, n, width] into what is kept of them."""
    return [("Reshape", [words, "split"], [name + "_parts"]),
            ("Transpose", [name + "_parts"], ["key_" + name], {"perm": [0, 2, 1, 3]}),
            ("Mul", ["key_" + name, "minus"], ["value_" + name])]


def next_words(words, cross):
    """Nodes to logits from words and the sums of what is kept."""
    return [("ReduceSum", ["present_key_self_0", "second"], ["key_sum"], {"keepdims": 0}),
            ("ReduceSum", ["present_value_self_0", "second"], ["value_sum"], {"keepdims": 0}),
            ("ReduceSum", [cross[0], "second"], ["cross_sum"], {"keepdims": 0}),
            ("ReduceMax", [cross[1]], ["cross_max"], {"axes": [2], "keepdims": 0}),
            ("Sum", ["key_sum", "value_sum", "cross_sum", "cross_max"], ["sum"]),
            ("Reshape", ["sum", "flat"], ["state"]), ("Add", [words, "state"], ["all"]),
            ("Tanh", ["all"], ["hidden"]), ("MatMul", ["hidden", "out"], ["logits"])]


def encoder_and_decoder(draw, words, heads, size, features):
    """An encoder of words, or of that many features, and the decoder behind it."""
    width = heads * size

    def array(name, *shape):
        return numpy_helper.from_array(draw.tensor("float", shape, -1.5, 1.5).array, name)

    def ints(name, *values):
        return numpy_helper.from_array(np.array(values, np.int64), name)
    weights = [array("words", words, width), array("out", width, words), ints("split", 0, 0, heads, size),
               numpy_helper.from_array(np.array(-0.5, np.float32), "minus"), ints("second", 2),
               ints("flat", 0, 1, width), ints("last", -1), array("mix", features or 1, width)]
    if features:
        read = [("Transpose", ["encoder_input_ids"], ["turned"], {"perm": [0, 2, 1]}),
                ("MatMul", ["turned", "mix"], ["encoder_hidden_states"])]
        inputs = [info(TensorProto.FLOAT, "encoder_input_ids", "rows", features, "frames")]
    else:
        read = [("Gather", ["words", "encoder_input_ids"], ["read"]),
                ("Cast", ["encoder_attention_mask"], ["seen"], {"to": 1}),
                ("Unsqueeze", ["seen", "last"], ["mask"]), ("Mul", ["read", "mask"], ["encoder_hidden_states"])]
        inputs = [info(TensorProto.INT32, name, "rows", "frames")
                  for name in ("encoder_input_ids", "encoder_attention_mask")]
    names = [f"{k}_{of}_0" for of in ("self", "cross") for k in ("key", "value")]
    encoder = helper.make_graph(
        made(read + keys_and_values("cross_0", "encoder_hidden_states") +
             [("Gather", ["words", "decoder_input_ids"], ["word"])] + keys_and_values("self_0", "word") +
             [("Identity", [name], ["present_" + name]) for name in names] +
             [("Slice", ["word", "last", "ends", "first_axis"], ["last_word"])] +
             next_words("last_word", ["present_key_cross_0", "present_value_cross_0"])), "encoder",
        inputs + [info(TensorProto.INT32, "decoder_input_ids", "rows", "length")],
        [info(TensorProto.FLOAT, "logits", "rows", 1, words),
         info(TensorProto.FLOAT, "encoder_hidden_states", "rows", "frames", width)] +
        [info(TensorProto.FLOAT, "present_" + name, "rows", heads, None, size) for name in names],
        weights + [ints("ends", 2 ** 40), ints("first_axis", 1)])
    hidden = draw.chance(0.5)
    inputs = [info(TensorProto.INT32, "input_ids", "rows", 1)]
    inputs += [] if features else [info(TensorProto.INT32, "encoder_attention_mask", "rows", "frames")]
    inputs += [info(TensorProto.FLOAT, "encoder_hidden_states", "rows", "frames", width)] if hidden else []
    decoder_graph = helper.make_graph(
        made([("Gather", ["words", "input_ids"], ["word"])] + keys_and_values("self_0", "word") +
             [("Concat", ["past_" + name, name], ["present_" + name], {"axis": 2}) for name in names[:2]] +
             next_words("word", ["past_key_cross_0", "past_value_cross_0"])), "decoder",
        inputs + [info(TensorProto.FLOAT, "past_" + name, "rows", heads, None, size) for name in names],
        [info(TensorProto.FLOAT, "logits", "rows", 1, words)] +
        [info(TensorProto.FLOAT, "present_" + name, "rows", heads, None, size) for name in names[:2]], weights)
    return encoder, decoder_graph


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
    model_type = draw.pick(None, 0, 1, 2)
    graph, encoder, start, first = None, None, None, None
    if model_type:
        features = draw.int(1, 4) if model_type == 2 else 0
        encoder, graph = encoder_and_decoder(draw, words, heads, size, features)
        start, more, prompt = draw.int(0, words - 1), more + 1, 1
        if features:
            prompt = draw.int(1, 3)
            ids = draw.tensor("float", [batch, features, draw.int(1, 5)], -1, 1)
            first = draw.tensor("int32", [batch, prompt], 0, words - 1) if prompt > 1 else None
    else:
        graph, prompt = decoder(draw, words, heads, size), length

    def mask(*shape):
        return Value("int32", (draw.tensor("float", shape, 0, 1).array > 0.15).astype(np.int32))

    def count(number):
        return draw.i64([number] if draw.chance(0.5) else number, "int32")

    def number(low, high):
        return draw.tensor("float", [1], low, high)
    inputs = [ids, count(prompt + more), count(draw.int(0, prompt + more - 1)), count(n_beams),
              count(draw.int(1, n_beams)), number(-1, 2), draw.maybe(number(0.5, 2)),
              draw.maybe(mask(words), 0.2), draw.maybe(mask(batch, words), 0.2), draw.maybe(mask(batch, length), 0.3) if model_type != 2 else None, first]
    return Case(operator, inputs, {
        "decoder": graph, "init_decoder": graph if not model_type and draw.chance(0.2) else None,
        "encoder": encoder, "decoder_start_token_id": start, "eos_token_id": eos,
        "pad_token_id": pad, "model_type": model_type, "early_stopping": draw.pick(early, early or None),
        "no_repeat_ngram_size": draw.pick(None, None, 1, 2, 3)}, 3 if scored else draw.pick(1, 2), widen=False)
