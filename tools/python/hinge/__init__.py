"""Hinge: runs ONNX models, numpy arrays in and out.

    import hinge

    with hinge.Session("model.onnx", threads=2) as session:
        print(session.inputs, session.outputs)
        out = session.run({"image": image})

Any number of threads may run one session at once: each run has a context of its own, taken from a
pool, and Python's lock is free meanwhile. Large arrays are read in place, results are copies.
"""
from ._errors import (BadArgumentError, BadFormatError, BadModelError, BadPluginError,
                      BadShapeError, BadValueError, CancelledError, DeadlineError, Error,
                      FileError, LimitError, NeedsDataError, NoMemoryError, Status,
                      UnsupportedError)
from ._files import read_value, write_value
from ._library import version as __version__
from ._session import Cancel, Model, NodeEvent, Session, Threads, Value
from ._values import Sparse

__all__ = [
    "BadArgumentError", "BadFormatError", "BadModelError", "BadPluginError", "BadShapeError",
    "BadValueError", "Cancel", "CancelledError", "DeadlineError", "Error", "FileError",
    "LimitError", "Model", "NeedsDataError", "NoMemoryError", "NodeEvent", "Session", "Sparse",
    "Status", "Threads", "UnsupportedError", "Value", "__version__", "read_value", "write_value",
]
