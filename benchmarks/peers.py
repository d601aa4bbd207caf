"""SCALE-Sim 3.0.0 beside ours: ResNet-18 on 128 x 128 weight stationary, same cycles, CPU time, memory.

``make bench-peers``. Takes minutes of CPU and some 4 GB: SCALE-Sim steps operand matrices, and runs in an
environment of its own (build/peers), as its numpy is older than ours.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from accel_sim import load_machine, simulate
from benchmarks.bounds import bounds
from benchmarks.simulate import median_cpu_ms, process
from workloads import load_workload
from workloads.console.script import Quick, run_script

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
REQUIREMENTS = ("scalesim==3.0.0", "numpy==1.26.*", "pandas==2.2.*")
TOPOLOGY = ROOT / "tests" / "validation" / "data" / "scalesim_resnet18.csv"
SIDE, PUBLISHED, MOST_PER_MILLE = 128, 417_628, 0.5
# What 3.0.0 reads whether it uses it or not; sizes and banks do not touch compute cycles.
CFG = f"""\
[general]
run_name = run
[architecture_presets]
ArrayHeight: {SIDE}
ArrayWidth: {SIDE}
IfmapSramSzkB: 256
FilterSramSzkB: 256
OfmapSramSzkB: 256
IfmapOffset: 0
FilterOffset: 10000000
OfmapOffset: 20000000
Bandwidth: 10
Dataflow: ws
MemoryBanks: 1
ReadRequestBuffer: 32
WriteRequestBuffer: 32
[layout]
IfmapCustomLayout: False
IfmapSRAMBankBandwidth: 100
IfmapSRAMBankNum: 10
IfmapSRAMBankPort: 2
FilterCustomLayout: False
FilterSRAMBankBandwidth: 100
FilterSRAMBankNum: 10
FilterSRAMBankPort: 2
[sparsity]
SparsitySupport: false
[run_presets]
InterfaceBandwidth: CALC
UseRamulatorTrace: False
"""
# Its own get_total_cycles() raises in 3.0.0: the report is read instead.
RUN = """\
import time
from scalesim.scale_sim import scalesim
start = time.process_time()
sim = scalesim(save_disk_space=True, verbose=False, config="x.cfg", topology="net.csv", layout="layout.csv")
sim.run_scale(top_path="out")
open("cpu_s", "w").write(str(time.process_time() - start))
"""


def peers_python() -> Path:
    """The Python of the peers' environment, which is made on first use; or one line, and out."""
    python, ready = PEERS / "bin" / "python", PEERS / "ready"
    if ready.is_file() and ready.read_text() == "\n".join(REQUIREMENTS):
        return python
    print(f"installing {', '.join(REQUIREMENTS)} in {PEERS.relative_to(ROOT)}", flush=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(PEERS)],
        [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise SystemExit(f"bench-peers: expected to install {' '.join(REQUIREMENTS)}, got: {said[-1]}")
    ready.write_text("\n".join(REQUIREMENTS))
    return python


def scalesim() -> tuple[list[int], float, float, float]:
    """SCALE-Sim's cycles of each layer, CPU seconds of the run and of the process, and its peak MB."""
    python = peers_python()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.cfg").write_text(CFG)
        (folder / "net.csv").write_text(TOPOLOGY.read_text().rstrip() + "\n")
        (folder / "layout.csv").write_text("Layer name,\n")  # has to exist
        with (folder / "log").open("w") as log:
            child = subprocess.Popen(
                [str(python), "-c", RUN],
                cwd=folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},  # waiting threads are no work of its
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            said = (folder / "log").read_text().strip().splitlines() or [f"exit {child.returncode}"]
            raise SystemExit(f"bench-peers: expected SCALE-Sim to run, got: {said[-1]}")
        report = csv.DictReader(
            (folder / "out" / "run" / "COMPUTE_REPORT.csv").read_text().splitlines(), skipinitialspace=True
        )
        cycles = [int(row["Total Cycles"]) for row in report]
        run_s = float((folder / "cpu_s").read_text())
    return cycles, run_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(quick: Quick = False) -> None:
    """Print both sides, whose cycles have to be the same. Quick: ours, beside what SCALE-Sim printed."""
    # Processes first: a child's peak memory begins with that of the process that made it.
    theirs = None if quick else scalesim()
    sides = {"array.rows": SIDE, "array.cols": SIDE}
    settings = [word for path, value in sides.items() for word in ("--set", f"{path}={value}")]
    our_process_s, our_mb = process(["simulate", str(TOPOLOGY), "--machine", "scalesim", *settings], 1)
    workload, machine = load_workload(TOPOLOGY), load_machine("scalesim", sides)
    ours = [int(cycles) for cycles in simulate(workload, machine).layers["cycles"]]
    our_run_s = 1e-3 * median_cpu_ms(partial(simulate, workload, machine))

    print(f"ResNet-18, {len(ours)} layers, {SIDE} x {SIDE} weight stationary")
    _say("ours", sum(ours), our_run_s, our_process_s, our_mb)
    with bounds(quick) as bound:
        # SCALE-Sim prints the index of a layer's last cycle, one less than it takes.
        off = abs(sum(ours) - len(ours) - PUBLISHED)
        bound.at_most("cycles off those published", off, 0, exact=True)
        if theirs is not None:
            cycles, run_s, process_s, resident_mb = theirs
            _say("SCALE-Sim", sum(cycles), run_s, process_s, resident_mb)
            apart = sum(our - 1 != their for our, their in zip(ours, cycles, strict=True))
            bound.at_most("layers of other cycles", apart, 0, exact=True)
            bound.at_most("our CPU time, of 1,000 of theirs", 1000 * our_run_s / run_s, MOST_PER_MILLE)


def _say(who: str, cycles: int, run_s: float, process_s: float, resident_mb: float) -> None:
    print(
        f"  {who:10}{cycles:10,} cycles, CPU {run_s:.4f} s (process {process_s:.2f} s), {resident_mb:,.0f} MB"
    )


if __name__ == "__main__":
    run_script(main)
