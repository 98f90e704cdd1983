"""tests/bench/regression, with commands that stand in for hinge bench: their times are made up."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

REGRESSION = Path(__file__).resolve().parent / "regression"
HINGE = Path(sys.argv[1])
NAMES = ("convolutions", "attention", "elementwise", "recurrent", "quantized", "moving", "dispatch")

# Times come out of a sequence that goes on from call to call (squares modulo a prime), and spread
# over a third.
COMMAND = """#!/bin/sh
state=$(dirname "$0")/calls
read -r calls <"$state"
echo $((calls + 1)) >"$state"
time=$((1000 + calls * calls * 7919 % 331))
case $* in "bench "*" --threads 1") ;; *) exit 3 ;; esac
case $2 in
{cases}
esac
echo "{{\\"min_ms\\": $time}}"
"""
BROKEN = "echo 'hinge: no such operator' >&2; exit 1"


class Regression(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def build(self, name, calls=0, **cases):
        """A build folder; cases: what the command does for a model, by per cent or other."""
        command = self.folder / name / "bin/hinge"
        command.parent.mkdir(parents=True)
        lines = [f"*{model}*) " + (f"time=$((time * {case} / 100))" if isinstance(case, int)
                                   else case) + " ;;" for model, case in cases.items()]
        command.write_text(COMMAND.format(cases="\n".join(lines)))
        command.chmod(0o755)
        command.with_name("calls").write_text(f"{calls}\n")
        return command.parents[1]

    def run_it(self, *arguments, status=0):
        result = subprocess.run([REGRESSION, *map(str, arguments)], capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def verdicts(self, base, new, *arguments, status=0):
        """That of each model, and the last line."""
        lines = self.run_it("--base", base, "--new", new, *arguments,
                            status=status).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines[1:-1]], list(NAMES))
        return {line.split()[0]: line.split()[1] for line in lines[1:-1]}, lines[-1]

    def test_verdicts(self):
        base = self.build("base", calls=100, attention=BROKEN)
        new = self.build("new", elementwise=108, recurrent=50, quantized=BROKEN, moving=150)
        verdicts, last = self.verdicts(base, new, status=1)
        self.assertEqual({name: verdict for name, verdict in verdicts.items()
                          if verdict != "passed"},
                         {"attention": "skipped", "quantized": "failed", "moving": "slower"})
        self.assertEqual(last, "4 passed, 2 failed, 1 skipped")

    def test_limit(self):
        base, new = self.build("base", calls=100), self.build("new", moving=150)
        self.assertEqual(self.verdicts(base, new, "--limit", 60)[1], "7 passed, 0 failed")

    def test_too_few_pairs(self):
        self.assertIn("--pairs is at least 7", self.run_it("--pairs", 6, status=2).stderr)

    def test_models_run(self):
        """What stands above is of commands that run nothing."""
        lines = self.run_it("--base", HINGE.parents[1], "--new", HINGE.parents[1], "--pairs", 7,
                            "--seconds", 0, "--limit", 1000).stdout.splitlines()
        self.assertEqual(lines[-1], "7 passed, 0 failed")

    def repository(self, cmake, *files):
        folder = self.folder / "repository"
        folder.mkdir()
        for file in files:
            shutil.copy(file, folder)
        shutil.copy(REGRESSION.parents[2] / "CMakePresets.json", folder)
        (folder / "CMakeLists.txt").write_text(cmake)
        for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=n", "-c", "user.email=e",
                                                        "commit", "-q", "-m", "m"]):
            subprocess.run(["git", *command], cwd=folder, check=True)
        return folder

    def test_commit_is_built(self):
        new = self.build("new")
        folder = self.repository(
            "cmake_minimum_required(VERSION 3.25)\nproject(p NONE)\n"
            "file(COPY ${CMAKE_SOURCE_DIR}/hinge DESTINATION ${CMAKE_BINARY_DIR}/bin)\n"
            "file(WRITE ${CMAKE_BINARY_DIR}/bin/${STATE} \"100\\n\")\n", new / "bin/hinge")
        (folder / "hinge").write_text("not what was committed\n")
        said = self.run_it("--repository", folder, "--commit", "HEAD", "-DSTATE=calls", "--new",
                           new).stdout
        self.assertEqual(said.splitlines()[-1], "7 passed, 0 failed")

    def test_commit_cannot_be_built(self):
        folder = self.repository('message(FATAL_ERROR "not today")\n')
        said = self.run_it("--repository", folder, "--commit", "HEAD", status=1).stderr
        self.assertIn("not today", said)
        self.assertIn("HEAD could not be built", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
