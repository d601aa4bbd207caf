"""``crisp-prune``: choose what survives of a network. Torch and the rest wait until a command runs."""

from __future__ import annotations

import typer

from pruning.commands import data, evaluate, experiment, export, inspect, parts, run, train
from workloads.inputs.terminal import run_app

app = typer.Typer(
    name="crisp-prune",
    help="Prune a PyTorch network for a user's classes, and see what is left of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("list", epilog=parts.EPILOG)(parts.list_parts)
app.command(epilog=data.EPILOG)(data.data)
app.command(epilog=train.EPILOG)(train.train)
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=evaluate.EPILOG)(evaluate.evaluate)
app.command(epilog=inspect.EPILOG)(inspect.inspect)
app.command(epilog=export.EPILOG)(export.export)
app.command(epilog=experiment.EPILOG)(experiment.experiment)


def main() -> None:
    """Entry point of the command."""
    run_app(app)


if __name__ == "__main__":
    main()
