"""A grid of machines and workloads over processes; a sweep that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from pydantic import Field, model_validator

import accel_sim
import workloads
from accel_sim.config_files import find_config
from accel_sim.files import save_table
from accel_sim.labels import require_distinct
from accel_sim.load import load_machine
from accel_sim.machine import Machine
from accel_sim.section import Section
from accel_sim.simulation import simulate
from workloads.inputs import InputError, as_path
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import load_yaml
from workloads.jit import source_hash
from workloads.workload import Workload, load_workload

DONE = "points.jsonl"


class SweptWorkload(Section):
    """A network under a pattern, or the file of a pruned network."""

    network: str | None = None
    file: str | None = None
    pattern: str | None = None
    seed: int = Field(0, ge=0)
    batch: int = Field(1, ge=1)
    activation_density: float | None = Field(None, ge=0, le=1)
    exempt: str | None = Field(None, description="rules by which layers stay dense, as --exempt")

    @model_validator(mode="after")
    def _one_source(self) -> SweptWorkload:
        if (self.network is None) == (self.file is None):
            raise ValueError("expected either network or file, got both or neither")
        if self.file is not None and "seed" in self.model_fields_set:
            raise ValueError("expected no seed beside a file, which has masks")
        return self

    @property
    def source(self) -> str:
        """What :func:`load_workload` takes."""
        return str(self.network or self.file)


class Sweep(Section):
    """A sweep file: every workload on every machine for every combination of ``vary``."""

    description: str = ""
    workloads: list[SweptWorkload] = Field(min_length=1)
    machines: list[str] = Field(min_length=1)
    vary: dict[str, list[Any]] = Field({}, description="dotted field of a machine -> values")

    @model_validator(mode="after")
    def _no_empty_axis(self) -> Sweep:
        for field, values in self.vary.items():
            if not values:
                raise ValueError(f"expected at least one value for {field}, got none")
        return self


@dataclass(frozen=True)
class Point:
    """One run of a sweep."""

    workload: SweptWorkload
    machine: Machine
    overrides: Mapping[str, Any]
    key: str  # of all that decides its result


def load_sweep(name_or_path: str | os.PathLike[str]) -> list[Point]:
    """The points of a sweep file, every machine among them checked.

    Raises:
        InputError: anything wrong with the file, or a combination that is no valid machine.
    """
    document = load_yaml(find_config("sweeps", name_or_path))
    sweep = validate(Sweep, document.data, document.where)
    code = source_hash(
        folder
        for package in (accel_sim, workloads)
        for folder in [Path(package.__path__[0]), *sorted(Path(package.__path__[0]).glob("*/"))]
    )
    identities = []
    for index, workload in enumerate(sweep.workloads):
        place = f"workloads.{index}"
        try:
            identities.append(_identity(workload))
        except InputError as error:
            raise InputError(f"{document.where(place)}: {place}: {error}") from None
    require_distinct(("every workload", load_machine(name)) for name in sweep.machines)
    points = []
    pairs = zip(sweep.workloads, identities, strict=True)
    for (workload, identity), name in itertools.product(pairs, sweep.machines):
        for values in itertools.product(*sweep.vary.values()):
            overrides = dict(zip(sweep.vary, values, strict=True))
            machine = load_machine(name, overrides, f"{document.where('vary')}: vary")
            text = json.dumps(
                [code, identity, machine.model_dump(), dict(machine.energy_per_action_pj), overrides],
                sort_keys=True,
            )
            points.append(Point(workload, machine, overrides, hashlib.sha256(text.encode()).hexdigest()))
    return points


def _identity(workload: SweptWorkload) -> list[Any]:
    """Its words, its masks and its geometry; a wrong workload fails here, before anything runs."""
    loaded = _load(workload)
    return [workload.model_dump(), loaded.masks_hash, [asdict(item.layer) for item in loaded.layers]]


def _load(workload: SweptWorkload) -> Workload:
    w = workload
    seed = None if w.file is not None else w.seed
    return _loaded(w.source, w.pattern, seed, w.batch, w.activation_density, w.exempt)


_loaded = lru_cache(maxsize=1)(load_workload)  # points of one workload follow each other


def run_point(point: Point) -> dict[str, Any]:
    """Simulate one point: its workload, its varied fields and the totals, as one row."""
    w = point.workload
    result = simulate(_load(w), point.machine)
    chosen: dict[str, Any] = {"pattern": w.pattern or "", "seed": w.seed, "batch": w.batch}
    if w.activation_density is not None:
        chosen["activation_density"] = w.activation_density
    varied = {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in point.overrides.items()}
    return {**chosen, **varied, "multipliers": result.multipliers, **result.summary()}


def run_sweep(
    points: list[Point], folder: str | os.PathLike[str], jobs: int, report: Callable[[int], None]
) -> pd.DataFrame:
    """Run what ``folder`` does not hold yet and write ``results.csv`` and ``results.parquet``.

    Each finished point is appended to ``points.jsonl`` at once; a later call with the same sweep and
    code takes it from there.

    Args:
        jobs: processes; -1 for one a core.
        report: called with the number of points done so far.
    """
    folder = as_path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: expected a folder that can be made, got: {error}") from None
    done = _read_done(folder / DONE)
    missing = [p for p in points if p.key not in done]
    report(len(points) - len(missing))
    with (folder / DONE).open("a", encoding="utf-8") as log:
        if log.tell() and not (folder / DONE).read_bytes().endswith(b"\n"):
            log.write("\n")  # what a kill cut short must not spoil the next line
        for count, (point, row) in enumerate(_run(missing, jobs), len(points) - len(missing) + 1):
            done[point.key] = row
            log.write(json.dumps({"key": point.key, "row": row}) + "\n")
            log.flush()
            os.fsync(log.fileno())
            report(count)
    table = pd.DataFrame([done[p.key] for p in points])
    save_table(folder, "results", table)
    return table


def _run(points: list[Point], jobs: int) -> Iterator[tuple[Point, dict[str, Any]]]:
    if jobs == 1 or len(points) < 2:
        yield from ((point, run_point(point)) for point in points)
        return
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    yield from zip(points, parallel(joblib.delayed(run_point)(p) for p in points), strict=True)


def _read_done(path: Path) -> dict[str, dict[str, Any]]:
    """Finished points; a last line that a kill cut short is as if it were not there."""
    done: dict[str, dict[str, Any]] = {}
    if path.is_dir():
        raise InputError(f"{path}: expected a file, got a folder")
    if not path.is_file():
        return done
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
            done[entry["key"]] = entry["row"]
        except (ValueError, KeyError, TypeError):
            continue
    return done
