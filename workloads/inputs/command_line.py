"""Run a typer application so that every failure of the user's making is one line and an exit code."""

from __future__ import annotations

import sys

import typer

from workloads.inputs.errors import InputError

_BAD_INPUT, _INTERRUPTED = 2, 130


def run_command(app: typer.Typer) -> None:
    """Run ``app`` on ``sys.argv`` and exit: 0, 2 after bad input, 130 after Ctrl-C.

    Wrong options and :class:`InputError` print ``error: ...`` on standard error, without a traceback.
    """
    try:
        code = app(standalone_mode=False)
    except InputError as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception as error:
        # Typer does not export the base class of its usage errors; all of them can format themselves.
        describe = getattr(error, "format_message", None)
        if describe is None:
            raise
        _fail(describe())
    if code == _INTERRUPTED:
        print("error: interrupted", file=sys.stderr)
    sys.exit(code or 0)


def _fail(message: str) -> None:
    print("error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(_BAD_INPUT)
