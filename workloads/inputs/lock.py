"""One run at a time for an output: a lock that the operating system drops when its process dies.

``flock`` and not the mere presence of a file: a run that was killed leaves its lock file behind, and that
blocks nobody.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from workloads.inputs.errors import InputError

_IN_FOLDER = ".lock"


@contextmanager
def locked(folder: Path | str) -> Iterator[None]:
    """A lock on ``folder``, which is made if it is not there; left empty it goes again.

    Raises:
        InputError: another run holds it (the message names its process), or it cannot be written to.
    """
    folder = Path(folder)
    with _held(folder / _IN_FOLDER, folder):
        yield


@contextmanager
def locked_file(path: Path | str) -> Iterator[None]:
    """The same lock for a file that is going to be written, and for what lies beside it until then."""
    path = Path(path)
    with _held(path.with_name(f".{path.name}.lock"), path):
        yield


@contextmanager
def _held(lock: Path, output: Path) -> Iterator[None]:
    try:
        absent = [folder for folder in (lock.parent, *lock.parent.parents) if not folder.exists()]
        file = _acquire(lock, output)
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError:
            file.close()
            raise
    except OSError as error:
        raise InputError(f"{output}: expected a place that can be written, got: {error}") from error
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # before it is free, so that nobody's lock but ours is removed
        file.close()
        with suppress(OSError):  # until one that has something in it: a run that failed leaves no folder
            for folder in absent:
                folder.rmdir()


def _acquire(lock: Path, output: Path) -> IO[str]:
    """The open lock file, held."""
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = lock.open("a+", encoding="utf-8")
        except FileNotFoundError:
            continue  # who held it has removed the folder again
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"  # it is just writing its number
            file.close()
            raise InputError(
                f"{output}: expected an output that no other run is writing, got one that process {holder}"
                " holds; wait for it, or take another"
            ) from None
        except OSError:
            file.close()
            raise
        if _is_still(file, lock):
            return file
        file.close()  # who held it has removed it between our opening and our locking: take the new one


def _is_still(file: IO[str], lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), lock.stat())
    except FileNotFoundError:
        return False
