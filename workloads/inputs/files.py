"""Paths from text, files that have to be there, files replaced atomically; every failure names the file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from workloads.inputs.errors import InputError

_SHOWN = 200  # characters of a path in a message


def as_path(value: str | os.PathLike[str], what: str = "path") -> Path:
    """A path, from text too.

    Raises:
        InputError: text that no path can be.
        TypeError: neither text nor a path.
    """
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{what}: expected text or a path, got {type(value).__name__}")
    text = os.fspath(value)
    try:
        if not text or b"\0" in os.fsencode(text):
            raise ValueError
    except ValueError:  # half a surrogate pair, too
        raise InputError(f"{what}: expected a path, got {text[:_SHOWN]!r}") from None
    return Path(text)


def require_file(path: str | os.PathLike[str], what: str) -> Path:
    """``path`` if it is a readable file, else :class:`InputError`."""
    path = as_path(path)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:  # too long a name, or a folder that may not be searched
        raise InputError(f"{_short(path)}: expected {what}, got: {error.strerror}") from None
    if is_folder:
        raise InputError(f"{path}: expected {what}, got a folder")
    if not is_file:
        raise InputError(f"{_short(path)}: expected {what}, got no such file")
    return path


def replace_atomically(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then move it into place.

    A reader, or a run that is killed, sees the old file or the new one and never a half.
    """
    path = as_path(path)
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
        reason = error if len(str(error)) <= 2 * _SHOWN else error.strerror
        raise InputError(f"{_short(path)}: expected a place that can be written, got: {reason}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}...{text[-_SHOWN // 2 :]}"
