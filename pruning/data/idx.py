"""The IDX format of MNIST and its kin (yann.lecun.com/exdb/mnist), plain or gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from workloads.inputs import InputError, require_file

_UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array of an IDX file, shaped as its header says.

    Raises:
        InputError: the file is missing, is no IDX file of unsigned bytes, or is cut short.
    """
    require_file(path, "an IDX file")
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: expected a gzipped IDX file, got damaged data ({error})") from error
    if len(raw) < 4 or raw[:3] != bytes((0, 0, _UNSIGNED_BYTE)):
        raise InputError(f"{path}: expected an IDX header of unsigned bytes, got {raw[:4].hex()!r}")
    dimensions = raw[3]
    start = 4 + 4 * dimensions
    if len(raw) < start:
        raise InputError(f"{path}: expected {dimensions} sizes in the header, got {len(raw)} bytes in all")
    shape = struct.unpack(f">{dimensions}I", raw[4:start])
    expected = int(np.prod(shape, dtype=np.int64))
    if len(raw) - start != expected:
        raise InputError(f"{path}: expected {expected} bytes of data for {shape}, got {len(raw) - start}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array as a gzipped IDX file; the same array gives the same bytes."""
    header = bytes((0, 0, _UNSIGNED_BYTE, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 9, mtime=0))
