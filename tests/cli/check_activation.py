"""hinge activation as somebody calls it: every option and refusal, values against the definitions
in double, pictures where gnuplot is there.
usage: check_activation.py HINGE ELEMENTWISE SNAKE  (the plugins elementwise.c and snake.c)"""
import math
import os
import shutil
import struct
import subprocess
import sys
import unittest
import xml.etree.ElementTree
import zlib

import numpy as np

from command import ENVIRONMENT, HINGE, Command

ELEMENTWISE, SNAKE = sys.argv[2:4]
GNUPLOT = shutil.which("gnuplot")
SNAKE_OPTIONS = ["Snake", "--domain", "com.acme", "--plugin", SNAKE]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.array([math.erf(v) for v in x])


def selu(x, alpha=1.67326319217681884765625, gamma=1.05070102214813232421875):
    return gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def gelu_tanh(x):
    return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2


def elu(x, alpha=1):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


# arguments, the function in double
FUNCTIONS = [
    (["Relu"], lambda x: np.maximum(x, 0)),
    (["LeakyRelu"], lambda x: np.where(x < 0, 0.01 * x, x)),
    (["LeakyRelu", "--alpha", "0.25"], lambda x: np.where(x < 0, 0.25 * x, x)),
    (["LeakyRelu", "--alpha=-2"], lambda x: np.where(x < 0, -2 * x, x)),
    (["Elu", "-a", "alpha=0.5"], lambda x: elu(x, 0.5)),
    (["Elu", "--alpha", "3", "--attribute", "alpha=0.5"], lambda x: elu(x, 0.5)),
    (["Selu"], selu),
    (["Selu", "--alpha", "2", "--gamma", "3"], lambda x: selu(x, 2, 3)),
    (["Celu", "--alpha", "2"], lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0) / 2))),
    (["ThresholdedRelu", "--alpha", "2"], lambda x: np.where(x > 2, x, 0)),
    (["Shrink", "-a", "lambd=1.5", "-a", "bias=0.5"],
     lambda x: np.where(x < -1.5, x + 0.5, np.where(x > 1.5, x - 0.5, 0))),
    (["HardSigmoid", "--alpha", "0.3", "--beta", "0.4"], lambda x: np.clip(0.3 * x + 0.4, 0, 1)),
    (["HardSwish"], lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    (["Sigmoid"], sigmoid),
    (["Tanh"], np.tanh),
    (["Softplus"], lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))),
    (["Softsign"], lambda x: x / (1 + np.abs(x))),
    (["Swish"], lambda x: x * sigmoid(x)),
    (["Swish", "--alpha", "1.5"], lambda x: x * sigmoid(1.5 * x)),
    (["Mish"], lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    (["Gelu"], lambda x: x * (1 + erf(x / math.sqrt(2))) / 2),
    (["Gelu", "--attribute", "approximate=tanh"], gelu_tanh),
    (["Erf"], erf),
    (["Exp"], np.exp),
    (["Clip", "--min", "-1.5", "--max", "2"], lambda x: np.clip(x, -1.5, 2)),
    (["Clip", "--min", "-1.5"], lambda x: np.maximum(x, -1.5)),
    (["Clip", "--max", "2"], lambda x: np.minimum(x, 2)),
    (["Clip"], lambda x: x),
    (["Clip", "--min", "-1.5", "--max", "2", "--opset", "6"], lambda x: np.clip(x, -1.5, 2)),
    (["Reciprocal", "--from", "1"], lambda x: 1 / x),
    (["Abs"], np.abs),
]


def pixels(path):
    """Width and height of a PNG, and its filtered bytes; every checksum is looked at."""
    data, at, header, packed = path.read_bytes(), 8, None, b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack_from(">I", data, at + 8 + size)[0]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    return header[:2], zlib.decompress(packed)


class Values(Command):
    def tsv(self, *arguments, **options):
        rows = self.hinge("activation", *arguments, "--tsv", **options).splitlines()
        values = [[float(v) for v in row.split("\t")] for row in rows]
        return np.array(values, dtype=np.float32).astype(np.float64).T

    def test_functions(self):
        for isa in [[], ["--isa", "scalar"]]:
            for arguments, function in FUNCTIONS:
                x, y = self.tsv(*arguments, *isa)
                self.assertEqual(len(x), 121)
                want = function(x)
                self.assertTrue(np.all(np.abs(y - want) <= 2e-6 * np.abs(want) + 1e-12),
                                f"{arguments}: {np.abs(y - want).max()}")

    def test_progress(self):
        """A bar on a terminal while many values are written elsewhere; none for a few."""
        for form, n in (("--tsv", 300000), ("--json", 600000)):
            _, said = self.on_terminal("activation", "Tanh", form, "--count", 300000)
            self.assertRegex(said, rf"\r *\d+ % \[█* *\] \d+/{n}  \d+:\d\d left\x1b\[K")
            self.assertTrue(said.endswith("\r\x1b[K"))
        self.assertEqual(self.on_terminal("activation", "Tanh", "--tsv")[1], "")
        for n, wanted in ((150000, r"(\r *\d+ % \[█* *\] \d+/300000  [\d:]+ left\x1b\[K)+\r\x1b\[K"),
                          (1000, "")):
            _, said = self.on_terminal("activation", "Tanh", "--plot", "curve.svg", "--count", n)
            self.assertRegex(said, rf"\A{wanted}\Z")

    def test_range(self):
        x, _ = self.tsv("Tanh")
        np.testing.assert_array_equal(x, np.float32(-6 + np.arange(121) / 10))
        x, _ = self.tsv("Tanh", "--from", "-1e-3", "--to", "3e38", "--count", "3")
        np.testing.assert_array_equal(x, np.float32([-1e-3, (3e38 - 1e-3) / 2, 3e38]))
        x, y = self.tsv("Tanh", "--from=2", "-n", "1")
        self.assertEqual((x[0], y[0]), (2, np.float32(np.tanh(2))))

    def test_precision(self):
        """Nine digits give back each float."""
        for text in self.hinge("activation", "Sigmoid", "--tsv").split():
            self.assertEqual(f"{float(np.float32(text)):.9g}", text)

    def test_not_finite(self):
        x, y = self.tsv("Log", "--from", "-1", "--to", "1", "--count", "3")
        self.assertTrue(math.isnan(y[0]) and y[1] == -math.inf and y[2] == 0)
        self.assertNotIn("-nan", self.hinge("activation", "Log", "--tsv"))
        self.assertIn("nan", self.hinge("activation", "Log"))

    def test_own_plugin(self):
        for alpha in [1, 2.5]:
            x, y, derivative = self.tsv(*SNAKE_OPTIONS, "--alpha", alpha, "--derivative")
            np.testing.assert_allclose(y, x + np.sin(alpha * x)**2 / alpha, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(derivative, 1 + np.sin(2 * alpha * x), atol=2e-6)
        x, y = self.tsv("Snake", "-d", "com.acme", environment={"HINGE_PLUGIN_PATH": SNAKE})
        np.testing.assert_allclose(y, x + np.sin(x)**2, rtol=1e-5, atol=1e-6)

    def test_derivatives(self):
        """A built-in operator's, where its plugin declares one."""
        for arguments, function in FUNCTIONS[:-2]:
            if "Clip" in arguments:
                continue
            if "declares no derivative" in self.said(*arguments, "--tsv", "--derivative"):
                continue
            x, _, derivative = self.tsv(*arguments, "-D", "--from", "-5.97", "--to", "5.93")
            step = 1e-5
            want = (function(x + step) - function(x - step)) / (2 * step)
            np.testing.assert_allclose(derivative, want, rtol=1e-4, atol=1e-5, err_msg=arguments[0])

    def said(self, *arguments):
        return subprocess.run([HINGE, "activation", *arguments], capture_output=True, text=True,
                              env=ENVIRONMENT).stderr

    def test_operators_without_activation(self):
        test = ["--plugin", ELEMENTWISE, "--domain", "test"]
        x, y = self.tsv("Times", *test)
        np.testing.assert_array_equal(y, np.float32(2 * x))
        _, y = self.tsv("Times", *test, "-a", "times=-3", "--opset", "2")
        np.testing.assert_array_equal(y, np.float32(-3) * np.float32(x))
        self.refused("activation", "Times", *test, "--derivative",
                     words=["elementwise declares no derivative of Times"])
        self.refused("activation", "Times", *test, "-D", "--tsv", words=["no derivative"])

    def test_shown(self):
        said = self.hinge("activation", "Elu", "--alpha", "0.5")
        self.assertRegex(said, r"^Elu, alpha = 0.5 \(ai.onnx, opset \d+, plugin [\w-]+\)\n\n")
        self.assertRegex(said, r"(?m)^ +-6 +-0\.49876\d+$")
        self.assertRegex(said, r"(?m)^ +6 +6$")
        self.assertRegex(said, "[\u2801-\u28ff]{10}")
        self.assertNotIn("derivative", said)
        said = self.hinge("activation", *SNAKE_OPTIONS, "--derivative")
        self.assertIn("Snake (com.acme, opset 1, plugin acme)", said)
        self.assertRegex(said, r"(?m)^ +x +y +derivative$")
        self.assertIn("dotted", said)
        said = self.hinge("activation", "Elu", environment={"LC_ALL": "C"})
        self.assertTrue(said.isascii() and "****" in said, said)

    def test_sketch(self):
        """A straight line is one from corner to corner, and a constant one is in the middle."""
        said = self.hinge("activation", "Clip").splitlines()
        dots = [line[13:] for line in said[-15:-1]]
        self.assertEqual(len(dots), 14)
        self.assertGreater(len(dots[0]), 60)
        self.assertNotEqual(dots[-1][0], "\u2800")
        self.assertIn("6", said[-15])
        self.assertIn("-6", said[-2])
        said = self.hinge("activation", "Relu", "--to", "-1").splitlines()
        self.assertIn("1", said[-15])
        self.assertIn("-1", said[-2])


class Refusals(Command):
    def activation_refused(self, *arguments, words, status=1):
        self.refused("activation", *arguments, status=status, words=words)

    def test_usage(self):
        cases = [([], ["which operator"]), (["Relu", "Elu"], ["Elu"]),
                 (["Relu", "--from", "2", "--to", "1"], ["--from 2", "--to 1"]),
                 (["Relu", "--from", "1", "--to", "1"], ["not below"]),
                 (["Relu", "--from", "nan"], ["--from", "finite"]),
                 (["Relu", "--to", "inf"], ["--to", "finite"]),
                 (["Relu", "--to", "1e39"], ["--to", "finite"]),
                 (["Relu", "--to", "2x"], ["2x"]), (["Relu", "--to", ""], ["--to"]),
                 (["Elu", "--alpha", "inf"], ["--alpha"]), (["Elu", "--beta", "x"], ["--beta"]),
                 (["Elu", "--gamma", ""], ["--gamma"]), (["Clip", "--min", "nan"], ["--min"]),
                 (["Clip", "--max", "1e40"], ["--max"]), (["Relu", "--count", "0"], ["--count"]),
                 (["Relu", "--count", "99999999"], ["--count"]),
                 (["Relu", "--opset", "0"], ["--opset"]),
                 (["Relu", "--attribute", "alpha"], ["NAME=VALUE"]),
                 (["Relu", "--plot", "relu.gif"], [".png", ".svg", "relu.gif"]),
                 (["Relu", "--plot", "relu.svg", "--tsv"], ["--tsv", "--plot"]),
                 (["Relu", "--isa", "sse"], ["avx2"])]
        for arguments, words in cases:
            self.activation_refused(*arguments, words=words, status=2)

    def test_names(self):
        cases = [(["Sigmod"], ['"Sigmod"', "did you mean Sigmoid?", "hinge ops"]),
                 (["relu"], ["Relu"]), (["Soft"], ["Softplus", "Softsign"]),
                 (["NothingLikeThisAtAll"], ["hinge ops lists"]), ([""], ["hinge ops"]),
                 (["x" * 500], ["hinge ops"]),
                 (["Snake", "--plugin", SNAKE], ["Snake", "--domain com.acme"]),
                 (["Relu", "--domain", "com.acme"], ["com.acme", "did you mean Relu?"])]
        for arguments, words in cases:
            self.activation_refused(*arguments, words=words)
        said = self.hinge("activation", "NothingLikeThisAtAll", status=1)
        self.assertNotIn("did you mean", said)

    def test_opsets(self):
        self.activation_refused("Elu", "--opset", "999", words=["Elu", "opset 999", "6-"])
        self.activation_refused("Gelu", "--opset", "19", words=["opset 19", "20-"])
        self.activation_refused("Times", "-d", "test", "--plugin", ELEMENTWISE, "--opset", "5",
                                words=["2-4"])
        self.hinge("activation", "Elu", "--opset", "6")

    def test_attributes(self):
        test = ["--plugin", ELEMENTWISE, "--domain", "test"]
        self.activation_refused("Elu", "--beta", "1", words=['no attribute "beta"', '"alpha"'])
        self.activation_refused("Relu", "--alpha", "1", words=['"alpha"', "none"])
        self.activation_refused("Elu", "--min", "1", words=['"min"'])
        self.activation_refused("Elu", "-a", "alpha=x", words=["finite number", '"x"'])
        self.activation_refused("Elu", "-a", "alpha=nan", words=["finite number", '"nan"'])
        self.activation_refused("Clip", "-a", "min=x", words=["finite number", '"x"'])
        self.activation_refused("Times", *test, "-a", "times=1.5", words=["integer", '"1.5"'])
        self.activation_refused("Times", *test, "-a", "levels=1", words=["levels"])
        self.activation_refused("Gelu", "-a", "approximate=no", words=["approximate"])
        self.activation_refused(*SNAKE_OPTIONS, "--alpha", "0", words=["Snake", "alpha is 0"])

    def test_not_elementwise(self):
        test = ["--plugin", ELEMENTWISE, "--domain", "test"]
        for arguments in [["Conv"], ["Add"], ["PRelu"], ["Softmax"], ["MaxPool"], ["Sum"],
                          ["Whole", *test], ["Integers", *test], ["Shrinking", *test], ["Range"],
                          ["Not"], ["Cast", "-a", "to=9"], ["Constant"], ["Split"]]:
            self.activation_refused(*arguments, words=[
                arguments[0], "not an elementwise operator of one floating-point input"])

    def test_plugins(self):
        (self.folder / "not.so").write_text("text")
        said = self.hinge("activation", "Snake", "-d", "com.acme", status=1,
                          environment={"HINGE_PLUGIN_PATH": "not.so"})
        self.assertRegex(said, r"^hinge: warning: plugin not\.so: .+\nhinge: .+no operator")
        self.activation_refused("Relu", "--plugin", "not.so", words=["plugin not.so: "])


class Plots(Command):
    def setUp(self):
        super().setUp()
        if not GNUPLOT:
            self.skipTest("gnuplot is not installed")

    def test_png(self):
        self.assertEqual(self.hinge("activation", "Tanh", "--plot", "t.png"), "")
        (width, height), rows = pixels(self.folder / "t.png")
        self.assertTrue(width >= 800 and height >= 500)
        self.assertGreater(len(set(rows)), 20)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["t.png"])

    def test_svg(self):
        self.assertEqual(self.hinge("activation", *SNAKE_OPTIONS, "--alpha", "2", "--derivative",
                                    "--plot", "s.svg"), "")
        text = (self.folder / "s.svg").read_text()
        self.assertTrue(xml.etree.ElementTree.fromstring(text).tag.endswith("svg"))
        for word in ["Snake, alpha = 2", "derivative", "rgb(  0, 114, 178)", "rgb(213,  94,   0)"]:
            self.assertIn(word, text)
        self.hinge("activation", "Relu", "--plot", "s.svg", "--count", "2")
        self.assertNotIn("derivative", (self.folder / "s.svg").read_text())

    def test_special(self):
        """Neither one point, nor a constant, nor gaps are a difficulty; nothing finite is told."""
        for arguments in [["Relu", "--count", "1"], ["Relu", "--to", "-1"], ["Log"],
                          ["Exp", "--to", "200"], ["Relu", "--from", "-3e38", "--to", "3e38"]]:
            self.hinge("activation", *arguments, "--plot", "p.svg")
        self.refused("activation", "Log", "--to", "-1", "--plot", "n.svg", words=["no finite value"])
        self.assertFalse((self.folder / "n.svg").exists())

    def test_quoting(self):
        """A name is text wherever it comes from: nothing in it is a command."""
        test = ["--plugin", ELEMENTWISE, "--domain", "test"]
        label = "'; set output 'pwned'; plot x #`touch pwned`\nset output 'pwned'\nplot x\n$x @y {/:Bold}"
        for name in ["It's 'quoted'", "Times"]:
            self.hinge("activation", name, *test, "-a", f"label={label}", "--plot", "p.svg")
            self.assertIn("touch pwned", (self.folder / "p.svg").read_text())
        name = "|touch pwned; '`touch pwned`' \"$(touch pwned)\".svg"
        self.hinge("activation", "Relu", "--plot", name)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), sorted(["p.svg", name]))

    def test_startup_files(self):
        """What the user's own start-up file sets does not get into the picture."""
        (self.folder / ".gnuplot").write_text("set output 'elsewhere'\nset label 'mine' at 0,0\n")
        self.hinge("activation", "Relu", "--plot", "p.svg", environment={"HOME": str(self.folder)})
        self.assertNotIn("mine", (self.folder / "p.svg").read_text())
        self.assertFalse((self.folder / "elsewhere").exists())

    def test_unwritable(self):
        self.refused("activation", "Relu", "--plot", "none/p.png", words=["none/p.png"])


class WithoutGnuplot(Command):
    """What is found instead of it, or not found."""

    def fake(self, script):
        path = self.folder / "bin" / "gnuplot"
        path.parent.mkdir()
        path.write_text(script)
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}

    def test_missing(self):
        (self.folder / "empty").mkdir()
        self.refused("activation", "Relu", "--plot", "p.png", words=["gnuplot-nox"],
                     environment={"PATH": str(self.folder / "empty")})
        self.assertFalse((self.folder / "p.png").exists())

    def test_failing(self):
        path = self.fake("#!/bin/sh\necho 'first line' >&2\necho 'no such terminal' >&2\nexit 1\n")
        self.refused("activation", "Relu", "--count", "100000", "--plot", "p.png",
                     words=["gnuplot drew nothing: no such terminal\n"], environment=path)
        self.assertFalse((self.folder / "p.png").exists())

    def test_silent(self):
        path = self.fake("#!/bin/sh\ncat >/dev/null\n")
        self.refused("activation", "Relu", "--plot", "p.png", words=["no reason"], environment=path)
        self.assertFalse((self.folder / "p.png").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
