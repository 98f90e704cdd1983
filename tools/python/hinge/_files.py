"""Values in files of their own: the .pb files of ONNX's test data."""
import os
from ctypes import POINTER, byref

from . import _values
from ._library import Tensor, ValueStruct, c_text, call, lib


def read_value(file, type="?"):
    """The value in a file (a path), or in bytes that one holds. Such a file does not say what it
    is: type does, as "seq(tensor(float))"; "?" is a tensor of any type."""
    value = POINTER(ValueStruct)()
    code = _values.type_code(type)
    if isinstance(file, (str, os.PathLike)):
        call(lib.hinge_value_read, c_text(file, "the path"), code, None, byref(value))
    else:
        file = bytes(file)
        call(lib.hinge_value_parse, file, len(file), code, None, byref(value))
    try:
        return _values.read(value.contents.tensor)
    finally:
        lib.hinge_value_free(value)


def write_value(path, value, type="?", name=""):
    """Writes what read_value reads. type says what lists, dictionaries and None are, and may be
    left out for arrays. The new file replaces one at path only when it is complete."""
    tensor, code = Tensor(), _values.type_code(type)
    builder = _values.Builder()
    builder.fill(tensor, value, code, "the value")
    call(lib.hinge_value_write, c_text(path, "the path"), c_text(name, "the name"),
         byref(tensor), code, None)
