"""How a command ends: bad input is one line and exit 2, Ctrl-C one line and exit 130."""

from __future__ import annotations

import sys

import click
import typer

from workloads.inputs.errors import InputError


def run_app(app: typer.Typer) -> None:
    """Run a command line; never shows a traceback for what a user can mend."""
    try:
        code = app(standalone_mode=False)
    except InputError as error:
        _stop(2, f"error: {_one_line(str(error))}")
    except click.ClickException as error:
        _stop(2, f"error: {_one_line(error.format_message())}")
    except (KeyboardInterrupt, click.Abort):
        _stop(130, "stopped")
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        sys.exit(141)
    sys.exit(code if isinstance(code, int) else 0)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stop(code: int, line: str) -> None:
    print(line, file=sys.stderr)
    sys.exit(code)
