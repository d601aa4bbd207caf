"""``accel-sim``: what a workload costs on a machine. Heavy imports wait until a command runs."""

from __future__ import annotations

import typer

from accel_sim.commands.parts import list_parts, plot, show
from accel_sim.commands.simulate import compare, simulate
from accel_sim.commands.sweep import sweep
from accel_sim.commands.trace import trace
from accel_sim.commands.verify import verify
from workloads.inputs.terminal import run_app

app = typer.Typer(
    help="Cycles and energy of pruned networks on sparse accelerators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("list")(list_parts)
for command in (show, simulate, compare, sweep, plot, trace, verify):
    app.command()(command)


def main() -> None:
    """The console command."""
    run_app(app)
