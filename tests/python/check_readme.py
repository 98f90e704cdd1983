"""The program in tools/python/README.md, and what its comments say that it prints.
usage: check_readme.py README REPOSITORY"""
import contextlib
import io
import os
import re
import sys
import unittest
from pathlib import Path

README, REPOSITORY = map(Path, sys.argv[1:3])


class Readme(unittest.TestCase):
    def test_program(self):
        program = re.search(r"(?:^    .*\n|^\n(?=    ))+", README.read_text(), re.MULTILINE)[0]
        lines = [line[4:] for line in program.splitlines()]
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(REPOSITORY)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec("\n".join(lines), {})
        promised = [line.split("# ")[1] for line in lines if "print(" in line]
        self.assertEqual(printed.getvalue().splitlines(), promised)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
