"""``python -m pruning.data NAME``, as ``crisp-prune data NAME``."""

import typer

from pruning.data.commands import EPILOG, data
from workloads.inputs.terminal import run_app

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command(epilog=EPILOG)(data)
run_app(app)
