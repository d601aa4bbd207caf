"""The one exception for input that a user can mend, foreign errors in one line, the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from workloads.inputs.printable import printable


class InputError(ValueError):
    """Bad input: a single clear line, shown as it is and followed by a non-zero exit.

    The text reads ``[file[:line]: ][dotted.path: ]expected ..., got ...[; did you mean ...?]``.

    Args:
        path: the dotted path of what is wrong within a file, where it is a part of one.
    """

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(printable(text))  # a path may hold a line end
        self.path = path


def one_line(error: BaseException) -> str:
    """The type of an error that is not ours, and the first line of its text."""
    return ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn whatever code that is not ours raises within into an :class:`InputError`, ``what: its error``.

    A user's network may raise anything. An :class:`InputError` passes as it is.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{what}: {one_line(error)}") from error


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The tail of an error about a wrong name: its nearest neighbour and the names there are."""
    names = sorted(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (there are: {', '.join(names) if names else 'none'})"
