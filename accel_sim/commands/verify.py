"""``verify``: both engines on random layers."""

from __future__ import annotations

from typing import Annotated

import typer

from accel_sim.commands.options import the_machine


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
    from rich.progress import Progress

    from accel_sim.config_files import config_names
    from accel_sim.tables import print_rows
    from accel_sim.verify import CaseResult
    from accel_sim.verify import verify as run

    machines = [the_machine(name, None) for name in machine or config_names("machines")]
    found: list[tuple[str, list[CaseResult]]] = []
    stopped = False
    with Progress() as bar:
        try:
            for each in machines:
                found.append((each.label, []))
                for result in bar.track(run(each, cases, seed), total=cases, description=each.label):
                    found[-1][1].append(result)
        except KeyboardInterrupt:
            stopped = True
    wrong = [f"{name}: {result}" for name, results in found for result in results if result.differences]
    rows = [
        [name, f"{len(results):,}", f"{sum(bool(result.differences) for result in results):,}"]
        for name, results in found
    ]
    print_rows("engines", {"machine": "left", "cases": "right", "mismatches": "right"}, rows)
    print("\n".join(wrong), end="\n" if wrong else "")
    raise typer.Exit(130 if stopped else int(bool(wrong)))
