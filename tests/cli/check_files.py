"""Tensors written by NumPy and ONNX's Python package, read and written by the command's code, and
compared as NumPy and ONNX read them again.  usage: check_files.py CONVERT_TENSOR"""
import io
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

convert = sys.argv[1]
folder = Path(tempfile.mkdtemp())
checks = 0


def run(source, target, wanted=0):
    subprocess.run([convert, source, target, str(wanted)], check=True)


def same(array, read, what):
    global checks
    checks += 1
    if array.dtype.kind in "US":
        ok = array.shape == read.shape and np.array_equal(array.astype(str), read.astype(str))
    else:
        ok = (array.shape == read.shape and array.dtype.newbyteorder("=") == read.dtype
              and array.astype(read.dtype).tobytes() == read.tobytes())
    if not ok:
        sys.exit(f"{what}: {array!r} became {read!r}")


def make(dtype, shape):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    rng = np.random.default_rng(5)
    if dtype.kind == "U":
        words = ["", "a", "Zürich", "日本", "😀x", "tab\tquote'\""]
        flat = np.array([words[i % len(words)] for i in range(count)], dtype=dtype)
    elif dtype.kind == "S":
        flat = np.array([b"ab", b"", b"xyz"] * count, dtype=dtype)[:count]
    elif dtype.kind == "b":
        flat = rng.integers(0, 2, count).astype(dtype)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        flat = rng.integers(info.min, info.max, count, dtype=dtype.newbyteorder("="), endpoint=True)
    else:
        flat = rng.standard_normal(count)
        flat[:3] = [np.nan, np.inf, -0.0][:count]
        flat = (flat + 1j * flat[::-1] if dtype.kind == "c" else flat).astype(dtype)
    return flat.astype(dtype).reshape(shape)


kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16", "U6"]
dtypes = [order + kind for kind in kinds for order in "<>"] + ["|b1", "|S3"]
shapes = [(), (0,), (1,), (5,), (2, 3), (3, 0, 2), (2, 3, 4), (1, 2, 1, 3, 2)]
for dtype, shape, fortran in itertools.product(dtypes, shapes, [False, True]):
    if fortran and len(shape) < 2:
        continue
    array = make(dtype, shape)
    source, target = folder / "a.npy", folder / "b.npy"
    for version in [(1, 0), (2, 0), (3, 0)]:
        if (shape, fortran) != ((2, 3), False) and version != (1, 0):
            continue
        with open(source, "wb") as file:
            np.lib.format.write_array(file, np.asfortranarray(array) if fortran else array,
                                      version=version)
        run(source, target)
        same(array, np.load(target), f"{dtype} {shape} {version}")
    if dtype[0] == ">" or dtype == "|S3":
        continue
    run(source, folder / "c.pb")
    tensor = onnx.load_tensor(str(folder / "c.pb"))
    read = numpy_helper.to_array(tensor)
    if dtype[1] == "U":
        read = np.array([s.decode() for s in tensor.string_data], dtype=array.dtype)
        read = read.reshape(shape)
    same(array, read, f"{dtype} {shape} to .pb")

# Typed fields, as onnx.helper fills them.
typed = {"FLOAT": ("f4", [1.5, -2, 0]), "DOUBLE": ("f8", [1.5, -2, 0]),
         "INT8": ("i1", [-128, 0, 127]), "UINT8": ("u1", [0, 1, 255]),
         "INT16": ("i2", [-32768, 0, 5]), "UINT16": ("u2", [0, 1, 65535]),
         "INT32": ("i4", [-2**31, 0, 5]), "UINT32": ("u4", [0, 1, 2**32 - 1]),
         "INT64": ("i8", [-2**63, 0, 5]), "UINT64": ("u8", [0, 1, 2**64 - 1]),
         "BOOL": ("b1", [True, False, True]), "FLOAT16": ("f2", [1.5, -2, 0.1]),
         "COMPLEX64": ("c8", [1 + 2j, 0, -1j]), "COMPLEX128": ("c16", [1 + 2j, 0, -1j]),
         "STRING": ("U1", ["a", "", "é"])}
for name, (dtype, values) in typed.items():
    number = onnx.TensorProto.DataType.Value(name)
    given = [v.encode() for v in values] if name == "STRING" else values
    tensor = onnx.helper.make_tensor("x", number, [3, 1], given)
    if tensor.HasField("raw_data"):
        sys.exit(f"{name}: not a typed field")
    (folder / "d.pb").write_bytes(tensor.SerializeToString())
    run(folder / "d.pb", folder / "e.npy")
    same(np.array(values, dtype=dtype).reshape(3, 1), np.load(folder / "e.npy"), name)

# bfloat16: NumPy knows only that it is two bytes; bits go through unchanged.
bits = np.array([0x3F80, 0x7FC0, 0x8000], dtype="<u2")
np.save(folder / "f.npy", bits)
run(folder / "f.npy", folder / "g.npy", onnx.TensorProto.BFLOAT16)
read = np.load(folder / "g.npy")
same(bits, read.view("<u2"), "bfloat16")
run(folder / "g.npy", folder / "h.pb", onnx.TensorProto.BFLOAT16)
if onnx.load_tensor(str(folder / "h.pb")).raw_data != bits.tobytes():
    sys.exit("bfloat16 to .pb")

# A header too long for version 1 is written as version 2 by NumPy; here a long one is read.
buffer = io.BytesIO()
np.lib.format.write_array(buffer, np.arange(3), version=(2, 0))
raw = buffer.getvalue()
size = int.from_bytes(raw[8:12], "little")
padded = raw[12:12 + size - 1] + b" " * 70000 + b"\n"
(folder / "i.npy").write_bytes(raw[:8] + len(padded).to_bytes(4, "little") + padded
                               + raw[12 + size:])
run(folder / "i.npy", folder / "j.npy")
same(np.arange(3), np.load(folder / "j.npy"), "long header")
print(f"{checks} arrays")
