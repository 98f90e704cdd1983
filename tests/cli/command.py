"""The command under test, argument 1 of each script, called in a folder of its own."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HINGE = sys.argv[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("HINGE_")}
ENVIRONMENT["LC_ALL"] = "C.UTF-8"


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def hinge(self, *arguments, status=0, environment=None):
        result = subprocess.run([HINGE, *map(str, arguments)], capture_output=True, text=True,
                                env={**ENVIRONMENT, **(environment or {})}, cwd=self.folder)
        shown = f"{arguments}: {result.stdout}\n{result.stderr}"
        self.assertEqual(result.returncode, status, shown)
        if status:
            self.assertEqual(result.stdout, "", shown)
            self.assertTrue(result.stderr.strip(), shown)
        else:
            self.assertEqual(result.stderr, "", shown)
        return result.stdout if status == 0 else result.stderr

    def refused(self, *arguments, words, status=1, **options):
        said = self.hinge(*arguments, status=status, **options)
        for word in words:
            self.assertIn(word, said)
