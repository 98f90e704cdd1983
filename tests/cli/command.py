"""The command under test, argument 1 of each script, called in a folder of its own; and the inputs
that its --random makes."""
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

HINGE = sys.argv[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("HINGE_")}
ENVIRONMENT["LC_ALL"] = "C.UTF-8"
# More memory than there is: an error of the command's, under the sanitizer too, which tells of it.
ENVIRONMENT["ASAN_OPTIONS"] = "allocator_may_return_null=1"
REFUSED = re.compile(r"==\d+==WARNING: AddressSanitizer failed to allocate .*\n+")


def draws(index, seed, count):
    """The generator of --random as its description says it, in Python's integers."""
    mask = 2**64 - 1
    state = (0x9E3779B97F4A7C15 * (index + 1) + 0xD1342543DE82EF95 * seed) & mask
    for _ in range(count):
        state ^= state >> 12
        state = (state ^ (state << 25)) & mask
        state ^= state >> 27
        yield (state * 0x2545F4914F6CDD1D & mask) >> 40


def random_floats(index, shape, seed=0):
    flat = [u / 2**23 - 1 for u in draws(index, seed, int(np.prod(shape)))]
    return np.array(flat, dtype=np.float32).reshape(shape)


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def call(self, *arguments, environment=None):
        result = subprocess.run([HINGE, *map(str, arguments)], capture_output=True, text=True,
                                env={**ENVIRONMENT, **(environment or {})}, cwd=self.folder)
        result.stderr = REFUSED.sub("", result.stderr)
        return result

    def hinge(self, *arguments, status=0, environment=None):
        result = self.call(*arguments, environment=environment)
        shown = f"{arguments}: {result.stdout}\n{result.stderr}"
        self.assertEqual(result.returncode, status, shown)
        if status:
            self.assertEqual(result.stdout, "", shown)
            self.assertTrue(result.stderr.strip(), shown)
        else:
            self.assertEqual(result.stderr, "", shown)
        return result.stdout if status == 0 else result.stderr

    def on_terminal(self, *arguments):
        """What goes to stdout, and what is drawn where stderr is a terminal."""
        ours, theirs = pty.openpty()
        result = subprocess.run([HINGE, *map(str, arguments)], stdout=subprocess.PIPE,
                                stderr=theirs, text=True, cwd=self.folder, check=True,
                                env={**ENVIRONMENT, "TERM": "xterm"})
        os.close(theirs)
        parts = []
        while True:  # what was written comes bit by bit, then an error
            try:
                parts.append(os.read(ours, 65536))
            except OSError:
                break
        os.close(ours)
        return result.stdout, b"".join(parts).decode()

    def refused(self, *arguments, words, status=1, **options):
        said = self.hinge(*arguments, status=status, **options)
        for word in words:
            self.assertIn(word, said)
