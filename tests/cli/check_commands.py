"""Every subcommand of hinge as somebody calls it: what it writes, where, and its exit status.
usage: check_commands.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import io
import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, load_tensor, numpy_helper

import models
from command import ENVIRONMENT, HINGE, Command, random_floats

PLUGIN = sys.argv[2]


class Usage(Command):
    commands = ["run", "bench", "test", "diff", "inspect", "profile", "plugins", "ops",
                "activation"]

    def test_help(self):
        said = self.hinge("--help")
        for command in self.commands:
            self.assertIn(command, said)
            self.assertIn(f"hinge {command}", self.hinge(command, "--help"))
            self.assertEqual(self.hinge("help", command), self.hinge(command, "--help"))
        self.assertEqual(self.hinge("help"), said)
        self.assertIn("hinge completion bash", said)
        self.assertRegex(self.hinge("--version"), r"^hinge \d+\.\d+\.\d+\n$")

    def test_common_options(self):
        """What one subcommand takes, all take."""
        models.relu(self.folder / "m.onnx")
        models.folder(self.folder / "f", models.relu, [np.ones((1, 3), np.float32)],
                      [np.ones((1, 3), np.float32)])
        inputs = ["m.onnx", "--dim", "batch=2", "--shape", "x=2x3", "--seed", "4", "--int-max", "3"]
        own = {"run": inputs, "bench": [*inputs, "--seconds", "0"], "inspect": inputs,
               "profile": inputs, "diff": [*inputs, "--other", "threads=1"], "test": ["f"], "plugins": [], "ops": [], "activation": ["Elu"]}
        self.assertEqual(set(own), set(self.commands))
        for command, arguments in own.items():
            said = self.hinge(command, *arguments, "--json", "--isa", "scalar", "--plugin", PLUGIN,
                              "--threads", "1", "--disable-pass", "remove-no-ops")
            self.assertIsInstance(json.loads(said), dict, command)
            result = self.call(command, *arguments, "--verbose")
            self.assertEqual(result.returncode, 0, result.stderr)
            for line in result.stderr.splitlines():
                self.assertRegex(line, r"^hinge: debug: running node ")

    def test_wrong_usage(self):
        self.refused(status=2, words=["hinge"])
        self.refused("walk", status=2, words=['no command "walk"'])
        self.refused("bnech", status=2, words=['no command "bnech"; did you mean bench?'])
        self.refused("hepl", status=2, words=["did you mean help?"])
        self.refused("help", "bnech", status=2, words=["did you mean bench?"])
        self.refused("run", "a", "--disable-pass", "remove-no-op", status=2,
                     words=["did you mean remove-no-ops?"])
        self.refused("--walk", status=2, words=["--walk"])
        for command in self.commands:
            self.refused(command, "--no-such-option", status=2, words=["no-such-option"])
        for command in ["run", "bench", "diff", "inspect", "profile"]:
            self.refused(command, status=2, words=["which model"])
            self.refused(command, "a.onnx", "b.onnx", status=2, words=["b.onnx"])
            self.refused(command, "a", "--threads", "0", status=2, words=["--threads"])
            self.refused(command, "a", "--threads", "2x", status=2, words=["2x"])
            self.refused(command, "a", "--isa", "sse", status=2, words=["avx2"])
            self.refused(command, "a", "--input", "x", status=2, words=["NAME=VALUE"])
            self.refused(command, "a", "--dim", "n=-1", status=2, words=["-1"])
            self.refused(command, "a", "--disable-pass", "none-such", status=2,
                         words=["none-such", "remove-no-ops"])
        self.refused("run", "a", "--inptu", "x=y", status=2,
                     words=["hinge run: there is no option --inptu; did you mean --input?",
                            "Try `hinge run --help'"])
        self.refused("run", "a", "--thread=1", "--jsno", status=2, words=["did you mean --json?"])
        self.refused("test", "--report", "--jsno", "-j2", "-j", "--jsno", "--quite", status=2,
                     words=["no option --quite; did you mean --quiet?"])
        self.refused("--hepl", status=2, words=["did you mean --help?"])
        self.refused("run", "--", "--inptu", status=1, words=["--inptu"])
        self.refused("test", status=2, words=["which folders"])
        self.refused("inspect", "a", "--json", "--dot", status=2, words=["--dot"])
        self.refused("bench", "a", "--seconds", "-1", status=2, words=["--seconds"])

    def test_bad_model(self):
        (self.folder / "junk.onnx").write_bytes(b"\xff" * 100)
        unknown = models.one_node(self.folder / "unknown.onnx", "NoSuchOperator")
        for command in ["run", "bench", "inspect", "profile"]:
            self.refused(command, "missing.onnx", words=["missing.onnx"])
            self.refused(command, "junk.onnx", words=["junk.onnx"])
        for command in ["run", "bench", "profile"]:
            self.refused(command, unknown, words=["NoSuchOperator"])

    def test_full_device(self):
        test = models.folder(self.folder / "f", models.relu, [np.ones((1, 3), np.float32)],
                             [np.ones((1, 3), np.float32)])
        calls = [["ops"], ["ops", "--json"], ["--help"], ["--version"], ["--usage"],
                 *([command, "--help"] for command in self.commands),
                 ["test", "--verbose", test, test, test]]
        for arguments in calls:
            with open("/dev/full", "w") as full:
                result = subprocess.run([HINGE, *arguments], stdout=full, stderr=subprocess.PIPE,
                                        text=True, env=ENVIRONMENT)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertRegex(result.stderr, "^hinge: standard output: .+\n$", arguments)


class Run(Command):
    def setUp(self):
        super().setUp()
        self.model = models.relu(self.folder / "relu.onnx")

    def test_files(self):
        x = np.array([[-1, 2, np.nan], [np.inf, -np.inf, -0.0]], dtype=np.float32)
        np.save(self.folder / "x.npy", x)
        (self.folder / "x.pb").write_bytes(numpy_helper.from_array(x).SerializeToString())
        np.save(self.folder / "fortran.npy", np.asfortranarray(x))
        want = np.where(np.isnan(x), x, np.maximum(x, 0))
        for name in ["x.npy", "x.pb", "fortran.npy"]:
            self.assertEqual(self.hinge("run", self.model, "--input", f"x={name}",
                                        "--output", "y=y.npy"), "")
            np.testing.assert_array_equal(np.load(self.folder / "y.npy"), want)
        self.hinge("run", self.model, "-i", "x=x.npy", "-o", "y=y.pb")
        written = load_tensor(str(self.folder / "y.pb"))
        self.assertEqual(written.name, "y")
        np.testing.assert_array_equal(numpy_helper.to_array(written), want)
        for _ in ["made", "there"]:
            self.hinge("run", self.model, "-i", "x=x.npy", "--output-dir", "out")
            np.testing.assert_array_equal(np.load(self.folder / "out" / "y.npy"), want)
            (self.folder / "out" / "y.npy").unlink()

    def test_random(self):
        want = np.maximum(random_floats(0, (4, 3)), 0)
        for shape in [["--dim", "batch=4"], ["--shape", "x=4x3"]]:
            self.hinge("run", self.model, "--random", *shape, "-o", "y=y.npy")
            np.testing.assert_array_equal(np.load(self.folder / "y.npy"), want)
        self.hinge("run", self.model, "--random=7", "--dim", "batch=4", "-o", "y=z.npy")
        self.assertFalse(np.array_equal(np.load(self.folder / "z.npy"), want))
        two = models.two(self.folder / "two.onnx")
        self.hinge("run", two, "--random", "-o", "q=q.npy")
        np.testing.assert_array_equal(np.load(self.folder / "q.npy"),
                                      np.maximum(random_floats(1, (3,)), 0))

    def test_shown(self):
        x = np.array([[-1, 2, np.nan], [np.inf, 4, 0]], dtype=np.float32)
        np.save(self.folder / "x.npy", x)
        said = self.hinge("run", self.model, "-i", "x=x.npy")
        for word in ["y  float[2,3]", "min 0", "max inf", "mean 1.5", "NaN 1", "Inf 1",
                     "0 2 nan inf 4 0"]:
            self.assertIn(word, said)
        shown = json.loads(self.hinge("run", self.model, "-i", "x=x.npy", "--json"))["outputs"][0]
        self.assertEqual(shown, {"name": "y", "type": "float", "shape": [2, 3], "min": 0,
                                 "max": None, "mean": 1.5, "nan": 1, "inf": 1,
                                 "first": [0, 2, None, None, 4, 0]})

    def test_types(self):
        arrays = [np.array([[True, False], [False, True]]),
                  np.array([[-2**63, 2**63 - 1], [0, 5]], dtype=np.int64),
                  np.array([[2**64 - 1, 0], [0, 5]], dtype=np.uint64),
                  np.array([[1.5, -2], [65504, 0]], dtype=np.float16),
                  np.array([[-128, 127], [0, 5]], dtype=np.int8),
                  np.array([[1e308, -1e-320], [0, 5]], dtype=np.float64)]
        for array in arrays:
            number = numpy_helper.from_array(array).data_type
            model = models.identity(self.folder / "identity.onnx", number)
            np.save(self.folder / "x.npy", array)
            self.hinge("run", model, "-i", "x=x.npy", "-o", "y=y.npy")
            read = np.load(self.folder / "y.npy")
            self.assertEqual(read.dtype, array.dtype)
            self.assertEqual(read.tobytes(), array.tobytes())

    def piped(self, data, *arguments, status=0):
        result = subprocess.run([HINGE, *arguments], input=data, capture_output=True,
                                env=ENVIRONMENT, cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout if status == 0 else result.stderr.decode()

    def test_progress(self):
        """A bar on a terminal, which is taken away; nothing in a pipe, as all other tests see."""
        shape = ["--shape", "x=4x3"]
        for arguments in [["bench", self.model, *shape, "--seconds", "0.4"],
                          ["profile", self.model, *shape, "-a", "--random-samples", "9"]]:
            said, drawn = self.on_terminal(*arguments)
            self.assertTrue(said)
            self.assertRegex(drawn, r"\d+ % \[.*left")
            self.assertTrue(drawn.endswith("\r\033[K"), drawn)

    def test_standard_input_and_output(self):
        x = np.array([[1, -2, 3]], np.float32)
        file = io.BytesIO()
        np.save(file, x)
        for data in [file.getvalue(), models.tensor(x).SerializeToString()]:
            said = self.piped(data, "run", self.model, "--input", "x=-", "--output", "y=-")
            np.testing.assert_array_equal(np.load(io.BytesIO(said)), np.maximum(x, 0))
        np.save(self.folder / "x.npy", x)
        said = self.piped(Path(self.model).read_bytes(), "run", "-", "-i", "x=x.npy", "-o", "y=-")
        np.testing.assert_array_equal(np.load(io.BytesIO(said)), np.maximum(x, 0))
        self.assertIn("is given 2 times", self.piped(b"", "run", "-", "-i", "x=-", status=1))
        self.assertIn("standard input: ", self.piped(b"junk", "run", self.model, "-i", "x=-",
                                                      status=1))
        run = ["run", self.model, "-i", "x=x.npy", "-o", "y=-"]
        for options in [["--json"], ["-V", "a"], ["-V", "a=-"], ["-o", "y=y.npy"]]:
            self.refused(*run, *options, words=["standard output" if "y=y.npy" not in options
                                                else '"y" is given twice: to - and y.npy'])
        said = self.piped(b"", *run, "-V", "a=a.npy")
        np.testing.assert_array_equal(np.load(io.BytesIO(said)), np.maximum(x, 0))

    def test_missing_sizes(self):
        """From the inputs that are given, or what is asked for; what is missing is told at once."""
        model = models.symbols(self.folder / "m.onnx")
        np.save(self.folder / "p.npy", np.zeros((5, 3), np.float32))

        def shapes(*options):
            self.hinge("run", model, "--random", *options, "-O", "out")
            return [np.load(self.folder / "out" / f"{n}_out.npy").shape for n in "pqr"]

        self.assertEqual(shapes("--default-dim"), [(1, 3), (1, 1), (1, 1)])
        self.assertEqual(shapes("--default-dim=2", "--dim", "length=4"), [(2, 3), (2, 4), (2, 2)])
        self.assertEqual(shapes("-i", "p=p.npy", "--dim", "length=4", "-s", "r=6x7"),
                         [(5, 3), (5, 4), (6, 7)])
        self.assertEqual(shapes("-i", "p=p.npy", "--default-dim"), [(5, 3), (5, 1), (1, 1)])
        self.refused("run", model, "--random", words=[
            'the sizes of "batch", "length", dimension 0 of "r", "width" are not known: give '
            "--dim batch=1 --dim length=1 --shape r=1x… --dim width=1, or --default-dim",
            'input "p" is float[batch,3], input "q" is float[batch,length]'])
        said = self.hinge("run", model, "--random", "-i", "p=p.npy", "--shape", "r=1x1", status=1)
        self.assertIn('the size of "length" is not known: give --dim length=1, or', said)
        self.assertNotIn("batch=1", said)
        self.refused("run", model, words=['inputs "p" (float[batch,3]), "q" (float[batch,length])',
                                          "have no value: give --input p=FILE.npy and so on"])
        self.refused("run", model, "--default-dim=x", words=["--default-dim"], status=2)
        self.assertIn("float[1,3]", self.hinge("inspect", model, "--default-dim", "--nodes"))

    def test_unfit_inputs(self):
        model = self.model
        np.save(self.folder / "shape.npy", np.zeros((2, 4), np.float32))
        np.save(self.folder / "rank.npy", np.zeros(3, np.float32))
        np.save(self.folder / "type.npy", np.zeros((2, 3)))
        (self.folder / "junk.npy").write_bytes(b"junk")
        (self.folder / "junk.pb").write_bytes(b"\x08\xff\xff")
        self.refused("run", model, words=['"x"', "--input x=", "--random"])
        self.refused("run", model, "--random", words=["float[batch,3]", "--dim batch=1"])
        self.refused("run", model, "-i", "z=x.npy", words=["no such input", '"x"'])
        weights = [helper.make_tensor(name, TensorProto.FLOAT, [1], [1]) for name in ("v", "w")]
        graph = helper.make_graph([helper.make_node("Sum", ["x", "v", "w"], ["y"])], "graph",
                                  [models.value(name, [1]) for name in ("v", "x", "w")],
                                  [models.value("y", [1])], weights)
        old = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        old.ir_version = 3
        onnx.save(old, str(self.folder / "old.onnx"))
        self.refused("run", "old.onnx", "-i", "z=x.npy",
                     words=['no such input; it has "x" and 2 with values of their own\n'])
        self.refused("run", model, "--random", "-s", "z=1", words=["no such input", '"x"'])
        self.refused("run", model, "--random", "--dim", "n=1", words=["--dim n"])
        self.refused("run", model, "--random", "--shape", "x=2y3", words=["1x3x224x224"])
        self.refused("run", model, "-i", "x=shape.npy", words=["float[batch,3]", "float[2,4]"])
        self.refused("run", model, "-i", "x=rank.npy", words=["float[batch,3]", "float[3]"])
        self.refused("run", model, "-i", "x=type.npy", words=["float[batch,3]", "double[2,3]"])
        self.refused("run", model, "-i", "x=junk.npy", words=["junk.npy", "not a .npy file"])
        self.refused("run", model, "-i", "x=junk.pb", words=["junk.pb"])
        self.refused("run", model, "-i", "x=none.npy", words=["none.npy", "No such file"])
        self.refused("run", model, "--random", "--shape", "x=5x4", words=["x"])
        self.refused("run", model, "--random", "--dim", "batch=9223372036854775807", words=["x"])

    def test_unfit_outputs(self):
        arguments = ["run", self.model, "--random", "--dim", "batch=2"]
        self.refused(*arguments, "-o", "z=z.npy", words=["no such output", '"y"'])
        self.refused(*arguments, "-o", "Y=y.npy", words=["did you mean y?"])
        self.refused(*arguments, "-o", "y=y.csv", words=["y.csv", ".npy", ".pb"])
        self.refused(*arguments, "-o", "y=y.npy", "-o", "y=npy", words=['"npy"'])
        self.refused(*arguments, "-o", "y=none/y.npy", words=["none/y.npy"])
        self.refused(*arguments, "-O", "none/deep", words=["none/deep"])
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["relu.onnx"])

    def test_names_stay_in_the_folder(self):
        model = models.two(self.folder / "two.onnx", "../up", ".hidden/../q\n")
        (self.folder / "out").mkdir()
        self.hinge("run", model, "--random", "-O", "out")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()),
                         ["output_0_.._up.npy", "output_1_.hidden_.._q_.npy"])
        self.assertNotIn("\033", self.hinge(
            "run", models.two(self.folder / "esc.onnx", "a\033[31m", "b"), "--random"))

    def test_nameless_outputs(self):
        """Nodes of which nobody can want anything are not run."""
        relu = models.helper.make_node("Relu", ["x"], ["y"])
        cases = [[models.helper.make_node("Constant", [], [""], value_float=1.0)],
                 [models.helper.make_node("Shape", ["x"], [""])],
                 [models.helper.make_node("Identity", ["x"], [""])]]
        for nodes in cases:
            model = models.save(self.folder / "m.onnx", [*nodes, relu], [models.value("x", [2])],
                                [models.value("y", [2])])
            for disabled in [[], ["--disable-pass", "remove-dead", "--disable-pass",
                                  "fold-constants"]]:
                self.hinge("run", model, "--random", *disabled, "-o", "y=y.npy")
                np.testing.assert_array_equal(np.load(self.folder / "y.npy"),
                                              np.maximum(random_floats(0, (2,)), 0))

    def test_options(self):
        arguments = ["run", self.model, "--random", "--dim", "batch=2", "--isa", "scalar"]
        self.hinge(*arguments, "--threads", "2", "--disable-pass", "remove-no-ops")
        self.hinge(*arguments, "--plugin", PLUGIN)
        self.refused("run", models.one_node(self.folder / "refuse.onnx", "Refuse", "test"),
                     "--random", "--plugin", PLUGIN, words=["Refuse", "the value?is bad?here"])


    def test_names_with_equals_signs(self):
        """The longest name that the model has; what is behind it is the file, whatever is in it."""
        node, value = models.helper.make_node, models.value
        inputs = ["x", "x=a", "=", "x=b=c"]
        model = models.save(
            self.folder / "m.onnx", [node("Relu", [name], ["y" + name]) for name in inputs],
            [value(name, ["n=1", "n"]) for name in inputs],
            [value("y" + name, ["n=1", "n"]) for name in inputs])
        files = ["b=c.npy", "f.npy", "g=.npy", "h=i=j.npy"]
        arrays = [np.full((2, 3), i, np.float32) for i in range(4)]
        arguments = []
        for name, file, array in zip(inputs, files, arrays):
            np.save(self.folder / file, array)
            arguments += ["-i", f"{name}={file}", "-o", f"y{name}=out={file}"]
        self.hinge("run", model, *arguments)
        for file, array in zip(files, arrays):
            np.testing.assert_array_equal(np.load(self.folder / f"out={file}"), array)
        sizes = ["--dim", "n=1=4", "--dim", "n=5", "--shape", "x=b=c=6x7"]
        shown = json.loads(self.hinge("run", model, "--random", "--json", *sizes))["outputs"]
        self.assertEqual([output["shape"] for output in shown], [[4, 5]] * 3 + [[6, 7]])
        self.refused("run", model, "-i", "z=a=b.npy", words=["--input z: the model has no such"])

    def test_refused_plugins(self):
        """One that is asked for by name has to work; of others there is a warning."""
        (self.folder / "not.so").write_text("text")
        models.folder(self.folder / "f", models.relu, [np.ones((1, 3), np.float32)],
                      [np.ones((1, 3), np.float32)])
        for arguments in [["run", self.model, "--random", "--dim", "batch=2"],
                          ["bench", self.model, "--dim", "batch=2", "--seconds", "0"],
                          ["profile", self.model, "--dim", "batch=2"], ["inspect", self.model],
                          ["test", "f"], ["ops"]]:
            for plugin in ["not.so", "missing.so"]:
                said = self.hinge(*arguments, "--plugin", PLUGIN, "--plugin", plugin, status=1)
                self.assertRegex(said, rf"^hinge: plugin {plugin}: .+\n$")
            result = subprocess.run([HINGE, *arguments, "--plugin", PLUGIN], cwd=self.folder,
                                    capture_output=True, text=True,
                                    env={**ENVIRONMENT, "HINGE_PLUGIN_PATH": str(self.folder)})
            self.assertEqual(result.returncode, 0, arguments)
            self.assertRegex(result.stderr, r"^hinge: warning: plugin \S+/not\.so: .+\n$")


class Measure(Command):
    def setUp(self):
        super().setUp()
        self.model = models.relu(self.folder / "relu.onnx")

    def test_bench(self):
        said = json.loads(self.hinge("bench", self.model, "--dim", "batch=5", "--seconds", "0",
                                     "--runs", "13", "--warmup", "0", "--threads", "1",
                                     "--isa", "scalar"))
        self.assertEqual(said["runs"], 13)
        self.assertEqual(said["threads"], 1)
        self.assertEqual(said["isa"], "scalar")
        self.assertLessEqual(said["min_ms"], said["median_ms"])
        self.assertLessEqual(said["median_ms"], said["p90_ms"])
        for key in ["load_ms", "first_run_ms", "min_ms", "peak_rss_mib"]:
            self.assertGreater(said[key], 0)
        self.refused("bench", self.model, words=["--dim batch=1"])

    def test_bench_seconds(self):
        said = json.loads(self.hinge("bench", self.model, "--dim", "batch=5", "--seconds", "0.2"))
        self.assertGreaterEqual(said["runs"], 10)
        self.assertGreater(said["runs"] * said["p90_ms"], 1)

    def test_profile(self):
        arguments = ["profile", self.model, "--dim", "batch=2", "--runs", "3"]
        said = self.hinge(*arguments)
        for word in ["2 nodes", "mean of 3 runs", "Relu", "first", "last", "%"]:
            self.assertIn(word, said)
        self.assertIn("and 1 more", self.hinge(*arguments, "--rows", "1"))
        said = json.loads(self.hinge(*arguments, "--json", "--trace", "trace.json"))
        self.assertEqual([(o["op"], o["nodes"]) for o in said["ops"]], [("Relu", 2)])
        self.assertEqual({n["node"] for n in said["nodes"]}, {"first", "last"})
        self.assertAlmostEqual(sum(n["share"] for n in said["nodes"]), 1)
        self.assertAlmostEqual(sum(n["ms"] for n in said["nodes"]), said["total_ms"], places=9)
        events = json.loads((self.folder / "trace.json").read_text())["traceEvents"]
        self.assertEqual([e["name"] for e in events], ["first", "last"])
        self.assertEqual({e["ph"] for e in events}, {"X"})
        self.assertEqual(events[0]["ts"], 0)
        self.assertGreaterEqual(events[1]["ts"], events[0]["dur"])
        self.refused(*arguments, "--trace", "none/t.json", words=["none/t.json"])

    def test_roofline(self):
        """A product of [batch, 5, 7] and [7, 11], a Relu, a view, and a Loop of which nothing is
        known; float32, 4 bytes each."""
        node, value = models.helper.make_node, models.value
        body = models.helper.make_graph(
            [node("MatMul", ["r", "w"], ["inner"], name="inner"),
             node("Identity", ["go"], ["more"])],
            "body", [value("i", [], models.TensorProto.INT64),
                     value("go", [], models.TensorProto.BOOL)],
            [value("more", [], models.TensorProto.BOOL), value("inner", [None, 5, 9])])
        model = models.save(
            self.folder / "m.onnx",
            [node("MatMul", ["x", "v"], ["p"], name="product"),
             node("Sin", ["p"], ["s"], name="sine"),
             node("Flatten", ["s"], ["f"], name="view"),
             node("Loop", ["n", ""], ["loops"], name="loop", body=body)],
            [value("x", ["batch", 5, 7]), value("r", ["batch", 5, 11]),
             value("n", [], models.TensorProto.INT64)],
            [value("f", ["batch", 55]), value("loops", None)],
            [models.tensor(np.ones((7, 11), np.float32), "v"),
             models.tensor(np.ones((11, 9), np.float32), "w")])
        arguments = ["profile", model, "--dim", "batch=3", "--runs", "4", "--roofline",
                     "--threads", "1", "--isa", "scalar"]
        said = json.loads(self.hinge(*arguments, "--json"))
        roof = said["roofline"]
        self.assertEqual((roof["threads"], roof["isa"]), (1, "scalar"))
        self.assertTrue(0 < roof["share"] <= 1)
        nodes = {n["node"]: n for n in said["nodes"]}
        known = {name: (n["multiply_adds"], n["bytes"]) for name, n in nodes.items()}
        self.assertEqual(known["product"], (3 * 5 * 11 * 7, 4 * (3 * 5 * 7 + 7 * 11 + 3 * 5 * 11)))
        self.assertEqual(known["sine"], (0, 4 * 2 * 3 * 5 * 11))
        self.assertEqual(known["inner"], (None, None))
        self.assertEqual(known.get("view", (0, 0)), (0, 0))
        self.assertIsNone(known["loop"][1])
        for name, work, rate, unit in (("product", "multiply_adds", "flops", 2),
                                       ("sine", "bytes", "bytes", 1)):
            got = nodes[name]
            self.assertAlmostEqual(got[rate + "_per_s"] * got["ms"] / 1e3, unit * got[work],
                                   delta=1e-3 * unit * got[work])
            self.assertAlmostEqual(got[rate + "_share"] * roof[rate + "_per_s"],
                                   got[rate + "_per_s"], delta=1e-3 * got[rate + "_per_s"])
        self.assertIsNone(nodes["inner"]["flops_share"])
        self.assertNotIn("roofline", json.loads(self.hinge(*arguments[:-5], "--json")))
        said = self.hinge(*arguments)
        for word in ["1 thread, scalar: up to", "GFLOP/s", "GB/s", "of the time"]:
            self.assertIn(word, said)
        self.assertRegex(said, r"MatMul +\S+ +inner\n")
        self.refused("profile", model, "--roofline", "--activations", words=["--roofline"],
                     status=2)


class Nameless(Command):
    def test_called_by_their_output(self):
        """Nodes without a name; the first of them has no name of its first output either."""
        node = models.helper.make_node
        model = models.save(
            self.folder / "m.onnx",
            [node("Dropout", ["x"], ["d"]), node("Sigmoid", ["d"], ["s"]),
             node("Split", ["s"], ["", "half"], axis=0)],
            [models.value("x", [4])], [models.value("half", [2])])
        profile = ["profile", model, "--disable-pass", "remove-no-ops"]
        self.assertRegex(self.hinge(*profile), r"Split +\S+ +half\n")
        said = json.loads(self.hinge(*profile, "--json", "--trace", "trace.json"))
        self.assertEqual({n["node"] for n in said["nodes"]}, {"d", "s", "half"})
        events = json.loads((self.folder / "trace.json").read_text())["traceEvents"]
        self.assertEqual([e["name"] for e in events], ["d", "s", "half"])
        self.assertRegex(self.hinge("inspect", model, "--nodes"), r"Split  half\n")
        self.assertIn('[label="Split\\nhalf"', self.hinge("inspect", model, "--dot"))
        health = [*profile, "--activations"]
        self.assertRegex(self.hinge(*health), r"Sigmoid .* s\n")
        self.assertEqual(json.loads(self.hinge(*health, "--json"))["activations"][0]["node"], "s")


class Inspect(Command):
    def setUp(self):
        super().setUp()
        self.model = models.relu(self.folder / "relu.onnx")

    def test_text(self):
        said = self.hinge("inspect", self.model, "--dim", "batch=100", "--passes", "--nodes")
        for word in ["ai.onnx 13", "x  float[batch,3]", "y  float[batch,3]", "2 nodes, 3 in the file",
                     "Relu", "removed", "between", "float[100,3]", "in place of a", "arena 1.2 KiB"]:
            self.assertIn(word, said)
        said = self.hinge("inspect", self.model, "--passes", "--disable-pass", "remove-no-ops")
        self.assertIn("3 nodes, 3 in the file", said)
        self.assertRegex(said, r"remove-no-ops +disabled")
        passes = json.loads(self.hinge("inspect", self.model, "--json", "--disable-pass", "all"))
        self.assertEqual([p["name"] for p in passes["passes"] if not p["disabled"]],
                         ["inline-functions"])
        self.assertIn("--dim batch=1", said)
        self.refused("inspect", self.model, "--dim", "n=1", words=["--dim n"])

    def test_json(self):
        said = json.loads(self.hinge("inspect", self.model, "--json", "--dim", "batch=2"))
        self.assertIn({"domain": "ai.onnx", "version": 13}, said["opsets"])
        self.assertEqual(said["inputs"], [{"name": "x", "type": "float", "shape": ["batch", 3]}])
        self.assertEqual([n["name"] for n in said["nodes"]], ["first", "last"])
        for node in said["nodes"]:
            self.assertIn(node["plugin"], ["onnx-scalar", "onnx-avx2", "onnx-avx512"])
        values = {v["index"]: v for v in said["values"]}
        middle = values[said["nodes"][0]["outputs"][0]]
        self.assertEqual(middle["shape"], [2, 3])
        self.assertEqual(said["nodes"][1]["inputs"], [middle["index"]])
        self.assertEqual(said["plan"]["steps"], [0, 1])
        self.assertGreaterEqual(said["plan"]["arena"], 24)
        changes = {p["name"]: p["changes"] for p in said["passes"]}
        self.assertEqual(len(changes["remove-no-ops"]), 1)
        said = json.loads(self.hinge("inspect", self.model, "--json"))
        self.assertIsNone(said["plan"])
        for node in said["nodes"]:
            self.assertIn(node["plugin"], ["onnx-scalar", "onnx-avx2", "onnx-avx512"])

    def test_plan_overlaps_nothing(self):
        """Two values that live at once have no byte in common."""
        model = models.two(self.folder / "two.onnx")
        said = json.loads(self.hinge("inspect", model, "--json"))
        places = [v["offset"] for v in said["values"] if v.get("place") == "arena"]
        self.assertEqual(len(places), len(set(places)))
        self.assertEqual(len(places), 2)

    def test_dot(self):
        said = self.hinge("inspect", models.two(self.folder / "two.onnx", 'a"b\\', "q"), "--dot")
        drawn = subprocess.run(["dot", "-Tplain"], input=said, capture_output=True, text=True)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
        lines = drawn.stdout.splitlines()
        self.assertEqual(sum(line.startswith("node") for line in lines), 6)
        self.assertEqual(sum(line.startswith("edge") for line in lines), 4)

    def test_names_that_are_not_utf8(self):
        """Each byte that is not UTF-8 becomes U+FFFD, in every form; what is UTF-8 stays."""
        path = Path(models.two(self.folder / "two.onnx", "AAAé", "BBBBBBB"))
        raw = path.read_bytes().replace(b"AAA", b"\xff\xc3 ")
        path.write_bytes(raw.replace(b"BBBBBBB", b"\xed\xa0\x80\xc0\xafz\xe2"))
        names = ["\ufffd\ufffd é", "\ufffd" * 5 + "z\ufffd"]
        said = self.hinge("inspect", path, "--dot")
        drawn = subprocess.run(["dot", "-Tplain"], input=said, capture_output=True, text=True)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
        outputs = json.loads(self.hinge("inspect", path, "--json"))["outputs"]
        self.assertEqual([output["name"] for output in outputs], names)
        for text in [said, self.hinge("inspect", path), self.hinge("run", path, "--random")]:
            for name in names:
                self.assertIn(name, text)


class Plugins(Command):
    def test_plugins(self):
        said = self.hinge("plugins", "--plugin", PLUGIN, "--ops")
        for word in ["faulty 1.0", PLUGIN, "user", "test::Crash", "onnx-scalar", "built in"]:
            self.assertIn(word, said)
        listed = json.loads(self.hinge("plugins", "--json", "--isa", "scalar"))["plugins"]
        self.assertIn("onnx-scalar", [p["name"] for p in listed])
        self.assertNotIn("onnx-avx2", [p["name"] for p in listed])
        self.assertIsNone(listed[0]["refused"])
        for path in [p["path"] for p in listed if p["builtin"]]:
            if path:  # none of operators that are linked in
                self.assertEqual(path, str(Path(path).resolve()))
        listed = json.loads(self.hinge("plugins", "--json",
                                       environment={"HINGE_PLUGIN_PATH": PLUGIN}))["plugins"]
        self.assertEqual(listed[0]["name"], "faulty")
        self.assertEqual({o["name"] for o in listed[0]["ops"]},
                         {"Crash", "Hang", "Leave", "Refuse"})

    def test_refused(self):
        (self.folder / "not.so").write_text("text")
        self.assertRegex(self.hinge("plugins", "--plugin", "not.so"), r"refused +not\.so\n +\S+")
        listed = json.loads(self.hinge("plugins", "--plugin", "not.so", "--json"))["plugins"]
        self.assertEqual([p["path"] for p in listed if p["refused"]], ["not.so"])
        self.assertIn("onnx-scalar", [p["name"] for p in listed])
        self.refused("plugins", environment={"HINGE_ISA": "mmx"}, words=["mmx"])

    def test_bare_name(self):
        """A plugin's name without a slash is a file in this folder, never one of the system's."""
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(PLUGIN, elsewhere / "pick.so")
        system = {"LD_LIBRARY_PATH": str(elsewhere)}
        self.refused("ops", "--plugin", "pick.so", environment=system,
                     words=["hinge: plugin pick.so: cannot be opened: No such file or directory\n"])
        self.refused("ops", "--plugin", "libm.so.6", words=["libm.so.6: cannot be opened: No such"])
        shutil.copy(PLUGIN, self.folder / "pick.so")
        shutil.copy(PLUGIN, elsewhere / "a.so")
        (elsewhere / "pick.so").write_text("text")
        for arguments, more in [(["--plugin", "pick.so"], {}), ([], {"HINGE_PLUGIN_PATH": "pick.so"}),
                                (["--plugin", "elsewhere/a.so"], {})]:
            listed = json.loads(self.hinge("plugins", *arguments, "--json",
                                           environment={**system, **more}))["plugins"]
            self.assertEqual((listed[0]["name"], listed[0]["refused"]), ("faulty", None))

    def test_ops(self):
        """A line for each operator, whatever number of plugins and entries there are for it."""
        said = self.hinge("ops", "--plugin", PLUGIN)
        self.assertRegex(said, r"\nai\.onnx +Relu +\d+-\d+ +(onnx-avx512, )?(onnx-avx2, )?onnx-scalar +.*float")
        self.assertRegex(said, r"\ntest +Crash +1\+ +faulty\* +float\n")
        self.assertIn("\n* a plugin of yours", said)
        self.assertNotIn("*", self.hinge("ops"))
        names = [tuple(line.split()[:2]) for line in said.splitlines()[1:-1]]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, sorted(names, key=lambda n: ("" if n[0] == "ai.onnx" else n[0],
                                                             n[1])))
        listed = json.loads(self.hinge("ops", "--plugin", PLUGIN, "--domain", "test",
                                       "--json"))["ops"]
        self.assertEqual([o["name"] for o in listed], ["Crash", "Hang", "Leave", "Refuse"])
        self.assertEqual(listed[0]["plugins"], [{"name": "faulty", "builtin": False}])
        self.assertEqual((listed[0]["opsets"], listed[0]["types"]), ("1+", ["float"]))
        self.refused("ops", "--domain", "none.such", words=["none.such"])

    def test_ops_by_name(self):
        """Each version of them as well: Clip's types grew with opset 11."""
        lines = self.hinge("ops", "Clip", "test::Hang", "--plugin", PLUGIN).splitlines()
        self.assertRegex(lines[1], r"^ai\.onnx +Clip +1-\d+ .*int8")
        self.assertRegex(lines[2], r"^ +1-5 .*float")
        self.assertNotIn("int8", lines[2])
        self.assertRegex(lines[3], r"^ +6-10 ")
        self.assertRegex(lines[4], r"^ +11-\d+ .*\(input: T, min\?: T, max\?: T\) -> \(output: T\); ")
        self.assertRegex(lines[5], r"^test +Hang +1\+ ")
        self.assertRegex(lines[6], r"^ +1\+ +faulty\* +\(x: T\) -> \(y: T\); T: float$")
        listed = json.loads(self.hinge("ops", "Clip", "--isa", "scalar", "--json"))["ops"]
        self.assertEqual([(e["since"], e["plugin"]) for e in listed[0]["entries"]],
                         [(1, "onnx-scalar"), (6, "onnx-scalar"), (11, "onnx-scalar")])
        self.assertEqual(listed[0]["entries"][0]["signature"],
                         "(input: T) -> (output: T); T: float16 bfloat16 float double")
        self.refused("ops", "Relu", "conv", words=['"conv"', "did you mean Conv?"])
        self.refused("ops", "Hnag", "--plugin", PLUGIN, words=["did you mean Hang (test)"])
        self.refused("ops", "Hang", "--domain", "ai.onnx", "--plugin", PLUGIN,
                     words=['"Hang" of ai.onnx'])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
