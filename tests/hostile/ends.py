"""How a hostile input may end: refused in one line, or with a right result; within 10 s and 1 GB."""

from __future__ import annotations

import os
import resource
import signal
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from accel_sim.results import SimulationResult
from workloads.inputs import InputError

SECONDS, BYTES = 10, 2**30
SHARES = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 3  # make test-all takes every case
CALM = ("warning: ", "note: ")  # what a command that succeeds may say on standard error


class TooSlow(BaseException):
    """Beyond :data:`SECONDS` of CPU; nothing catches it."""


@contextmanager
def limits() -> Iterator[None]:
    """At most :data:`SECONDS` of this process' CPU time, and :data:`BYTES` beyond what it has."""

    def stop(*_: object) -> None:
        raise TooSlow

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGVTALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + BYTES, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGVTALRM, before)


def a_share(cases: dict[str, Any], place: object) -> dict[str, Any]:
    """One in :data:`SHARES` of the cases of a place, another one for each place; so every case comes up."""
    first = zlib.crc32(repr(place).encode())
    return {what: case for at, (what, case) in enumerate(cases.items(), first) if at % SHARES == 0}


def wrong_command(
    main: Callable[[], None], words: list[str], capsys: pytest.CaptureFixture[str]
) -> str | None:
    """What is wrong with how a console command ends, in words; None if nothing is."""
    capsys.readouterr()
    argv, sys.argv = sys.argv, ["command", *words]
    try:
        with limits():
            main()
        code: object = 0
    except SystemExit as leaving:
        code = leaving.code or 0
    except (Exception, TooSlow) as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        sys.argv = argv
    out, err = capsys.readouterr()
    return wrong_words(code, out, err)


def wrong_words(code: object, out: str, err: str) -> str | None:
    """What is wrong with an exit code and what was said."""
    if "\x1b" in out + err:
        return "an escape character reached the terminal"
    lines = [line for line in err.splitlines() if line.strip()]
    if code == 0:
        return None if all(line.startswith(CALM) for line in lines) else f"exit 0 after {err[:200]!r}"
    if len(lines) != 1 or not lines[0].startswith("error: "):
        return f"exit {code} after {len(lines)} lines: {err[:300]!r}"
    return None if lines[0].isprintable() else f"unprintable: {lines[0]!r}"


def wrong_call(call: Callable[[], Any], check: Callable[[Any], str | None] = lambda _: None) -> str | None:
    """What is wrong with how a call of the Python API ends; ``check`` looks at its result."""
    try:
        with limits():
            result = call()
            return check(result)
    except (InputError, TypeError) as error:
        text = str(error)
        if not text.strip() or len(text.splitlines()) != 1:
            return f"{type(error).__name__} of {len(text.splitlines())} lines: {text[:200]!r}"
        if isinstance(error, TypeError) and "expected" not in text:
            return f"not in words: {text[:200]!r}"
        return None
    except (Exception, TooSlow) as error:
        return f"{type(error).__name__}: {str(error)[:200]}"


def wrong_result(result: SimulationResult) -> str | None:
    """Which law of docs/machine a simulation breaks, if one."""
    table = result.layers
    stalls = table[[name for name in table if name.startswith("stall_")]].sum(axis=1)
    counts = table.select_dtypes("integer")
    laws = {
        "compute + stalls = cycles": (table["compute_cycles"] + stalls == table["cycles"]).all(),
        "counts are not negative": (counts >= 0).all(axis=None),
        "utilisation within 0 and 1": table["utilisation"].between(0, 1).all(),
        "energy is a number": (table["energy_pj"] >= 0).all() and table["energy_pj"].lt(float("inf")).all(),
    }
    broken = [law for law, holds in laws.items() if not holds]
    return f"broken: {broken}" if broken else None


def none_wrong(found: dict[str, str | None]) -> None:
    """Fail with every case that ended badly."""
    wrong = {case[:160]: how for case, how in found.items() if how is not None}
    assert not wrong, "\n".join(f"{case!r}: {how}" for case, how in wrong.items())
