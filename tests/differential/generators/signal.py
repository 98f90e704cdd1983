"""Fourier transforms and windows."""
from case import TYPES, Case
from generators import cases


@cases("DFT")
def dft(operator, draw):
    shape = draw.ints(draw.int(2, 4), 1, 9)
    inverse = draw.pick(None, 0, 1)
    onesided = draw.pick(None, 0, 1)
    parts = 1 if onesided and not inverse else draw.pick(1, 2) if not inverse else 2
    shape[-1] = parts
    axis = draw.int(0 if len(shape) == 2 else 1, len(shape) - 2)
    attributes = {"inverse": inverse, "onesided": onesided if not inverse else None}
    kind = draw.pick("float", "float", "double")
    length = draw.maybe(draw.i64(draw.int(1, 12)), 0.3)
    x = draw.tensor(kind, shape)
    if draw.opset < 20:
        attributes["axis"] = axis
        return Case(operator, [x, length], attributes)
    return Case(operator, [x, length, draw.i64(axis)], attributes)


@cases("STFT")
def stft(operator, draw):
    length, frame = draw.int(8, 40), draw.int(2, 8)
    kind = draw.pick("float", "float", "double")
    onesided = draw.pick(None, 0, 1)
    parts = 1 if onesided != 0 else draw.pick(1, 2)
    signal = draw.tensor(kind, [draw.int(1, 3), length, parts])
    window = draw.maybe(draw.tensor(kind, [frame], 0, 1))
    size = draw.i64(frame) if window is None or draw.chance() else None
    return Case(operator, [signal, draw.i64(draw.int(1, 5)), window, size], {"onesided": onesided})


@cases("BlackmanWindow", "HammingWindow", "HannWindow")
def windows(operator, draw):
    to = draw.pick("float", "float", "double", "float16")
    return Case(operator, [draw.i64(draw.int(2, 30), draw.pick("int32", "int64"))],
                {"periodic": draw.pick(None, 0, 1), "output_datatype": draw.maybe(TYPES[to][0])}, widen=False)


@cases("MelWeightMatrix")
def mel_weight_matrix(operator, draw):
    rate = draw.pick(8000, 16000, 22050)
    low = draw.pick(0.0, 20.0, 300.0)
    inputs = [draw.i64(draw.int(2, 20)), draw.i64(draw.int(16, 300)), draw.i64(rate),
              draw.floats("float", low), draw.floats("float", rate / draw.pick(2, 3))]
    return Case(operator, inputs, {"output_datatype": draw.pick(None, 1, 11)}, widen=False)
