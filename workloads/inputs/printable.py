"""Text that is not ours, made safe to show: nothing in it moves a cursor, adds a colour or hides a word."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""``text`` on one line, every character with a look of its own; the others as Python escapes.

    Control characters (colours, cursor, line ends), what turns the direction of writing round, and halves of
    surrogate pairs (bytes of a file name that are no UTF-8) become ``\x1b``, ``\u202e``, ``\udcff``.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
