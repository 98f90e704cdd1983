"""hinge run and hinge test with values of every kind, and with those that are asked for by name.
usage: check_values.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import json
import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import models
from command import Command, random_floats

PLUGIN = sys.argv[2]
FLOATS = helper.make_tensor_type_proto(TensorProto.FLOAT, None)
SEQUENCE = helper.make_sequence_type_proto(FLOATS)
OPTIONAL = helper.make_optional_type_proto(SEQUENCE)


def sequence(name, arrays):
    return numpy_helper.from_list([np.asarray(a, np.float32) for a in arrays], name)


def optional(name, arrays):
    proto = onnx.OptionalProto(name=name, elem_type=onnx.OptionalProto.SEQUENCE)
    if arrays is not None:
        proto.sequence_value.CopyFrom(sequence("", arrays))
    return proto


def value(name, type_proto):
    return helper.make_value_info(name, type_proto)


def save(path, nodes, inputs, outputs, initializers=(), opset=18):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset),
                                                    helper.make_opsetid("ai.onnx.ml", 1),
                                                    helper.make_opsetid("test", 1)])
    model.ir_version = 8
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return str(path)


def inserted(path):
    """s and x -> the sequence with x behind it, and how long it is"""
    return save(path, [helper.make_node("SequenceInsert", ["s", "x"], ["t"]),
                       helper.make_node("SequenceLength", ["t"], ["n"])],
                [value("s", SEQUENCE), models.value("x", ["k"])],
                [value("t", SEQUENCE), models.value("n", [], TensorProto.INT64)])


def taken_out(path):
    """o, an optional of a sequence -> whether there is one, and o again"""
    return save(path, [helper.make_node("OptionalHasElement", ["o"], ["b"]),
                       helper.make_node("Identity", ["o"], ["p"])],
                [value("o", OPTIONAL)],
                [models.value("b", [], TensorProto.BOOL), value("p", OPTIONAL)])


def scores(path):
    """x -> a map from the classes to the scores, for each row"""
    kind = onnx.TypeProto()
    kind.sequence_type.elem_type.map_type.key_type = TensorProto.INT64
    kind.sequence_type.elem_type.map_type.value_type.CopyFrom(FLOATS)
    node = helper.make_node("ZipMap", ["x"], ["z"], domain="ai.onnx.ml",
                            classlabels_int64s=[30, 10, 20])
    return save(path, [node], [models.value("x", ["n", 3])], [value("z", kind)])


def score_maps(name, rows, labels=(30, 10, 20)):
    maps = onnx.SequenceProto(name=name, elem_type=onnx.SequenceProto.MAP)
    for row in rows:
        one = maps.map_values.add(key_type=TensorProto.INT64)
        one.keys.extend(labels)
        one.values.elem_type = onnx.SequenceProto.TENSOR
        for score in row:
            one.values.tensor_values.append(numpy_helper.from_array(np.float32(score)))
    return maps


class Kinds(Command):
    def put(self, name, proto):
        (self.folder / name).write_bytes(proto.SerializeToString())

    def read_sequence(self, name):
        proto = onnx.SequenceProto.FromString((self.folder / name).read_bytes())
        return proto.name, [numpy_helper.to_array(t) for t in proto.tensor_values]

    def test_sequence(self):
        model = inserted(self.folder / "m.onnx")
        arrays = [np.array([1, 2], np.float32), np.zeros((0, 3), np.float32)]
        np.save(self.folder / "x.npy", np.array([5], np.float32))
        self.put("s.pb", sequence("any", arrays))
        given = ["-i", "s=s.pb", "-i", "x=x.npy"]
        self.hinge("run", model, *given, "-o", "t=t.pb", "-O", "out")
        name, got = self.read_sequence("t.pb")
        self.assertEqual(name, "t")
        for a, b in zip([*arrays, np.array([5], np.float32)], got, strict=True):
            np.testing.assert_array_equal(a, b)
        self.assertEqual((self.folder / "out" / "t.pb").read_bytes(),
                         (self.folder / "t.pb").read_bytes())
        self.assertEqual(np.load(self.folder / "out" / "n.npy"), 3)
        said = self.hinge("run", model, *given)
        for words in ["t  seq(tensor(float)), 3 elements\n  [0]  float[2]\n    min 1  max 2",
                      "\n  [1]  float[0,3]\n  [2]  float[1]\n", "\nn  int64[]\n"]:
            self.assertIn(words, said)
        shown = json.loads(self.hinge("run", model, *given, "--json"))["outputs"][0]
        self.assertEqual((shown["type"], shown["count"]), ("seq(tensor(float))", 3))
        self.assertEqual(shown["first"][0]["first"], [1, 2])
        self.refused("run", model, *given, "-o", "t=t.npy",
                     words=["t.npy", "only a .pb file can hold seq(tensor(float))"])
        self.refused("run", model, "-i", "s=x.npy", "-i", "x=x.npy",
                     words=['input "s"', "x.npy", "only a .pb file"])
        self.put("wrong.pb", numpy_helper.from_list([np.array([1, 2])], "s"))
        self.refused("run", model, "-i", "s=wrong.pb", "-i", "x=x.npy",
                     words=['input "s"', "seq(tensor(int64))", "seq(tensor(float))"])
        self.refused("run", model, "--random", "--dim", "k=1",
                     words=['input "s" is seq(tensor(float)): give --input s=FILE.pb'])
        self.assertIn("s  seq(tensor(float))\n", self.hinge("inspect", model))

    def test_optional(self):
        model = taken_out(self.folder / "m.onnx")
        for arrays, words in [(None, "p  optional(seq(tensor(float))), empty\n"),
                              ([[7]], "p  optional(seq(tensor(float)))\n  [0]  seq(tensor(float)), "
                                      "1 element\n    [0]  float[1]\n")]:
            self.put("o.pb", optional("o", arrays))
            said = self.hinge("run", model, "-i", "o=o.pb")
            self.assertIn(words, said)
            self.assertIn("true" if arrays else "false", said)
            self.hinge("run", model, "-i", "o=o.pb", "-o", "p=p.pb")
            proto = onnx.OptionalProto.FromString((self.folder / "p.pb").read_bytes())
            self.assertEqual(proto.HasField("sequence_value"), arrays is not None)

    def test_map(self):
        model = scores(self.folder / "m.onnx")
        np.save(self.folder / "x.npy", np.array([[0.5, 0.25, 0.125], [1, 0, -1]], np.float32))
        said = self.hinge("run", model, "-i", "x=x.npy")
        self.assertIn("z  seq(map(int64, tensor(float))), 2 elements\n"
                      "  [0]  map(int64, tensor(float)), 3 entries\n"
                      "    30: 0.5  10: 0.25  20: 0.125\n", said)
        self.hinge("run", model, "-i", "x=x.npy", "-o", "z=z.pb")
        proto = onnx.SequenceProto.FromString((self.folder / "z.pb").read_bytes())
        self.assertEqual(list(proto.map_values[1].keys), [30, 10, 20])


class Folders(Command):
    """hinge test over folders that are made here."""

    def verdicts(self):
        said = json.loads(self.call("test", "all", "--json").stdout)["folders"]
        return {f["folder"].split("/")[-1]: (f["verdict"], f["reason"] or "") for f in said}

    def folder_of(self, name, make, inputs, outputs):
        path = self.folder / "all" / name
        make(path / "model.onnx")
        (path / "test_data_set_0").mkdir()
        for kind, protos in (("input", inputs), ("output", outputs)):
            for i, proto in enumerate(protos):
                (path / "test_data_set_0" / f"{kind}_{i}.pb").write_bytes(
                    proto.SerializeToString())

    def check(self, wanted):
        verdicts = self.verdicts()
        self.assertEqual(set(verdicts), set(wanted))
        for name, words in wanted.items():
            verdict, reason = verdicts[name]
            self.assertEqual(verdict, "FAIL" if words else "PASS", f"{name}: {reason}")
            self.assertIn(words, reason, name)


class NestedTests(Folders):
    def test_sequences(self):
        x = numpy_helper.from_array(np.array([5], np.float32), "x")
        n = numpy_helper.from_array(np.array(2), "n")
        cases = {"good": ([[1, 2], [5]], ""),
                 "value": ([[1, 3], [5]], 'output "t": element 0: 1 of 2 elements differ'),
                 "shape": ([[1, 2], [5, 6]], 'output "t": element 1: shape is [1], expected [2]'),
                 "count": ([[1, 2]], 'output "t": has 2 elements, expected 1')}
        for name, (arrays, _) in cases.items():
            self.folder_of(name, inserted, [sequence("s", [[1, 2]]), x], [sequence("t", arrays), n])
        self.folder_of("kind", inserted, [sequence("s", [[1, 2]]), x], [x, n])
        self.check({**{name: words for name, (_, words) in cases.items()}, "kind": "output_0.pb"})

    def test_optionals(self):
        true, false = (numpy_helper.from_array(np.array(b), "b") for b in (True, False))
        self.folder_of("full", taken_out, [optional("o", [[1]])], [true, optional("p", [[1]])])
        self.folder_of("empty", taken_out, [optional("o", None)], [false, optional("p", None)])
        self.folder_of("lost", taken_out, [optional("o", None)], [false, optional("p", [[1]])])
        self.check({"full": "", "empty": "", "lost": 'output "p": has 0 elements, expected 1'})

    def test_maps(self):
        """A map has no order."""
        x = numpy_helper.from_array(np.array([[0.5, 0.25, 0.125]], np.float32), "x")
        self.folder_of("good", scores, [x], [score_maps("z", [[0.5, 0.25, 0.125]])])
        self.folder_of("sorted", scores, [x],
                       [score_maps("z", [[0.25, 0.125, 0.5]], (10, 20, 30))])
        self.folder_of("value", scores, [x], [score_maps("z", [[0.5, 0.25, 0.5]])])
        self.folder_of("key", scores, [x], [score_maps("z", [[0.5, 0.25, 0.125]], (30, 10, 21))])
        self.check({"good": "", "sorted": "", "key": 'output "z": element 0: key 21 is missing',
                    "value": 'output "z": element 0: values: 1 of 3 elements differ'})


def with_default(path, default_first=False):
    """y = x w, w an input with a default"""
    w = numpy_helper.from_array(np.array([2, 3], np.float32), "w")
    inputs = [models.value("x", [2]), models.value("w", [2])]
    return save(path, [helper.make_node("Mul", ["x", "w"], ["y"])],
                inputs[::-1] if default_first else inputs, [models.value("y", [2])], [w])


class Defaults(Folders):
    def test_run(self):
        model = with_default(self.folder / "m.onnx")
        x, w = np.array([5, 7], np.float32), np.array([10, 100], np.float32)
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "w.npy", w)
        self.hinge("run", model, "-i", "x=x.npy", "-o", "y=y.npy")
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), [10, 21])
        self.hinge("run", model, "-i", "w=w.npy", "-i", "x=x.npy", "-o", "y=y.npy")
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), [50, 700])
        self.hinge("run", model, "-i", "w=w.npy", "--random", "-o", "y=y.npy")
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), random_floats(0, (2,)) * w)
        self.refused("run", model, "-i", "w=w.npy", words=['input "x"', "has no value"])
        self.refused("run", model, "-i", "v=w.npy", words=["--input v: the model has no such"])
        said = self.hinge("inspect", model, "-i", "w=w.npy", "-i", "x=x.npy")
        self.assertIn("w  float[2]  has a default\n", said)

    def test_data_sets(self):
        """Inputs by number, or by their names where those say which are left out."""
        x, w, other = (numpy_helper.from_array(np.array(a, np.float32), n)
                       for a, n in (([5, 7], "x"), ([10, 100], "w"), ([1, 2], "")))
        y, z, u = (numpy_helper.from_array(np.array(a, np.float32), "y")
                   for a in ([10, 21], [50, 700], [5, 14]))

        def first(path):
            return with_default(path, True)

        self.folder_of("default", with_default, [x], [y])
        self.folder_of("given", with_default, [x, w], [z])
        self.folder_of("nameless", with_default, [x, other], [u])
        self.folder_of("first", first, [w, x], [z])
        self.folder_of("first_left_out", first, [x], [y])
        self.folder_of("only_default", with_default, [w], [y])
        self.folder_of("extra", with_default, [x, w, other], [z])
        self.check({"default": "", "given": "", "nameless": "", "first": "", "first_left_out": "",
                    "only_default": "differ", "extra": "2 inputs, the data set 3"})


class Values(Command):
    def setUp(self):
        super().setUp()
        node = helper.make_node
        body = helper.make_graph([node("Mul", ["b", "b"], ["inner"])], "body", [],
                                 [models.value("inner", [3])])
        self.model = save(
            self.folder / "m.onnx",
            [node("Relu", ["x"], ["a"]), node("Sigmoid", ["a"], ["b"]),
             node("SequenceConstruct", ["a", "b"], ["../s"]),
             node("If", ["yes"], ["c"], then_branch=body, else_branch=body),
             node("Neg", ["c"], ["d=e"]), node("Abs", ["d=e"], ["y"])],
            [models.value("x", [3])], [models.value("y", [3])],
            [numpy_helper.from_array(np.array(True), "yes")])
        self.x = random_floats(0, (3,))
        self.a = np.maximum(self.x, 0)
        self.b = 1 / (1 + np.exp(-self.a))

    def test_files(self):
        """Fused, folded or otherwise not kept, they are there as the model has them."""
        self.assertEqual(self.hinge("run", self.model, "--random", "--value", "a=a.npy", "--value",
                                    "b=b.pb", "-o", "y=y.npy"), "")
        np.testing.assert_array_equal(np.load(self.folder / "a.npy"), self.a)
        b = onnx.load_tensor(str(self.folder / "b.pb"))
        self.assertEqual(b.name, "b")
        np.testing.assert_allclose(numpy_helper.to_array(b), self.b, rtol=1e-6)
        np.testing.assert_allclose(np.load(self.folder / "y.npy"), self.b**2, rtol=1e-6)
        self.refused("run", self.model, "--random", "--value", "a=a.csv", words=["--value", "a.csv"])

    def test_shown(self):
        said = self.hinge("run", self.model, "--random", "--value", "a", "--value", "d=e")
        self.assertEqual([line.split()[0] for line in said.splitlines() if line[0] != " "],
                         ["y", "a", "d=e"])
        self.assertEqual(said, self.hinge("run", self.model, "--random", "--value", "d=e", "--value",
                                          "a"))
        said = self.hinge("run", self.model, "--random", "--value", "a", "-o", "y=y.npy")
        self.assertTrue(said.startswith("a  float[3]\n"), said)
        shown = json.loads(self.hinge("run", self.model, "--random", "--value", "b", "--json"))
        self.assertEqual([v["name"] for v in shown["outputs"]], ["y"])
        self.assertEqual([v["name"] for v in shown["values"]], ["b"])
        said = self.hinge("run", self.model, "--random", "--value", "y")
        self.assertEqual(said.count("float[3]"), 1)

    def test_names(self):
        self.hinge("run", self.model, "--random", "--value", "d=e=f=g.npy")
        np.testing.assert_allclose(np.load(self.folder / "f=g.npy"), -self.b**2, rtol=1e-6)
        self.refused("run", self.model, "--random", "--value", "aa",
                     words=["--value aa: the model has no such value", "did you mean a"])
        self.refused("run", self.model, "--random", "--value", "inner",
                     words=["--value inner: a value within a body"])
        self.refused("run", self.model, "--value", "a=", status=2, words=["--value"])
        self.refused("run", self.model, "--value", "", status=2, words=["--value"])

    def test_all(self):
        self.assertEqual(self.hinge("run", self.model, "--random", "--all-values", "out/"), "")
        self.assertEqual({p.name for p in (self.folder / "out").iterdir()},
                         {"a.npy", "b.npy", "c.npy", "d=e.npy", "y.npy", "output_3_.._s.pb"})
        np.testing.assert_array_equal(np.load(self.folder / "out" / "a.npy"), self.a)
        proto = onnx.SequenceProto.FromString(
            (self.folder / "out" / "output_3_.._s.pb").read_bytes())
        self.assertEqual((proto.name, len(proto.tensor_values)), ("../s", 2))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["m.onnx", "out"])

    def test_names_do_not_collide(self):
        node = helper.make_node
        names = ["output_1_a_b", "a/b", "a_b"]
        model = save(self.folder / "n.onnx", [node("Relu", ["x"], [n]) for n in names],
                     [models.value("x", [1])], [models.value(n, [1]) for n in names])
        self.hinge("run", model, "--random", "-O", "out")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()),
                         ["a_b.npy", "output_0_output_1_a_b.npy", "output_1_a_b.npy"])


class Limits(Command):
    def test_memory(self):
        model = models.relu(self.folder / "m.onnx")
        self.hinge("run", model, "--random", "--dim", "batch=1000", "--memory-limit", "64M")
        self.refused("run", model, "--random", "--dim", "batch=1000000", "--memory-limit", "8M",
                     words=["memory"])
        for command in ["run", "bench", "inspect", "profile"]:
            for size in ["0", "-1", "12X", "1MM", "", "99999999999999T"]:
                self.refused(command, model, "--memory-limit", size, status=2,
                             words=["--memory-limit", "512M"])

    def test_time(self):
        count = numpy_helper.from_array(np.array(10**9), "count")
        body = helper.make_graph(
            [helper.make_node("Identity", ["more"], ["on"]),
             helper.make_node("Add", ["s", "s"], ["t"])], "body",
            [models.value("i", [], TensorProto.INT64), models.value("more", [], TensorProto.BOOL),
             models.value("s", [2])],
            [models.value("on", [], TensorProto.BOOL), models.value("t", [2])])
        model = save(self.folder / "m.onnx",
                     [helper.make_node("Loop", ["count", "", "x"], ["y"], body=body, name="long")],
                     [models.value("x", [2])], [models.value("y", [2])], [count])
        for command in ["run", "bench", "profile"]:
            self.refused(command, model, *(["--random"] if command == "run" else []),
                         "--time-limit", "0.2", words=["deadline"])
        for limit in ["0", "-1", "x"]:
            self.refused("run", model, "--time-limit", limit, status=2, words=["--time-limit"])

    def test_direct_convolution(self):
        """A large pixel's neighbours are as right as they are without it."""
        x = np.ones((1, 1, 12, 12), np.float32)
        x[0, 0, 5, 5] = 1e6
        w = np.full((8, 1, 3, 3), 0.1, np.float32)
        model = save(self.folder / "m.onnx", [helper.make_node("Conv", ["x", "w"], ["y"])],
                     [models.value("x", [1, 1, 12, 12])], [models.value("y", None)],
                     [numpy_helper.from_array(w, "w")])
        np.save(self.folder / "x.npy", x)
        windows = np.lib.stride_tricks.sliding_window_view(x[0, 0].astype(np.float64), (3, 3))
        want = windows.sum((2, 3)) * np.float64(np.float32(0.1))
        self.hinge("run", model, "-i", "x=x.npy", "--direct-convolution", "-o", "y=y.npy")
        got = np.load(self.folder / "y.npy")[0]
        np.testing.assert_allclose(got, np.broadcast_to(want, got.shape), rtol=2e-6)

    def test_verbose_names_the_node_at_work(self):
        model = models.one_node(self.folder / "m.onnx", "Crash", "test")
        for command in [["run", "--random"], ["bench"], ["profile"]]:
            result = self.call(command[0], model, *command[1:], "--plugin", PLUGIN, "--verbose")
            self.assertEqual(result.returncode, -9)
            self.assertRegex(result.stderr.splitlines()[-1], r'running node "n" \(test::Crash\)')


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
