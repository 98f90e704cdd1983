"""libhinge: where it is found, and its structs and functions as hinge.h, value.h and inspect.h
declare them."""
import ctypes
import ctypes.util
import os
import re
import sysconfig
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char, c_char_p, c_int, c_int32,
                    c_int64, c_size_t, c_uint, c_uint32, c_uint64, c_void_p)
from pathlib import Path

from ._errors import BadArgumentError, error_of

# The version of the headers that the structs below are taken from. A later one with the same first
# number has added functions, and members behind those of structs that carry their size.
VERSION = (0, 2)
SONAME = f"libhinge.so.{VERSION[0]}"

MAX_RANK = 16
SEQUENCE, OPTIONAL, MAP, SPARSE = 0x41, 0x42, 0x43, 0x44
TYPE_CODE_TEXT = 128


class Tensor(Structure):
    _fields_ = [("type", c_int), ("rank", c_int32), ("dims", c_int64 * MAX_RANK),
                ("data", c_void_p)]


class String(Structure):
    _fields_ = [("bytes", c_void_p), ("size", c_size_t)]


class ErrorStruct(Structure):
    _fields_ = [("status", c_int), ("node", c_char * 128), ("message", c_char * 640)]


class Allocator(Structure):
    _fields_ = [("alloc", c_void_p), ("release", c_void_p), ("user", c_void_p)]


LogFunction = CFUNCTYPE(None, c_void_p, c_int, c_char_p)


class Options(Structure):
    _fields_ = [
        ("size", c_size_t), ("n_threads", c_uint), ("isa", c_char_p),
        ("plugins", POINTER(c_char_p)), ("n_plugins", c_size_t),
        ("disabled_passes", POINTER(c_char_p)), ("n_disabled_passes", c_size_t),
        ("plugin_folder", c_char_p), ("allocator", Allocator), ("log", LogFunction),
        ("log_user", c_void_p), ("threads", c_void_p), ("values", POINTER(c_char_p)),
        ("n_values", c_size_t), ("all_values", c_bool), ("direct_convolution", c_bool),
        ("allow_missing", c_bool), ("overridable_defaults", c_bool),
        ("constant_limit", c_size_t), ("memory_limit", c_size_t), ("cache", c_char_p)]


class NodeEventStruct(Structure):
    _fields_ = [("node", c_char_p), ("op", c_char_p), ("plugin", c_char_p), ("index", c_size_t),
                ("start_ns", c_uint64), ("end_ns", c_uint64),
                ("outputs", POINTER(POINTER(Tensor))), ("n_outputs", c_size_t),
                ("graph", c_size_t), ("number", c_size_t)]


NodeFunction = CFUNCTYPE(None, c_void_p, POINTER(NodeEventStruct))


class RunOptions(Structure):
    _fields_ = [("size", c_size_t), ("deadline_ns", c_uint64), ("on_node", NodeFunction),
                ("on_node_user", c_void_p), ("trace", c_bool)]


class ValueStruct(Structure):
    _fields_ = [("tensor", Tensor), ("type", c_uint64), ("name", c_char_p)]


class ModelInfo(Structure):
    _fields_ = [
        ("size", c_size_t), ("graph_name", c_char_p), ("producer_name", c_char_p),
        ("producer_version", c_char_p), ("ir_version", c_int64), ("n_opsets", c_size_t),
        ("n_values", c_size_t), ("n_nodes", c_size_t), ("n_nodes_loaded", c_size_t),
        ("mapped_size", c_size_t), ("owned_size", c_size_t), ("packed_size", c_size_t),
        ("n_graphs", c_size_t), ("n_all_values", c_size_t), ("n_all_nodes", c_size_t),
        ("n_missing", c_size_t), ("n_model_outputs", c_size_t), ("domain", c_char_p),
        ("doc", c_char_p), ("graph_doc", c_char_p), ("model_version", c_int64),
        ("n_metadata", c_size_t), ("cached_size", c_size_t)]


# By the C names; the tests compare sizes and offsets with what a compiler makes of the headers.
STRUCTS = {"hinge_tensor": Tensor, "hinge_string": String, "hinge_error": ErrorStruct,
           "hinge_allocator": Allocator, "hinge_options": Options,
           "hinge_node_event": NodeEventStruct, "hinge_run_options": RunOptions,
           "hinge_value": ValueStruct, "hinge_model_info": ModelInfo}

_handle, _error = c_void_p, POINTER(ErrorStruct)
_out, _tensors, _allocator = POINTER(c_void_p), POINTER(Tensor), POINTER(Allocator)
_text_out = POINTER(c_char_p)
FUNCTIONS = {
    "threads_create": (c_int, c_uint, _allocator, _out, _error),
    "threads_release": (None, _handle),
    "open": (c_int, c_char_p, POINTER(Options), _out, _error),
    "open_memory": (c_int, c_char_p, c_size_t, POINTER(Options), _out, _error),
    "close": (None, _handle),
    "n_inputs": (c_size_t, _handle),
    "n_outputs": (c_size_t, _handle),
    "input_name": (c_char_p, _handle, c_size_t),
    "output_name": (c_char_p, _handle, c_size_t),
    "input_info": (_tensors, _handle, c_size_t),
    "output_info": (_tensors, _handle, c_size_t),
    "input_type": (c_uint64, _handle, c_size_t),
    "output_type": (c_uint64, _handle, c_size_t),
    "input_has_default": (c_bool, _handle, c_size_t),
    "input_dim_name": (c_char_p, _handle, c_size_t, c_int32),
    "output_dim_name": (c_char_p, _handle, c_size_t, c_int32),
    "context_create": (c_int, _handle, _out, _error),
    "context_destroy": (None, _handle),
    "run": (c_int, _handle, _tensors, c_size_t, _tensors, c_size_t, POINTER(RunOptions), _error),
    "cancel": (None, _handle),
    "supports": (c_bool, c_char_p),
    "status_text": (c_char_p, c_int),
    "type_text": (c_char_p, c_int),
    "type_code_text": (c_void_p, c_uint64, POINTER(c_char), c_size_t),
    "pass_name": (c_char_p, c_size_t),
    "get_model": (c_bool, _handle, POINTER(ModelInfo)),
    "get_opset": (c_bool, _handle, c_size_t, _text_out, POINTER(c_uint32)),
    "get_metadata": (c_bool, _handle, c_size_t, _text_out, _text_out),
    "missing": (c_char_p, _handle, c_size_t),
    "value_read": (c_int, c_char_p, c_uint64, _allocator, POINTER(POINTER(ValueStruct)), _error),
    "value_parse": (c_int, c_char_p, c_size_t, c_uint64, _allocator,
                    POINTER(POINTER(ValueStruct)), _error),
    "value_free": (None, POINTER(ValueStruct)),
    "value_write": (c_int, c_char_p, c_char_p, _tensors, c_uint64, _allocator, _error),
}


def candidates():
    """Where the library may be, the first that is there counts: what HINGE_LIBRARY names, which
    then has to be it; where it lies when it was installed with this package, which is then in
    LIB/python3/dist-packages; where the system looks."""
    named = os.environ.get("HINGE_LIBRARY")
    if named:
        return [named]
    found = []
    packages = Path(__file__).resolve().parents[1]
    if packages.name == "dist-packages":
        lib = packages.parents[1]
        multiarch = sysconfig.get_config_var("MULTIARCH") or "."
        found = [str(folder / SONAME)
                 for folder in (lib, lib / multiarch, lib.parent / "lib64")
                 if (folder / SONAME).is_file()]
    return found + [name for name in [ctypes.util.find_library("hinge")] if name]


def load():
    paths = candidates()
    if not paths:
        raise ImportError(f"{SONAME} was not found: HINGE_LIBRARY may name it")
    try:
        library = ctypes.CDLL(paths[0])
        library.hinge_version.restype = c_char_p
        library.hinge_version.argtypes = []
        version = library.hinge_version().decode()
    except (OSError, AttributeError) as error:
        raise ImportError(f"{paths[0]} is not Hinge's library: {error}") from None
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.\d+", version)
    if not numbers or int(numbers[1]) != VERSION[0] or int(numbers[2]) < VERSION[1]:
        raise ImportError(f"{paths[0]} is Hinge {version}, and this module is made for "
                          f"{VERSION[0]}.{VERSION[1]}: take the one that comes with the library")
    for name, (result, *arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, "hinge_" + name)
        except AttributeError as error:
            raise ImportError(f"{paths[0]} lacks what this module needs: {error}") from None
        function.restype = result
        function.argtypes = arguments
    return library, version


lib, version = load()


def call(function, *arguments):
    """Calls a function whose last parameter is a hinge_error, and raises what it fails with."""
    error = ErrorStruct()
    status = function(*arguments, byref(error))
    if status:
        raise error_of(status, error.message.decode(errors="replace"),
                       error.node.decode(errors="replace"))


def c_text(text, what):
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError as error:
        raise BadArgumentError(f"{what}: {error}") from None
    if b"\0" in encoded:
        raise BadArgumentError(f"{what} has a zero byte")
    return encoded
