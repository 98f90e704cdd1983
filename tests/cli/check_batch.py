"""hinge batch: what it writes, and what is left when it is stopped.
usage: check_batch.py HINGE FAULTY_PLUGIN"""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from command import ENVIRONMENT, HINGE, Command
import models


def tree(folder):
    """Every file of a folder and its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


def stacked(folder, name="y"):
    return np.concatenate([np.load(f) for f in sorted(folder.glob(f"shard-*/{name}.npy"))])


class Batch(Command):
    def setUp(self):
        super().setUp()
        self.model = models.relu(self.folder / "relu.onnx")
        self.x = np.random.default_rng(1).standard_normal((10, 3)).astype(np.float32)
        np.save(self.folder / "x.npy", self.x)

    def batch(self, *arguments, output="out", source="x.npy", **options):
        return self.hinge("batch", self.model, "--input", f"x={source}", "--output", output,
                          *arguments, **options)

    def failing(self, *arguments, output="out", source="x.npy"):
        """Where records fail: status 1, reasons on stderr, and the summary all the same."""
        result = self.call("batch", self.model, "-i", f"x={source}", "-o", output, *arguments)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result

    def manifest(self, shard, output="out"):
        path = self.folder / output / f"shard-{shard:06}" / "manifest.json"
        return json.loads(path.read_text())

    def check_y(self, expected, output="out"):
        np.testing.assert_array_equal(stacked(self.folder / output), expected)
        self.assertEqual([p.name for p in (self.folder / output).iterdir()
                          if p.name.startswith(".")], [])


class Records(Batch):
    def test_rows(self):
        said = self.batch("--shard", 4)
        self.assertIn("10 records in 3 shards, 0 failed", said)
        self.check_y(np.maximum(self.x, 0))
        manifest = self.manifest(2)
        self.assertEqual((manifest["first"], manifest["records"], manifest["failed"]), (8, 2, []))
        size = os.path.getsize(self.folder / "x.npy")
        self.assertEqual(manifest["inputs"][0]["files"][0]["size"], size)
        self.assertEqual(manifest["outputs"], [{"name": "y", "file": "y.npy"}])
        hashed = subprocess.run(["sha256sum", self.model], capture_output=True, text=True)
        self.assertEqual(manifest["model_sha256"], hashed.stdout.split()[0])

    def test_folder_and_list(self):
        (self.folder / "pile").mkdir()
        for i, row in enumerate(self.x):  # 10 comes behind 9; one without the dimension of 1
            if i % 2:
                np.save(self.folder / f"pile/r{i}.npy", row[None] if i % 3 else row)
            else:
                (self.folder / f"pile/r{i}.pb").write_bytes(
                    models.tensor(row[None]).SerializeToString())
        (self.folder / "pile/.hidden.npy").write_bytes(b"no")
        (self.folder / "pile/notes.md").write_bytes(b"no")
        self.batch("--shard", 4, source="pile")
        self.check_y(np.maximum(self.x, 0))
        names = [f"r{i}.{'npy' if i % 2 else 'pb'}" for i in range(10)]
        (self.folder / "pile/list.txt").write_text("\r\n".join(names[::-1]) + "\n\n")
        self.batch("--batch", 3, output="listed", source="pile/list.txt")
        self.check_y(np.maximum(self.x[::-1], 0), "listed")

    def test_kinds_of_rows(self):
        fixed = models.identity(self.folder / "fixed.onnx", TensorProto.FLOAT)
        cube = np.arange(12, dtype=">f4").reshape(3, 2, 2)
        np.save(self.folder / "cube.npy", cube)
        self.hinge("batch", fixed, "-i", "x=cube.npy", "-o", "whole")
        np.testing.assert_array_equal(stacked(self.folder / "whole"), cube)
        strings = models.identity(self.folder / "strings.onnx", TensorProto.STRING, ("n", 2))
        words = np.array([["a", "Zürich"], ["", "日本"], ["x", "longer"]])
        np.save(self.folder / "words.npy", words)
        self.hinge("batch", strings, "-i", "x=words.npy", "-o", "said", "--batch", 2)
        np.testing.assert_array_equal(stacked(self.folder / "said"), words)
        scalar = models.identity(self.folder / "scalar.onnx", TensorProto.INT64, ())
        np.save(self.folder / "numbers.npy", np.arange(5))
        self.hinge("batch", scalar, "-i", "x=numbers.npy", "-o", "numbers")
        np.testing.assert_array_equal(stacked(self.folder / "numbers"), np.arange(5))

    def test_archive(self):
        np.savez_compressed(self.folder / "two.npz", z=self.x[:3], x=self.x)
        self.batch("--shard", 4, source="two.npz")
        self.check_y(np.maximum(self.x, 0))
        self.assertEqual(self.manifest(0)["inputs"][0]["files"][0]["file"], "two.npz")
        np.savez(self.folder / "one.npz", self.x[::2])
        self.batch("--batch", 3, source="one.npz", output="one")
        self.check_y(np.maximum(self.x[::2], 0), "one")
        np.savez(self.folder / "no.npz", a=self.x, b=self.x)
        for source, words in (("no.npz", "no array of that name"), ("none.npz", "No such file")):
            self.refused("batch", self.model, "-i", f"x={source}", "-o", "no",
                         words=[source, words])
        np.savez(self.folder / "no.npz", np.float32(1))
        self.refused("batch", self.model, "-i", "x=no.npz", "-o", "no", words=["has no rows"])

    def test_separate(self):
        model = models.save(self.folder / "seq.onnx", [
            helper.make_node("NonZero", ["x"], ["where"]),
            helper.make_node("SequenceConstruct", ["x", "x"], ["pair"])],
            [models.value("x", ["n", 3])],
            [models.value("where", [2, None], TensorProto.INT64),
             helper.make_tensor_sequence_value_info("pair", TensorProto.FLOAT, ["n", 3])])
        x = np.array([[0, 0, 0], [1, 0, 2]], np.float32)
        np.save(self.folder / "x.npy", x)
        self.refused("batch", model, "-i", "x=x.npy", "-o", "no", words=["pair", "--separate"])
        self.assertFalse((self.folder / "no").exists())
        self.hinge("batch", model, "-i", "x=x.npy", "-o", "out", "--separate")
        shard = self.folder / "out/shard-000000"
        self.assertEqual(np.load(shard / "000000000/where.npy").shape, (2, 0))
        self.assertEqual(np.load(shard / "000000001/where.npy").tolist(), [[0, 0], [0, 2]])
        self.assertTrue((shard / "000000001/pair.pb").is_file())

    def test_shapes_that_differ(self):
        model = models.save(self.folder / "w.onnx", [helper.make_node("NonZero", ["x"], ["y"])],
                            [models.value("x", [1, 3])],
                            [models.value("y", [2, None], TensorProto.INT64)])
        np.save(self.folder / "x.npy", np.array([[1, 0, 2], [0, 0, 3], [4, 5, 0]], np.float32))
        result = self.call("batch", model, "-i", "x=x.npy", "-o", "out")
        self.assertEqual(result.returncode, 1)
        self.assertIn("record 1: output \"y\": int64 [2,1], and int64 [2,2] for the records before",
                      result.stderr)
        self.assertEqual(np.load(self.folder / "out/shard-000000/y.npy").tolist(),
                         [[[0, 0], [0, 2]], [[0, 0], [0, 1]]])

    def test_two_inputs(self):
        model = models.two(self.folder / "two.onnx")
        np.save(self.folder / "a.npy", self.x[:, :2])
        self.hinge("batch", model, "-i", "x0=a.npy", "-i", "x1=x.npy", "-o", "out")
        np.testing.assert_array_equal(stacked(self.folder / "out", "q"), np.maximum(self.x, 0))
        np.save(self.folder / "b.npy", self.x[:7, :2])
        self.refused("batch", model, "-i", "x0=b.npy", "-i", "x1=x.npy", "-o", "no",
                     words=['"x1" has 10 records (x.npy)', '"x0" has 7 (b.npy)'])
        self.refused("batch", model, "-i", "x0=a.npy", "-o", "no", words=["x1", "SOURCE"])
        self.refused("batch", model, "-i", "x0=a.npy", "-i", "x2=a.npy", "-o", "no",
                     words=["--input x2", '"x0", "x1"'])

    def test_sources_that_are_none(self):
        for source, words in {"none.npy": ["none.npy", "No such file"],
                              "relu.onnx": ["relu.onnx", "neither"]}.items():
            self.refused("batch", self.model, "-i", f"x={source}", "-o", "no", words=words)
        for name, array, words in [
                ("empty", self.x[:0], ["holds no record"]),
                ("wide", np.zeros((4, 5), np.float32), ["expected float[batch,3]", "[1,5]"]),
                ("double", np.zeros((4, 3)), ["expected float[batch,3]", "double"]),
                ("fortran", np.asfortranarray(self.x), ["ascontiguousarray"]),
                ("scalar", np.float32(1), ["no rows"])]:
            np.save(self.folder / f"{name}.npy", array)
            self.refused("batch", self.model, "-i", f"x={name}.npy", "-o", "no", words=words)
        whole = (self.folder / "x.npy").read_bytes()
        for cut in (0, 5, 9, 60, len(whole) - 1):
            (self.folder / "cut.npy").write_bytes(whole[:cut])
            self.refused("batch", self.model, "-i", "x=cut.npy", "-o", "no", words=["cut.npy: "])
        (self.folder / "empty").mkdir()
        self.refused("batch", self.model, "-i", "x=empty", "-o", "no", words=["no record"])

    def test_usage(self):
        for words, *arguments in [(["--output"], ), (["I/N"], "-o", "a", "--part", "3"),
                                  (["part", "1 to 2"], "-o", "a", "--part", "3/2"),
                                  (["part", "1 to 2"], "-o", "a", "--part", "0/2"),
                                  (["shard"], "-o", "a", "--shard", "0"),
                                  (["batch"], "-o", "a", "--batch", "0")]:
            self.refused("batch", self.model, "-i", "x=x.npy", *arguments, words=words, status=2)

    def test_larger_than_memory(self):
        model = models.save(self.folder / "max.onnx",
                            [helper.make_node("ReduceMax", ["x"], ["y"], axes=[1], keepdims=0)],
                            [models.value("x", ["n", "k"])], [models.value("y", ["n"])])
        size, rows = 1 << 22, 80  # 1.25 GiB, of which the disk holds a page or two
        with open(self.folder / "big.npy", "wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f4", "fortran_order": False, "shape": (rows, size)})
            start = file.tell()
            file.truncate(start + rows * size * 4)
            for i in range(rows):
                file.seek(start + (i * size + i) * 4)
                file.write(np.float32(i).tobytes())
        limit = 1 << 30
        result = subprocess.run(
            [HINGE, "batch", model, "-i", "x=big.npy", "-o", "out", "--threads", "1"],
            cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True,
            preexec_fn=None if "asan" in HINGE or "tsan" in HINGE
            else lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_y(np.arange(rows, dtype=np.float32))


class Pictures(Batch):
    def test_folder(self):
        pixels = np.random.default_rng(4).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
        (self.folder / "pile").mkdir()
        for i, picture in enumerate(pixels):
            Image.fromarray(picture).save(self.folder / f"pile/{i}.{'PNG' if i % 2 else 'bmp'}")
        (self.folder / "pile/9.jpg").write_bytes(b"no picture")
        model = models.identity(self.folder / "m.onnx", TensorProto.FLOAT, ("n", 3, 6, 7))
        arguments = ["batch", model, "-i", "x=pile", "-o", "out", "--batch", 4, "--scale", "1",
                     "--mean", "1,2,3"]
        result = self.call(*arguments)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("record 5: input \"x\": pile/9.jpg", result.stderr)
        expected = pixels.transpose(0, 3, 1, 2) - np.array([1, 2, 3]).reshape(1, 3, 1, 1)
        self.check_y(expected.astype(np.float32))
        self.refused(*arguments[:-1], "1,2,4", words=["other options of pictures"])
        arguments[2] = "--image"
        again = self.call(*arguments, "--json")
        self.assertEqual(json.loads(again.stdout)["before"]["records"], 6, again.stderr)


class Joined(Batch):
    def test_batches(self):
        self.batch("--shard", 7, output="one")
        for size in (2, 3, 7, 100):
            self.batch("--shard", 7, "--batch", size, output=f"b{size}")
            self.check_y(np.maximum(self.x, 0), f"b{size}")

    def test_shapes_that_do_not_go_together(self):
        model = models.save(self.folder / "wide.onnx", [helper.make_node("Relu", ["x"], ["y"])],
                            [models.value("x", ["n", "w"])], [models.value("y", ["n", "w"])])
        (self.folder / "pile").mkdir()
        for i, width in enumerate([2, 2, 3, 3, 3, 2]):
            np.save(self.folder / f"pile/{i}.npy", np.full((1, width), i, np.float32))
        self.hinge("batch", model, "-i", "x=pile", "-o", "out", "--batch", 4, "--separate")
        for i, width in enumerate([2, 2, 3, 3, 3, 2]):
            y = np.load(self.folder / f"out/shard-000000/{i:09}/y.npy")
            self.assertEqual(y.tolist(), [[i] * width])

    def test_refusals(self):
        fixed = models.identity(self.folder / "fixed.onnx", TensorProto.FLOAT, (1, 3))
        self.refused("batch", fixed, "-i", "x=x.npy", "-o", "no", "--batch", 2,
                     words=["--batch 2", 'input "x"', "float[1,3]"])
        total = models.save(self.folder / "sum.onnx",
                            [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)],
                            [models.value("x", ["n", 3])], [models.value("y", [])])
        self.refused("batch", total, "-i", "x=x.npy", "-o", "no", "--batch", 2,
                     words=["--batch 2", 'output "y"', "taken apart"])
        other = models.save(self.folder / "other.onnx", [helper.make_node("Relu", ["x"], ["y"])],
                            [models.value("x", ["n", 3])], [models.value("y", ["m", 3])])
        self.refused("batch", other, "-i", "x=x.npy", "-o", "no", "--batch", 2, words=["float[m,3]"])

    def test_one_that_fails_takes_no_other_with_it(self):
        model = models.save(self.folder / "gather.onnx",
                            [helper.make_node("Gather", ["table", "x"], ["y"])],
                            [models.value("x", ["n"], TensorProto.INT64)],
                            [models.value("y", ["n"])],
                            [helper.make_tensor("table", TensorProto.FLOAT, [3], [5, 6, 7])])
        np.save(self.folder / "x.npy", np.array([0, 2, 9, 1, 1]))
        for size in (1, 5):
            result = self.call("batch", model, "-i", "x=x.npy", "-o", f"out{size}",
                               "--batch", size)
            self.assertEqual(result.returncode, 1)
            self.assertIn("record 2: ", result.stderr)
            self.assertEqual(stacked(self.folder / f"out{size}").tolist(), [5, 7, 6, 6])


class Failures(Batch):
    def setUp(self):
        super().setUp()
        (self.folder / "pile").mkdir()
        for i, row in enumerate(self.x):
            np.save(self.folder / f"pile/{i}.npy", row[None])
        (self.folder / "pile/3.npy").write_bytes(b"not an array")
        np.save(self.folder / "pile/7.npy", np.zeros((1, 4), np.float32))

    def test_rest_goes_on(self):
        result = self.failing("--shard", 4, source="pile")
        self.assertIn("10 records in 3 shards, 2 failed", result.stdout)
        self.assertIn("record 3: input \"x\": pile/3.npy: not a .npy file", result.stderr)
        self.assertIn("record 7: input \"x\": pile/7.npy: expected float[batch,3]", result.stderr)
        self.check_y(np.maximum(np.delete(self.x, [3, 7], axis=0), 0))
        self.assertEqual([f["record"] for s in range(3) for f in self.manifest(s)["failed"]],
                         [3, 7])
        again = self.failing("--shard", 4, source="pile")  # nothing to do is no success
        self.assertIn("before: 10 records in 3 shards, 2 failed", again.stdout)

    def test_max_errors(self):
        self.failing("--max-errors", 2, "--shard", 2, source="pile", output="two")
        result = self.failing("--max-errors", 1, "--shard", 2, source="pile")
        self.assertEqual(result.stdout, "")
        self.assertIn("more than 1 records failed (--max-errors)", result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder / "out")),
                         ["job.json", "shard-000000", "shard-000001", "shard-000002"])
        result = self.failing("--max-errors", 1, "--shard", 2, source="pile")
        self.assertIn("more than 1", result.stderr)  # those of the first start count

    def test_renew(self):
        self.failing("--shard", 4, source="pile")
        kept = os.stat(self.folder / "out/shard-000002").st_ino
        for i in (3, 7):
            np.save(self.folder / f"pile/{i}.npy", self.x[i][None])
        result = self.failing("--shard", 4, source="pile")
        self.assertIn("shard-000000 was made before its inputs changed (3.npy): --renew",
                      result.stderr)
        self.assertIn("8 records in 2 shards, 0 failed",
                      self.batch("--shard", 4, "--renew", source="pile"))
        self.check_y(np.maximum(self.x, 0))
        self.assertEqual(os.stat(self.folder / "out/shard-000002").st_ino, kept)

    def test_all_fail(self):
        for i in range(10):
            (self.folder / f"pile/{i}.npy").unlink()
            os.mkfifo(self.folder / f"pile/{i}.npy") if i > 20 else os.symlink(
                "nowhere", self.folder / f"pile/{i}.npy")
        self.failing(source="pile")
        self.assertEqual(os.listdir(self.folder / "out/shard-000000"), ["manifest.json"])
        manifest = self.manifest(0)
        self.assertEqual(manifest["outputs"], [{"name": "y", "file": None}])
        self.assertIsNone(manifest["inputs"][0]["files"][0]["size"])
        self.assertIn("No such file", manifest["failed"][0]["reason"])

    def test_json(self):
        summary = json.loads(self.failing("--json", "--shard", 4, source="pile").stdout)
        self.assertEqual({k: summary[k] for k in ("shards", "records", "failed", "output")},
                         {"shards": 3, "records": 10, "failed": 2, "output": "out"})
        summary = json.loads(self.failing("--json", "--shard", 4, source="pile").stdout)
        self.assertEqual(summary["records"], 0)
        self.assertEqual(summary["before"], {"shards": 3, "records": 10, "failed": 2})

    def test_file_cut_short_meanwhile(self):
        """A row that is not there any more is that record's failure."""
        big = np.ones((400, 1 << 14), np.float32)
        np.save(self.folder / "big.npy", big)
        model = models.save(self.folder / "m.onnx", [helper.make_node("Relu", ["x"], ["y"])],
                            [models.value("x", ["n", 1 << 14])],
                            [models.value("y", ["n", 1 << 14])])
        process = subprocess.Popen([HINGE, "batch", model, "-i", "x=big.npy", "-o", "out",
                                    "--shard", "1"], cwd=self.folder, env=ENVIRONMENT, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not (self.folder / "out/shard-000000").exists():
            time.sleep(0.001)
        os.truncate(self.folder / "big.npy", 1000)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn("400 records", out)
        self.assertIn("the file has become shorter", err)


class Progress(Batch):
    def test_bar(self):
        """On a terminal, and the pace as it is; in a pipe nothing, as all other tests see."""
        np.save(self.folder / "x.npy", np.zeros((3000, 3), np.float32))
        _, said = self.on_terminal("batch", self.model, "-i", "x=x.npy", "-o", "out", "--shard", "20")
        self.assertRegex(said, r"\r *\d+ % \[█* *\] \d+/3000  \d+:\d\d left\x1b\[K")
        self.assertTrue(said.endswith("\r\x1b[K"))


class Restarts(Batch):
    def test_goes_on(self):
        self.batch("--shard", 2)
        whole = tree(self.folder / "out")
        shutil.rmtree(self.folder / "out/shard-000003")
        left = self.folder / "out/.work-abcdef/shard-000003"
        left.mkdir(parents=True)
        (left / "y.npy").write_bytes(b"half")
        (left.parent / "lock").touch()
        (self.folder / "out/.work-empty1").mkdir()
        said = self.batch("--shard", 2)
        self.assertIn("2 records in 1 shard,", said)
        self.assertIn("before: 8 records in 4 shards", said)
        self.assertEqual(tree(self.folder / "out"), whole)
        self.check_y(np.maximum(self.x, 0))

    def test_what_changed(self):
        self.batch("--shard", 4)
        whole = tree(self.folder / "out")
        for arguments, words in [
                (("--shard", 5), ["another --shard (4, now 5)", "another --output".split()[1]]),
                (("--shard", 4, "--batch", 2), ["another --batch (1, now 2)"]),
                (("--shard", 4, "--separate"), ["another --separate"]),
                (("--shard", 4, "--isa", "scalar"), ["another --isa"])]:
            self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", *arguments,
                         words=["out was begun with", *words])
        model = models.save(self.model, [helper.make_node("Abs", ["x"], ["y"])],
                            [models.value("x", ["batch", 3])], [models.value("y", ["batch", 3])])
        self.refused("batch", model, "-i", "x=x.npy", "-o", "out", "--shard", 4,
                     words=["another model"])
        models.relu(self.model)
        np.save(self.folder / "x.npy", self.x + 1)
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", "--shard", 4,
                     words=["made before its inputs changed (x.npy)"])
        np.save(self.folder / "x.npy", self.x[:9])
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", "--shard", 4,
                     words=["another number of records (10, now 9)"])
        self.assertEqual(tree(self.folder / "out"), whole)

    def test_external_data(self):
        weights = np.arange(3, dtype=np.float32)
        table = helper.make_tensor("w", TensorProto.FLOAT, [3], weights.tobytes(), raw=True)
        model = helper.make_model(helper.make_graph(
            [helper.make_node("Mul", ["x", "w"], ["y"])], "graph", [models.value("x", ["n", 3])],
            [models.value("y", ["n", 3])], [table]), opset_imports=models.OPSETS)
        model.ir_version = 8
        onnx.save(model, str(self.folder / "e.onnx"), save_as_external_data=True,
                  location="e.data", size_threshold=0)
        arguments = ["batch", "e.onnx", "-i", "x=x.npy", "-o", "out"]
        self.hinge(*arguments)
        self.check_y(self.x * weights)
        data = bytearray((self.folder / "e.data").read_bytes())
        data[4:8] = np.float32(7).tobytes()
        (self.folder / "e.data").write_bytes(data)
        self.refused(*arguments, words=["other external data of the model"])

    def test_spoiled_folder(self):
        self.batch("--shard", 4)
        (self.folder / "out/shard-000001/manifest.json").write_text("{")
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", "--shard", 4,
                     words=["shard-000001/manifest.json", "remove the folder"])
        (self.folder / "out/job.json").write_text("[]")
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", "--shard", 4,
                     words=["begun with another model"])
        (self.folder / "out/job.json").write_text("")
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "out", words=["out/job.json: "])
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "x.npy",
                     words=["x.npy: Not a directory"])
        self.refused("batch", self.model, "-i", "x=x.npy", "-o", "no/where",
                     words=["no/where: No such file"])

    def test_killed_a_hundred_times(self):
        """Nothing is lost but the shard in hand: shards that were there are still the same
        folders, and in the end the bytes are those of a run that nobody disturbed."""
        draw = random.Random(5)
        x = np.random.default_rng(2).standard_normal((300, 3)).astype(np.float32)
        np.save(self.folder / "x.npy", x)
        arguments = ["batch", self.model, "-i", "x=x.npy", "--shard", "2", "--threads", "1"]
        self.hinge(*arguments, "-o", "reference")
        reference = tree(self.folder / "reference")
        kills, rounds = 0, 0
        while kills < 100:
            output = self.folder / f"out{rounds}"
            rounds += 1
            done = {}
            finished = False
            while not finished:
                process = subprocess.Popen([HINGE, *arguments, "-o", output], cwd=self.folder,
                                           env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.PIPE)
                try:
                    process.communicate(timeout=draw.uniform(0.005, 0.15) if kills < 100 else None)
                    finished = True
                    self.assertEqual(process.returncode, 0)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    said = process.communicate()[1]
                    self.assertEqual(said, b"")
                    kills += process.returncode == -signal.SIGKILL
                now = {p.name: p.stat().st_ino for p in output.glob("shard-*")}
                self.assertEqual({name: now.get(name) for name in done}, done)
                done = now
            self.assertEqual(tree(output), reference)
        self.assertGreaterEqual(kills, 100)

    def test_killed_as_it_begins(self):
        """What a process leaves that is killed while it makes the folder its own goes later."""
        draw = random.Random(6)
        self.batch(output="reference")
        names = sorted(os.listdir(self.folder / "reference"))
        for i in range(60):
            output = self.folder / f"out{i}"
            process = subprocess.Popen([HINGE, "batch", self.model, "-i", "x=x.npy", "-o", output],
                                       cwd=self.folder, env=ENVIRONMENT,
                                       stdout=subprocess.DEVNULL)
            while not output.exists() and process.poll() is None:
                pass
            time.sleep(draw.uniform(0, 0.001))
            process.kill()
            process.wait()
            self.batch(output=output.name)
            self.assertEqual(sorted(os.listdir(output)), names)


class Disk(Batch):
    def limited(self, size, output):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return subprocess.run([HINGE, "batch", self.model, "-i", "x=x.npy", "-o", output,
                               "--shard", "600"], cwd=self.folder, env=ENVIRONMENT,
                              capture_output=True, text=True, preexec_fn=limit)

    def test_file_too_large(self):
        x = np.zeros((2000, 3), np.float32)
        np.save(self.folder / "x.npy", x)
        for size in (0, 100, 700, 5000):
            result = self.limited(size, f"out{size}")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("File too large", result.stderr)
            left = os.listdir(self.folder / f"out{size}")
            self.assertIn(sorted(left), ([], ["job.json"]))
        self.batch("--shard", 600, output="out700")
        self.check_y(x, "out700")

    def test_disk_full(self):
        """A file system of 64 KiB in a namespace of its own, where the system lets us have one."""
        script = (f"mount -t tmpfs -o size=64k none small && '{HINGE}' batch '{self.model}' "
                  "-i x=x.npy -o small/out --shard 1000; s=$?; ls -A small/out; exit $s")
        (self.folder / "small").mkdir()
        probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "small"],
                               cwd=self.folder, capture_output=True)
        if probe.returncode:
            self.skipTest("no namespaces here")
        np.save(self.folder / "x.npy", np.zeros((20000, 3), np.float32))
        result = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=self.folder,
                                env=ENVIRONMENT, capture_output=True, text=True)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("No space left on device", result.stderr)
        self.assertNotIn(".work", result.stdout)
        self.assertIn("job.json", result.stdout)


class Parts(Batch):
    def setUp(self):
        super().setUp()
        self.x = np.random.default_rng(3).standard_normal((100, 3)).astype(np.float32)
        np.save(self.folder / "x.npy", self.x)
        self.batch("--shard", 3, output="reference")
        self.reference = tree(self.folder / "reference")

    def command(self, output, *more):
        return [HINGE, "batch", self.model, "-i", "x=x.npy", "-o", output, "--shard", "3", *more]

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), cwd=self.folder, env=ENVIRONMENT,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_parts(self):
        self.assertIn("24 records in 8 shards", self.batch("--shard", 3, "--part", "3/4"))
        self.assertIn("shard-000002", os.listdir(self.folder / "out"))
        for i in (1, 2, 4):
            self.batch("--shard", 3, "--part", f"{i}/4")
        self.assertEqual(tree(self.folder / "out"), self.reference)

    def test_at_once(self):
        """Parts, and processes that do not know of each other, in one folder at one time."""
        for output, parts in (("parts", [("--part", f"{i}/4") for i in range(1, 5)]),
                              ("all", [()] * 4)):
            processes = [self.start(output, *part) for part in parts]
            for process in processes:
                self.assertEqual(process.communicate()[1], b"")
                self.assertEqual(process.returncode, 0)
            self.assertEqual(tree(self.folder / output), self.reference)

    def test_xargs_and_parallel(self):
        line = " ".join(f"'{word}'" for word in self.command("OUT", "--part"))
        tools = {"xargs": f"seq 4 | xargs -P 4 -I @ {line} @/4"}
        if shutil.which("parallel"):
            tools["parallel"] = f"parallel --will-cite {line} {{}}/4 ::: 1 2 3 4"
        for name, text in tools.items():
            subprocess.run(["sh", "-c", text.replace("OUT", name)], check=True, cwd=self.folder,
                           env=ENVIRONMENT, capture_output=True)
            self.assertEqual(tree(self.folder / name), self.reference)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
