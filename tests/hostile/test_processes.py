"""Hostile inputs to commands in processes of their own: bytes that are no text, an output that ends."""

import subprocess
import sys
from pathlib import Path

import pytest
from ends import BYTES, wrong_words

BIN = Path(sys.executable).parent
LINES: dict[str, tuple[str, list[bytes]]] = {
    "bytes that are no UTF-8": ("accel-sim", [b"simulate", b"\xff\xfe"]),
    "a colour": ("accel-sim", [b"show", b"\x1b[31mred"]),
    "100,000 characters": ("accel-sim", [b"simulate", b"a" * 100_000]),
    "a device": ("accel-sim", [b"simulate", b"net.csv", b"-m", b"/dev/zero"]),
    "bytes for crisp-prune": ("crisp-prune", [b"inspect", b"\xff\xfe"]),
    "a file that is no network": ("crisp-prune", [b"inspect", b"net.csv"]),
}


@pytest.mark.parametrize("what", LINES)
def test_a_process_ends_in_one_line(what, small):
    program, words = LINES[what]
    done = subprocess.run([BIN / program, *words], cwd=small, capture_output=True, timeout=120)
    out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    assert done.returncode == 2, err
    assert wrong_words(done.returncode, out, err) is None


def test_a_reader_that_goes_away_ends_a_command_quietly(small):
    line = f"{BIN / 'accel-sim'} list | head -c 1 > /dev/null"
    done = subprocess.run(["bash", "-c", line], cwd=small, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""


def test_a_large_run_ends_well_in_a_process_of_little_memory(small):
    """4 GiB of addresses, of which the libraries take most."""
    text = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (4 * {BYTES},) * 2);"
        "sys.argv = ['accel-sim', 'simulate', 'net.csv', '--batch', '1000000'];"
        "from accel_sim.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=small, capture_output=True, text=True, timeout=120
    )
    assert wrong_words(done.returncode, done.stdout, done.stderr) is None
