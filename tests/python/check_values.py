"""Values of every kind on their way in and out: types, layouts in memory, sequences, optionals,
maps, sparse tensors, and what is refused."""
import tempfile
import unittest
from pathlib import Path

import hinge
import numpy as np
import onnx
from hinge import _library, _values
from onnx import TensorProto, helper, numpy_helper

from models import FLOAT, INT64, STRING, cast, identity, model, tensor

INT32 = TensorProto.INT32
# Numbers of tensor.h that this onnx does not name yet.
FLOAT8E4M3FN, FLOAT8E5M2, UINT4, INT4, FLOAT4E2M1 = 17, 19, 21, 22, 23
NATIVE = {np.dtype(numpy): onnx_type for onnx_type, numpy in [
    (FLOAT, "f4"), (TensorProto.DOUBLE, "f8"), (TensorProto.FLOAT16, "f2"),
    (TensorProto.INT8, "i1"), (TensorProto.INT16, "i2"), (INT32, "i4"), (INT64, "i8"),
    (TensorProto.UINT8, "u1"), (TensorProto.UINT16, "u2"), (TensorProto.UINT32, "u4"),
    (TensorProto.UINT64, "u8"), (TensorProto.BOOL, "?"), (TensorProto.COMPLEX64, "c8"),
    (TensorProto.COMPLEX128, "c16")]}


def through(model_bytes, value):
    with hinge.Session(model_bytes, threads=1) as session:
        return session.run({"x": value}, ["y"])[0]


class Arrays(unittest.TestCase):
    def same(self, got, expected):
        self.assertEqual((got.dtype, got.shape), (expected.dtype, expected.shape))
        np.testing.assert_array_equal(got, expected)

    def test_native_types(self):
        for dtype, number in NATIVE.items():
            for shape in ((2, 3), (), (0, 4), (1,)):
                array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(dtype)
                session = hinge.Session(identity(number))
                self.assertEqual(session.inputs[0].dtype, dtype)
                result = session.run({"x": array})["y"]
                self.same(result, array)
                self.assertTrue(result.flags.owndata and result.flags.writeable)

    def test_layouts(self):
        """What is not in order in memory is read as numpy means it."""
        whole = np.arange(24, dtype=np.float32).reshape(4, 6)
        misaligned = np.frombuffer(b"\0" + whole.tobytes(), np.float32, offset=1).reshape(4, 6)
        fixed = whole.copy()
        fixed.flags.writeable = False
        for array in (whole.T, whole[::2, ::-1], np.asfortranarray(whole), whole.astype(">f4"),
                      misaligned, fixed, np.broadcast_to(whole[0], (3, 6))):
            result = through(identity(FLOAT), array)
            np.testing.assert_array_equal(result, array)
            self.assertEqual(result.dtype, np.float32)

    def test_what_is_read_in_place(self):
        """Large arrays in order, but for those that may be indices."""
        for dtype, order, is_in_place in (("f4", "C", True), ("u1", "C", True), ("c16", "C", True),
                                          ("f4", "F", False), (">f4", "C", False),
                                          ("i4", "C", False), ("i8", "C", False)):
            for size in (100, 10):
                array = np.zeros((size, size), dtype, order)
                filled, builder = _library.Tensor(), _values.Builder()
                builder.fill(filled, array, NATIVE[array.dtype.newbyteorder("=")], "x")
                self.assertEqual(filled.data == array.ctypes.data, is_in_place and size == 100)

    def test_shape_and_dtype_are_set_by_nobody_else(self):
        """What is handed to C is of one moment, though the caller's array can be another later."""
        array = np.zeros((2, 3), np.float32)
        kept = _values._as_array(array, FLOAT, "x")
        array.shape = 3, 2
        array.dtype = np.uint8
        self.assertEqual((kept.shape, kept.dtype), ((2, 3), np.float32))

    def test_results_are_copies(self):
        session = hinge.Session(identity(FLOAT))
        array = np.zeros(3, np.float32)
        first = session.run({"x": array})["y"]
        second = session.run({"x": array + 1})["y"]
        array[:] = 7
        session.close()
        np.testing.assert_array_equal(first, [0, 0, 0])
        np.testing.assert_array_equal(second, [1, 1, 1])

    def test_strings(self):
        texts = [["a", "", "ünï"], ["日本", "x\0y", "z" * 1000]]
        for array in (np.array(texts, object), texts):
            result = through(identity(STRING), array)
            self.assertEqual(result.tolist(), texts)
            self.assertEqual(result.dtype, object)
        self.assertEqual(through(identity(STRING), np.array(["ab", "c"])).tolist(), ["ab", "c"])
        self.assertEqual(through(identity(STRING), np.array([b"ab", b"c"])).tolist(), ["ab", "c"])
        self.assertEqual(through(identity(STRING), "alone").tolist(), "alone")
        self.assertEqual(through(identity(STRING), np.empty((0, 2), object)).shape, (0, 2))
        # Bytes that are no UTF-8 come back as the bytes they were.
        back = through(identity(STRING), np.array([b"\xff\xfe"], object))
        self.assertEqual(through(identity(STRING), back).tolist()[0].encode(
            "utf-8", "surrogateescape"), b"\xff\xfe")

    def test_bfloat16(self):
        """As uint16, the upper half of a float."""
        values = np.array([1, -2.5, 0, np.inf, 3e38], np.float32)
        bits = (values.view(np.uint32) >> 16).astype(np.uint16)
        expected = (bits.astype(np.uint32) << 16).view(np.float32)
        self.same(through(cast(TensorProto.BFLOAT16, FLOAT), bits), expected)
        self.same(through(cast(FLOAT, TensorProto.BFLOAT16), expected), bits)
        self.assertEqual(hinge.Session(cast(TensorProto.BFLOAT16, FLOAT)).inputs[0].dtype,
                         np.uint16)

    def test_float8(self):
        """As uint8: sign, 4 bits of exponent with bias 7, 3 of fraction; or 5 with bias 15, 2."""
        self.same(through(cast(FLOAT8E4M3FN, FLOAT, 19), np.array([0x38, 0xc0, 0x01], np.uint8)),
                  np.array([1, -2, 2 ** -9], np.float32))
        self.same(through(cast(FLOAT, FLOAT8E5M2, 19), np.array([1, -2], np.float32)),
                  np.array([0x3c, 0xc0], np.uint8))

    def test_below_8_bits(self):
        for number, dtype, values in ((INT4, np.int8, range(-8, 8)),
                                      (UINT4, np.uint8, range(16))):
            for count in (16, 15, 1, 0):
                array = np.array(values, dtype)[:count]
                self.same(through(identity(number, 21), array), array)
                self.same(through(cast(number, FLOAT, 21), array), array.astype(np.float32))
                self.same(through(cast(FLOAT, number, 21), array.astype(np.float32)), array)
        self.same(through(cast(FLOAT4E2M1, FLOAT, 23), np.array([0, 1, 2, 7, 9, 15], np.uint8)),
                  np.array([0, 0.5, 1, 6, -0.5, -6], np.float32))
        with self.assertRaisesRegex(hinge.BadValueError, "int4 is from -8 to 7"):
            through(identity(INT4, 21), np.array([8], np.int8))

    def test_numbers_and_lists(self):
        """They become what the model declares, and are refused where that would change them."""
        self.same(through(identity(FLOAT), [[1, 2.5]]), np.array([[1, 2.5]], np.float32))
        self.same(through(identity(INT64), 3), np.array(3))
        self.same(through(identity(TensorProto.UINT64), [2 ** 64 - 1, 1]),
                  np.array([2 ** 64 - 1, 1], np.uint64))
        self.same(through(identity(TensorProto.BOOL), [True, False]), np.array([True, False]))
        self.same(through(identity(INT64), []), np.array([], np.int64))
        for number, value in ((INT64, [1.5]), (TensorProto.UINT8, [300]), (TensorProto.UINT8, -1),
                              (TensorProto.BOOL, [2]), (FLOAT, 1e300), (FLOAT, 1j),
                              (INT64, "5"), (INT64, 2 ** 63), (TensorProto.UINT64, -1),
                              (INT64, [[1], [2, 3]]), (FLOAT, [[1], [2, 3]]), (FLOAT, None),
                              (FLOAT, object()), (STRING, [1]), (STRING, ["\ud800"]),
                              (INT64, float("nan"))):
            with self.subTest(value=value), self.assertRaises(
                    (hinge.BadValueError, hinge.BadArgumentError)):
                through(identity(number), value)

    def test_other_types_are_refused(self):
        for array in (np.zeros(2), np.zeros(2, np.int64), np.zeros(2, "M8[s]"),
                      np.zeros(2, "f4, f4"), np.zeros(2, np.longdouble), np.array(["a"]),
                      np.array([None]), np.ma.zeros(2, np.float32)):
            with self.subTest(dtype=array.dtype), self.assertRaises(hinge.BadArgumentError):
                through(identity(FLOAT), array)

    def test_rank(self):
        self.assertEqual(through(identity(FLOAT), np.zeros((1,) * 16, np.float32)).ndim, 16)
        with self.assertRaisesRegex(hinge.BadShapeError, "17 dimensions"):
            through(identity(FLOAT), np.zeros((1,) * 17, np.float32))


class Containers(unittest.TestCase):
    def setUp(self):
        kind = helper.make_tensor_type_proto(FLOAT, None)
        self.sequence = helper.make_sequence_type_proto(kind)
        self.optional = helper.make_optional_type_proto(kind)

    def test_sequences(self):
        info = helper.make_value_info("x", self.sequence)
        built = model([helper.make_node("Identity", ["x"], ["y"])], [info],
                      [helper.make_value_info("y", self.sequence)], opset=16)
        session = hinge.Session(built)
        self.assertEqual(session.inputs, (("x", "seq(tensor(float))", None),))
        self.assertIsNone(session.inputs[0].dtype)
        values = [np.arange(3, dtype=np.float32), np.ones((2, 2), np.float32)]
        result = session.run({"x": values})["y"]
        self.assertIsInstance(result, list)
        for got, expected in zip(result, values, strict=True):
            np.testing.assert_array_equal(got, expected)
        self.assertEqual(session.run({"x": []})["y"], [])
        with self.assertRaisesRegex(hinge.BadArgumentError, "a sequence is a list, not ndarray"):
            session.run({"x": values[0]})
        with self.assertRaisesRegex(hinge.BadArgumentError, r'input "x"\[1\]'):
            session.run({"x": [values[0], None]})
        with self.assertRaises(hinge.BadArgumentError):
            session.run({"x": [np.zeros(2)]})

    def test_optionals(self):
        info = helper.make_value_info("x", self.optional)
        built = model([helper.make_node("OptionalHasElement", ["x"], ["has"]),
                       helper.make_node("Identity", ["x"], ["y"])], [info],
                      [tensor("has", [], TensorProto.BOOL),
                       helper.make_value_info("y", self.optional)], opset=16)
        session = hinge.Session(built)
        has, result = session.run({"x": None}, ["has", "y"])
        self.assertEqual((bool(has), result), (False, None))
        has, result = session.run({"x": np.ones(2, np.float32)}, ["has", "y"])
        self.assertTrue(has)
        np.testing.assert_array_equal(result, [1, 1])

    def test_maps(self):
        kind = onnx.TypeProto()
        kind.map_type.key_type = STRING
        kind.map_type.value_type.tensor_type.elem_type = FLOAT
        built = model([helper.make_node("DictVectorizer", ["x"], ["y"], domain="ai.onnx.ml",
                                        string_vocabulary=["cat", "dog", "owl"])],
                      [helper.make_value_info("x", kind)], [tensor("y", None)])
        session = hinge.Session(built)
        self.assertEqual(session.inputs[0].type, "map(string, tensor(float))")
        np.testing.assert_array_equal(session.run({"x": {"owl": 2.5, "cat": 1}})["y"].ravel(),
                                      [1, 0, 2.5])
        np.testing.assert_array_equal(session.run({"x": {}})["y"].ravel(), [0, 0, 0])
        with self.assertRaisesRegex(hinge.BadArgumentError, "a map is a dict, not list"):
            session.run({"x": [1]})

    def test_maps_that_come_out(self):
        kind = onnx.TypeProto()
        kind.sequence_type.elem_type.map_type.key_type = INT64
        kind.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = FLOAT
        built = model([helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml",
                                        classlabels_int64s=[7, 9])],
                      [tensor("x", ["n", 2])], [helper.make_value_info("y", kind)])
        result = through(built, np.array([[0.25, 0.75], [1, 0]], np.float32))
        self.assertEqual(result, [{7: 0.25, 9: 0.75}, {7: 1, 9: 0}])


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "value.pb")

    def test_arrays_as_onnx_has_them(self):
        for dtype in NATIVE:
            array = np.arange(6).reshape(2, 3).astype(dtype)
            written = numpy_helper.from_array(array, "v").SerializeToString()
            np.testing.assert_array_equal(hinge.read_value(written), array)
            hinge.write_value(self.path, array, name="v")
            read = onnx.TensorProto()
            read.ParseFromString(self.path.read_bytes())
            self.assertEqual(read.name, "v")
            np.testing.assert_array_equal(numpy_helper.to_array(read), array)

    def test_containers(self):
        arrays = [np.arange(2, dtype=np.float32), np.zeros((0, 3), np.float32)]
        for type, value in (("seq(tensor(float))", arrays), ("seq(tensor(float))", []),
                            ("optional(tensor(float))", None),
                            ("optional(seq(tensor(float)))", arrays),
                            ("map(string, tensor(int64))", {"a": 1, "b": -2}),
                            ("map(int64, tensor(float))", {3: arrays[0], 4: arrays[1]}),
                            ("seq(map(int64, tensor(double)))", [{1: 0.5}, {2: 0.25}])):
            hinge.write_value(self.path, value, type)
            np.testing.assert_equal(hinge.read_value(self.path, type), value)
            np.testing.assert_equal(hinge.read_value(self.path.read_bytes(), type), value)

    def test_sequences_as_onnx_has_them(self):
        arrays = [np.arange(2, dtype=np.float32), np.ones((2, 2), np.float32)]
        written = numpy_helper.from_list(arrays, "s").SerializeToString()
        np.testing.assert_equal(hinge.read_value(written, "seq(tensor(float))"), arrays)
        hinge.write_value(self.path, arrays, "seq(tensor(float))")
        read = onnx.SequenceProto()
        read.ParseFromString(self.path.read_bytes())
        np.testing.assert_equal(numpy_helper.to_list(read), arrays)

    def test_sparse(self):
        value = hinge.Sparse(np.array([1.5, 2.5], np.float32), np.array([1, 5]), (2, 3))
        hinge.write_value(self.path, value, "sparse_tensor(float)")
        read = onnx.SparseTensorProto()
        read.ParseFromString(self.path.read_bytes())
        self.assertEqual(list(read.dims), [2, 3])
        np.testing.assert_array_equal(numpy_helper.to_array(read.indices), [1, 5])
        back = hinge.read_value(self.path, "sparse_tensor(float)")
        np.testing.assert_equal(back, value)

    def test_errors(self):
        with self.assertRaises(hinge.FileError) as caught:
            hinge.read_value(self.path)
        self.assertIsInstance(caught.exception, OSError)
        for file, type in ((b"\xff\xff", "?"), (b"", "tensor(flaot)"), (b"", "seq(")):
            with self.assertRaises(hinge.Error):
                hinge.read_value(file, type)
        with self.assertRaises(hinge.BadArgumentError):
            hinge.read_value("a\0b")


if __name__ == "__main__":
    unittest.main()
