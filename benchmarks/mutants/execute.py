"""One mutant in one child process: forked from a parent that has imported all that no mutant touches."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from benchmarks.mutants.cover import OPTIONS
from benchmarks.mutants.find import Mutant, compile_mutant
from benchmarks.mutants.targets import Target

NOTICED = ("killed", "timeout")  # outcomes of a mutant that tests notice
_START_S = 60.0  # for imports and collection
_SLACK_S = 5.0  # for a test that takes no time without the mutant
_WAIT_S = 900.0  # on the clock for all, should it wait for what never comes
_FIRST = 25  # tests that run before the others are collected
_SLOWER = 10.0  # how many times as long a test may take under a mutant


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    outcome: str  # killed, survived, timeout or untested
    by: str  # the test that noticed
    seconds: float


@dataclass(frozen=True)
class Job:
    """A mutant and the tests to run, in order, with the seconds that each took without it."""

    mutant: Mutant
    tests: Sequence[str]
    seconds: dict[str, float]


class _Mutated(SourceFileLoader):
    """Imports a module with other code than its file has."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.code


class _Finder:
    """Finds the one module that is mutated."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self.name:
            return None
        folder = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        loader = _Mutated(name, str(self.path), self.code)
        return spec_from_file_location(name, self.path, loader=loader, submodule_search_locations=folder)


class _Runner:
    """A pytest plugin: the chosen tests in their order, each with a time limit, up to the first failure."""

    def __init__(self, tests: Sequence[str], seconds: dict[str, float], report: Path) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.seconds, self.report = seconds, report

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.report.write_text(nodeid)
        # Of processor time; without a handler the kernel ends the process, whatever it is in.
        signal.setitimer(signal.ITIMER_PROF, _SLACK_S + _SLOWER * self.seconds[nodeid])

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, _START_S)


def import_shared(target: Target) -> None:
    """Import what all children share.

    Raises:
        SystemExit: that would import what is mutated.
    """
    for name in target.shared:
        importlib.import_module(name)
    mutated = {module_name(file) for file in target.files}
    early = sorted(mutated & sys.modules.keys())
    if early:
        raise SystemExit(
            f"mutants: expected shared modules to import nothing that is mutated, got {early[0]}"
        )


def module_name(file: str) -> str:
    """``a/b.py`` as a.b, and ``a/__init__.py`` as a."""
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def run_jobs(target: Target, jobs: Sequence[Job], at_once: int) -> Iterator[tuple[Job, Outcome]]:
    """Run every job in a child of its own, ``at_once`` side by side; in the order in which they end."""
    waiting = list(reversed(jobs))
    running: dict[int, tuple[Job, float, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop()
                report = Path(folder) / str(len(waiting))
                running[_fork(target, job, report)] = (job, time.perf_counter(), report)
            child, status = os.wait()
            if child in running:
                job, start, report = running.pop(child)
                by = report.read_text() if report.exists() else "on import"
                seconds = round(time.perf_counter() - start, 2)
                yield job, Outcome(_outcome(status), by if status else "", seconds)


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGPROF) else "killed"
    code = os.WEXITSTATUS(status)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise SystemExit("mutants: expected the tests of the coverage run, got none of them")
    return "killed" if code else "survived"


def _fork(target: Target, job: Job, report: Path) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _WAIT_S)
        signal.setitimer(signal.ITIMER_PROF, _START_S)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        status = _run(target, job, report)
    except BaseException:
        status = 1  # a module that does not even import
    finally:
        os._exit(int(status))


def _run(target: Target, job: Job, report: Path) -> Any:
    path = target.root / job.mutant.file
    code = compile_mutant(target.sources_text[job.mutant.file], str(path), job.mutant.index)
    sys.meta_path.insert(0, _Finder(module_name(job.mutant.file), path, code))
    status: Any = pytest.ExitCode.OK
    # Most are noticed by the first few: the files of the others are then not even collected.
    for tests in (job.tests[:_FIRST], job.tests[_FIRST:]):
        if tests and not status:
            files = list(dict.fromkeys(str(target.root / test.split("::")[0]) for test in tests))
            runner = _Runner(tests, job.seconds, report)
            status = pytest.main([*OPTIONS, "-x", "--tb=no", *files], plugins=[runner])
    return status
