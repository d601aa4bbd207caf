"""Which tests reach which lines, and what each costs: every test file of a package under coverage."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import coverage
import pytest

from benchmarks.mutants.targets import Target, hash_of

MOST_S = 6.0  # of processor time; a test that takes longer under coverage is left out
OPTIONS = [
    *("-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is imported before pytest begins
    # A popcount wraps, as it does where it is compiled; numpy tells it of single numbers.
    *("-W", "ignore:overflow encountered in scalar:RuntimeWarning"),
]
_USUAL = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


@dataclass(frozen=True)
class Coverage:
    """What runs of tests found."""

    seconds: dict[str, float] = field(default_factory=dict)  # of processor time, of each test that passed
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # of file and line: tests there
    left_out: dict[str, str] = field(default_factory=dict)  # tests that are not used, and why

    def tests_of(self, file: str, lines: Iterable[int], most_s: float) -> list[str]:
        """Tests that reach one of ``lines`` (of all if none), fastest first, for ``most_s`` in all."""
        reached = self.lines.get(file, {})
        wanted = [str(line) for line in lines] or list(reached)
        tests = {test for line in wanted for test in reached.get(line, ()) if test in self.seconds}
        chosen: list[str] = []
        total = 0.0
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            total += self.seconds[test]
            if total > most_s and chosen:
                break
            chosen.append(test)
        return chosen

    def add(self, other: Coverage) -> None:
        """Take in what other tests reach."""
        self.seconds.update(other.seconds)
        self.left_out.update(other.left_out)
        for file, lines in other.lines.items():
            mine = self.lines.setdefault(file, {})
            for line, tests in lines.items():
                mine.setdefault(line, []).extend(tests)


class _TooLongError(Exception):
    """A test took too long."""


class _Recorder:
    """A pytest plugin that gives every test a context of its own."""

    def __init__(self, running: coverage.Coverage) -> None:
        self.running = running
        self.seconds: dict[str, float] = {}
        self.failed: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.running.switch_context(item.nodeid)
        start = _spent_s()
        signal.setitimer(signal.ITIMER_PROF, MOST_S)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.seconds[item.nodeid] = round(_spent_s() - start, 4)
            self.running.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            text = str(report.longrepr).strip().splitlines()
            self.failed[report.nodeid] = text[-1] if text else report.outcome


def _spent_s() -> float:
    """Processor time of this process and of its children: a busy neighbour does not count."""
    return sum(os.times()[:4])


def measure(target: Target, folder: Path, jobs: int) -> tuple[Coverage, int]:
    """What the tests of ``target`` reach, and of how many test files that was not known yet.

    Raises:
        SystemExit: a test file does not even import.
    """
    places = {file: _kept_in(target, file, folder) for file in target.test_files}
    unknown = [(file, path) for file, path in places.items() if not path.is_file()]
    if unknown:
        with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
            for failed in pool.imap_unordered(partial(_measure_file, target), unknown, chunksize=1):
                if failed:
                    raise SystemExit(f"mutants: {failed}: expected tests that run, got none")
    whole = Coverage()
    for path in places.values():
        whole.add(Coverage(**json.loads(path.read_text())))
    return whole, len(unknown)


def _kept_in(target: Target, test_file: Path, folder: Path) -> Path:
    """Where the coverage of a test file is kept, as long as it, its helpers and the sources stay."""
    key = hash_of([test_file, *target.helpers, *(target.root / file for file in target.files)])
    return folder / f"{test_file.stem}-{key}.json"


def _measure_file(target: Target, task: tuple[Path, Path]) -> str:
    """Run a test file and write what it reaches; its name if it does not import."""
    test_file, output = task

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _TooLongError(f"more than {MOST_S:g} s")

    signal.signal(signal.SIGPROF, stop)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    files = [str(target.root / file) for file in target.files]
    running = coverage.Coverage(data_file=None, config_file=False, include=files)
    recorder = _Recorder(running)
    running.start()
    status = pytest.main([*OPTIONS, str(test_file)], plugins=[recorder])
    running.stop()
    if status not in _USUAL:
        return test_file.name
    data, lines = running.get_data(), {}
    for file in target.files:
        by_line = data.contexts_by_lineno(str(target.root / file))
        lines[file] = {str(line): [test for test in tests if test] for line, tests in by_line.items()}
    passed = {test: s for test, s in recorder.seconds.items() if test not in recorder.failed}
    output.write_text(json.dumps({"seconds": passed, "lines": lines, "left_out": recorder.failed}))
    return ""
