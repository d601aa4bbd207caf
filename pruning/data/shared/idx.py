"""The IDX format of MNIST and its kin (yann.lecun.com/exdb/mnist), plain or gzipped."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from workloads.inputs import InputError, require_file

_UNSIGNED_BYTE = 0x08
MOST_BYTES = 2**31  # of a file's data: twice the largest of MNIST's kin


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array of an IDX file, shaped as its header says.

    No more is read, and no more unpacked, than the header announces.

    Raises:
        InputError: the file is missing, is no IDX file of unsigned bytes, announces more than
            :data:`MOST_BYTES`, is cut short, or goes on behind its data.
    """
    path = require_file(path, "an IDX file")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _read(path, file)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: expected a gzipped IDX file, got damaged data ({error})") from error


def _read(path: Path, file: BinaryIO | gzip.GzipFile) -> np.ndarray:
    magic = file.read(4)
    if len(magic) < 4 or magic[:3] != bytes((0, 0, _UNSIGNED_BYTE)):
        raise InputError(f"{path}: expected an IDX header of unsigned bytes, got {magic.hex()!r}")
    dimensions = magic[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        whole = len(magic) + len(sizes)
        raise InputError(f"{path}: expected {dimensions} sizes in the header, got {whole} bytes in all")
    shape = struct.unpack(f">{dimensions}I", sizes)
    expected = math.prod(shape)
    if expected > MOST_BYTES:
        raise InputError(
            f"{path}: expected at most {MOST_BYTES:,} bytes of data, got {expected:,} for {shape}"
        )
    data = file.read(expected + 1)
    if len(data) != expected:
        got = str(len(data)) if len(data) < expected else "more"
        raise InputError(f"{path}: expected {expected} bytes of data for {shape}, got {got}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array as a gzipped IDX file; the same array gives the same bytes."""
    header = bytes((0, 0, _UNSIGNED_BYTE, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 9, mtime=0))
