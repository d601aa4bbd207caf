"""Run accel-sim as its console command does, in this process or in one of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from accel_sim.cli import main

COMMAND = Path(sys.executable).with_name("accel-sim")


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit code of a command run in this process."""
    monkeypatch.setattr(sys, "argv", ["accel-sim", *map(str, words)])
    with pytest.raises(SystemExit) as leaving:
        main()
    return int(leaving.value.code or 0)


def command(*words: object, **options) -> subprocess.CompletedProcess[str]:
    """A command run as a user runs it."""
    return subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True, **options)
