"""The man pages: that they lint, and have every command, option and function.
usage: check_man.py HINGE PAGES HEADERS"""
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from command import ENVIRONMENT, Command

PAGES, HEADERS = map(Path, sys.argv[2:4])


def plain(page):
    """The text of a page without fonts and escapes."""
    text = re.sub(r"\\f[BRI]", "", page.read_text())
    return text.replace("\\(ga", "`").replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\").replace("\\&", "")


def words(text):
    """In small letters, with a space between, without requests."""
    return " ".join(re.findall(r"\w+", re.sub(r"(?m)^\.[A-Z]{2} ?", "", text).lower()))


class Man(Command):
    def commands(self):
        listed = re.search(r"Commands:\n((?:  .*\n)+)", self.hinge("--help"))[1]
        return re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)

    def test_commands(self):
        main = plain(PAGES / "man1" / "hinge.1")
        commands = self.commands()
        self.assertGreater(len(commands), 8)
        for command in commands:
            self.assertIn(f"hinge-{command} (1)", main)
            page = PAGES / "man1" / f"hinge-{command}.1"
            self.assertEqual(page.read_text(), self.hinge("help", "--man", command))
            usage = self.hinge(command, "--usage")
            options = set(re.findall(r"--([a-z-]+)", usage))
            self.assertGreater(len(options), 5)
            text = plain(page)
            for option in options:
                self.assertRegex(text, rf"(?m)^(-., )?--{option}(=|\[=|$)", command)
            for letter in "".join(re.findall(r"\[-([A-Za-z]+)[?V]*\]", usage.split("[--")[0])):
                self.assertRegex(text, rf"(?m)^-{letter}, --", command)
        self.assertEqual({p.name for p in (PAGES / "man1").iterdir()},
                         {"hinge.1", *(f"hinge-{c}.1" for c in commands)})

    def test_functions(self):
        n = 0
        for header in HEADERS.glob("*.h"):
            name = header.name if header.stem == "hinge" else f"hinge_{header.name}"
            text = plain(PAGES / "man3" / f"{name}.3")
            for function in re.findall(r"^HINGE_API [^(]*?(\w+)\(", header.read_text(), re.MULTILINE):
                n += 1
                self.assertIn(f"{function}(", text)
                self.assertEqual((PAGES / "man3" / f"{function}.3").read_text(),
                                 f".so man3/{name}.3\n")
            for comment in re.findall(r"^(?:/\*| \*) (\w[^*/]{20,}?)(?: \*/)?$", header.read_text(),
                                      re.MULTILINE):
                self.assertTrue(words(comment) in words(text), f"{name}: {comment}")
        self.assertGreater(n, 60)

    def lint(self, *command, expected=""):
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        for page in sorted(PAGES.glob("man*/*")):
            if page.read_text().startswith(".so "):
                continue
            result = subprocess.run([*command, page], text=True, capture_output=True,
                                    env=ENVIRONMENT)
            told = result.stderr + (result.stdout if command[0] == "mandoc" else "")
            self.assertEqual(re.sub(expected, "", told) if expected else told, "", page)

    def test_groff(self):
        self.lint("groff", "-man", "-ww", "-Kutf8", "-Tutf8")

    def test_man(self):
        self.lint("man", "--warnings", "-l", "-Tutf8")

    def test_mandoc(self):
        """A page has no date: two builds of one source give the same bytes."""
        self.lint("mandoc", "-Tlint", "-Wwarning",
                  expected=r'mandoc: .*: WARNING: missing date, using "": TH\n')


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
