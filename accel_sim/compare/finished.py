"""Finished points of a sweep, a line each in ``points.jsonl``: what a killed sweep goes on from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workloads.inputs import InputError

DONE = "points.jsonl"


class FinishedPoints:
    """Rows by the key of their point; a new one is on disk before :meth:`add` returns."""

    def __init__(self, path: Path, file: int, rows: dict[str, dict[str, Any]], size: int) -> None:
        self.rows = rows
        self._path, self._file, self._size = path, file, size
        self._lead = "\n" if size and os.pread(file, 1, size - 1) != b"\n" else ""

    def add(self, key: str, row: Mapping[str, Any]) -> None:
        """Keep the row of a point.

        Raises:
            InputError: it cannot be written (a full disk, say); the file holds what it held.
        """
        line = (self._lead + json.dumps({"key": key, "row": row}) + "\n").encode()
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise InputError(
                f"{self._path}: expected a file that can be written, got: {error.strerror}; what is in it"
                " stays, and the same command goes on from there"
            ) from error
        self._size += len(line)
        self._lead = ""
        self.rows[key] = dict(row)


@contextmanager
def finished_points(folder: Path) -> Iterator[FinishedPoints]:
    """The finished points of a sweep's folder, which has to be there.

    A last line that a kill cut short is as if it were not there.

    Raises:
        InputError: the file cannot be opened, or a line of it is no point; the message says which.
    """
    path = folder / DONE
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise InputError(f"{path}: expected a file that can be written, got: {error.strerror}") from error
    try:
        rows, size = _read(path)
        os.ftruncate(file, size)
        yield FinishedPoints(path, file, rows, size)
    finally:
        os.close(file)


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """Rows by key, and how many bytes of the file they take."""
    rows: dict[str, dict[str, Any]] = {}
    size = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                rows[entry["key"]] = dict(entry["row"])
            except (ValueError, KeyError, TypeError) as error:
                if not line.endswith(b"\n"):
                    break
                what = "no UTF-8" if isinstance(error, UnicodeDecodeError) else "something else"
                raise InputError(
                    f"{path}:{number}: expected a finished point, as sweep writes them, got {what}; without"
                    " that line its point runs again"
                ) from None
            size += len(line)
    return rows, size
