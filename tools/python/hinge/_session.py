"""Sessions: a model that is open, and its runs."""
import ctypes
import math
import os
import threading
import time
import weakref
from collections.abc import Mapping
from ctypes import byref
from typing import NamedTuple, Optional

from . import _library, _values
from ._errors import BadArgumentError, CancelledError
from ._library import c_text, call, lib


class Value(NamedTuple):
    """An input or output. type is as "tensor(float)"; shape has a number, a symbolic name or None
    for each dimension, and is None where not even their number is known and for what is no
    tensor."""

    name: str
    type: str
    shape: Optional[tuple]

    @property
    def dtype(self):
        """Of the arrays that hold it; None for what is no tensor."""
        types = [t for t in _values.TYPES.values() if f"tensor({t.name})" == self.type]
        return types[0].dtype if types else None


class Model(NamedTuple):
    """What the file says of itself; "" where it does not. opsets are by domain, "" the standard's
    own; metadata by key."""

    name: str
    doc: str
    domain: str
    version: int
    producer: str
    producer_version: str
    ir_version: int
    opsets: dict
    metadata: dict


class NodeEvent(NamedTuple):
    """What a finished node tells; times in nanoseconds of time.monotonic_ns(). index is its place
    in the order of execution of its graph, graph 0 the main one."""

    node: str
    op: str
    plugin: str
    index: int
    graph: int
    start_ns: int
    end_ns: int


def _text(text):
    return (text or b"").decode("utf-8", "surrogateescape")


def _names(names, what):
    if isinstance(names, (str, bytes)):
        raise BadArgumentError(f"{what} is a list, not one name")
    return tuple(names)


def _c_texts(names, what):
    return (ctypes.c_char_p * len(names))(*[c_text(name, what) for name in names]), len(names)


def _count(number, what, bits):
    if not 0 <= number < 1 << bits:
        raise BadArgumentError(f"{what} cannot be {number}")
    return number


def _deadline_ns(timeout, deadline):
    ends = [] if deadline is None else [deadline]
    if timeout is not None:
        ends.append(time.monotonic() + timeout)
    if any(math.isnan(end) for end in ends):
        raise BadArgumentError("a time is not a number")
    return int(min(max(min(ends) * 1e9, 1), 2 ** 63)) if ends else 0


def _value_of(handle, index, name, info, code, dim_name):
    tensor = info(handle, index).contents
    shape = None
    if code & 0xff in _values.TYPES and tensor.rank >= 0:
        shape = tuple(tensor.dims[axis] if tensor.dims[axis] >= 0 else
                      _text(dim_name(handle, index, axis)) or None for axis in range(tensor.rank))
    return Value(_text(name(handle, index)), _values.type_text(code), shape)


def _model_of(handle, info):
    first, second, number = ctypes.c_char_p(), ctypes.c_char_p(), ctypes.c_uint32()
    opsets, metadata = {}, {}
    for i in range(info.n_opsets):
        lib.hinge_get_opset(handle, i, byref(first), byref(number))
        opsets[_text(first.value)] = number.value
    for i in range(info.n_metadata):
        lib.hinge_get_metadata(handle, i, byref(first), byref(second))
        metadata[_text(first.value)] = _text(second.value)
    return Model(_text(info.graph_name), _text(info.doc), _text(info.domain), info.model_version,
                 _text(info.producer_name), _text(info.producer_version), info.ir_version, opsets,
                 metadata)


def _teller(on_node, context, raised):
    """Calls on_node; what it raises ends the run, and is raised when that has ended."""
    def tell(_, event):
        e = event.contents
        try:
            if not raised:
                on_node(NodeEvent(_text(e.node), _text(e.op), _text(e.plugin), e.index, e.graph,
                                  e.start_ns, e.end_ns))
        except BaseException as error:
            raised.append(error)
            lib.hinge_cancel(context)
    return _library.NodeFunction(tell)


class Threads:
    """A pool of count threads in all, the caller's counted (0: one for each core), that several
    sessions share. It lives for as long as anything uses it."""

    def __init__(self, count=0):
        handle = ctypes.c_void_p()
        call(lib.hinge_threads_create, _count(count, "threads", 32), None, byref(handle))
        self._handle = handle
        weakref.finalize(self, lib.hinge_threads_release, handle)


class Cancel:
    """Ends the runs that it was handed to with CancelledError, those that begin later too. They end
    before their next node; a run with a timeout, within a long one too."""

    def __init__(self):
        self._lock = threading.Lock()
        self._contexts = set()
        self.cancelled = False

    def cancel(self):
        """Callable from any thread."""
        with self._lock:
            self.cancelled = True
            for context in self._contexts:
                lib.hinge_cancel(context)

    def _enter(self, context):
        with self._lock:
            if self.cancelled:
                raise CancelledError("cancelled before the run began")
            self._contexts.add(context)

    def _leave(self, context):
        """Whether the context may go on to another run: a cancellation that came too late for this
        one would end that."""
        with self._lock:
            self._contexts.discard(context)
            return not self.cancelled


class _Contexts:
    """The session's handle and the contexts that no run uses. The session is closed by whoever is
    the last to have done with it: close, or a run that was going on."""

    def __init__(self, handle, kept):
        self._lock = threading.Lock()
        self._handle = handle
        self._kept = kept  # what C reads until the session is closed
        self._idle = []
        self._n_users = 1  # the runs, and one until close has freed what is idle
        self.is_closed = False

    def take(self):
        with self._lock:
            if self.is_closed:
                raise BadArgumentError("the session is closed")
            self._n_users += 1
            if self._idle:
                return self._idle.pop()
        context = ctypes.c_void_p()
        try:
            call(lib.hinge_context_create, self._handle, byref(context))
        except BaseException:
            self._leave()
            raise
        return context.value

    def give(self, context, is_reusable):
        with self._lock:
            if is_reusable and not self.is_closed:
                self._n_users -= 1
                self._idle.append(context)
                return
        lib.hinge_context_destroy(context)
        self._leave()

    def close(self):
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
        while self._idle:
            lib.hinge_context_destroy(self._idle.pop())
        self._leave()

    def _leave(self):
        """Only when no context is left to whoever leaves: they go before the session."""
        with self._lock:
            self._n_users -= 1
            is_last = not self._n_users
        if is_last:
            lib.hinge_close(self._handle)
            self._kept = None


class Session:
    """A model that is open; any number of threads may run it at once.

    model is a path, or the bytes of a file. threads is how many a run may use (0: one for each
    core) or a Threads that sessions share; log a function of (level, message), with levels of the
    module logging, called by any thread. values names values within the model that become outputs
    too. The rest is as hinge_options in hinge/hinge.h has it.
    """

    def __init__(self, model, *, threads=0, isa=None, plugins=(), disabled_passes=(),
                 plugin_folder=None, log=None, values=(), all_values=False,
                 direct_convolution=False, allow_missing=False, overridable_defaults=False,
                 constant_limit=0, memory_limit=0, cache=None):
        plugins = _names(plugins, "plugins")
        disabled_passes = _names(disabled_passes, "disabled_passes")
        self._values = _names(values, "values")
        options = _library.Options(size=ctypes.sizeof(_library.Options))
        if isinstance(threads, Threads):
            options.threads = threads._handle
        else:
            options.n_threads = _count(threads, "threads", 32)
        if isa is not None:
            options.isa = c_text(isa, "isa")
        if plugin_folder is not None:
            options.plugin_folder = c_text(plugin_folder, "plugin_folder")
        options.plugins, options.n_plugins = _c_texts(plugins, "plugins")
        options.disabled_passes, options.n_disabled_passes = \
            _c_texts(disabled_passes, "disabled_passes")
        options.values, options.n_values = _c_texts(self._values, "values")
        options.all_values = all_values
        options.direct_convolution = direct_convolution
        options.allow_missing = allow_missing
        options.overridable_defaults = overridable_defaults
        options.constant_limit = _count(constant_limit, "constant_limit", 64)
        options.memory_limit = _count(memory_limit, "memory_limit", 64)
        if cache is not None:
            options.cache = c_text(cache, "cache")
        if log is not None:
            options.log = _library.LogFunction(
                lambda _, level, message: log(10 * (level + 1), _text(message)))
        handle = ctypes.c_void_p()
        if isinstance(model, (str, os.PathLike)):
            model = os.path.abspath(model)
            call(lib.hinge_open, c_text(model, "the path"), byref(options), byref(handle))
        else:
            # What others may write to is copied: the bytes must stay as they are.
            model = model if type(model) is bytes else bytes(memoryview(model))
            call(lib.hinge_open_memory, model, len(model), byref(options), byref(handle))
        self._contexts = _Contexts(handle, (model, options.log, threads))
        self._close = weakref.finalize(self, self._contexts.close)
        self._lock = threading.Lock()
        self._beside = None
        self._again = {
            "model": model, "threads": threads, "isa": isa, "plugins": plugins,
            "disabled_passes": disabled_passes, "plugin_folder": plugin_folder, "log": log,
            "all_values": all_values, "direct_convolution": direct_convolution,
            "allow_missing": allow_missing, "overridable_defaults": overridable_defaults,
            "constant_limit": constant_limit, "memory_limit": memory_limit, "cache": cache}
        self._describe(handle)

    def _describe(self, handle):
        n_inputs = lib.hinge_n_inputs(handle)
        self._input_codes = [lib.hinge_input_type(handle, i) for i in range(n_inputs)]
        self.inputs = tuple(
            _value_of(handle, i, lib.hinge_input_name, lib.hinge_input_info,
                      self._input_codes[i], lib.hinge_input_dim_name) for i in range(n_inputs))
        self.outputs = tuple(
            _value_of(handle, i, lib.hinge_output_name, lib.hinge_output_info,
                      lib.hinge_output_type(handle, i), lib.hinge_output_dim_name)
            for i in range(lib.hinge_n_outputs(handle)))
        self._input_index = {value.name: i for i, value in enumerate(self.inputs)}
        self._output_index = {value.name: i for i, value in enumerate(self.outputs)}
        # Names of the inputs that may be left out.
        self.defaults = frozenset(value.name for i, value in enumerate(self.inputs)
                                  if lib.hinge_input_has_default(handle, i))
        info = _library.ModelInfo(size=ctypes.sizeof(_library.ModelInfo))
        lib.hinge_get_model(handle, byref(info))
        self.model = _model_of(handle, info)
        # Phrases for the operators that no plugin has (allow_missing).
        self.missing = tuple(_text(lib.hinge_missing(handle, i)) for i in range(info.n_missing))

    def run(self, inputs, outputs=None, *, values=(), timeout=None, deadline=None, cancel=None,
            on_node=None, trace=False):
        """Runs the model on inputs, a dict of arrays by name, and returns its outputs: a dict by
        name or, where outputs is a list of names, a list. They are copies that own their memory.

        values names values within the model that are wanted too, behind the outputs. Those that the
        session was not opened with are computed by another one, which is opened for them and kept.
        timeout is in seconds; deadline is an absolute one, in those of time.monotonic(). cancel is
        a Cancel. on_node gets a NodeEvent after each node; what it raises ends the run. Large
        arrays (but those of int32 and int64) are read in place while other threads go on: where
        one changes them meanwhile, the results are of no use.
        """
        values = _names(values, "values")
        wanted = self._output_index if outputs is None else _names(outputs, "outputs")
        wanted = [*wanted, *values]
        session = self
        if not all(name in self._output_index for name in values):
            session = self._opened_with(values)
        options = _library.RunOptions(size=ctypes.sizeof(_library.RunOptions), trace=trace,
                                      deadline_ns=_deadline_ns(timeout, deadline))
        results = session._run(inputs, wanted, options, cancel, on_node)
        return dict(zip(wanted, results)) if outputs is None else results

    def _opened_with(self, values):
        with self._lock:
            if self._contexts.is_closed:
                raise BadArgumentError("the session is closed")
            beside = self._beside
            if not beside or not all(name in beside._output_index for name in values):
                known = beside._values if beside else self._values
                self._beside = Session(**self._again, values=dict.fromkeys((*known, *values)))
            return self._beside

    def _run(self, inputs, wanted, options, cancel, on_node):
        places = [self._place(name) for name in wanted]
        outputs = (_library.Tensor * (max(places, default=-1) + 1))()
        raised = []
        is_reusable = True
        context = self._contexts.take()
        try:
            builder = _values.Builder()
            tensors = self._fill(inputs, builder)
            if on_node:
                options.on_node = _teller(on_node, context, raised)
            if cancel:
                cancel._enter(context)
            try:
                call(lib.hinge_run, context, tensors, len(tensors), outputs, len(outputs),
                     byref(options))
            finally:
                is_reusable = not raised
                if cancel and not cancel._leave(context):
                    is_reusable = False
                if raised:
                    raise raised.pop() from None
            return [_values.read(outputs[place]) for place in places]
        finally:
            self._contexts.give(context, is_reusable)

    def _place(self, name):
        if name not in self._output_index:
            raise BadArgumentError(f"the model has no output \"{name}\": it has "
                                   f"{', '.join(self._output_index)}")
        return self._output_index[name]

    def _fill(self, inputs, builder):
        if not isinstance(inputs, Mapping):
            raise BadArgumentError("inputs are a dict of arrays by name")
        unknown = [str(name) for name in inputs if name not in self._input_index]
        missing = [name for name in self._input_index
                   if name not in inputs and name not in self.defaults]
        if unknown:
            raise BadArgumentError(f"the model has no input {', '.join(unknown)}: it has "
                                   f"{', '.join(self._input_index)}")
        if missing:
            raise BadArgumentError(f"inputs are missing: {', '.join(missing)}")
        tensors = (_library.Tensor * len(self.inputs))()
        for name, value in inputs.items():
            index = self._input_index[name]
            builder.fill(tensors[index], value, self._input_codes[index], f"input \"{name}\"")
        return tensors

    def close(self):
        """Ends the session; runs that go on in other threads end as they would, no other begins.
        Also what leaving a with statement does, or nobody having the session any more."""
        self._close()
        with self._lock:
            beside, self._beside = self._beside, None
        if beside:
            beside.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
