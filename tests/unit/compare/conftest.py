"""Small sweeps, and the points of them that really run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_sweeps import Killed
from whole_machine import whole_text

from accel_sim.compare import sweep
from workloads import Layer
from workloads.network import write_layers

TEXT = """\
workloads:
  - {network: net.csv}
  - {network: net.csv, pattern: "nm(2:4)", seed: 3}
machines: [nvidia_stc, mine.yaml]
vary:
  array.rows: [8, 16]
  dram.bandwidth_bytes_per_cycle: [16, 32, 64]
"""
ONE_MACHINE = "workloads: [{network: net.csv}]\nmachines: [crisp_stc]\nvary:\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sweep of 24 points: a network that lies beside it, on a shipped machine and on one beside it."""
    write_layers(tmp_path / "net.csv", [Layer.linear("a", 64, 40), Layer.linear("b", 40, 10)], "test")
    machine = whole_text("dense_tc").replace("cores: 4", "cores: 4  # side by side")
    (tmp_path / "mine.yaml").write_text(machine.replace("name: dense_tc", "name: mine"))
    (tmp_path / "sweep.yaml").write_text(TEXT)
    return tmp_path / "sweep.yaml"


@pytest.fixture
def calls(monkeypatch):
    """The points that really run; ``calls.most`` of them, then the process dies."""

    class Calls(list):
        most = 1000

    made, run_point = Calls(), sweep.run_point

    def counted(point):
        if len(made) == made.most:
            raise Killed
        made.append(point)
        return run_point(point)

    monkeypatch.setattr(sweep, "run_point", counted)
    return made


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A sweep file over a network that lies beside it, with the given lines of ``vary``."""
    write_layers(tmp_path / "net.csv", [Layer.linear("a", 64, 40)], "test")

    def write_file(vary: str, head: str = ONE_MACHINE) -> Path:
        (tmp_path / "sweep.yaml").write_text(head + "".join(f"  {line}\n" for line in vary.splitlines()))
        return tmp_path / "sweep.yaml"

    return write_file
