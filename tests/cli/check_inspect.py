"""What hinge inspect counts, and whether a model runs here.
usage: check_inspect.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import json
import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import models
from command import Command

PLUGIN = sys.argv[2]


class Counts(Command):
    def counts(self, nodes, inputs, outputs, weights=(), opset=13, arguments=()):
        """{label: (parameters, multiply-adds)}, and the totals, without rewrites."""
        domains = {"": opset, "com.microsoft": 1}
        constants = [numpy_helper.from_array(np.ones(shape, *dtype or [np.float32]), name)
                     for name, shape, *dtype in weights]
        graph = helper.make_graph(
            nodes, "graph", [models.value(*i) for i in inputs],
            [o if isinstance(o, onnx.ValueInfoProto) else models.value(*o) for o in outputs],
            constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(d, v)
                                                        for d, v in domains.items()])
        model.ir_version = 8
        path = self.folder / "m.onnx"
        onnx.save(model, str(path))
        said = json.loads(self.hinge("inspect", path, "--json", "--disable-pass", "all",
                                     *arguments))
        nodes = {n["label"]: (n["parameters"], n["multiply_adds"]) for n in said["nodes"]}
        return nodes, (said["parameters"], said["multiply_adds"],
                       said["multiply_adds_not_known"])

    def one(self, op, shapes, output, n_outputs=1, weights=None, **attributes):
        """Multiply-adds of one node; shapes of its inputs, None for one that is left out."""
        domain = attributes.pop("domain", "")
        opset = attributes.pop("opset", 13)
        weights = {} if weights is None else weights
        names = ["" if s is None else f"i{i}" for i, s in enumerate(shapes)]
        outputs = [f"o{i}" for i in range(n_outputs)]
        node = helper.make_node(op, names, outputs, name="n", domain=domain, **attributes)
        made, total = self.counts(
            [node], [(f"i{i}", s) for i, s in enumerate(shapes)
                     if s is not None and i not in weights],
            [(outputs[0], output)], [(f"i{i}", shapes[i]) for i in weights], opset=opset)
        self.assertEqual(total[1:], (made["n"][1] or 0, int(made["n"][1] is None)))
        return made["n"][1]

    def test_convolutions(self):
        for groups in [1, 2, 4]:
            n, c, m, size, kernel = 2, 4, 8, (7, 9), (3, 5)
            out = [s - k + 1 for s, k in zip(size, kernel)]
            want = n * m * np.prod(out) * (c // groups) * np.prod(kernel)
            self.assertEqual(self.one("Conv", [[n, c, *size], [m, c // groups, *kernel]],
                                      [n, m, *out], weights={1}, group=groups), want)
            back = [s + k - 1 for s, k in zip(size, kernel)]
            want = n * c * np.prod(size) * (m // groups) * np.prod(kernel)
            self.assertEqual(self.one("ConvTranspose",
                                      [[n, c, *size], [c, m // groups, *kernel]],
                                      [n, m, *back], weights={1}, group=groups), want)
        strided = self.one("Conv", [[1, 1, 8], [1, 1, 3]], [1, 1, 3], strides=[2])
        self.assertEqual(strided, 3 * 3)

    def test_products(self):
        m, k, n = 3, 5, 7
        for a, b, y in [([m, k], [k, n], [m, n]), ([2, m, k], [k, n], [2, m, n]),
                        ([m, k], [2, k, n], [2, m, n]), ([4, 1, m, k], [2, k, n], [4, 2, m, n]),
                        ([k], [k, n], [n]), ([m, k], [k], [m]), ([k], [k], [])]:
            self.assertEqual(self.one("MatMul", [a, b], y), int(np.prod(y)) * k)
        for flip_a in [0, 1]:
            for flip_b in [0, 1]:
                a, b = [[m, k], [k, m]][flip_a], [[k, n], [n, k]][flip_b]
                self.assertEqual(self.one("Gemm", [a, b], [m, n], transA=flip_a, transB=flip_b),
                                 m * n * k)
                self.assertEqual(self.one("FusedMatMul", [[2, *a], [2, *b]], [2, m, n],
                                          domain="com.microsoft", transA=flip_a, transB=flip_b),
                                 2 * m * n * k)

    def test_quantized_products(self):
        m, k, n = 3, 64, 7
        nodes = [helper.make_node("MatMulNBits", ["x", "w", "s"], ["y"], name="bits", bits=4,
                                  block_size=32, K=k, N=n, domain="com.microsoft")]
        made, _ = self.counts(nodes, [("x", [2, m, k])], [("y", [2, m, n])],
                              [("w", [n, 2, 16], np.uint8), ("s", [n * 2])])
        self.assertEqual(made["bits"][1], 2 * m * n * k)
        for flip_a, flip_b in [(0, 1), (1, 0)]:
            nodes = [helper.make_node("QGemm", ["x", "s", "z", "w", "s", "z"], ["y"], name="gemm",
                                      transA=flip_a, transB=flip_b, domain="com.microsoft")]
            made, _ = self.counts(nodes, [("x", [[m, k], [k, m]][flip_a], TensorProto.UINT8)],
                                  [("y", [m, n])], [("w", [[k, n], [n, k]][flip_b], np.uint8),
                                                    ("s", []), ("z", [], np.uint8)])
            self.assertEqual(made["gemm"][1], m * n * k)

    def test_rewritten(self):
        """Two convolutions that write what a Concat would put together, among others."""
        def conv(x, w, y):
            return helper.make_node("Conv", [x, w], [y], auto_pad="SAME_UPPER")
        nodes = [conv("x", "a", "s"), conv("s", "b", "p"), conv("s", "c", "q"),
                 helper.make_node("Concat", ["p", "q"], ["j"], axis=1), conv("j", "d", "y")]
        weights = [("a", [16, 16, 3, 3]), ("b", [32, 16, 1, 1]), ("c", [48, 16, 3, 3]),
                   ("d", [16, 80, 1, 1])]
        _, total = self.counts(nodes, [("x", [1, 16, 20, 20])], [("y", [1, 16, 20, 20])], weights)
        self.assertEqual(total[1:], (400 * (16 * 16 * 9 + 32 * 16 + 48 * 16 * 9 + 16 * 80), 0))
        said = json.loads(self.hinge("inspect", "m.onnx", "--json"))
        self.assertEqual([n["op"] for n in said["nodes"]].count("ConvChannelsInto"), 2)
        self.assertEqual(said["multiply_adds"], total[1])

    def test_recurrent(self):
        steps, batch, inputs, hidden = 4, 2, 3, 5
        for op, gates in [("RNN", 1), ("GRU", 3), ("LSTM", 4)]:
            got = self.one(op, [[steps, batch, inputs], [1, gates * hidden, inputs],
                                [1, gates * hidden, hidden]], [steps, 1, batch, hidden],
                           weights={1, 2}, hidden_size=hidden, opset=14)
            self.assertEqual(got, steps * batch * gates * hidden * (inputs + hidden))

    def test_attention(self):
        batch, heads, queries, keys, size, value = 2, 3, 4, 6, 5, 7
        want = batch * heads * queries * keys * (size + value)
        self.assertEqual(self.one("Attention", [[batch, heads, queries, size],
                                                [batch, heads, keys, size],
                                                [batch, heads, keys, value]],
                                  [batch, heads, queries, value], opset=23), want)
        self.assertEqual(self.one("Attention", [[batch, queries, heads * size],
                                                [batch, keys, heads * size],
                                                [batch, keys, heads * value]],
                                  [batch, queries, heads * value], opset=23, q_num_heads=heads,
                                  kv_num_heads=heads), want)
        steps, inputs, hidden = 4, 6, 8
        want = batch * steps * (inputs * 3 * hidden) + 2 * batch * steps * steps * hidden
        self.assertEqual(self.one("Attention", [[batch, steps, inputs], [inputs, 3 * hidden],
                                                [3 * hidden]], [batch, steps, hidden],
                                  weights={1, 2}, domain="com.microsoft", num_heads=2), want)

    def test_not_known(self):
        self.assertIsNone(self.one("Einsum", [[2, 3], [3, 4]], [2, 4], equation="ij,jk->ik"))
        self.assertEqual(self.one("Relu", [[2, 3]], [2, 3]), 0)

    def test_totals(self):
        """A constant that two nodes read counts in both, and once in the sum."""
        nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]),
                 helper.make_node("Relu", ["a"], ["b"]),
                 helper.make_node("MatMul", ["b", "w"], ["y"])]
        ends = [("x", ["batch", 4])], [("y", ["batch", 4])], [("w", [4, 4])]
        made, total = self.counts(nodes, *ends, arguments=["--dim", "batch=3"])
        self.assertEqual(made, {"a": (16, 48), "b": (0, 0), "y": (16, 48)})
        self.assertEqual(total, (16, 96, 0))
        made, total = self.counts(nodes, *ends)
        self.assertEqual(made, {"a": (16, None), "b": (0, 0), "y": (16, None)})
        self.assertEqual(total, (16, 0, 2))

    def test_text(self):
        nodes = [helper.make_node("MatMul", ["x", "w"], ["a"], name="first"),
                 helper.make_node("Relu", ["a"], ["y"])]
        self.counts(nodes, [("x", ["batch", 4])], [("y", ["batch", 5])], [("w", [4, 5])])
        said = self.hinge("inspect", "m.onnx", "--counts", "--dim", "batch=3", "--disable-pass",
                          "all")
        self.assertIn("\nmultiply-adds  60\n", said)
        self.assertRegex(said, r"PARAMETERS +MULTIPLY-ADDS\n +0 +20 +60  MatMul  first  float\[3,5\]\n$")
        said = self.hinge("inspect", "m.onnx", "--counts")
        self.assertIn("multiply-adds  0, and those of 1 node, which are not known\n", said)
        self.assertRegex(said, r" 20 +not known  MatMul")

    def test_bodies(self):
        """How often a body runs is not known."""
        branches = [helper.make_graph([helper.make_node("MatMul", ["x", "x"], [f"t{i}"])], "g", [],
                                      [models.value(f"t{i}", [2, 2])]) for i in range(2)]
        node = helper.make_node("If", ["c"], ["y"], then_branch=branches[0],
                                else_branch=branches[1])
        _, total = self.counts([node], [("x", [2, 2]), ("c", [], TensorProto.BOOL)],
                               [("y", [2, 2])])
        self.assertEqual(total[1:], (0, 2))

    def test_huge(self):
        """What does not fit is not known."""
        _, total = self.counts([helper.make_node("MatMul", ["x", "w"], ["y"])],
                               [("x", [2**31, 2**20]), ("w", [2**20, 2**25])],
                               [("y", [2**31, 2**25])])
        self.assertEqual(total[1:], (0, 1))


class Runs(Command):
    def setUp(self):
        super().setUp()
        self.good = models.relu(self.folder / "good.onnx")
        nodes = [helper.make_node("Gelu", ["x"], ["a"]), helper.make_node("Rleu", ["x"], ["b"]),
                 helper.make_node("Crash", ["x"], ["c"], domain="test"),
                 helper.make_node("Conv", ["i", "i"], ["d"]), helper.make_node("Relu", ["x"], ["e"])]
        image = models.value("i", [1, 1, 2, 2], TensorProto.INT32)
        ends = [models.value(n, [2]) for n in "abce"]
        self.bad = models.save(self.folder / "bad.onnx", nodes, [models.value("x", [2]), image],
                               [*ends, models.value("d", [1, 1, 1, 1], TensorProto.INT32)])

    def test_good(self):
        said = self.hinge("ops", "--model", self.good)
        self.assertRegex(said, r"\n    2     13  onnx-\w+ +ai\.onnx::Relu\n$")
        self.assertNotIn("missing", said)
        for arguments in [["ops", "--model", self.good], ["inspect", self.good]]:
            told = json.loads(self.hinge(*arguments, "--json"))
            self.assertEqual((told["runs"], told["missing"]), (True, []))

    def test_bad(self):
        shown = self.call("ops", "--model", self.bad)
        self.assertEqual(shown.returncode, 1)
        self.assertIn("the model cannot be run: no plugin has ai.onnx::Gelu", shown.stderr)
        for line in ["  ai.onnx::Gelu of opset 13 (known for 20 to ", "  test::Crash; did you mean ",
                     "  ai.onnx::Rleu; did you mean Relu?\n",
                     "  ai.onnx::Conv with input X of type tensor(int32)"]:
            self.assertIn(line, shown.stdout)
        self.assertRegex(shown.stdout, r"\n    1      1  none +test::Crash\n")
        for arguments in [["ops", "--model", self.bad], ["inspect", self.bad]]:
            result = self.call(*arguments, "--json")
            told = json.loads(result.stdout)
            self.assertEqual((result.returncode, told["runs"], len(told["missing"])),
                             (1, False, 4))
        told = json.loads(self.call("ops", "--model", self.bad, "--json", "--plugin",
                                    PLUGIN).stdout)
        self.assertEqual([o["plugin"] for o in told["ops"] if o["name"] == "Crash"], ["faulty"])
        self.assertEqual(len(told["missing"]), 3)

    def test_usage(self):
        self.refused("ops", "--model", "none.onnx", words=["none.onnx"])
        self.refused("ops", "--model", self.good, "Relu", status=2, words=["--model"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
