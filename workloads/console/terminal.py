"""What a command prints, and how it ends: bad input is one line and exit 2, Ctrl-C one line and exit 130.

What a command shows may hold names out of files. So all of it leaves through :func:`say` and
:func:`print_rows`, in which no text is markup and none reaches the terminal as a control character.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from workloads.console.once import OnceCommand
from workloads.inputs.errors import InputError
from workloads.inputs.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH = 160  # columns of a table where there is no terminal to fit it to


def say(*lines: object) -> None:
    """Print lines on the terminal; a tab stays one."""
    for line in lines:
        print("\t".join(map(printable, str(line).split("\t"))))


def print_json(data: Any) -> None:
    """Print data as indented JSON."""
    text = json.dumps(data, indent=2).replace("\x7f", "\\u007f")  # the one that json leaves as it is
    say(*text.split("\n"))


def print_rows(
    title: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]], width: int = _WIDTH
) -> None:
    """Print a table with a title; ``columns`` maps each heading to ``left`` or ``right``.

    Args:
        width: columns of text where there is no terminal to fit the table to.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(printable(title)), title_justify="left", title_style="bold")
    for heading, side in columns.items():
        table.add_column(
            Text(printable(heading)), justify="right" if side == "right" else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    _console(width).print(table)


def _console(width: int) -> Console:
    """A console that does not cut tables where there is no terminal to fit them to."""
    from rich.console import Console

    probe = Console()
    return probe if probe.is_terminal else Console(width=width)


class Stopped(BaseException):
    """Ctrl-C, with a word on what is kept and how to go on."""


def run_app(app: typer.Typer) -> None:
    """Run a command line; never shows a traceback for what a user can mend."""
    os.environ.setdefault("MPLBACKEND", "Agg")  # a command's pictures are files: no window, no display
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter gets its number
            stream.reconfigure(errors="backslashreplace")
    # Ours alone, and on the standard error of now: what a run logs is a word to who waits for it.
    ours, spoken = logging.getLogger("workloads"), logging.StreamHandler()
    ours.handlers, ours.propagate = [spoken], False
    ours.setLevel(logging.INFO)
    for command in app.registered_commands:
        command.cls = OnceCommand
    try:
        code = app(standalone_mode=False, prog_name=app.info.name)
    except InputError as error:
        _stop(2, f"error: {_one_line(str(error))}")
    except MemoryError:
        _stop(2, "error: expected a run that fits into this machine's memory, got none left")
    except Stopped as stopped:
        _stop(130, f"stopped; {_one_line(str(stopped))}")
    except (KeyboardInterrupt, typer.Abort):
        _stop(130, "stopped")
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:  # a full disk, a path that is too long, a folder that may not be read
        name = str(error.filename or "")
        place = f"{name if len(name) <= 200 else name[:100] + '...'}: " if name else ""
        _stop(2, f"error: {place}{error.strerror or _one_line(str(error))}")
    except Exception as error:
        # Typer brings its own click and hides the base of its usage errors; all can describe themselves.
        describe = getattr(error, "format_message", None)
        if describe is None:
            raise
        text = _one_line(describe())
        if not text:  # no command at all: the help has been shown
            sys.exit(2)
        _stop(2, f"error: {text}")
    if code == 130:  # typer has turned a KeyboardInterrupt into an exit code
        _stop(130, "stopped")
    sys.exit(code if isinstance(code, int) else 0)


def warn(lines: Iterable[str], word: str = "warning") -> None:
    """Say on standard error what a reader of the output has to know, a line each, once."""
    for line in dict.fromkeys(lines):
        print(printable(f"{word}: {_one_line(line)}"), file=sys.stderr)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stop(code: int, line: str) -> None:
    print(printable(line), file=sys.stderr)
    sys.exit(code)
