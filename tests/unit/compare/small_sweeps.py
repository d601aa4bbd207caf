"""What tests of sweeps share: run one, die in one, sections that fit together."""

from pathlib import Path

import pandas as pd

from accel_sim.compare.grid import load_sweep
from accel_sim.compare.sweep import run_sweep

# As wide as a stack of HBM2.
WIDE = "smem.bandwidth_bytes_per_cycle: [512]\nsmem.banks.count: [128]"


class Killed(BaseException):
    """Stands for the end of the process."""


def run(file: Path, folder: Path, jobs: int = 1) -> pd.DataFrame:
    """The table of a sweep, from its file to its folder."""
    return run_sweep(load_sweep(file), folder, jobs, lambda _: None)
