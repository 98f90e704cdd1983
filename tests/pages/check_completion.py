"""Completion in bash and zsh: the functions as the shell calls them, and keys as somebody presses them.
usage: check_completion.py HINGE"""
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

from command import ENVIRONMENT, HINGE, Command

COMPLETE = """
. ./completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_hinge
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(Command):
    def setUp(self):
        super().setUp()
        for name in ["model.onnx", "digit.npy"]:
            (self.folder / name).touch()
        (self.folder / "samples").mkdir()

    def commands(self):
        listed = re.search(r"Commands:\n((?:  .*\n)+)", self.hinge("--help"))[1]
        return re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)

    def options(self, command):
        return set(re.findall(r"--([a-z-]+)", self.hinge(command, "--usage")))

    def press(self, shell, keys, wanted):
        """Whether what is wanted appears on the terminal after the keys."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execvpe(shell[0], shell, {**ENVIRONMENT, "TERM": "xterm", "PS1": "$ ", "HOME": ".",
                                         "PATH": f"{os.path.dirname(HINGE)}:{os.environ['PATH']}"})
        shown = ""
        try:
            for key in keys:
                os.write(terminal, key.encode())
                until = time.monotonic() + 20
                mark = wanted if key is keys[-1] else "ready"
                while not re.search(mark, shown) and time.monotonic() < until:
                    if select.select([terminal], [], [], 0.2)[0]:
                        shown += os.read(terminal, 4096).decode(errors="replace")
                self.assertRegex(shown, mark)
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
            os.close(terminal)


class Bash(Completion):
    def setUp(self):
        super().setUp()
        (self.folder / "completion").write_text(self.hinge("completion", "bash"))

    def complete(self, *words):
        result = subprocess.run(["bash", "--norc", "-c", COMPLETE, "bash", "hinge", *words],
                                capture_output=True, text=True, cwd=self.folder, env=ENVIRONMENT)
        self.assertEqual((result.returncode, result.stderr), (0, ""), words)
        return set(result.stdout.split())

    def test_commands(self):
        commands = set(self.commands())
        self.assertEqual(self.complete(""), {*commands, "help", "completion", "--help", "--usage",
                                             "--version"})
        self.assertEqual(self.complete("ins"), {"inspect"})
        self.assertEqual(self.complete("help", ""), {*commands, "--man"})
        self.assertEqual(self.complete("completion", ""), {"bash", "zsh"})

    def test_options(self):
        for command in self.commands():
            options = {o.rstrip("=") for o in self.complete(command, "--")}
            self.assertEqual({o[2:] for o in options}, self.options(command), command)
        self.assertEqual(self.complete("run", "model.onnx", "--in"),
                         {"--input=", "--inputs=", "--int-max="})
        self.assertEqual(self.complete("run", "--rand"), {"--random"})

    def test_arguments(self):
        self.assertEqual(self.complete("run", "--isa", "="), {"scalar", "avx2", "avx512"})
        self.assertEqual(self.complete("run", "--isa", "=", "s"), {"scalar"})
        self.assertEqual(self.complete("run", "--isa", "avx5"), {"avx512"})
        self.assertEqual(self.complete("run", "--disable-pass", "=", "fuse"),
                         {"fuse-addend", "fuse-activation", "fuse-patterns",
                          "fuse-shuffle", "fuse-swish"})
        self.assertEqual(self.complete("run", "mod"), {"model.onnx"})
        self.assertEqual(self.complete("run", "--input", "image", "=", "dig"), {"digit.npy"})
        self.assertEqual(self.complete("run", "-O", ""), {"samples"})
        self.assertEqual(self.complete("run", "--threads", "="), set())

    def test_keys(self):
        self.press(["bash", "--norc", "-i"],
                   [". ./completion; echo rea''dy\n", "hinge inspe\t--cou\tmod\t"],
                   r"hinge inspect --counts model\.onnx")

    def test_wrong_shell(self):
        self.refused("completion", status=2, words=["bash or zsh"])
        self.refused("completion", "fish", status=2, words=["bash or zsh"])


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(Completion):
    def setUp(self):
        super().setUp()
        script = self.hinge("completion", "zsh")
        (self.folder / "functions").mkdir()
        for name in ["completion", "functions/_hinge"]:
            (self.folder / name).write_text(script)

    def test_all_are_there(self):
        script = (self.folder / "completion").read_text()
        for command in self.commands():
            part = re.search(rf"^        {command}\) _arguments -s \\\n((?:  .*\\\n)+)", script,
                             re.MULTILINE)[1]
            self.assertEqual(set(re.findall(r"--([a-z-]+)(?==|=-|\[|\})", part)),
                             self.options(command), command)

    def test_keys(self):
        for load in ["autoload -U compinit; compinit -D -u; . ./completion",
                     "fpath=(functions $fpath); autoload -U compinit; compinit -D -u"]:
            start = [f"{load}; echo rea''dy\n"]
            for keys, wanted in [
                    ("hinge inspe\t--cou\tmod\t", r"inspect.*--counts.*model\.onnx"),
                    ("hinge run --isa=sca\t", r"--isa=scalar"),
                    ("hinge run --output-dir=sam\t", r"--output-dir=samples"),
                    ("hinge a\t", r"hinge activation")]:
                self.press(["zsh", "-f", "-i"], [*start, keys], wanted)


if __name__ == "__main__":
    unittest.main(argv=["check_completion.py"])
