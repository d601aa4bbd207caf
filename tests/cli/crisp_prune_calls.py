"""Run crisp-prune as its console command does, in this process or in one of its own, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pruning.cli import main

COMMAND = Path(sys.executable).with_name("crisp-prune")
_PATIENCE_S = 120


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit code of a command run in this process."""
    monkeypatch.setattr(sys, "argv", ["crisp-prune", *map(str, words)])
    with pytest.raises(SystemExit) as leaving:
        main()
    return int(leaving.value.code or 0)


def succeed(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    """Run a command in this process; it has to end well."""
    assert call(monkeypatch, *words) == 0


def name_own_network(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, text: str) -> str:
    """A network of the user's in the current folder, which nobody has allowed yet: ``module:net``."""
    (folder / f"{module}.py").write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    monkeypatch.setattr("pruning.models.shared.factory._allowed", {})
    monkeypatch.delitem(sys.modules, module, raising=False)
    return f"{module}:net"


def command(*words: object) -> subprocess.CompletedProcess[str]:
    """A command run as a user runs it."""
    return subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True)


def end_when(
    seen: Callable[[], object], *words: object, by: signal.Signals = signal.SIGKILL, after_s: float = 0
) -> tuple[int, str]:
    """Start a command, wait until ``seen()``, signal its whole process group: exit code, standard error.

    What ran to its end before it was seen fails the test: nothing would have been tested.
    """
    process = subprocess.Popen(
        [COMMAND, *map(str, words)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while not seen():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(after_s)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, by)
    told = process.communicate(timeout=_PATIENCE_S)[1]
    return process.returncode, told


def assert_one_line(capsys: pytest.CaptureFixture[str], message: str) -> None:
    """One line on standard error that says ``message``, and nothing on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    assert lines[0].startswith("error: ")
    assert message in lines[0]
