"""CPU time and memory of a simulation: in process, whole process, and the command's help.

``python -m benchmarks.simulate``. Networks at 224 under crisp(2:4, block=32, density=0.1) on crisp_stc.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from accel_sim import load_machine, simulate
from benchmarks.bounds import bounds
from benchmarks.timing import cpu_seconds
from workloads import load_workload
from workloads.console.script import Quick, run_script


class Most(NamedTuple):
    """Bounds of one network; VGG-16, whose masks are of 138 M weights, takes longer to read them."""

    given_ms: float
    search_ms: float
    process_s: float
    resident_mb: float


NETWORKS = {
    "resnet50": Most(20, 300, 3, 400),
    "vgg16": Most(40, 300, 4, 400),
    "mobilenet_v2": Most(30, 300, 3, 400),
}
QUICK = {"resnet20_w16_28": NETWORKS["resnet50"]}
MACHINE, PATTERN = "crisp_stc", "crisp(2:4, block=32, density=0.1)"
MOST_HELP_S = 0.4
COMMAND = str(Path(sys.executable).with_name("accel-sim"))
RUNS = 5


def process(arguments: list[str], runs: int = RUNS) -> tuple[float, float]:
    """CPU seconds (user and system) and peak resident MB of a command: the median of several runs."""
    found = []
    for _ in range(runs):
        child = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            raise SystemExit(f"{' '.join(arguments)} failed")
        found.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return sorted(found)[runs // 2]


def median_cpu_ms(work: Callable[[], object], runs: int = RUNS) -> float:
    """CPU milliseconds of a call in this process, compiled and warm: the median of several."""
    times = cpu_seconds(work, 4 * runs)
    return 1e3 * times[len(times) // 2]


def main(quick: Quick = False) -> None:
    """Print every figure with its bound."""
    machine, networks, runs = load_machine(MACHINE), QUICK if quick else NETWORKS, 1 if quick else RUNS
    # Processes first: a child's peak memory begins with that of the process that made it.
    run = ["--machine", MACHINE, "--pattern", PATTERN]
    processes = {network: process(["simulate", network, *run], runs) for network in networks}
    help_s = process(["--help"], runs)[0]
    print(f"{PATTERN} on {MACHINE}: CPU time, medians")
    with bounds(quick) as bound:
        for network, most in networks.items():
            workload, (cpu_s, resident_mb) = load_workload(network, PATTERN), processes[network]
            mappings = simulate(workload, machine).mappings
            given = median_cpu_ms(partial(simulate, workload, machine, mapping=mappings), runs)
            search = median_cpu_ms(partial(simulate, workload, machine), runs)
            print(f"{network}, {len(workload.layers)} layers")
            bound.at_most("masks to table, mapping given", given, most.given_ms, "ms")
            bound.at_most("masks to table, with its search", search, most.search_ms, "ms")
            bound.at_most("a process of accel-sim simulate", cpu_s, most.process_s, "s")
            bound.at_most("its peak resident memory", resident_mb, most.resident_mb, "MB")
        bound.at_most("a process of accel-sim --help", help_s, MOST_HELP_S, "s")


if __name__ == "__main__":
    run_script(main)
