"""numpy arrays, lists, dictionaries and None, and the hinge_tensor structs that they are in C."""
import ctypes
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ._errors import BadArgumentError, BadShapeError, BadValueError, UnsupportedError
from ._library import (MAP, MAX_RANK, OPTIONAL, SEQUENCE, SPARSE, TYPE_CODE_TEXT, String, Tensor,
                       lib)


class ElementType(NamedTuple):
    """An element type of tensor.h. Those that numpy does not have are carried as integers: the bits
    of floats, the values of integers below 8 bits, one an element."""

    name: str
    bits: int
    dtype: np.dtype
    is_native: bool = True


def _carried(name, bits, dtype):
    return ElementType(name, bits, np.dtype(dtype), False)


STRING = 8
TYPES = {
    **{number: ElementType(name, 8 * np.dtype(dtype).itemsize, np.dtype(dtype))
       for number, name, dtype in [
           (1, "float", "f4"), (2, "uint8", "u1"), (3, "int8", "i1"), (4, "uint16", "u2"),
           (5, "int16", "i2"), (6, "int32", "i4"), (7, "int64", "i8"), (9, "bool", "?"),
           (10, "float16", "f2"), (11, "double", "f8"), (12, "uint32", "u4"),
           (13, "uint64", "u8"), (14, "complex64", "c8"), (15, "complex128", "c16")]},
    STRING: ElementType("string", 128, np.dtype(object)),
    16: _carried("bfloat16", 16, "u2"),
    17: _carried("float8e4m3fn", 8, "u1"),
    18: _carried("float8e4m3fnuz", 8, "u1"),
    19: _carried("float8e5m2", 8, "u1"),
    20: _carried("float8e5m2fnuz", 8, "u1"),
    21: _carried("uint4", 4, "u1"),
    22: _carried("int4", 4, "i1"),
    23: _carried("float4e2m1", 4, "u1"),
    24: _carried("float8e8m0", 8, "u1"),
    25: _carried("uint2", 2, "u1"),
    26: _carried("int2", 2, "i1"),
}
NUMBERS = {type.dtype: number for number, type in TYPES.items() if type.is_native}
INDICES = (6, 7)  # int32, int64
SMALL = 4096  # bytes
# What the package ml_dtypes calls those of whole bytes; their bits are the same.
FOREIGN = {"bfloat16": 16, "float8_e4m3fn": 17, "float8_e4m3fnuz": 18, "float8_e5m2": 19,
           "float8_e5m2fnuz": 20, "float8_e8m0fnu": 24}


class Sparse(NamedTuple):
    """A sparse tensor: the elements that are not zero, of rank 1, and their places in ascending
    order, int64: flat indices (rank 1) or a row of coordinates each (rank 2)."""

    values: np.ndarray
    indices: np.ndarray
    shape: tuple


def type_text(code):
    buffer = ctypes.create_string_buffer(TYPE_CODE_TEXT)
    lib.hinge_type_code_text(code, buffer, len(buffer))
    return buffer.value.decode()


def type_code(text):
    """The code of "tensor(float)", "seq(map(int64, tensor(float)))"; 0 of "?"."""
    for prefix, level in (("seq(", SEQUENCE), ("optional(", OPTIONAL), ("map(", MAP),
                          ("sparse_tensor(", SPARSE), ("tensor(", None)):
        if not text.startswith(prefix) or not text.endswith(")"):
            continue
        inner = text[len(prefix):-1].strip()
        if level is None or level == SPARSE:
            number = _number_of(inner)
            return number if level is None else level | number << 8
        if level == MAP:
            key, _, inner = inner.partition(",")
            return level | _number_of(key.strip()) << 8 | type_code(inner.strip()) << 16
        return level | type_code(inner) << 8
    if text == "?":
        return 0
    raise BadArgumentError(f"\"{text}\" is not a type")


def _number_of(name):
    for number, type in TYPES.items():
        if type.name == name:
            return number
    raise BadArgumentError(f"\"{name}\" is not an element type")


# To C

class Builder:
    """Fills tensors and keeps alive what they lead to. Arrays that are in order are read in place;
    others (strided, misaligned, of the other byte order, strings, elements below 8 bits) are
    copied. So are what may be indices, shapes or scales: an operator checks them before it uses
    them, and another thread may change an array in between."""

    def __init__(self):
        self._kept = []

    def fill(self, tensor, value, code, what):
        """value as code says, which is the model's; what names it in errors."""
        level = code & 0xff
        if level == SEQUENCE:
            if not isinstance(value, (list, tuple)):
                raise BadArgumentError(f"{what}: a sequence is a list, not {_kind(value)}")
            self._fill_elements(tensor, level, [(v, code >> 8) for v in value], what)
        elif level == OPTIONAL:
            self._fill_elements(tensor, level,
                                [] if value is None else [(value, code >> 8)], what)
        elif level == MAP:
            self._fill_map(tensor, value, code, what)
        elif level == SPARSE:
            if not isinstance(value, Sparse):
                raise BadArgumentError(f"{what}: a sparse tensor is a Sparse, not {_kind(value)}")
            self._fill_elements(tensor, level, [(value.values, code >> 8), (value.indices, 7)],
                                what)
            _set_shape(tensor, value.shape, what)
        else:
            self._fill_array(tensor, value, level, what)

    def _fill_elements(self, tensor, level, elements, what):
        array = (Tensor * len(elements))()
        for i, (value, code) in enumerate(elements):
            self.fill(array[i], value, code, f"{what}[{i}]")
        self._kept.append(array)
        tensor.type = level
        tensor.rank = 1
        tensor.dims[0] = len(elements)
        tensor.data = ctypes.addressof(array)

    def _fill_map(self, tensor, value, code, what):
        if not isinstance(value, Mapping):
            raise BadArgumentError(f"{what}: a map is a dict, not {_kind(value)}")
        inner = code >> 16
        values = list(value.values())
        if inner >= SEQUENCE or not all(np.ndim(v) == 0 for v in values):
            inner = SEQUENCE | inner << 8
        self._fill_elements(tensor, MAP, [(list(value), code >> 8 & 0xff), (values, inner)], what)

    def _fill_array(self, tensor, value, declared, what):
        array = _as_array(value, declared, what)
        number = _number_of_dtype(array.dtype, declared, what)
        type = TYPES[number]
        _set_shape(tensor, array.shape, what)
        tensor.type = number
        if number == STRING:
            array = self._strings(array, what)
        elif type.bits < 8:
            array = _pack(array, type, what)
        else:
            dtype = array.dtype.newbyteorder("=") if type.is_native else array.dtype
            if number in INDICES or array.nbytes <= SMALL:
                array = np.array(array, dtype, order="C")
            else:
                array = np.require(array, dtype, ["C_CONTIGUOUS", "ALIGNED"])
        self._kept.append(array)
        tensor.data = array.ctypes.data

    def _strings(self, array, what):
        encoded = [_encode(text, what) for text in array.ravel().tolist()]
        buffer = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
        strings = np.empty((len(encoded), 2), np.uintp)
        strings[:, 1] = [len(text) for text in encoded]
        strings[:, 0] = buffer.ctypes.data + np.cumsum(strings[:, 1]) - strings[:, 1]
        self._kept.append(buffer)
        return strings


def _kind(value):
    return type(value).__name__


def _encode(text, what):
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        try:
            return text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise BadValueError(f"{what}: {error}") from None
    raise BadArgumentError(f"{what}: a string is str or bytes, not {_kind(text)}")


def _set_shape(tensor, shape, what):
    if len(shape) > MAX_RANK:
        raise BadShapeError(f"{what} has {len(shape)} dimensions, and {MAX_RANK} are the most")
    tensor.rank = len(shape)
    for i, dim in enumerate(shape):
        tensor.dims[i] = dim


def _as_array(value, declared, what):
    """Arrays as they are, never converted to another type. Numbers and lists, which have none of
    their own, become what is declared, where it can hold them."""
    if isinstance(value, np.ma.MaskedArray):
        raise BadArgumentError(f"{what}: the model knows nothing of masks")
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value).view()  # whose shape and dtype nobody else can set
    if value is None:
        raise BadArgumentError(f"{what}: None is a value of optionals alone")
    if declared == STRING:
        return np.array(value, object)
    wanted = TYPES[declared].dtype if declared in TYPES else None
    try:
        if wanted is not None and wanted.kind in "biu":
            array = np.array(value, object)  # Python's integers, which none is too large for
            limits = (0, 1) if wanted.kind == "b" else (np.iinfo(wanted).min, np.iinfo(wanted).max)
            fits = not array.size or limits[0] <= array.min() and array.max() <= limits[1]
            converted = array.astype(wanted) if fits else None
            fits = fits and np.all(array == converted.astype(object))
        else:
            array = np.asarray(value)
            if wanted is None or array.dtype.kind not in "biufc":
                return array
            fits = not array.size or np.can_cast(array.dtype, wanted, "same_kind")
            with np.errstate(over="ignore"):
                converted = array.astype(wanted) if fits else None
            fits = fits and np.array_equal(np.isfinite(array), np.isfinite(converted))
    except (ValueError, TypeError, OverflowError) as error:
        raise BadArgumentError(f"{what}: {error}") from None
    if not fits:
        raise BadValueError(f"{what}: {wanted} cannot hold all that is given")
    return converted


def _number_of_dtype(dtype, declared, what):
    native = dtype.newbyteorder("=")
    if declared in TYPES and TYPES[declared].dtype == native:
        return declared
    if dtype.kind in "SU":
        return STRING
    number = NUMBERS.get(native) or FOREIGN.get(dtype.name)
    if number is None:
        raise BadArgumentError(f"{what}: there is no element type for {dtype}")
    return number


def _pack(array, type, what):
    """Elements below 8 bits, the first in the lowest bits, the last byte filled with zeros."""
    low, high = (-(1 << type.bits - 1), 1 << type.bits - 1) if type.dtype.kind == "i" else \
        (0, 1 << type.bits)
    flat = array.ravel()
    if flat.size and (flat.min() < low or flat.max() >= high):
        raise BadValueError(f"{what}: {type.name} is from {low} to {high - 1}")
    per_byte = 8 // type.bits
    padded = np.zeros(-(-flat.size // per_byte) * per_byte, np.uint8)
    padded[:flat.size] = flat.view(np.uint8) & (1 << type.bits) - 1
    shifts = np.arange(per_byte, dtype=np.uint8) * np.uint8(type.bits)
    return np.bitwise_or.reduce(padded.reshape(-1, per_byte) << shifts, axis=1, dtype=np.uint8)


# From C

def read(tensor):
    """A copy of a value of any kind that owns its memory."""
    if tensor.type in (SEQUENCE, OPTIONAL, MAP, SPARSE):
        return _read_elements(tensor)
    if tensor.type not in TYPES:
        raise UnsupportedError(f"there is no dtype for element type {tensor.type}")
    type = TYPES[tensor.type]
    shape = tuple(tensor.dims[:tensor.rank])
    if tensor.type == STRING:
        return _read_strings(tensor, shape)
    if type.bits < 8:
        return _unpack(tensor, type, shape)
    array = np.empty(shape, type.dtype)
    if array.nbytes:
        ctypes.memmove(array.ctypes.data, tensor.data, array.nbytes)
    return array


def _read_elements(tensor):
    n = tensor.dims[0] if tensor.type in (SEQUENCE, OPTIONAL) else 2
    elements = ctypes.cast(tensor.data, ctypes.POINTER(Tensor))
    read_elements = [read(elements[i]) for i in range(n)]
    if tensor.type == SEQUENCE:
        return read_elements
    if tensor.type == OPTIONAL:
        return read_elements[0] if read_elements else None
    if tensor.type == SPARSE:
        return Sparse(*read_elements, tuple(tensor.dims[:tensor.rank]))
    keys, values = read_elements
    return dict(zip(keys.tolist(), values if isinstance(values, list) else values.tolist()))


def _read_strings(tensor, shape):
    array = np.empty(shape, object)
    flat = array.reshape(-1)
    strings = ctypes.cast(tensor.data, ctypes.POINTER(String))
    for i in range(flat.size):
        size = strings[i].size
        text = ctypes.string_at(strings[i].bytes, size) if size else b""
        flat[i] = text.decode("utf-8", "surrogateescape")
    return array


def _unpack(tensor, type, shape):
    per_byte = 8 // type.bits
    count = int(np.prod(shape, dtype=np.int64))
    packed = np.empty(-(-count // per_byte), np.uint8)
    if packed.size:
        ctypes.memmove(packed.ctypes.data, tensor.data, packed.size)
    shifts = np.arange(per_byte, dtype=np.uint8) * np.uint8(type.bits)
    bits = (packed[:, None] >> shifts & (1 << type.bits) - 1).ravel()[:count]
    if type.dtype.kind == "i":
        sign = 1 << type.bits - 1
        return ((bits ^ sign).astype(np.int8) - np.int8(sign)).reshape(shape)
    return bits.reshape(shape)
