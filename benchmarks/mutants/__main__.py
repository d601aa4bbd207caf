"""``python -m benchmarks.mutants [--package NAME]``: how many small errors in the code the tests notice.

Of each package's mutants (:mod:`benchmarks.mutants.targets`) a sample is drawn, the same for the same seed,
and put in one by one; the tests that reach the line run, fastest first, up to the first that fails. Exits
with 1 where fewer than 90 % are noticed in a package, those of ``docs/mutants.md`` aside.

Outcomes are kept in ``results/mutants``: what is killed, or stopped in time, is not run again while its file
stays as it is, what survives not while the tests stay as well. ``--fresh`` begins anew, ``--all`` runs every
mutant, ``--share 1/4`` the first quarter of what is asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.mutants.cover import Coverage, measure
from benchmarks.mutants.equivalent import entry_of, read_entries, unknown_entries
from benchmarks.mutants.execute import NOTICED, Job, Outcome, import_shared, run_jobs
from benchmarks.mutants.find import Mutant, find_mutants
from benchmarks.mutants.ledger import Ledger
from benchmarks.mutants.targets import ROOT, TARGETS, Target

SAMPLE = 150  # of each package: 90 % are then known to about five points
LEAST_KILLED = 0.90


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as asked for; the exit status."""
    options = _parser().parse_args(arguments)
    mine = os.environ.get("MUTANTS_PACKAGE")
    if mine is not None:
        return run_package(mine, TARGETS[mine], options)
    statuses = []
    for package in options.package or TARGETS:
        # A process each: what numba compiles is settled when it is imported.
        own = {"MUTANTS_PACKAGE": package, "OMP_NUM_THREADS": "1", "HYPOTHESIS_PROFILE": "mutants"}
        if not TARGETS[package].compiled:
            own["NUMBA_DISABLE_JIT"] = "1"
        command = [sys.executable, "-m", "benchmarks.mutants", *(arguments or sys.argv[1:])]
        statuses.append(subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=False).returncode)
    return max(statuses)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.mutants", description=__doc__.split("\n")[0])
    parser.add_argument("--package", action="append", choices=TARGETS, help="all if none is given")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each package")
    parser.add_argument("--all", action="store_true", help="all of them, which takes hours")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--share", default="1/1", help="i/n: the i-th of n parts of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="side by side")
    parser.add_argument("--seconds", type=float, default=60, help="of tests that a mutant may take in all")
    parser.add_argument("--fresh", action="store_true", help="forget earlier outcomes")
    parser.add_argument("--only", default="", help="mutants whose file or text holds this")
    return parser


def run_package(name: str, target: Target, options: argparse.Namespace) -> int:
    """One package, in a process of its own; the exit status."""
    _without_shrinking()
    import_shared(target)
    folder = target.root / "results" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    mutants = [m for file, source in target.sources_text.items() for m in find_mutants(source, file)]
    document = target.root / "docs" / "mutants.md"
    entries = read_entries(document) if document.is_file() else {}
    stale = unknown_entries(entries, mutants, target.files)
    if stale:
        print(f"{name}: docs/mutants.md lists what is no mutant any more: {' '.join(stale[0])}")
        return 1
    chosen = sample([m for m in mutants if options.only in str(m)], options)
    alike = [mutant for mutant in chosen if entry_of(mutant) in entries]
    counted = [mutant for mutant in chosen if entry_of(mutant) not in entries]
    print(f"{name}: {len(chosen)} of {len(mutants)} mutants (seed {options.seed}), {len(alike)} equivalent")
    ledger = Ledger(folder / f"{name}.jsonl", target)
    if options.fresh:
        ledger.path.unlink(missing_ok=True)
    outcomes = ledger.read(counted)
    left = [mutant for mutant in counted if mutant.key not in outcomes]
    if left:
        (folder / name).mkdir(exist_ok=True)
        coverage = _coverage(name, target, folder / name, options.jobs)
        outcomes |= _run_all(target, left, coverage, ledger, options)
    return _summary(name, counted, outcomes)


def _without_shrinking() -> None:
    """An example that fails is enough; the smallest is of no use here."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", max_examples=40, deadline=None, derandomize=True, phases=phases)


def sample(mutants: Sequence[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """A draw that stays as it is where code elsewhere changes: by a hash of each mutant's text."""
    drawn = sorted(mutants, key=lambda m: hashlib.sha256(f"{options.seed}|{m.key}".encode()).digest())
    part, parts = map(int, options.share.split("/"))
    return (drawn if options.all else drawn[: options.sample])[part - 1 :: parts]


def _coverage(name: str, target: Target, folder: Path, jobs: int) -> Coverage:
    print(f"{name}: looking which lines its tests reach", flush=True)
    start = time.perf_counter()
    found, new = measure(target, folder, jobs)
    print(
        f"{name}: that took {time.perf_counter() - start:.0f} s for {new} test files; the others were known"
    )
    for test, why in found.left_out.items():
        print(f"{name}: left out, since it does not pass so: {test}: {why}")
    return found


def _run_all(
    target: Target, mutants: Sequence[Mutant], coverage: Coverage, ledger: Ledger, options: argparse.Namespace
) -> dict[str, str]:
    outcomes: dict[str, str] = {}
    jobs = []
    for mutant in mutants:
        tests = coverage.tests_of(mutant.file, mutant.lines, options.seconds)
        jobs.append(Job(mutant, tests, coverage.seconds))
    for job in [job for job in jobs if not job.tests]:
        outcomes[job.mutant.key] = "untested"
        ledger.add(job.mutant, Outcome("untested", "", 0))
    for job, outcome in run_jobs(target, [job for job in jobs if job.tests], options.jobs):
        outcomes[job.mutant.key] = outcome.outcome
        ledger.add(job.mutant, outcome)
        if outcome.outcome not in NOTICED:
            print(f"  {outcome.outcome}: {job.mutant}")
        done = Counter(outcomes.values())
        told = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        print(f"  {len(outcomes)}/{len(mutants)}: {told}", flush=True)
    return outcomes


def _summary(name: str, counted: Sequence[Mutant], outcomes: dict[str, str]) -> int:
    survivors = [mutant for mutant in counted if outcomes[mutant.key] not in NOTICED]
    for mutant in sorted(survivors, key=lambda m: (m.file, m.line)):
        print(f"{outcomes[mutant.key]}: {mutant}")
    found = Counter(outcomes[mutant.key] for mutant in counted)
    share = 1 - len(survivors) / max(1, len(counted))
    print(
        f"{name}: {share:.1%} of {len(counted)} noticed: {found['killed']} killed, {found['timeout']} stopped"
        f" in time, {found['survived']} survived, {found['untested']} that no test reaches"
    )
    if share < LEAST_KILLED:
        print(f"{name}: expected at least {LEAST_KILLED:.0%}")
    return int(share < LEAST_KILLED)


if __name__ == "__main__":
    raise SystemExit(main())
