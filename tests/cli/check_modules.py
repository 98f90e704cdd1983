"""The modules of the command: opened only when they are asked for, and what is said where one is
missing or damaged.
usage: check_modules.py HINGE MODULES, the folder that these are built in"""
import os
import re
import shutil
import subprocess
import sys
import unittest
import wave
from pathlib import Path

import numpy as np

import models
from command import ENVIRONMENT, HINGE, Command

MODULES = Path(sys.argv[2])

# Every object that is loaded costs each start a tenth of a millisecond or more.
AT_START = {"hinge", "libhinge", "libjansson", "libnettle", "libprotobuf-c", "libc", "libm",
            "ld-linux-x86-64"}
OF_SANITIZERS = {"libasan", "libubsan", "libtsan", "libstdc++", "libgcc_s", "libdl", "librt",
                 "libpthread", "libresolv"}

# For a command that was moved away from libhinge.
MOVED = {**ENVIRONMENT, "LD_LIBRARY_PATH": str(MODULES.parent)}


def built(*names):
    return unittest.skipUnless(all((MODULES / f"{name}.so").exists() for name in names),
                               f"built without {' or '.join(names)}")


class Modules(Command):
    def setUp(self):
        super().setUp()
        models.identity(self.folder / "m.onnx", 1, ["n"])
        np.save(self.folder / "x.npy", np.float32([1, 2]))
        np.savez(self.folder / "x.npz", x=np.float32([1, 2]))
        (self.folder / "x.ppm").write_bytes(b"P6 1 1 255\nabc")
        with wave.open(str(self.folder / "x.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(8))

    def loaded(self, *arguments):
        """The names of the objects that are loaded until the end."""
        result = subprocess.run([HINGE, *arguments], cwd=self.folder, text=True,
                                capture_output=True, env={**ENVIRONMENT, "LD_DEBUG": "files"})
        self.assertEqual(result.returncode, 0, result.stderr)
        paths = re.findall(r"calling init: (\S+)", result.stderr)
        return {Path(path).name.split(".so")[0] for path in paths}

    def test_start(self):
        got = self.loaded("--version")
        self.assertIn("libc", got)
        more = got - AT_START
        if more & {"libasan", "libubsan", "libtsan"}:
            more -= OF_SANITIZERS
        self.assertEqual(more, set())

    @built("npz", "sound", "image-codecs", "serve")
    def test_only_what_is_asked_for(self):
        ours = {path.stem for path in MODULES.glob("*.so")}
        for arguments, want in [
                (["--input", "x=x.npy"], set()), (["--inputs", "x.npz"], {"npz"}),
                (["--input", "x=x.npy", "--outputs", "y.npz"], {"npz"}),
                (["--audio", "x=x.wav"], {"sound"})]:
            self.assertEqual(self.loaded("run", "m.onnx", *arguments) & ours, want)
        self.assertEqual(self.loaded("serve", "--help") & ours, set())

    def moved(self):
        """The command in a tree of its own, and the folder of its modules there, without any."""
        command = self.folder / "tree/bin/hinge"
        command.parent.mkdir(parents=True)
        shutil.copy(HINGE, command)
        folder = Path(os.path.normpath(
            command.parent / os.path.relpath(MODULES, Path(HINGE).parent)))
        folder.mkdir(parents=True)
        return command, folder

    def fails(self, command, *arguments):
        result = subprocess.run([command, *arguments], cwd=self.folder, text=True,
                                capture_output=True, env=MOVED)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_missing(self):
        command, folder = self.moved()
        calls = [("npz", "libzip", ["run", "m.onnx", "--inputs", "x.npz"]),
                 ("npz", "libzip", ["run", "m.onnx", "--input", "x=x.npy", "--outputs", "y.npz"]),
                 ("sound", "libsndfile", ["run", "m.onnx", "--audio", "x=x.wav"]),
                 ("image-codecs", "libpng", ["run", "m.onnx", "--image", "x=x.ppm"])]
        if "answer requests" in self.hinge("--help"):
            calls.append(("serve", "libmicrohttpd", ["serve", "m.onnx", "--port", "0"]))
        for name, library, arguments in calls:
            said = self.fails(command, *arguments)
            self.assertIn(f"without its module for it: {folder}/{name}.so\n", said)
            self.assertIn(library, said)
        self.assertFalse((self.folder / "y.npz").exists())

    @built("npz", "sound")
    def test_damaged(self):
        command, folder = self.moved()
        whole = (MODULES / "npz.so").read_bytes()
        version = self.hinge("--version").split()[1].encode()
        for content, reason in [
                (b"", "file too short"), (b"no module" * 1000, "invalid ELF header"),
                (whole[:5000], "cut short"), (whole[:-1], "cut short"),
                ((MODULES / "sound.so").read_bytes(), "undefined symbol"),
                (whole.replace(b"libzip.so", b"libzap.so"), "libzap.so"),
                (whole.replace(version + b"\0", b"9" * len(version) + b"\0"),
                 f"belongs to version {'9' * len(version)} of Hinge")]:
            (folder / "npz.so").write_bytes(content)
            said = self.fails(command, "run", "m.onnx", "--inputs", "x.npz")
            self.assertEqual(said.count(f"{folder}/npz.so"), 1, said)
            self.assertTrue(said.startswith("hinge: x.npz: "), said)
            self.assertIn(reason, said)

    @built("npz")
    def test_whole(self):
        command, folder = self.moved()
        shutil.copy(MODULES / "npz.so", folder)
        subprocess.run([command, "run", "m.onnx", "--inputs", "x.npz"], cwd=self.folder, check=True,
                       capture_output=True, env=MOVED)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
