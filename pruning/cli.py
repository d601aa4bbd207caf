"""``crisp-prune``: choose what survives of a network. Torch and the rest wait until a command runs."""

from __future__ import annotations

from pruning.commands import data, evaluate, experiment, export, inspect, parts, run, train
from workloads.console.command_line import command_line
from workloads.console.terminal import run_app

app = command_line("crisp-prune", "Prune a PyTorch network for a user's classes, and see what is left of it.")
app.command("list", epilog=parts.EPILOG)(parts.list_parts)
app.command(epilog=data.EPILOG)(data.data)
app.command(epilog=train.EPILOG)(train.train)
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=evaluate.EPILOG)(evaluate.evaluate)
app.command(epilog=inspect.EPILOG)(inspect.inspect)
app.command(epilog=export.EPILOG)(export.export)
app.command(epilog=experiment.EPILOG)(experiment.experiment)


def main() -> None:
    """Entry point of ``crisp-prune``."""
    run_app(app)


if __name__ == "__main__":
    main()
