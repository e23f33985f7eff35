"""Receive results from children that may be compromised.

multiprocessing unpickles whatever a child sends, and a pickle can call any function. Messages from the children may
therefore contain data only: built-in types, NumPy arrays, and dataclasses, enumerations and named tuples of Syncline.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
from enum import Enum
from multiprocessing import connection
from typing import Any

MAX_MESSAGE_BYTES = 256 << 20

_ALLOWED = {
    *(("builtins", name) for name in ("set", "frozenset", "complex", "bytearray", "range", "slice")),
    *(("collections", name) for name in ("OrderedDict", "Counter", "deque")),
    *(("numpy", name) for name in ("ndarray", "dtype")),
    *(
        (f"numpy.{core}.{module}", name)
        for core in ("core", "_core")
        for module, name in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
    ),
}


class _DataUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        if (module, name) == ("builtins", "getattr"):
            return _enum_member
        if module.startswith("syncline."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, (Enum, tuple))):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not data")


def _enum_member(owner: Any, name: Any) -> Enum:
    """What getattr may do here: Python 3.11.0 to 3.11.3 pickle a member of an enumeration as a call of getattr."""
    if isinstance(owner, type) and issubclass(owner, Enum) and name in owner.__members__:
        return owner[name]
    raise pickle.UnpicklingError(f"{name!r} is not a member of an enumeration")


class ResultConnection(connection.Connection):
    """The parent's end of a pipe from a child."""

    def recv(self) -> Any:
        try:
            return _DataUnpickler(io.BytesIO(self.recv_bytes(MAX_MESSAGE_BYTES))).load()
        except (OSError, EOFError):
            raise
        except Exception as error:  # a damaged pickle raises nearly anything
            raise TypeError(f"a child sent an unexpected message: {error}") from error
