"""A folder of good small files in which hostile cases run; kernels are compiled before any is timed."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from small_files import write_small_files

from accel_sim import load_machine, simulate
from accel_sim.machine.shipped import config_names
from workloads import load_workload


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; what a case writes lies beside."""
    folder = tmp_path_factory.mktemp("hostile")
    write_small_files(folder)
    for machine in config_names("machines"):
        simulate(load_workload(folder / "net.csv", "nm(2:4)", activation_density=0.5), load_machine(machine))
    return folder


@pytest.fixture
def inside(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as the current one."""
    monkeypatch.chdir(small)
    return small


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written where pictures would be; to draw each takes longer than all else of a case."""
    monkeypatch.setattr(Figure, "savefig", lambda _, path, **__: Path(path).write_bytes(b"picture"))
