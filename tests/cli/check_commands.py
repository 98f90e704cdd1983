"""Every subcommand of hinge as somebody calls it: what it writes, where, and its exit status.
usage: check_commands.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import json
import os
import pty
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
from onnx import TensorProto, load_tensor, numpy_helper

import models
from command import ENVIRONMENT, HINGE, Command, random_floats

PLUGIN = sys.argv[2]


class Usage(Command):
    commands = ["run", "bench", "test", "inspect", "profile", "plugins", "ops",
                "activation"]

    def test_help(self):
        said = self.hinge("--help")
        for command in self.commands:
            self.assertIn(command, said)
            self.assertIn(f"hinge {command}", self.hinge(command, "--help"))
        self.assertRegex(self.hinge("--version"), r"^hinge \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        self.refused(status=2, words=["hinge"])
        self.refused("walk", status=2, words=['no command "walk"'])
        self.refused("--walk", status=2, words=["--walk"])
        for command in self.commands:
            self.refused(command, "--no-such-option", status=2, words=["no-such-option"])
        for command in ["run", "bench", "inspect", "profile"]:
            self.refused(command, status=2, words=["which model"])
            self.refused(command, "a.onnx", "b.onnx", status=2, words=["b.onnx"])
            self.refused(command, "a", "--threads", "0", status=2, words=["--threads"])
            self.refused(command, "a", "--threads", "2x", status=2, words=["2x"])
            self.refused(command, "a", "--isa", "sse", status=2, words=["avx2"])
            self.refused(command, "a", "--input", "x", status=2, words=["NAME=VALUE"])
            self.refused(command, "a", "--dim", "n=-1", status=2, words=["-1"])
            self.refused(command, "a", "--disable-pass", "none-such", status=2,
                         words=["none-such", "remove-no-ops"])
        self.refused("test", status=2, words=["which folders"])
        self.refused("inspect", "a", "--json", "--dot", status=2, words=["--dot"])
        self.refused("bench", "a", "--seconds", "-1", status=2, words=["--seconds"])

    def test_bad_model(self):
        (self.folder / "junk.onnx").write_bytes(b"\xff" * 100)
        unknown = models.one_node(self.folder / "unknown.onnx", "NoSuchOperator")
        for command in ["run", "bench", "inspect", "profile"]:
            self.refused(command, "missing.onnx", words=["missing.onnx"])
            self.refused(command, "junk.onnx", words=["junk.onnx"])
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
        self.assertIn("--dim batch=1", said)
        self.refused("inspect", self.model, "--dim", "n=1", words=["--dim n"])

    def test_json(self):
        said = json.loads(self.hinge("inspect", self.model, "--json", "--dim", "batch=2"))
        self.assertIn({"domain": "ai.onnx", "version": 13}, said["opsets"])
        self.assertEqual(said["inputs"], [{"name": "x", "type": "float", "shape": ["batch", 3]}])
        self.assertEqual([n["name"] for n in said["nodes"]], ["first", "last"])
        for node in said["nodes"]:
            self.assertIn(node["plugin"], ["scalar", "avx2", "avx512"])
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
            self.assertIn(node["plugin"], ["scalar", "avx2", "avx512"])

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
        for word in ["faulty 1.0", PLUGIN, "user", "test::Crash", "scalar", "built in"]:
            self.assertIn(word, said)
        listed = json.loads(self.hinge("plugins", "--json", "--isa", "scalar"))["plugins"]
        self.assertEqual([p["name"] for p in listed], ["scalar"])
        self.assertIsNone(listed[0]["refused"])
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
        self.assertIn("scalar", [p["name"] for p in listed])
        self.refused("plugins", environment={"HINGE_ISA": "mmx"}, words=["mmx"])

    def test_ops(self):
        said = self.hinge("ops", "--plugin", PLUGIN)
        self.assertRegex(said, r"ai\.onnx +Relu +\d+-\d+ +\w+ +.*float")
        self.assertRegex(said, r"test +Crash +1\+ +faulty +any")
        listed = json.loads(self.hinge("ops", "--plugin", PLUGIN, "--domain", "test",
                                       "--json"))["ops"]
        self.assertEqual([o["name"] for o in listed], ["Crash", "Hang", "Leave", "Refuse"])
        self.refused("ops", "--domain", "none.such", words=["none.such"])


class Test(Command):
    x = np.array([[-1, 2, np.nan], [np.inf, -3, 4]], dtype=np.float32)
    y = np.array([[0, 2, np.nan], [np.inf, 0, 4]], dtype=np.float32)

    def verdicts(self, *arguments, status=0):
        """What the report says: name of the folder -> (verdict, reason)."""
        self.hinge("test", *arguments, "--report", "report.tsv", status=status) \
            if status == 0 else self.fails("test", *arguments, "--report", "report.tsv")
        rows = [line.split("\t") for line in (self.folder / "report.tsv").read_text().splitlines()]
        for row in rows:
            self.assertEqual(len(row), 3)
        return {Path(row[0]).name: (row[1], row[2]) for row in rows}

    def fails(self, *arguments):
        result = subprocess.run([HINGE, *map(str, arguments)], capture_output=True, text=True,
                                env=ENVIRONMENT, cwd=self.folder)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("FAIL", result.stdout)
        return result.stdout

    def good(self, name="good"):
        return models.folder(self.folder / "all" / name, models.relu, [self.x], [self.y])

    def test_pass(self):
        self.good()
        self.good("other")
        self.assertEqual(self.hinge("test", "all/good"), "1 passed, 0 failed, 0 unsupported\n")
        self.assertEqual(self.verdicts("all", "-j", "2"),
                         {"good": ("PASS", ""), "other": ("PASS", "")})
        said = self.hinge("test", "all/good", "all/other", "--verbose")
        self.assertIn("PASS all/good\n", said)

    def test_report_stays_a_table(self):
        """Whatever the folder is called, it is one line with three fields."""
        self.good("a\tb\nc\033[31m\x7f")
        self.assertEqual(self.verdicts("all"), {"a?b?c?[31m?": ("PASS", "")})
        self.assertIn("PASS all/a?b?c?[31m?\n", self.hinge("test", "all", "--verbose"))

    def test_slashes_behind_a_folder(self):
        self.good()
        self.verdicts("all//")
        self.assertTrue((self.folder / "report.tsv").read_text().startswith("all/good\tPASS\t"))
        self.assertIn("PASS all/good\n", self.hinge("test", "all/good/", "--verbose"))
        (self.folder / "all" / "good" / "model.onnx").write_bytes(b"\xff" * 50)
        self.assertIn('"all/good/model.onnx"', self.fails("test", "all/good/"))
        self.refused("run", models.relu(self.folder / "relu.onnx"), "--random", "--dim", "batch=1",
                     "-O", "none/out/", words=["none/out: "])
        self.refused("profile", "relu.onnx", "--activations", "--samples", "none/",
                     words=["none: "])

    def test_second_set(self):
        folder = self.good()
        models.folder(folder, None, [self.x], [self.y + 1], data_set=1)
        verdict, reason = self.verdicts("all", status=1)["good"]
        self.assertEqual(verdict, "FAIL")
        self.assertIn("test_data_set_1", reason)

    def test_corrupt_outputs(self):
        """Each corruption of an expected output is caught, and says what it is."""
        y = self.y
        cases = {
            "value": ([np.where(y == 4, 4.01, y).astype(np.float32)], "1 of 6"),
            "nan_for_number": ([np.where(y == 4, np.nan, y).astype(np.float32)], "1 of 6"),
            "number_for_nan": ([np.nan_to_num(y, posinf=np.inf)], "1 of 6"),
            "inf_sign": ([np.where(y == np.inf, -np.inf, y).astype(np.float32)], "1 of 6"),
            "inf_for_number": ([np.where(y == 4, np.inf, y).astype(np.float32)], "1 of 6"),
            "number_for_inf": ([np.where(y == np.inf, 3e38, y).astype(np.float32)], "1 of 6"),
            "zero_for_small": ([np.where(y == 2, 0, y).astype(np.float32)], "1 of 6"),
            "type": ([y.astype(np.float64)], "type is float, expected double"),
            "shape": ([y.reshape(3, 2)], "shape is [2,3], expected [3,2]"),
            "rank": ([y.reshape(1, 2, 3)], "expected [1,2,3]"),
            "cut": ([y[:1]], "expected [1,3]"),
            "empty": ([y[:0]], "expected [0,3]"),
            "missing": ([], "1 outputs, the data set 0"),
            "extra": ([y, y], "1 outputs, the data set 2"),
        }
        self.good()
        for name, (outputs, _) in cases.items():
            models.folder(self.folder / "all" / name, models.relu, [self.x], outputs)
        output = "test_data_set_0/output_0.pb"
        for name in ["truncated", "no_bytes", "junk", "misnamed"]:
            self.good(name)
            cases[name] = (None, "output_")
        path = self.folder / "all" / "truncated" / output
        path.write_bytes(path.read_bytes()[:-3])
        (self.folder / "all" / "no_bytes" / output).write_bytes(b"")
        (self.folder / "all" / "junk" / output).write_bytes(b"\xff" * 30)
        path = self.folder / "all" / "misnamed" / output
        path.rename(path.with_name("output_1.pb"))
        verdicts = self.verdicts("all", "-j", "2", status=1)
        self.assertEqual(verdicts.pop("good"), ("PASS", ""))
        self.assertEqual(set(verdicts), set(cases))
        for name, (verdict, reason) in verdicts.items():
            self.assertEqual(verdict, "FAIL", name)
            self.assertIn(cases[name][1], reason, name)

    def test_corrupt_others(self):
        """The same for integers, strings, halves, and the second of two outputs."""
        make = {}

        def add(name, dtype, array, expected):
            make[name] = expected is not array
            models.folder(self.folder / "all" / name,
                          lambda path: models.identity(path, dtype, array.shape),
                          [array], [expected])

        ints = np.array([2**62, 1], dtype=np.int64)
        add("ints", TensorProto.INT64, ints, ints)
        add("ints_off", TensorProto.INT64, ints, np.array([2**62 + 1, 1], dtype=np.int64))
        bools = np.array([True, False])
        add("bools_off", TensorProto.BOOL, bools, ~bools)
        half = np.array([1, 2], dtype=np.float16)
        add("half", TensorProto.FLOAT16, half, half)
        add("half_off", TensorProto.FLOAT16, half, np.array([1, 2.04], dtype=np.float16))
        add("half_nan", TensorProto.FLOAT16, half, np.array([1, np.nan], dtype=np.float16))
        text = np.array([b"a", b"b"], dtype=object)
        add("text", TensorProto.STRING, text, text)
        add("text_off", TensorProto.STRING, text, np.array([b"a", b"B"], dtype=object))
        add("text_longer", TensorProto.STRING, text, np.array([b"a", b"b\0"], dtype=object))
        inputs = [np.ones(2, np.float32), np.ones(3, np.float32)]
        models.folder(self.folder / "all" / "second", models.two, inputs, [inputs[0], inputs[1] * 2])
        models.folder(self.folder / "all" / "swapped", models.two, inputs, inputs[::-1])
        make.update(second=True, swapped=True)
        verdicts = self.verdicts("all", status=1)
        self.assertEqual({k: v[0] for k, v in verdicts.items()},
                         {k: "FAIL" if off else "PASS" for k, off in make.items()})
        self.assertIn('output "q"', verdicts["second"][1])

    def test_half_close(self):
        half = np.array([1, 2], dtype=np.float16)
        models.folder(self.folder / "close", lambda path: models.identity(path, TensorProto.FLOAT16,
                                                                          (2,)),
                      [half], [np.array([1, 2.015], dtype=np.float16)])
        self.hinge("test", "close")

    def test_tolerances(self):
        x = np.array([[1, 1000, 0]], dtype=np.float32)
        models.folder(self.folder / "f", models.relu, [x], [x + np.float32(0.5)])
        self.fails("test", "f")
        self.fails("test", "f", "--atol", "0.4")
        self.hinge("test", "f", "--atol", "0.6")
        self.hinge("test", "f", "--rtol", "0.1", "--atol", "0.5001")
        self.hinge("test", "f", "--relative-to-max")
        self.fails("test", "f", "--relative-to-max", "--rtol", "4e-4")

    def test_inputs(self):
        x, y = self.x, self.y
        models.folder(self.folder / "all" / "missing", models.relu, [], [y])
        models.folder(self.folder / "all" / "extra", models.relu, [x, x], [y])
        models.folder(self.folder / "all" / "shape", models.relu, [x[:, :2]], [y])
        models.folder(self.folder / "all" / "type", models.relu, [x.astype(np.float64)], [y])
        models.relu(self.folder / "all" / "no_sets" / "model.onnx")
        (self.folder / "all" / "junk").mkdir()
        (self.folder / "all" / "junk" / "model.onnx").write_bytes(b"\xff" * 50)
        verdicts = self.verdicts("all", status=1)
        self.assertEqual({v[0] for v in verdicts.values()}, {"FAIL"})
        self.assertEqual(len(verdicts), 6)
        self.assertIn("no test_data_set", verdicts["no_sets"][1])

    def test_unsupported(self):
        self.good()
        models.folder(self.folder / "all" / "unknown",
                      lambda path: models.one_node(path, "NoSuchOperator"),
                      [np.ones(2, np.float32)], [np.ones(2, np.float32)])
        verdicts = self.verdicts("all")
        self.assertEqual(verdicts["good"], ("PASS", ""))
        self.assertEqual(verdicts["unknown"][0], "UNSUPPORTED")
        self.assertIn("NoSuchOperator", verdicts["unknown"][1])

    def test_isolation(self):
        """A crash, a hang, an early end and an error are failures of their folder alone."""
        ones = np.ones(2, np.float32)
        for op in ["Crash", "Hang", "Leave", "Refuse"]:
            models.folder(self.folder / "all" / op,
                          lambda path, op=op: models.one_node(path, op, "test"), [ones], [ones])
        self.good()
        self.good("zgood")
        verdicts = self.verdicts("all", "--plugin", PLUGIN, "--timeout", "1", "-j", "2", status=1)
        self.assertEqual({k: v[0] for k, v in verdicts.items()},
                         {"Crash": "FAIL", "Hang": "FAIL", "Leave": "FAIL", "Refuse": "FAIL",
                          "good": "PASS", "zgood": "PASS"})
        self.assertIn("crashed", verdicts["Crash"][1])
        self.assertIn("not done after 1 s", verdicts["Hang"][1])
        self.assertIn("no verdict", verdicts["Leave"][1])
        self.assertIn("the value is bad here", verdicts["Refuse"][1])

    def test_progress_bar(self):
        """Drawn on a terminal, and wiped at the end; the last line is on stdout alone."""
        self.good()
        self.good("other")
        ours, theirs = pty.openpty()
        result = subprocess.run([HINGE, "test", "all"], stdout=subprocess.PIPE, stderr=theirs,
                                text=True, env=ENVIRONMENT, cwd=self.folder, check=True)
        os.close(theirs)
        drawn = os.read(ours, 65536).decode()
        os.close(ours)
        self.assertEqual(result.stdout, "2 passed, 0 failed, 0 unsupported\n")
        self.assertIn("1/2", drawn)
        self.assertIn("█" * 15 + " ", drawn)
        self.assertTrue(drawn.endswith("\r\033[K"), drawn)

    def test_nothing_to_test(self):
        (self.folder / "empty").mkdir()
        self.refused_quietly("empty", "no model.onnx")
        self.refused_quietly("none", "No such file")

    def refused_quietly(self, folder, word):
        result = subprocess.run([HINGE, "test", folder], capture_output=True, text=True,
                                env=ENVIRONMENT, cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")
        self.assertIn(word, result.stderr)

    def test_report_must_be_written(self):
        self.good()
        result = subprocess.run([HINGE, "test", "all", "--report", "none/r.tsv"],
                                capture_output=True, text=True, env=ENVIRONMENT, cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")
        self.assertIn("none/r.tsv", result.stderr)

    def test_level_must_exist(self):
        self.good()
        result = subprocess.run([HINGE, "test", "all"], capture_output=True, text=True,
                                env={**ENVIRONMENT, "HINGE_ISA": "none-such"}, cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")
        self.assertIn("none-such", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
