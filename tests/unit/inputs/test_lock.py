"""An output belongs to one run at a time, and a dead run holds nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workloads.inputs import InputError, locked, locked_file

_HOLD = """
import sys
from workloads.inputs import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds ``folder`` until it is told to stop."""
    command = [sys.executable, "-c", _HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_the_second_run_names_the_folder_and_the_process_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    with _another_run(folder) as other:
        with pytest.raises(InputError, match=rf"{re.escape(str(folder))}: .* process {other.pid} holds"):
            locked(folder).__enter__()
        other.communicate()
    with locked(folder):
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []
    with locked(folder):
        (folder / "result").touch()
    assert [path.name for path in folder.iterdir()] == ["result"]


def test_a_killed_run_leaves_its_lock_file_and_blocks_nobody(tmp_path: Path) -> None:
    with _another_run(tmp_path) as other:
        other.send_signal(signal.SIGKILL)
    assert (tmp_path / ".lock").read_text() == f"{other.pid}\n"
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("lock", [locked, locked_file])
def test_a_run_that_fails_lets_go(tmp_path: Path, lock: Callable[[str], object]) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), lock(str(tmp_path / "out")):  # type: ignore[attr-defined]
            raise ZeroDivisionError
    with locked(tmp_path / "out"), locked_file(tmp_path / "out" / "one.safetensors"):
        pass


def test_files_of_one_folder_are_held_one_by_one(tmp_path: Path) -> None:
    again = pytest.raises(InputError, match=f"a: .* process {os.getpid()} holds")
    with locked(tmp_path), locked_file(tmp_path / "a"), locked_file(tmp_path / "b"), again:
        locked_file(tmp_path / "a").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_who_opened_a_lock_file_that_was_then_removed_takes_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    real, calls = fcntl.flock, []

    def flock(file: object, how: int) -> None:
        if not calls:  # between the opening and the locking: the holder ends, and another run begins
            (tmp_path / ".lock").unlink()
            (tmp_path / ".lock").write_text("")
        calls.append(how)
        real(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path):
        assert len(calls) == 2
        with pytest.raises(InputError, match="holds"):
            locked(tmp_path).__enter__()


def test_a_place_that_cannot_be_written_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"expected a place that can be written, got: .*File exists"):
        locked(tmp_path / "file").__enter__()
    with pytest.raises(InputError, match=r"expected a place that can be written, got: .*File name too long"):
        locked(tmp_path / ("x" * 5000)).__enter__()
