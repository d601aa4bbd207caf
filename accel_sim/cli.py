"""``accel-sim``: what a workload costs on a machine. Heavy imports wait until a command runs."""

from __future__ import annotations

from accel_sim.commands.parts import list_parts, plot, show
from accel_sim.commands.simulate import compare, simulate
from accel_sim.commands.sweep import sweep
from accel_sim.commands.trace import trace
from accel_sim.commands.verify import verify
from workloads.console.command_line import command_line
from workloads.console.terminal import run_app

app = command_line("accel-sim", "Cycles and energy of pruned networks on sparse accelerators.")
app.command("list")(list_parts)
for command in (show, simulate, compare, sweep, plot, trace, verify):
    app.command()(command)


def main() -> None:
    """The console command ``accel-sim``."""
    run_app(app)
