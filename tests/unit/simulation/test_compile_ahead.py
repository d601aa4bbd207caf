"""A first run compiles in two processes, and takes from the other what it compiled."""

import os
import subprocess
import sys
from typing import ClassVar

import pytest

from accel_sim import compile_ahead
from accel_sim.kernels import jit


class Beside:
    """A process that was begun, and how it ended."""

    begun: ClassVar[list["Beside"]] = []

    def __init__(self, command, **_):
        self.command, self.terminated = command, False
        self.begun.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.terminated, "waited for what nobody needs any more"

    def terminate(self):
        self.terminated = True


@pytest.fixture
def begun(monkeypatch):
    monkeypatch.setattr(compile_ahead.subprocess, "Popen", Beside)
    monkeypatch.setattr(Beside, "begun", [])
    monkeypatch.setattr(compile_ahead.os, "cpu_count", lambda: 2)
    return Beside.begun


def test_a_cold_cache_gets_a_second_process_which_ends_with_the_run(begun, monkeypatch):
    monkeypatch.setattr(jit, "nothing_is_compiled", lambda: True)

    def interrupted() -> None:
        with compile_ahead.compiling_ahead():
            assert [one.terminated for one in begun] == [False]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (one,) = begun
    assert one.command[0] == sys.executable
    assert "compile_mapping_and_time" in one.command[-1]


@pytest.mark.parametrize(("cold", "cores"), [(False, 2), (True, 1), (True, None)])
def test_a_warm_cache_or_a_single_core_gets_none(begun, monkeypatch, cold, cores):
    monkeypatch.setattr(jit, "nothing_is_compiled", lambda: cold)
    monkeypatch.setattr(compile_ahead.os, "cpu_count", lambda: cores)
    with compile_ahead.compiling_ahead():
        pass
    assert begun == []


COMPILED = """
from numba.core import event
names = set()
class Listener(event.Listener):
    def on_start(self, e): names.add(e.data["dispatcher"].py_func.__name__)
    def on_end(self, e): pass
event.register("numba:compile", Listener())
"""
AHEAD = COMPILED + "from accel_sim.compile_ahead import compile_mapping_and_time as go; go()\nprint(*names)"
RUN = COMPILED + (
    "from accel_sim import load_machine, simulate\nfrom workloads import gemm_workload\n"
    "simulate(gemm_workload(70, 300, 300), load_machine('crisp_stc'))\nprint(*names)"
)


@pytest.mark.slow
def test_a_run_compiles_nothing_that_was_compiled_ahead(tmp_path):
    """Types that differ in a layout alone would make the second process useless without a word."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}

    def compiled(code: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        return set(done.stdout.split())

    ahead = compiled(AHEAD)
    assert {"run_steps", "plan_steps", "add_loads", "cut_chunks", "tile_pixels", "sum_passes"} <= ahead
    here = compiled(RUN)
    assert "pass_demand" in here
    assert not {name for name in ahead & here if name not in ("impl", "full", "ceil_div")}
