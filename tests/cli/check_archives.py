"""hinge run with .npz files, which NumPy and Python's zipfile write and read too.
usage: check_archives.py HINGE"""
import io
import struct
import sys
import unittest
import zipfile

import numpy as np
from onnx import TensorProto

import models
from command import Command


class Archives(Command):
    a = np.array([1, -2], dtype=np.float32)
    b = np.array([-1, 2, -3], dtype=np.float32)

    def setUp(self):
        super().setUp()
        models.two(self.folder / "m.onnx")

    def relu(self):
        return {"p": np.maximum(self.a, 0), "q": np.maximum(self.b, 0)}

    def check(self, *options):
        self.hinge("run", "m.onnx", *options, "--outputs", "out.npz")
        with np.load(self.folder / "out.npz") as got:
            self.assertEqual(sorted(got), ["p", "q"])
            for name, want in self.relu().items():
                self.assertEqual(got[name].dtype, want.dtype)
                np.testing.assert_array_equal(got[name], want)

    def test_several_inputs(self):
        for save in [np.savez, np.savez_compressed]:
            save(self.folder / "in.npz", x0=self.a, x1=self.b, other=np.arange(3))
            self.check("--inputs", "in.npz")
            self.check("--input", "x0=in.npz", "--input", "x1=in.npz")
        np.savez(self.folder / "one.npz", self.a)
        np.savez(self.folder / "rest.npz", x1=self.b)
        self.check("--input", "x0=one.npz", "--inputs", "rest.npz")
        np.savez(self.folder / "x0.npz", x0=self.a)
        self.check("--inputs", "x0.npz", "--inputs", "rest.npz")

    def test_same_bytes(self):
        np.savez(self.folder / "in.npz", x0=self.a, x1=self.b)
        for name in ["a.npz", "b.npz"]:
            self.hinge("run", "m.onnx", "--inputs", "in.npz", "--outputs", name)
        first, second = ((self.folder / name).read_bytes() for name in ["a.npz", "b.npz"])
        self.assertEqual(first, second)
        self.assertIsNone(zipfile.ZipFile(self.folder / "a.npz").testzip())

    def test_types(self):
        """All types that NumPy has, in both directions."""
        for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 c8 U3 b1".split():
            array = np.array([[1, 0], [1, 1]]).astype(dtype)
            number = TensorProto.STRING if dtype[0] == "U" else \
                models.tensor(array).data_type
            models.identity(self.folder / "i.onnx", number)
            np.savez_compressed(self.folder / "in.npz", x=array)
            self.hinge("run", "i.onnx", "--inputs", "in.npz", "--outputs", "out.npz")
            got = np.load(self.folder / "out.npz")["y"]
            np.testing.assert_array_equal(got, array)
            self.assertEqual(got.dtype.kind, array.dtype.kind)

    def test_shape_is_checked(self):
        models.identity(self.folder / "i.onnx", TensorProto.FLOAT, (2, "n"))
        np.savez(self.folder / "in.npz", x=np.ones((2, 3), np.float32))
        self.hinge("run", "i.onnx", "--inputs", "in.npz", "--outputs", "out.npz")
        np.savez(self.folder / "in.npz", x=np.ones((3, 3), np.float32))
        self.refused("run", "i.onnx", "--inputs", "in.npz",
                     words=['input "x": in.npz: expected', "[2,n]", "[3,3]"])

    def test_faults(self):
        run = ["run", "m.onnx"]
        np.savez(self.folder / "in.npz", x0=self.a, x1=self.b)
        np.savez(self.folder / "no.npz", y=self.a, z=self.a)
        np.save(self.folder / "a.npy", self.a)
        self.refused(*run, "--inputs", "none.npz", words=["none.npz: No such file"])
        self.refused(*run, "--inputs", "a.npy", words=["a.npy: Not a zip archive"])
        self.refused(*run, "--inputs", "no.npz", words=["--inputs no.npz", "none of its 2 arrays"])
        self.refused(*run, "--input", "x0=no.npz", words=['input "x0"', "none of its 2 arrays"])
        self.refused(*run, "--inputs", "in.npz", "--input", "x0=a.npy",
                     words=['"x0" is given twice', "--inputs in.npz", "--input a.npy"])
        self.refused(*run, "--inputs", "in.npz", "--inputs", "in.npz", words=["given twice"])
        self.refused(*run, "--inputs", "in.npz", "--outputs", "out.zip", words=["out.zip", ".npz"])
        self.refused(*run, "--inputs", "in.npz", "--outputs", "no/out.npz",
                     words=["no/out.npz: No such file"])
        np.savez(self.folder / "in.npz", x0=self.a, x1=self.a)
        self.refused(*run, "--inputs", "in.npz", words=['input "x1": in.npz: ', "[3]", "[2]"])
        np.savez(self.folder / "in.npz", x0=self.a, x1=self.b.astype(np.float64))
        self.refused(*run, "--inputs", "in.npz", words=['input "x1": in.npz: ', "double"])

    def test_defaults(self):
        """An initializer that is an input as well is taken from an archive too."""
        models.with_default(self.folder / "d.onnx")
        np.savez(self.folder / "in.npz", x=self.a, bias=np.array([10, 20], np.float32))
        self.hinge("run", "d.onnx", "--inputs", "in.npz", "--outputs", "out.npz")
        np.testing.assert_array_equal(np.load(self.folder / "out.npz")["y"], [11, 18])

    def put(self, data, method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(self.folder / "bad.npz", "w", method) as archive:
            archive.writestr("x0.npy", data)

    def npy(self, array):
        file = io.BytesIO()
        np.save(file, array)
        return file.getvalue()

    def test_hostile(self):
        run = ["run", "m.onnx", "--random", "--inputs", "bad.npz"]
        for data in [b"", b"\x93NUMPY", self.npy(self.a)[:-1], self.npy(self.a) + b"x"]:
            self.put(data)
            self.refused(*run, words=['input "x0": bad.npz: array "x0": '])
        self.put(self.npy(self.a), zipfile.ZIP_DEFLATED)
        good = (self.folder / "bad.npz").read_bytes()
        for size in range(0, len(good), 17):
            (self.folder / "bad.npz").write_bytes(good[:size])
            self.refused(*run, words=["bad.npz: "])
        for at in range(30, len(good), 5):
            changed = bytearray(good)
            changed[at] ^= 0x55
            (self.folder / "bad.npz").write_bytes(changed)
            result = self.call(*run)
            self.assertIn(result.returncode, [0, 1], result.stderr)
            self.assertEqual(result.stderr.count("\n"), result.returncode, result.stderr)

    def test_checksum(self):
        self.put(self.npy(self.a))
        path = self.folder / "bad.npz"
        path.write_bytes(path.read_bytes().replace(self.a.tobytes(), self.a[::-1].tobytes()))
        self.refused("run", "m.onnx", "--random", "--inputs", "bad.npz", words=["CRC"])

    def test_bombs(self):
        """What is too large for the input is not unpacked; what claims too much neither."""
        header = self.npy(np.zeros(0, np.float32)).replace(b"(0,), }", b"(268435456,), }")
        header = header[:127] + b"\n"
        with zipfile.ZipFile(self.folder / "bad.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("x0.npy", "w", force_zip64=True) as member:
                member.write(header)
                for _ in range(16):
                    member.write(b"\0" * (1 << 26))
        self.assertLess((self.folder / "bad.npz").stat().st_size, 5 << 20)
        result = self.call("run", "m.onnx", "--random", "--inputs", "bad.npz")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("[268435456]", result.stderr)
        self.put(self.npy(self.a), zipfile.ZIP_DEFLATED)
        path = self.folder / "bad.npz"
        data = path.read_bytes()
        at = data.rindex(b"PK\1\2") + 24
        size = struct.unpack_from("<I", data, at)[0]
        for place in [at, data.index(b"PK\3\4") + 22]:
            self.assertEqual(struct.unpack_from("<I", data, place)[0], size)
            data = data[:place] + struct.pack("<I", 2**32 - 2) + data[place + 4:]
        path.write_bytes(data)
        self.refused("run", "m.onnx", "--random", "--inputs", "bad.npz",
                     words=["claims to be larger than it can be"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
