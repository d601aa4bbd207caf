"""The command ``verify``: the compiled engine held against the stepped one on random layers."""

from __future__ import annotations

from typing import Annotated

import typer

from accel_sim.commands.options import the_machine
from workloads.console.progress import progress_bar
from workloads.console.terminal import print_rows, say


def verify(
    machine: Annotated[
        list[str] | None, typer.Argument(help="Machines, by name or path; all of them if not given.")
    ] = None,
    cases: Annotated[int, typer.Option(help="Random layers for each machine.")] = 25,
    seed: Annotated[int, typer.Option(min=0, help="Of the first layer; the next take the next.")] = 0,
) -> None:
    """Hold the compiled engine against the stepped one, in every count, every cycle and in the product.

    Ctrl-C ends it with what was found so far.

    Example: accel-sim verify my_machine.yaml --cases 100
    """
    from accel_sim.machine.shipped import config_names
    from accel_sim.verify import CaseResult
    from accel_sim.verify import verify as run

    machines = [the_machine(name, None) for name in machine or config_names("machines")]
    found: list[tuple[str, list[CaseResult]]] = []
    stopped = False
    with progress_bar() as show:
        try:
            for each in machines:
                found.append((each.label, []))
                for done, result in enumerate(run(each, cases, seed), 1):
                    found[-1][1].append(result)
                    show(done, cases, each.label)
        except KeyboardInterrupt:
            stopped = True
    wrong = [f"{name}: {result}" for name, results in found for result in results if result.differences]
    rows = [
        [name, f"{len(results):,}", f"{sum(bool(result.differences) for result in results):,}"]
        for name, results in found
    ]
    print_rows("engines", {"machine": "left", "cases": "right", "mismatches": "right"}, rows)
    say(*wrong)
    raise typer.Exit(130 if stopped else int(bool(wrong)))
