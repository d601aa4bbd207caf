"""Reading and writing files so that nothing is lost and every failure names the file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from workloads.inputs.errors import InputError


def require_file(path: Path, what: str) -> Path:
    """``path`` itself if it is a readable file, else :class:`InputError`."""
    try:
        found = "a folder" if path.is_dir() else "" if path.is_file() else "no such file"
    except OSError as error:  # a name that no file system takes, a folder that may not be looked into
        found = error.strerror or type(error).__name__
    if found:
        raise InputError(f"{path}: expected {what}, got {found[:1].lower()}{found[1:]}")
    return path


def replace_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then move it into place.

    A reader, or a run that is killed, sees the old file or the new one and never a half.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: expected a place that can be written, got: {error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
