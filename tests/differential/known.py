"""Differences that have been looked into: where ONNX Runtime is off the standard's text, its official
cases or its reference implementation, or where these leave room. Reasons say what ONNX Runtime does."""
import re

import numpy as np

from draw import FLOATS, HALVES, INTEGERS
from reference import numbers, position, resize_lengths


def same(case):
    return "SAME" in (case.attributes.get("auto_pad") or "")


def kernel_below_stride(case):
    kernel = case.attributes.get("kernel_shape") or case.inputs[1].array.shape[2:]
    dilations = case.attributes.get("dilations") or [1] * len(kernel)
    strides = case.attributes.get("strides") or [1] * len(kernel)
    return any((k - 1) * d + 1 < s for k, d, s in zip(kernel, dilations, strides))


def slice_far_end(case):
    steps = case.inputs[4].array if len(case.inputs) > 4 else []
    ends = case.inputs[2].array
    return any(s < 0 and e == 2 ** 31 - 1 for s, e in zip(steps, ends))


def infinite(case):
    x = case.inputs[0]
    return bool(np.isinf(numbers(x.type, x.array)).any())


def has(name, *values):
    """A rule's condition: an attribute is one of these."""
    return lambda case: case.attributes.get(name) in values


def of_type(*kinds):
    return lambda case: case.inputs[0].type in kinds


def near_step(case):
    """Whether a position of Resize lies where rounding alone decides which element is the nearest."""
    for axis, scale, out, ends in resize_lengths(case):
        for k in range(out):
            at = 2 * float(position(case, k, scale, case.inputs[0].array.shape[axis], out, ends))
            if abs(at - round(at)) < 1e-5:
                return True
    return False


def n_labels(case):
    return len(case.attributes.get("classlabels_ints") or case.attributes["classlabels_strings"])


# A rule's condition on the first numbers that differ.


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


TRANSFORMS = {"LOGISTIC": sigmoid, "SOFTMAX": np.ones_like, "SOFTMAX_ZERO": np.ones_like,
              1: np.ones_like, 2: sigmoid, 3: np.ones_like}


def close(a, b):
    return bool(np.isclose(a, b, rtol=1e-3, atol=1e-4))


def not_transformed(case, got, want):
    """Hinge's is ONNX Runtime's, transformed."""
    return close(TRANSFORMS[case.attributes["post_transform"]](np.float64(got)), want)


def lacks_base_value(case, got, want):
    """Nothing was added to the base value, which a transformation hides."""
    transformed = case.attributes["post_transform"] not in (None, "NONE")
    return transformed or any(close(want - got, base) for base in case.attributes["base_values"])


def of_one_score(case, got, want):
    """A score s or 1 - s, where Hinge has s or -s, transformed."""
    transform = case.attributes["post_transform"]
    if transform in ("SOFTMAX", "SOFTMAX_ZERO"):
        score = np.log(want / (1 - want)) / 2 if 0 < want < 1 else got
        return close(got, score) or close(got, 1 + score) or not 1e-6 < want < 1 - 1e-6
    return transform == "LOGISTIC" or close(got - want, 1)


REDUCTIONS = ("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd "
              "ReduceSum ReduceSumSquare")

# operator -> [(applies to a case, what is expected in the message or of the first numbers that differ, reason)]
RULES = {
    "AffineGrid GroupQueryAttention MultiHeadAttention": [
        (of_type(*HALVES), r"worst by (0\.00|\S*e-)", "sums in half precision, where terms cancel each other")],
    "ArgMax ArgMin": [
        (lambda c: c.inputs[0].array.size == 0, "shape", "a tensor without elements keeps the axis"),
        (lambda c: c.inputs[0].array.size == 0, "nothing to choose from",
         "an axis without elements has a least one all the same")],
    "AveragePool LpPool MaxPool NhwcMaxPool": [
        (lambda c: same(c) and c.attributes.get("dilations"), "",
         "SAME pads for the kernel without its dilations"),
        (lambda c: same(c) and kernel_below_stride(c), "",
         "SAME with a kernel smaller than the stride begins at a negative padding")],
    "Cast CastLike": [
        (lambda c: c.inputs[0].type in INTEGERS, "float8e5m2 .* nan, want -?inf",
         "without saturate, an integer that is too large becomes NaN; in the standard's table infinite"),
        (of_type(*FLOATS, "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "float4e2m1",
                 "float8e8m0"), "u?int[24] ",
         "to integers of 2 and 4 bits it rounds, to wider ones it cuts off"),
        (of_type("bool"), "strings", "bool becomes 1 and 0; in the reference implementation True and False"),
        (lambda c: True, "float8e8m0 .* 5.877472e-39, want",
         "to float8e8m0, what is below 0 gives the least number; in the reference implementation the "
         "sign is left out")],
    "ConvTranspose": [
        (lambda c: same(c) and kernel_below_stride(c), "shape",
         "SAME with a kernel smaller than the stride is not input × stride")],
    "Clip": [
        (lambda c: infinite(c) and (len(c.inputs) < 3 or c.inputs[1] is None), "want -?inf",
         "without a bound, infinities become the type's largest number, as the text has it; the "
         "standard's function leaves them, and so does Hinge")],
    "DFT STFT": [(of_type("float"), r"worst by \d\S*e-0[5-9]$",
                  "an error of float, not relative to its term")],
    "Gather": [
        (of_type("string"), "''", "of slices of several strings only the first is copied")],
    "Gelu HardSwish Mish Softsign Swish": [
        (infinite, "nan, want", "NaN at an infinity, as the formula gives it; Hinge has the limit")],
    "GridSample": [
        (lambda c: c.attributes.get("mode") in ("cubic", "bicubic") and has("padding_mode", "border")(c),
         "differ", "cubic with border moves to the border the neighbours alone, not the position")],
    "LabelEncoder": [
        (lambda c: c.version == 2 and c.inputs[0].type == "float" and
         bool(np.isnan(c.inputs[0].array).any()), "differ",
         "version 2: a NaN among the keys is never found")],
    "LinearClassifier": [
        (lambda c: len(c.attributes["intercepts"]) == 1, of_one_score,
         "two labels and one score s: the other one is 1 - s, and softmax is left out; Hinge has -s")],
    "LinearRegressor SVMRegressor TreeEnsembleRegressor": [
        (lambda c: c.attributes.get("targets", c.attributes.get("n_targets", 1)) == 1 and
         c.attributes["post_transform"] in TRANSFORMS, not_transformed,
         "post_transform is left out where there is one target")],
    "Loop": [
        (lambda c: c.inputs[1] is None and c.around == 2, "",
         "without the input cond, what the graph returns for it ends the loop all the same"),
        (lambda c: True, r"shape \[0[,\d]*\], want \[0\]",
         "without an iteration, dimensions that the graph does not declare are inferred from the states; "
         "Hinge has none")],
    "MatMul": [
        (lambda c: c.inputs[0].array.size == 0, "shape",
         "no elements to sum over: batches do not broadcast")],
    "FusedMatMul": [
        (lambda c: c.inputs[0].array.size == 0, "want 0",
         "no elements to sum over: the result is left as it was")],
    "MatMulIntegerToFloat": [
        (lambda c: c.inputs[0].array.size == 0, r"differ, float32 \[0\] 0, want",
         "no elements to sum over: the bias is left out")],
    "MeanVarianceNormalization": [
        (lambda c: True, "nan, want 0", "the variance of equal numbers comes out below 0")],
    "Pow": [
        (lambda c: c.inputs[0].type in INTEGERS and c.inputs[1].type not in INTEGERS, "want 0",
         "NaN as an integer, of a fraction as the exponent below 0, is whatever the processor has; "
         "Hinge has 0")],
    REDUCTIONS: [
        (lambda c: c.inputs[0].array.size == 0, "shape",
         "a tensor without elements keeps axes that are reduced")],
    "ReduceMean": [
        (lambda c: c.inputs[0].array.size == 0, "want -?nan", "the mean of no elements is 0")],
    "ReduceL2": [
        (lambda c: True, "inf, want", "squares overflow though their root does not")],
    "ReduceLogSum": [
        (lambda c: of_type(*INTEGERS)(c) and c.inputs[0].array.size == 0, "want 0",
         "the logarithm of 0 as an integer is whatever the processor has; Hinge has 0")],
    "ReduceLogSumExp": [
        (of_type(*INTEGERS), "", "of integers the steps are cut off, not the result")],
    "ReduceMax ReduceMin": [
        (lambda c: True, "want nan", "NaN among the elements is passed over, or not, by where it stands")],
    "Resize Upsample": [
        (lambda c: c.attributes.get("mode") in (None, "nearest") and near_step(c), "differ",
         "positions are computed in float; here exactly, of a float scale as it is")],
    "RNN GRU LSTM": [
        (lambda c: {"Affine", "ThresholdedRelu"} & set(c.attributes.get("activations", [])) and
         "activation_alpha" not in c.attributes, "",
         "alpha and beta of Affine and ThresholdedRelu are not those of the operators by default"),
        (lambda c: "Softplus" in c.attributes.get("activations", []), "nan|inf|e[+]", "Softplus overflows")],
    "STFT": [
        (lambda c: c.inputs[0].array.shape[-1] == 2 and len(c.inputs) > 2 and c.inputs[2] is not None, "",
         "a complex signal is multiplied by elements behind the window's end")],
    "SVMClassifier": [
        (lambda c: n_labels(c) == 2 and "vectors_per_class" not in c.attributes, r"o\d+_0: .*(strings|int64)",
         "LINEAR without support vectors, two labels: the second one wherever the greatest score is above 0"),
        (lambda c: n_labels(c) == 2 and has("post_transform", "SOFTMAX")(c), r"o\d+_1: .*float32",
         "two labels and one score s: softmax is left out, and the other score is 1 - s; Hinge has -s")],
    "QLinearSoftmax": [
        (lambda c: True, r"int8 \[0\] (0|-128), want (254|255|127)", "a row of one element gives 0, not 1")],
    "EmbedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization": [
        (of_type("int32", *HALVES), r"float16 .*worst by (0\.00|0\.01|\S*e-)",
         "a sum is not rounded to halves in between as it is here, or is elsewhere")],
    "Shrink": [
        (of_type(*INTEGERS), "", "integers are cut off behind the sum; the standard's function, and "
         "Hinge, cut bias off before it")],
    "Sign": [(of_type(*HALVES), "0, want nan", "of NaN it is 0 in the halves, NaN in float")],
    "Slice": [(slice_far_end, "shape", "INT_MAX as the end of a negative step is the axis' beginning")],
    "SplitToSequence": [
        (has("keepdims", 0), "shape",
         "keepdims counts although split is given, if the parts have one element")],
    "StringSplit": [
        (lambda c: c.attributes.get("delimiter"), "0, want 1|shape",
         "an empty string has no parts; in the reference implementation one")],
    "TreeEnsemble": [
        (lambda c: c.attributes["n_targets"] == 1 and has("post_transform", 1, 2, 3)(c), not_transformed,
         "post_transform is left out where there is one target"),
        (lambda c: c.attributes["n_targets"] > 1 and has("post_transform", 1, 2)(c), "differ, float",
         "1 is taken for LOGISTIC and 2 for SOFTMAX")],
    "TreeEnsembleClassifier": [
        (lambda c: len(c.attributes.get("classlabels_int64s", [])) == 2, r"int64 \[\d+\] [01], want",
         "two integer labels, and a row's leaves have weights of one class: 0 or 1 instead of the label")],
    "TreeEnsembleRegressor": [
        (lambda c: c.attributes["n_targets"] > 1 and c.attributes.get("base_values"), lacks_base_value,
         "a target that none of a row's leaves names lacks its base value")],
}


def reason(case, message):
    """Why the two differ here, or None."""
    for operators, rules in RULES.items():
        if case.operator in operators.split():
            for applies, expected, why in rules:
                if applies(case) and is_expected(expected, case, message):
                    return why
    return None


def is_expected(expected, case, message):
    if isinstance(expected, str):
        return re.search(expected, message)
    numbers_of = re.search(r"differ, float\d+ \[\d+\] (\S+), want ([^ ,]+)", message)
    return numbers_of and expected(case, float(numbers_of[1]), float(numbers_of[2]))
