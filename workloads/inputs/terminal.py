"""How a command ends: bad input is one line and exit 2, Ctrl-C one line and exit 130."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import typer

from workloads.inputs.errors import InputError
from workloads.inputs.once import OnceCommand


def run_app(app: typer.Typer) -> None:
    """Run a command line; never shows a traceback for what a user can mend."""
    os.environ.setdefault("MPLBACKEND", "Agg")  # a command's pictures are files: no window, no display
    for command in app.registered_commands:
        command.cls = OnceCommand
    try:
        code = app(standalone_mode=False)
    except InputError as error:
        _stop(2, f"error: {_one_line(str(error))}")
    except MemoryError:
        _stop(2, "error: expected a run that fits into this machine's memory, got none left")
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


def warn(lines: Iterable[str]) -> None:
    """Say on standard error what a reader of the output has to know, a line each, once."""
    for line in dict.fromkeys(lines):
        print(f"warning: {_one_line(line)}", file=sys.stderr)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stop(code: int, line: str) -> None:
    print(line, file=sys.stderr)
    sys.exit(code)
