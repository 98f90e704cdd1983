"""How the module finds the library, and what it says of one that it cannot use.
usage: check_library.py COMPILER PACKAGE_FOLDER LIBRARY"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

COMPILER, PACKAGE, LIBRARY = sys.argv[1:4]


class Library(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def load(self, named=None, package=PACKAGE, before=""):
        """(the path of the library that was loaded, the last line on stderr)"""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HINGE_")}
        environment["PYTHONPATH"] = str(package)
        if named:
            environment["HINGE_LIBRARY"] = str(named)
        result = subprocess.run(
            [sys.executable, "-c", f"{before}\nimport hinge._library as l; print(l.lib._name)"],
            env=environment, capture_output=True, text=True)
        return result.stdout.strip(), (result.stderr.splitlines() or [""])[-1]

    def compiled(self, source):
        library = self.folder / "libother.so"
        subprocess.run([COMPILER, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)],
                       input=source, text=True, check=True)
        return library

    def test_named(self):
        self.assertEqual(self.load(LIBRARY), (LIBRARY, ""))

    def test_named_and_not_there(self):
        """Nothing else is taken instead."""
        loaded, said = self.load(self.folder / "none.so", self.installed(self.folder / "lib"))
        self.assertEqual(loaded, "")
        self.assertRegex(said, "^ImportError: .*none.so is not Hinge's library")

    def installed(self, library_folder):
        package = self.folder / "lib" / "python3" / "dist-packages"
        shutil.copytree(PACKAGE, package)
        library_folder.mkdir(exist_ok=True)
        (library_folder / "libhinge.so.0").symlink_to(LIBRARY)
        return package

    def test_beside_the_package(self):
        package = self.installed(self.folder / "lib")
        self.assertEqual(self.load(package=package), (str(self.folder / "lib/libhinge.so.0"), ""))

    def test_beside_the_package_by_architecture(self):
        name = subprocess.run([sys.executable, "-c", "import sysconfig; "
                               "print(sysconfig.get_config_var('MULTIARCH') or '')"],
                              capture_output=True, text=True, check=True).stdout.strip()
        if not name:
            self.skipTest("this Python does not know the architecture's folder")
        package = self.installed(self.folder / "lib" / name)
        self.assertEqual(self.load(package=package),
                         (str(self.folder / "lib" / name / "libhinge.so.0"), ""))

    def test_where_the_system_looks(self):
        before = "import ctypes.util; ctypes.util.find_library = {}.get"
        found = before.format({"hinge": LIBRARY})
        self.assertEqual(self.load(before=found), (LIBRARY, ""))
        loaded, said = self.load(before=before.format({}))
        self.assertEqual((loaded, said), ("", "ImportError: libhinge.so.0 was not found: "
                                              "HINGE_LIBRARY may name it"))

    def test_of_another_version(self):
        for version in ("0.1.9", "1.2.0", "00.x.1", ""):
            library = self.compiled(f'const char *hinge_version(void) {{ return "{version}"; }}')
            loaded, said = self.load(library)
            self.assertEqual(loaded, "")
            self.assertEqual(said, f"ImportError: {library} is Hinge {version}, and this module is "
                                   "made for 0.2: take the one that comes with the library")

    def test_lacking_functions(self):
        """A later minor version is none of another layout, and is asked for the functions."""
        for version in ("0.2.0", "0.10.1"):
            library = self.compiled(f'const char *hinge_version(void) {{ return "{version}"; }}')
            loaded, said = self.load(library)
            self.assertEqual(loaded, "")
            self.assertRegex(said, "^ImportError: .* lacks what this module needs: .*hinge_")

    def test_something_else(self):
        text = self.folder / "text.so"
        text.write_text("no library")
        for other in (text, self.compiled("int other;")):
            loaded, said = self.load(other)
            self.assertEqual(loaded, "")
            self.assertRegex(said, "^ImportError: .* is not Hinge's library: ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
