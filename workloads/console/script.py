"""A function as the command line of its module: what benchmarks and studies are run by."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from workloads.console.terminal import run_app

Quick = Annotated[bool, typer.Option("--quick", help="A small form that takes seconds, to see that it runs.")]


def run_script(main: Callable[..., None]) -> None:
    """Run ``main`` with what was typed after ``python -m module``; its annotations say what may be typed."""
    app = typer.Typer(name=Path(sys.argv[0]).name, add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_app(app)
