"""The walk of one weight through the rooms of the code, as Python's profiler sees it.

python -m studies.walk_of_a_weight prunes the shipped network with ``crisp-prune run``, simulates the file
that it wrote, and prints every step from one room into another.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache, partial, reduce
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType
from typing import Any, NamedTuple

import pruning.cli
from accel_sim import load_machine, simulate
from workloads import Workload, load_workload
from workloads.console.script import Quick, run_script

ROOT = Path(__file__).parents[1]
SMALL, PATTERN = "resnet20_w16_28", "crisp(2:4, block=16, density=0.2)"
PRUNE = "run --classes 2,4 --sparsity 0.8 --stages 1 --steps 1 --last-steps 0 -o"


class Step(NamedTuple):
    """A call from one room into another, and the function that it enters by."""

    of: str
    to: str
    by: str


class Walk:
    """The steps between the rooms of one package, each pair of rooms once.

    A room is a folder or a file right within the package. No steps are: what runs while a module is imported,
    reading a property, and a private function, which a library calls where another room did not. What these
    call in their own room is none either.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.steps: list[Step] = []
        self._rooms: list[str] = []  # of the functions that are running, the innermost last
        self._imports = 0  # how many of these are modules

    @property
    def rooms(self) -> list[str]:
        """In the order in which they are entered first."""
        return list(dict.fromkeys(step.to for step in self.steps))

    @property
    def returns(self) -> list[Step]:
        """Steps into a room that another room has entered before."""
        first: dict[str, str] = {}
        return [step for step in self.steps if first.setdefault(step.to, step.of) != step.of]

    def watch(self, frame: FrameType, event: str, _: Any) -> None:
        """What ``sys.setprofile`` calls."""
        if event not in ("call", "return") or (event == "return" and not self._rooms):
            return
        self._imports += (frame.f_code.co_name == "<module>") * (1 if event == "call" else -1)
        if event == "return":
            self._rooms.pop()
            return
        here = self._rooms[-1] if self._rooms else ""
        place = _place(frame.f_code, self.package)
        room = place.room or here
        self._rooms.append(room)
        known = room == here or any(step[:2] == (here, room) for step in self.steps)
        if place.is_entrance and not known and not self._imports:
            self.steps.append(Step(here, room, frame.f_code.co_qualname))

    def follow(self, program: Callable[[], object]) -> Walk:
        """Watch a program; what it prints is dropped."""
        try:
            with redirect_stdout(StringIO()):
                sys.setprofile(self.watch)
                program()
        finally:
            sys.setprofile(None)
        return self


class _Place(NamedTuple):
    """Where a function stands."""

    room: str  # empty: in no room of the package
    is_entrance: bool = False  # whether to call it is a step


@cache
def _place(code: CodeType, package: str) -> _Place:
    path = Path(code.co_filename)
    if not path.is_relative_to(ROOT / package):
        return _Place("")
    room = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
    if code.co_name.startswith("_") and not code.co_name.endswith("_"):
        return _Place(room)
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    names = [] if "<" in code.co_qualname else code.co_qualname.split(".")
    found = reduce(lambda thing, name: getattr(thing, name, None), names, sys.modules.get(module))
    return _Place(room, not isinstance(found, property))


def walk_of_a_run(workload: Workload) -> Walk:
    """The walk through the simulator: workload and machine are at hand, the kernels are compiled."""
    program = partial(simulate, workload, load_machine("crisp_stc"))
    program()
    return Walk("accel_sim").follow(program)


def prune(path: Path) -> None:
    """Prune the shipped network into that file, as ``crisp-prune run`` does.

    Raises:
        RuntimeError: the command failed.
    """
    argv, sys.argv = sys.argv, ["crisp-prune", *PRUNE.split(), str(path)]
    try:
        pruning.cli.main()
    except SystemExit as leaving:
        if leaving.code:
            raise RuntimeError(f"{PRUNE}: exit {leaving.code}") from leaving
    finally:
        sys.argv = argv


def print_walk(walk: Walk, title: str) -> None:
    """Each step, and how many rooms and returns they are."""
    print(f"{title}: {len(walk.rooms)} rooms, {len(walk.returns)} returns")
    for step in walk.steps:
        again = "  (entered before)" if step in walk.returns else ""
        print(f"  {step.of or '-':>16} -> {step.to:<14} {step.by}{again}")


def main(quick: Quick = False) -> None:
    """Print both halves; the quick form the simulator's alone, for a network that nobody pruned."""
    if quick:
        print_walk(walk_of_a_run(load_workload(SMALL, PATTERN)), "simulate")
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.safetensors"
        print_walk(Walk("pruning").follow(partial(prune, path)), "crisp-prune run")
        print_walk(walk_of_a_run(load_workload(path)), "simulate")


if __name__ == "__main__":
    run_script(main)
