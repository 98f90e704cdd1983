"""hinge test: which folders pass, which do not and why.
usage: check_test.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import json
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
from onnx import TensorProto

import models
from command import ENVIRONMENT, HINGE, Command

PLUGIN = sys.argv[2]


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
        said, drawn = self.on_terminal("test", "all")
        self.assertEqual(said, "2 passed, 0 failed, 0 unsupported\n")
        self.assertIn("1/2", drawn)
        self.assertIn("█" * 15 + " ", drawn)
        self.assertRegex(drawn, r"\d:\d\d left")
        self.assertTrue(drawn.endswith("\r\033[K"), drawn)

    def test_nothing_to_test(self):
        """A folder that is not there, or without a model, fails; the others are run."""
        (self.folder / "empty").mkdir()
        self.good()
        said = self.fails("test", "empty", "all", "none", "all/good/model.onnx")
        self.assertIn("FAIL empty: there is no model.onnx, neither here nor a folder below", said)
        self.assertIn("FAIL none: No such file or directory", said)
        self.assertIn("FAIL all/good/model.onnx: Not a directory", said)
        self.assertIn("1 passed, 3 failed, 0 unsupported", said)

    def test_reasons_are_shown(self):
        self.good()
        models.folder(self.folder / "all" / "off", models.relu, [self.x], [self.y + 1])
        models.folder(self.folder / "all" / "unknown",
                      lambda path: models.one_node(path, "NoSuchOperator"),
                      [np.ones(2, np.float32)], [np.ones(2, np.float32)])
        said = self.fails("test", "all")
        self.assertRegex(said, r"FAIL all/off: .*4 of 6")
        self.assertRegex(said, r"UNSUPPORTED all/unknown: .*NoSuchOperator")
        self.assertNotIn("PASS", said)
        said = self.fails("test", "all", "--json")
        shown = json.loads(said)
        self.assertEqual([shown[key] for key in ["passed", "failed", "unsupported"]], [1, 1, 1])
        self.assertEqual([(f["folder"], f["verdict"]) for f in shown["folders"]],
                         [("all/good", "PASS"), ("all/off", "FAIL"),
                          ("all/unknown", "UNSUPPORTED")])
        self.assertIsNone(shown["folders"][0]["reason"])
        self.assertIn("NoSuchOperator", shown["folders"][2]["reason"])
        result = subprocess.run([HINGE, "test", "all", "--quiet"], capture_output=True, text=True,
                                env=ENVIRONMENT, cwd=self.folder)
        self.assertEqual(result.stdout, "1 passed, 1 failed, 1 unsupported\n")

    def test_fewer_outputs(self):
        """What a data set has is compared, by number or by name; it says that it is not all."""
        a, b = np.array([-1, 2], np.float32), np.array([1, -2, 3], np.float32)
        p, q = np.maximum(a, 0), np.maximum(b, 0)
        for name, output in [("number", p), ("name", models.tensor(q, "q")),
                             ("wrong", models.tensor(q + 1, "q"))]:
            models.folder(self.folder / "all" / name, models.two, [a, b], [output])
        note = "compared 1 of 2 outputs, as many as the data set has"
        verdicts = self.verdicts("all", status=1)
        self.assertEqual(verdicts["number"], ("PASS", note))
        self.assertEqual(verdicts["name"], ("PASS", note))
        self.assertEqual(verdicts["wrong"][0], "FAIL")
        self.assertIn('output "q": 3 of 3', verdicts["wrong"][1])
        self.assertEqual(self.hinge("test", "all/name"),
                         f"PASS all/name: {note}\n1 passed, 0 failed, 0 unsupported\n")
        self.assertEqual(self.hinge("test", "all/name", "-q"),
                         "1 passed, 0 failed, 0 unsupported\n")

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
