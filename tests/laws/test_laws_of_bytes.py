"""The same inputs give the same bytes out, whatever the process."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("accel-sim")


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path):
    words = ["simulate", "resnet20_w16_28", "-p", "crisp(2:4, block=16, density=0.2)", "--seed", "5"]
    words += ["-m", "sparseloop_stc_dual_compress", "--activation-density", "0.4"]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        folder = tmp_path / seed
        subprocess.run([COMMAND, *words, "-o", folder], env=environment, check=True, capture_output=True)
    first, second = (sorted((tmp_path / seed).iterdir()) for seed in ("1", "2"))
    assert [path.name for path in first] == ["layers.csv", "layers.parquet", "mapping.yaml", "summary.json"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
