"""tools/compare-onnxruntime and its harness, with a library that stands in for ONNX Runtime and an
npm that installs it: what is measured goes all the way into the table and the figure."""
import ctypes.util
import json
import os
import platform
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import models
from command import ENVIRONMENT, Command, random_floats, unittest

import numpy as np

BUILD = Path(sys.argv[1]).resolve().parent.parent
LIBRARY = Path(sys.argv[2]).resolve()
HARNESS = BUILD / "bin/bench_onnxruntime"
COMPARE = Path(__file__).resolve().parents[2] / "tools/compare-onnxruntime"
FUNCTIONS = ("create_env", "create_session_options", "set_level", "set_within", "set_between",
             "create_session", "get_count", "get_output_name", "get_input_name", "get_type",
             "cast_type", "get_element", "get_rank", "get_dims", "get_symbols", "create_memory",
             "create_tensor", "run")

# Puts the library where the package has it, and keeps what it was called with.
NPM = """#!/bin/sh
echo "$*" >"{folder}/npm.txt"
while [ $# -gt 0 ]; do [ "$1" != --prefix ] || prefix=$2; shift; done
to="$prefix/node_modules/onnxruntime-node/bin/napi-v6/linux/{machine}"
mkdir -p "$to" && cp "{library}" "$to/libonnxruntime.so.1"
"""

# Keeps what it was called with; what it builds is there.
CMAKE = """#!/bin/sh
echo "$*" >>"{folder}/cmake.txt"
case $1 in
--preset) mkdir -p "$4" && touch "$4/CMakeCache.txt" ;;
--build) ln -sfn "{built}/bin" "$2/bin" ;;
esac
"""


class Harness(Command):
    def harness(self, *arguments, status=0, **environment):
        result = subprocess.run(
            [HARNESS, *map(str, arguments)], capture_output=True, text=True, check=False,
            env={**ENVIRONMENT, "ORT_LIB": str(LIBRARY), **environment})
        self.assertEqual(result.returncode, status, result.stderr)
        if status == 0:
            self.assertEqual(result.stderr, "")
            return json.loads(result.stdout)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_input_is_that_of_hinge_bench(self):
        got, set_to = self.folder / "x", self.folder / "options"
        said = self.harness("model.onnx", "--dim", "batch=4", "--seed", 3, "--threads", 2, "--runs",
                            12, "--seconds", 0, STAND_IN_INPUT=str(got),
                            STAND_IN_OPTIONS=str(set_to))
        self.assertEqual(got.read_bytes(), random_floats(0, (4, 3), seed=3).tobytes())
        self.assertEqual(set_to.read_text(), "99 2 1")
        self.assertEqual((said["threads"], said["runs"], said["runtime"]),
                         (2, 12, "onnxruntime 1.99.0"))
        self.assertLessEqual(said["min_ms"], said["median_ms"])
        self.assertGreater(said["peak_rss_mib"], 0)

    def test_sizes(self):
        for option, rows in (("--shape=x=5x3", 5), ("--default-dim=6", 6)):
            got = self.folder / "x"
            self.harness("model.onnx", option, "--seconds", 0, STAND_IN_INPUT=str(got))
            self.assertEqual(np.fromfile(got, np.float32).size, 3 * rows)
        self.assertIn("--dim", self.harness("model.onnx", status=1))
        self.assertIn("no shape", self.harness("model.onnx", "--shape", "x=5y", status=1))

    def test_files(self):
        got, x = self.folder / "x", np.arange(6, dtype=np.float32).reshape(2, 3)
        np.save(self.folder / "x.npy", x)
        self.harness("model.onnx", f"--input=x={self.folder / 'x.npy'}", "--seconds", 0,
                     STAND_IN_INPUT=str(got))
        self.assertEqual(got.read_bytes(), x.tobytes())

    def test_refusals(self):
        self.assertIn("too old", self.harness("m", "--default-dim", status=1, STAND_IN_VERSION="16"))
        self.assertIn("/nowhere/x.so", self.harness("m", status=1, ORT_LIB="/nowhere/x.so"))
        self.assertIn("not ONNX Runtime",
                      self.harness("m", status=1, ORT_LIB=ctypes.util.find_library("m")))
        for option in ("--image=x=x.png", "--inputs=x.npz"):
            self.assertIn("made up", self.harness("m", option, status=2))
        self.assertIn("none.npy", self.harness("m", "--input=x=none.npy", status=1))

    def test_every_failure_releases_all(self):
        for name in FUNCTIONS:
            said = self.harness("m", "--default-dim", status=1, STAND_IN_FAILS=name)
            self.assertEqual(said, f"ONNX Runtime: {name} fails\n")


class Compare(Command):
    def compare(self, *arguments, status=0, environment=None, build=("--no-build", "--build", BUILD)):
        result = subprocess.run(
            [COMPARE, *build, "--seconds", "0.01", "--rounds", "2",
             *map(str, arguments)], capture_output=True, text=True, check=False,
            env={**ENVIRONMENT, **(environment or {})}, cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def program(self, name, text):
        """An environment in which that is found before others of its name."""
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def npm(self):
        machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        return self.program("npm", NPM.format(folder=self.folder, machine=machine, library=LIBRARY))

    def test_builds(self):
        model = models.relu(self.folder / "m.onnx")
        environment = self.program("cmake", CMAKE.format(folder=self.folder, built=BUILD))
        arguments = (model, "--library", LIBRARY, "--threads", "1", "--", "--default-dim")
        for _ in range(2):
            self.compare(*arguments, environment=environment,
                         build=("--build", self.folder / "build"))
        build = self.folder / "build"
        self.assertEqual((self.folder / "cmake.txt").read_text().splitlines(),
                         [f"--preset release -B {build} -DHINGE_BUILD_TESTS=OFF",
                          f"--build {build}", f"--build {build}"])
        (self.folder / "bin/cmake").write_text("#!/bin/sh\nexit 1\n")
        said = self.compare(*arguments, environment=environment, status=1,
                            build=("--build", build)).stderr
        self.assertIn(f"this failed: cmake --build {build}", said)

    def test_table(self):
        model = models.relu(self.folder / "light_small/model.onnx")
        kept = self.folder / "kept"
        environment = self.npm()
        for _ in range(2):  # the second time it is there
            result = self.compare(model, "--folder", kept, "--version", "1.2.3", "--", "--dim",
                                  "batch=4", environment=environment)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertEqual(
            lines[0], "| network | load ms | first run ms | min ms, 1 thread | min ms, 2 threads | "
            "median ms, 1 thread | median ms, 2 threads | peak MiB |")
        cells = [c.strip() for c in lines[2].strip("|").split("|")]
        self.assertEqual(cells[0], "small")
        for cell, mean in zip(cells[1:], lines[3].strip("|").split("|")[1:]):
            ours, slash, theirs, ratio = cell.split()
            self.assertEqual(slash, "/")
            self.assertAlmostEqual(float(theirs) / float(ours), float(ratio.strip("()")), delta=0.01)
            self.assertEqual(mean.strip(), ratio.strip("()"))
        called = (self.folder / "npm.txt").read_text().split()
        self.assertEqual(called[0], "install")
        self.assertIn("onnxruntime-node@1.2.3", called)
        self.assertIn("--ignore-scripts", called)
        (self.folder / "npm.txt").unlink()
        self.compare(model, "--folder", kept, "--", "--dim", "batch=4", environment=environment)
        self.assertFalse((self.folder / "npm.txt").exists())

    def test_stored_inputs(self):
        model = Path(models.relu(self.folder / "stored/model.onnx"))
        x = np.arange(6, dtype=np.float32).reshape(2, 3)
        data_set = model.parent / "test_data_set_0"
        data_set.mkdir()
        (data_set / "input_0.pb").write_bytes(models.tensor(x, "x").SerializeToString())
        got = self.folder / "x"
        self.compare(model, "--library", LIBRARY, "--stored",
                     environment={"STAND_IN_INPUT": str(got)})
        self.assertEqual(got.read_bytes(), x.tobytes())
        alone = models.relu(self.folder / "alone/model.onnx")  # without a data set
        self.compare(alone, "--library", LIBRARY, "--stored", "--", "--default-dim")

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not there")
    def test_figure(self):
        model = models.relu(self.folder / "a_b/model.onnx")
        figure = self.folder / "it's.svg"
        self.compare(model, "--library", LIBRARY, "--svg", figure, "--", "--default-dim")
        text = "".join(xml.etree.ElementTree.parse(figure).getroot().itertext())
        for word in ("a_b", "1 thread", "2 threads", "Time of ONNX Runtime / time of Hinge"):
            self.assertIn(word, text)

    def test_what_fails_is_told(self):
        result = self.compare("nowhere.onnx", "--library", LIBRARY, status=1)
        self.assertIn("not measured: nowhere\n", result.stderr)
        self.assertEqual(result.stdout, "")
        model = models.relu(self.folder / "here/model.onnx")
        result = self.compare("nowhere.onnx", model, "--library", LIBRARY, "--", "--default-dim",
                              status=1)
        self.assertIn("not measured: nowhere\n", result.stderr)
        self.assertEqual([line.split()[1] for line in result.stdout.splitlines()],
                         ["network", "---", "here", "geometric"])
        empty = self.folder / "node_modules/onnxruntime-node"
        empty.mkdir(parents=True)
        result = self.compare("nowhere.onnx", "--folder", self.folder, status=1)
        self.assertIn("onnxruntime-node has no library", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
