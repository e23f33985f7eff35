"""Read a file of tensors in the safetensors format: a header in JSON, then the bytes of the tensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]

_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_HEADER_BYTES = 8 << 20  # the headers of large models have some hundred kilobytes


def read(path: Path) -> dict[str, Tensor]:
    """-> name -> tensor, of those that hold floating-point numbers. Raises ValueError for a damaged file."""
    content = np.memmap(path, np.uint8, mode="r")
    size = int.from_bytes(content[:8].tobytes(), "little")
    if not 2 <= size <= min(_HEADER_BYTES, len(content) - 8):
        raise ValueError("its header has an impossible length")
    header = json.loads(content[8 : 8 + size].tobytes())
    if not isinstance(header, dict):
        raise ValueError("its header is no object")
    data = content[8 + size :]
    return {
        name: _tensor(data, name, entry)
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] in _TYPES
    }


def _tensor(data: NDArray[np.uint8], name: str, entry: dict[str, Any]) -> Tensor:
    start, end = (int(offset) for offset in entry["data_offsets"])
    if not 0 <= start <= end <= len(data):
        raise ValueError(f"{name} lies outside of the file")
    numbers: NDArray[Any] = data[start:end].view(_TYPES[entry["dtype"]])
    tensor: Tensor = numbers.reshape(entry["shape"]).astype(np.float32)
    return tensor


def write(path: Path, tensors: dict[str, Tensor]) -> None:
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    encoded = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").tobytes())
