"""``accel-sim verify`` over every machine in the folder, its kernels compiled and as plain Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accel_sim.machine.shipped import config_names

MACHINES = config_names("machines")
COMMAND = Path(sys.executable).with_name("accel-sim")
FEW, MANY = -(-300 // len(MACHINES)), -(-5000 // len(MACHINES))

each_machine = pytest.mark.parametrize("machine", MACHINES)
jit_on_and_off = pytest.mark.parametrize("disable_jit", ["0", "1"], ids=["jit", "no jit"])


def verify(machine: str, cases: int, seed: int, disable_jit: str) -> None:
    words = [COMMAND, "verify", machine, "--cases", str(cases), "--seed", str(seed)]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": disable_jit, "COLUMNS": "200"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = [line for line in done.stdout.splitlines() if f" {machine} " in line and "│" in line]
    assert [cell.strip() for cell in row.split("│") if cell.strip()] == [machine, str(cases), "0"]


@jit_on_and_off
@each_machine
def test_the_engines_agree_on_every_machine_of_the_folder(machine, disable_jit):
    verify(machine, FEW, 0, disable_jit)


@pytest.mark.slow
@jit_on_and_off
@each_machine
def test_the_engines_agree_on_thousands_of_layers_for_the_machines_of_the_folder(machine, disable_jit):
    verify(machine, MANY, 10_000, disable_jit)
