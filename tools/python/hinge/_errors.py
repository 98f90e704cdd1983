"""Statuses of hinge.h, and an exception for each."""
import enum


class Status(enum.IntEnum):
    OK = 0
    NO_MEMORY = 1
    IO = 2
    BAD_FORMAT = 3
    BAD_MODEL = 4
    UNSUPPORTED = 5
    BAD_ARGUMENT = 6
    BAD_SHAPE = 7
    BAD_VALUE = 8
    BAD_PLUGIN = 9
    LIMIT = 10
    CANCELLED = 11
    DEADLINE = 12
    NEEDS_DATA = 13


class Error(Exception):
    """What a call of Hinge ended with: status says how, str() is one sentence that names file, node
    and operator as far as they are known; node is "" where none is at fault."""

    status = None

    def __init__(self, message, status=None, node=""):
        super().__init__(message)
        self.message = message
        self.node = node
        if status is not None:
            self.status = status


class NoMemoryError(Error, MemoryError):
    status = Status.NO_MEMORY


class FileError(Error, OSError):
    status = Status.IO


class BadFormatError(Error, ValueError):
    status = Status.BAD_FORMAT


class BadModelError(Error, ValueError):
    status = Status.BAD_MODEL


class UnsupportedError(Error, NotImplementedError):
    status = Status.UNSUPPORTED


class BadArgumentError(Error, ValueError):
    status = Status.BAD_ARGUMENT


class BadShapeError(Error, ValueError):
    status = Status.BAD_SHAPE


class BadValueError(Error, ValueError):
    status = Status.BAD_VALUE


class BadPluginError(Error):
    status = Status.BAD_PLUGIN


class LimitError(Error):
    status = Status.LIMIT


class CancelledError(Error):
    status = Status.CANCELLED


class DeadlineError(Error, TimeoutError):
    status = Status.DEADLINE


class NeedsDataError(Error):
    status = Status.NEEDS_DATA


CLASSES = {kind.status: kind for kind in Error.__subclasses__()}


def error_of(status, message, node=""):
    """A status that a newer library has added makes an Error with its number."""
    if status in CLASSES:
        return CLASSES[status](message, node=node)
    return Error(message, status, node)
