"""tools/compare-onednn: what it finds in a model goes to the harness, whose times go into the table;
and the harness itself, where there is one."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import models
from command import ENVIRONMENT, Command, unittest

import numpy as np
from onnx import helper

BUILD = Path(sys.argv[1]).resolve().parent.parent
HARNESS = BUILD / "bin/bench_onednn"
COMPARE = Path(__file__).resolve().parents[2] / "tools/compare-onednn"

# Keeps what it was given, and takes a second for each layer.
STAND_IN = """#!/usr/bin/python3
import os, sys
lines = sys.stdin.read().splitlines()
open("{folder}/layers", "w").write("\\n".join(lines))
open("{folder}/called", "w").write(" ".join([*sys.argv[1:], os.environ["OMP_NUM_THREADS"]]))
print("\\n".join(["1000"] * len(lines)))
"""


def network(path):
    """Sizes are such that no rule of padding gives what another one does."""
    def weights(name, *shape):
        return models.tensor(np.full(shape, 0.01, np.float32), name)

    def conv(x, w, y, **attributes):
        return helper.make_node("Conv", [x, w], [y], name=f"to {y}", **attributes)

    nodes = [conv("x", "w1", "a", auto_pad="SAME_UPPER", strides=[2, 1]),
             helper.make_node("Relu", ["a"], ["b"]),
             conv("b", "w2", "c", group=8, pads=[1, 0, 3, 2], dilations=[2, 1]),
             conv("c", "w3", "d"), conv("c", "w3", "e"),
             helper.make_node("Add", ["d", "e"], ["f"]),
             helper.make_node("Relu", ["f"], ["y"])]
    return models.save(path, nodes, [models.value("x", ["n", 3, 10, 12])],
                       [models.value("y", None)],
                       [weights("w1", 8, 3, 3, 4), weights("w2", 8, 1, 3, 3),
                        weights("w3", 16, 8, 1, 1)])


class Compare(Command):
    def compare(self, *arguments, status=0):
        result = subprocess.run([COMPARE, "--hinge", BUILD / "bin/hinge", "--runs", "2", *arguments],
                                capture_output=True, text=True, check=False, env=ENVIRONMENT)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def stand_in(self):
        path = self.folder / "harness"
        path.write_text(STAND_IN.format(folder=self.folder))
        path.chmod(0o755)
        return path

    def test_layers(self):
        model = network(self.folder / "m.onnx")
        out = self.compare("--harness", self.stand_in(), "--dim", "n=2", "--threads", "3",
                           "--rounds", "2", model).stdout
        self.assertEqual((self.folder / "called").read_text(), "2 3")
        layers = (self.folder / "layers").read_text().splitlines()
        self.assertEqual(layers[:2], ["2 3 8 1 10 12 5 12 3 4 2 1 1 1 0 1 1 2 0 1",
                                      "2 8 8 8 5 12 5 12 3 3 1 1 2 1 1 0 3 2 0 0"])
        plain, added = (f"2 8 16 1 5 12 5 12 1 1 1 1 1 1 0 0 0 0 {end}" for end in ("0 0", "1 1"))
        self.assertEqual(sorted(layers[2:]), [plain, added])
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines()]
        self.assertEqual([row[:2] for row in rows[2:4]],
                         [["3x4, 3 to 8 at 5x12 of 2, stride 2 + Relu", "1"],
                          ["3x3, 8 to 8 at 5x12 of 2, 8 groups", "1"]])
        self.assertEqual(rows[-1][:2] + rows[-1][3:4], ["all", "4", "4000.000"])
        self.assertGreater(float(rows[-1][4]), 1)

    def test_refusals(self):
        model = network(self.folder / "m.onnx")
        said = self.compare("--harness", self.folder / "none", model, status=1).stderr
        self.assertIn("libdnnl-dev", said)
        said = self.compare("--harness", self.stand_in(), models.relu(self.folder / "r.onnx"),
                            "--dim=batch=1", status=1).stderr
        self.assertIn("no convolutions", said)
        said = self.compare("--harness", self.stand_in(), model, status=1).stderr
        self.assertIn("--dim", said)  # hinge profile tells which
        self.compare("--harness", self.stand_in(), model, "--dim", "n", status=2)
        self.compare("--harness", "/bin/false", model, "--dim=n=1", status=1)

    @unittest.skipUnless(HARNESS.exists(), "libdnnl-dev is not there")
    def test_harness(self):
        """oneDNN refuses sizes that do not belong together."""
        model = network(self.folder / "m.onnx")
        rows = self.compare("--dim=n=1", "--rounds", "1", model).stdout.splitlines()
        self.assertGreater(float(rows[-1].strip("| ").split("|")[-2]), 0)
        wrong = subprocess.run([HARNESS, "1"], input="1 3 8 1 10 12 5 11 3 4 2 1 1 1 0 1 1 2 0 1",
                               capture_output=True, text=True, check=False)
        self.assertEqual((wrong.returncode, wrong.stdout), (1, ""))
        self.assertIn("a convolution", wrong.stderr)
        for argument in ("0", "x", ""):
            self.assertIn("usage", subprocess.run([HARNESS, argument], capture_output=True, text=True,
                                                  check=False).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
