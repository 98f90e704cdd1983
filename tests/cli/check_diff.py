"""hinge diff: which value it finds, and what it says of it, against NumPy.
usage: check_diff.py HINGE PLUGIN  (PLUGIN: the wrong plugin, for --other)"""
import json
import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import models
from command import Command, random_floats

PLUGIN = sys.argv[2]


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, name=f"node_{outputs[0]}", **attributes)


def convolutions(path, n=8):
    """image -> Conv -> c -> Relu -> r -> Conv -> y, all of n channels and n by n"""
    floats = random_floats(7, (2, n, n, 3, 3)) / n
    weights = [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(floats)]
    shape = [1, n, n, n]
    return models.save(path, [node("Conv", ["image", "w0"], ["c"], pads=[1, 1, 1, 1]),
                              node("Relu", ["c"], ["r"]),
                              node("Conv", ["r", "w1"], ["y"], pads=[1, 1, 1, 1])],
                       [models.value("image", shape)], [models.value("y", shape)],
                       weights)


def chain(path, names=("a", "b", "y")):
    """x -> Neg -> a -> Abs -> b -> Neg -> y"""
    nodes = [node(op, [x], [y]) for op, x, y in zip(["Neg", "Abs", "Neg"], ["x", *names], names)]
    return models.save(path, nodes, [models.value("x", [2, 3])], [models.value(names[-1], [2, 3])])


class Diff(Command):
    def difference(self, *arguments, status=1):
        """What --json says."""
        result = self.call("diff", *arguments, "--json")
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr, "")
        return json.loads(result.stdout)

    def store(self, **arrays):
        (self.folder / "values").mkdir(exist_ok=True)
        for name, array in arrays.items():
            np.save(self.folder / "values" / f"{name}.npy", array)


class TwoRuns(Diff):
    def test_same(self):
        model = convolutions(self.folder / "m.onnx")
        for other in ["isa=scalar", "threads=2", "disable-pass=all", "direct-convolution"]:
            said = self.hinge("diff", model, "--random", "--other", other)
            self.assertIn("all the same", said, other)
        same = self.difference(model, "--random", "--other", "threads=2", "--rtol", "0", "--atol",
                               "0", status=0)
        self.assertEqual((same["same"], same["differ"], same["first"]), (True, 0, None))

    def test_layouts(self):
        """A value with the channels last is compared as the model has it: all sizes are 32."""
        model = convolutions(self.folder / "m.onnx", 32)
        said = json.loads(self.hinge("inspect", model, "--json", "--isa", "scalar"))
        changes = {p["name"]: p["changes"] for p in said["passes"]}
        self.assertTrue(changes["channels-last"])
        found = self.difference(model, "--random", "--isa", "scalar", "--other",
                                "disable-pass=channels-last", status=0)
        self.assertEqual((found["compared"], found["only_there"]), (2, 0))
        every = self.difference(model, "--random", "--every-value", "--isa", "scalar", "--other",
                                "disable-pass=channels-last", status=0)
        self.assertEqual([o["name"] for o in every["outputs"]], ["y"])
        self.assertEqual((every["compared"], every["only_there"]), (3, 0))

    def test_wrong_operator(self):
        model = convolutions(self.folder / "m.onnx")
        found = self.difference(model, "--random", "--other", f"plugin={PLUGIN}")
        first = found["first"]
        self.assertEqual((first["name"], first["shape"]), ("r", [1, 8, 8, 8]))
        self.assertEqual(first["absolute"]["at"], [0, 0, 0, 5])
        self.assertAlmostEqual(first["absolute"]["difference"], 0.5, places=4)
        self.assertEqual(first["other_node"]["plugin"], "wrong")
        self.assertIn("Conv", first["nodes"][-1]["op"])
        self.assertEqual([v["name"] for v in first["from"]], ["image"])
        self.assertEqual(found["outputs"], [{"name": "y", "verdict": "differs"}])
        self.assertEqual(found["differ"], 2)
        every = self.difference(model, "--random", "--every-value", "--other", f"plugin={PLUGIN}")
        self.assertEqual([n["label"] for n in every["first"]["nodes"]][-1], "node_r")
        self.assertEqual([(v["name"], v["verdict"]) for v in every["first"]["from"]],
                         [("c", "same")])

    def test_text(self):
        model = convolutions(self.folder / "m.onnx")
        result = self.call("diff", model, "--random", "--other", f"plugin={PLUGIN}")
        self.assertEqual(result.returncode, 1)
        for word in ["first difference  r  float[1,8,8,8]\n", "1 of 512 elements differ",
                     "largest absolute  0.5", "at [0,0,0,5]", "largest ULP", "other: wrong Relu",
                     "  image  float[1,8,8,8]", "  y  differs", "2 values compared, 2 differ"]:
            self.assertIn(word, result.stdout)

    def test_first_run_keeps_its_options(self):
        """--other adds to the options of the first run."""
        model = models.one_node(self.folder / "m.onnx", "Crash", "test")
        self.refused("diff", model, "--random", "--other", "threads=1", status=2, words=["Crash"])
        model = convolutions(self.folder / "m.onnx")
        self.difference(model, "--random", "--plugin", PLUGIN, "--other", "threads=2", status=0)
        self.difference(model, "--random", "--plugin", PLUGIN, "--disable-pass", "fold-constants",
                        "--other", "isa=scalar", "--other", "disable-pass=fuse-addend", status=0)


class Stored(Diff):
    def setUp(self):
        super().setUp()
        self.model = chain(self.folder / "m.onnx")
        self.x = np.array([[1, -2, 3], [-4, 5, -6]], np.float32)
        np.save(self.folder / "x.npy", self.x)
        self.arguments = [self.model, "-i", "x=x.npy", "--values", "values"]

    def test_figures(self):
        b = np.abs(self.x)
        other = b.copy()
        other[0, 2], other[1, 1] = 3.25, np.nextafter(np.float32(5), np.float32(9))
        self.store(a=-self.x, b=other, y=-b, unused=b)
        found = self.difference(*self.arguments)
        self.assertEqual([found[k] for k in ("compared", "differ", "only_here", "only_there")],
                         [3, 1, 0, 1])
        first = found["first"]
        self.assertEqual(first["name"], "b")
        steps = np.abs(b.view(np.int32).astype(np.int64) - other.view(np.int32))
        for kind, size, largest in [("absolute", 0.25, np.abs(b - other)),
                                    ("relative", 0.25 / 3.25, np.abs(b - other) / other),
                                    ("ulp", steps.max(), steps)]:
            self.assertAlmostEqual(first[kind]["difference"], size, places=7)
            self.assertEqual(first[kind]["at"], [0, 2])
            self.assertEqual(first[kind]["at"],
                             list(np.unravel_index(np.argmax(largest), b.shape)))
            self.assertEqual((first[kind]["value"], first[kind]["other"]), (3, 3.25))
        self.assertEqual([(v["name"], v["verdict"]) for v in first["from"]], [("a", "same")])
        self.assertEqual([n["label"] for n in first["nodes"]], ["node_b"])
        self.assertEqual(found["outputs"], [{"name": "y", "verdict": "same"}])

    def test_tolerance(self):
        other = np.abs(self.x)
        other[1, 1] = np.nextafter(np.float32(5), np.float32(9))
        self.store(b=other)
        self.difference(*self.arguments, status=0)
        exact = self.difference(*self.arguments, "--rtol", "0", "--atol", "0")
        self.assertEqual(exact["first"]["ulp"]["difference"], 1)
        self.assertEqual(exact["first"]["why"][:22], "1 of 6 elements differ")
        self.difference(*self.arguments, "--rtol", "0", "--atol", "1e-6", status=0)

    def test_half(self):
        """Without a tolerance a difference of one step counts for float16 too."""
        model = models.identity(self.folder / "h.onnx", TensorProto.FLOAT16)
        x = np.array([[1, 2], [3, -0.0]], np.float16)
        np.save(self.folder / "h.npy", x)
        self.store(y=np.nextafter(x, np.float16(9)))
        arguments = [model, "-i", "x=h.npy", "--values", "values"]
        self.difference(*arguments, status=0)
        found = self.difference(*arguments, "--rtol", "0", "--atol", "0")
        self.assertEqual(found["first"]["ulp"]["difference"], 1)

    def test_special(self):
        b = np.abs(self.x)
        b[0, 0], b[0, 1] = np.nan, np.inf
        self.store(b=b)
        first = self.difference(*self.arguments)["first"]
        self.assertEqual((first["special"], first["absolute"]["difference"]), (2, 0))
        self.store(b=np.abs(self.x).astype(np.float64))
        first = self.difference(*self.arguments)["first"]
        self.assertIn("type is float, expected double", first["why"])
        self.assertNotIn("absolute", first)
        self.store(b=np.abs(self.x)[:, :2])
        self.assertIn("shape is [2,3]", self.difference(*self.arguments)["first"]["why"])

    def test_way(self):
        """Back to the last value that is known to be the same."""
        self.store(y=self.x)
        first = self.difference(*self.arguments)["first"]
        self.assertEqual([n["label"] for n in first["nodes"]], ["node_a", "node_b", "node_y"])
        self.assertEqual([(v["name"], v["verdict"]) for v in first["from"]], [("x", "input")])
        self.store(a=-self.x)
        found = self.difference(*self.arguments)
        self.assertEqual([n["label"] for n in found["first"]["nodes"]], ["node_b", "node_y"])
        self.assertEqual([(v["name"], v["verdict"]) for v in found["first"]["from"]],
                         [("a", "same")])
        self.assertEqual((found["compared"], found["only_here"]), (2, 1))

    def test_bodies(self):
        """A body reads b, which is not stored; what it reads is on the way."""
        branch = [helper.make_graph([node("Neg", ["b"], [f"t{i}"])], f"g{i}", [],
                                    [models.value(f"t{i}", [2, 3])]) for i in range(2)]
        model = models.save(
            self.folder / "if.onnx",
            [node("Neg", ["x"], ["a"]), node("Abs", ["a"], ["b"]),
             node("If", ["c"], ["y"], then_branch=branch[0], else_branch=branch[1])],
            [models.value("x", [2, 3]), models.value("c", [], TensorProto.BOOL)],
            [models.value("y", [2, 3])])
        np.save(self.folder / "c.npy", np.array(True))
        self.store(a=-self.x, y=self.x)
        first = self.difference(model, "-i", "x=x.npy", "-i", "c=c.npy", "--values",
                                "values")["first"]
        self.assertEqual([n["label"] for n in first["nodes"]], ["node_b", "node_y"])
        self.assertEqual({v["name"] for v in first["from"]}, {"a", "c"})

    def test_names(self):
        """What run --all-values writes is found again, whatever the values are called."""
        model = chain(self.folder / "m.onnx", ["/net/a_0", "..", "output_1_y"])
        self.hinge("run", model, "-i", "x=x.npy", "--all-values", "values")
        arguments = [model, "-i", "x=x.npy", "--values", "values"]
        found = self.difference(*arguments, status=0)
        self.assertEqual([found[k] for k in ("compared", "only_here", "only_there")], [3, 0, 0])
        for file in (self.folder / "values").glob("*net*"):
            np.save(file, self.x)
        self.assertEqual(self.difference(*arguments)["first"]["name"], "/net/a_0")

    def test_test_folder(self):
        folder = models.folder(self.folder / "f", chain, [self.x], [-np.abs(self.x)])
        found = self.difference(folder / "model.onnx", "--values", folder, status=0)
        self.assertEqual([found[k] for k in ("compared", "only_here", "only_there")], [1, 2, 0])
        models.folder(self.folder / "g", chain, [self.x], [np.abs(self.x)])
        found = self.difference("g/model.onnx", "--values", "g")
        self.assertEqual(found["first"]["name"], "y")

    def test_other_kinds(self):
        strings = models.identity(self.folder / "s.onnx", TensorProto.STRING)
        s = np.array([["a", "b"], ["c", "ü"]])
        np.save(self.folder / "s.npy", s)
        self.difference(strings, "-i", "x=s.npy", "--other", "isa=scalar", status=0)
        s[1, 1] = "u"
        self.store(y=s)
        first = self.difference(strings, "-i", "x=s.npy", "--values", "values")["first"]
        self.assertIn('"ü", expected "u"', first["why"])
        floats = helper.make_tensor_type_proto(TensorProto.FLOAT, None)
        sequences = helper.make_value_info("y", helper.make_sequence_type_proto(floats))
        model = models.save(self.folder / "q.onnx", [node("SequenceConstruct", ["x"], ["y"])],
                            [models.value("x", [2, 3])], [sequences])
        same = self.difference(model, "-i", "x=x.npy", "--other", "isa=scalar", status=0)
        self.assertEqual(same["compared"], 1)
        (self.folder / "values" / "y.npy").unlink()
        (self.folder / "values" / "y.pb").write_bytes(
            numpy_helper.from_list([self.x, self.x], "y").SerializeToString())
        first = self.difference(model, "-i", "x=x.npy", "--values", "values")["first"]
        self.assertIn("has 1 element, expected 2", first["why"])

    def test_trouble(self):
        random = [self.model, "--random"]
        for arguments, words in [
                (random, ["--other", "--values"]),
                ([*random, "--other", "threads=1", "--values", "values"], ["exclude"]),
                ([*random, "--other", "thread=0"], ["--threads wants"]),
                ([*random, "--other", "walk=1"], ["walk"]),
                ([*random, "--other", "isa=sse"], ["avx2"]),
                ([*random, "--values", "none"], ["none: No such file"]),
                (["none.onnx", "--other", "threads=1"], ["none.onnx"]),
                ([self.model, "--other", "threads=1"], ["--input x="]),
                ([*random, "--other", "memory-limit=1K"], ["the other run"])]:
            self.refused("diff", *arguments, status=2, words=words)
        (self.folder / "values").mkdir()
        self.refused("diff", *self.arguments, status=2, words=["no .npy or .pb file"])
        (self.folder / "values" / "b.npy").write_bytes(b"junk")
        self.refused("diff", *self.arguments, status=2, words=['value "b"', "b.npy"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
