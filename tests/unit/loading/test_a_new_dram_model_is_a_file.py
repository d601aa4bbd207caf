"""A DRAM model is a file on each side, a device is a file, a machine is a file: nothing else changes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import accel_sim

SECTION = '''"""``link``: a serial link of some lanes, in packets."""

from fractions import Fraction
from typing import Literal

from pydantic import Field

from accel_sim.machine.dram_models.contract import DramModel, Transfer


class Dram(DramModel):
    model: Literal["link"]
    lanes: int = Field(ge=1, le=64, description="of a byte a cycle each")
    hop_cycles: int = Field(ge=0, le=1000)

    def transfer(self, machine):
        rate = min(self.lanes, machine.smem.bandwidth_bytes_per_cycle)
        return Transfer(burst_bytes=32, bytes_per_cycle=Fraction(rate), latency_cycles=self.hop_cycles)
'''
STEPPED = '''"""``link``: the bytes of a packet, one cycle's after another's."""

from accel_sim.reference.dram_models.contract import SteppedTransfer


class Transfer(SteppedTransfer):
    left = began = 0

    def tick(self, cycle):
        if not self.left and self.queue and self.queue[0].ready():
            self.queue[0].begin()
            self.left, self.began = 32 * len(self.queue[0].bursts), cycle
        if self.left:
            self.left -= min(self.left, self.machine.dram.lanes, self.machine.smem.bandwidth_bytes_per_cycle)
            if not self.left:
                move = self.queue.popleft()
                move.done(self.began, cycle + 1 + self.machine.dram.hop_cycles * (not move.is_write))
'''
FILES = {
    "accel_sim/machine/dram_models/link.py": SECTION,
    "accel_sim/reference/dram_models/link.py": STEPPED,
    "hw_configs/machines/crisp_link.yaml": (
        "extends: dense_tc\nname: crisp_link\ndescription: Over a link.\n"
        "array: {rows: 2, columns: 8}\ndram: {model: link, lanes: 3, hop_cycles: 20}\n"
    ),
    "hw_configs/machines/crisp_own.yaml": (
        "extends: crisp_stc_lpddr4\nname: crisp_own\narray: {rows: 2, columns: 8}\ndram: {device: own}\n"
    ),
}


@pytest.fixture
def run(tmp_path):
    """Run Python in a copy of the packages that has the new files."""
    for package in ("accel_sim", "workloads", "hw_configs"):
        copy = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(accel_sim.__file__).parents[1] / package, tmp_path / package, ignore=copy)
    for name, text in FILES.items():
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(text)
    device = (tmp_path / "hw_configs/dram/lpddr4_2400.yaml").read_text()
    (tmp_path / "hw_configs/dram/own.yaml").write_text(device.replace("name: lpddr4_2400", "name: own"))

    def run(code):
        # Kernels as plain Python, where sums that wrap are warned of: others would be compiled anew.
        env = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
        words = [sys.executable, "-W", "ignore::RuntimeWarning", "-c", code]
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


def test_what_a_new_file_says_is_listed_shown_simulated_and_verified(run):
    found = run("""
import json
from accel_sim import load_machine, simulate
from accel_sim.compare.fairness import differences
from accel_sim.loading.catalogue import catalogue, describe
from accel_sim.verify import verify
from workloads import gemm_workload

link, own = load_machine("crisp_link"), load_machine("crisp_own")
kinds = {kind: list(catalogue(kind)[kind]) for kind in ("machines", "dram", "dram_models")}
work = gemm_workload(8, 32, 8)
result = simulate(work, link)
print(json.dumps({
    **kinds,
    "shown": describe("crisp_link"),
    "device": own.dram.loaded.name,
    "dram": simulate(work, own).provenance["dram"]["name"],
    "cycles": result.cycles,
    "bytes": int(result.layers["dram_read_bytes"].sum() + result.layers["dram_write_bytes"].sum()),
    "wrong": [str(case) for machine in (link, own) for case in verify(machine, 3) if case.differences],
    "not_ranked": differences([link, load_machine("crisp_link", {"dram.lanes": 4})]),
}))
""")
    assert {"crisp_link", "crisp_own"} < set(found["machines"])
    assert "own" in found["dram"]
    assert found["dram_models"] == ["banked", "link", "simple"]
    assert "  lanes: 3" in found["shown"]
    assert (found["device"], found["dram"]) == ("own", "own")
    assert found["bytes"] % 32 == 0
    assert found["cycles"] >= found["bytes"] / 3 + 20
    assert found["wrong"] == []
    assert [text.split(",")[0] for text in found["not_ranked"]] == ["the same dram.lanes"]


def test_what_is_wrong_with_a_new_section_is_one_line(run):
    assert run("""
import json
from accel_sim import load_machine
from workloads.inputs import InputError

def complaint(name, overrides):
    try:
        load_machine(name, overrides)
    except InputError as error:
        return str(error)

print(json.dumps([
    complaint("crisp_link", {"dram.lanes": 0}),
    complaint("crisp_stc", {"dram.lanes": 4}),
    complaint("crisp_stc", {"dram.model": "lnk"}),
]))
""") == [
        "overrides: dram.lanes: expected a number of at least 1, got 0",
        "overrides: dram: expected a known key, got 'lanes'; did you mean 'latency_cycles'? (there are:"
        " bandwidth_bytes_per_cycle, burst_bytes, device, hop_cycles, latency_cycles, model); dram.lanes is"
        " of dram.model=link, which has to be set beside it",
        "overrides: dram.model: expected a known value, got 'lnk'; did you mean 'link'? (there are: banked,"
        " link, simple)",
    ]
