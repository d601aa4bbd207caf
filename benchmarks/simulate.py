"""CPU time and memory of a simulation: in process, whole process, and the command's help.

``python -m benchmarks.simulate``. Networks at 224 under crisp(2:4, block=32, density=0.1) on crisp_stc.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from accel_sim import load_machine, simulate
from workloads import load_workload

NETWORKS, MACHINE, PATTERN = (
    ("resnet50", "vgg16", "mobilenet_v2"),
    "crisp_stc",
    "crisp(2:4, block=32, density=0.1)",
)
COMMAND = str(Path(sys.executable).with_name("accel-sim"))
RUNS = 5


def process(arguments: list[str]) -> tuple[float, float]:
    """CPU seconds (user and system) and peak resident MB of a command: the median of several runs."""
    runs = []
    for _ in range(RUNS):
        child = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(arguments)} failed")
        runs.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return sorted(runs)[RUNS // 2]


def median_cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of a call in this process, compiled and warm: the median of several."""
    work()
    times = []
    for _ in range(4 * RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * sorted(times)[len(times) // 2]


def main() -> None:
    """Print every figure with its bound."""
    machine = load_machine(MACHINE)
    # Processes first: a child's peak memory begins with that of the process that made it.
    run = ["--machine", MACHINE, "--pattern", PATTERN]
    processes = {network: process(["simulate", network, *run]) for network in NETWORKS}
    print(f"{PATTERN} on {MACHINE}: CPU time, medians; bounds are those of {NETWORKS[0]}")
    for network, (cpu_s, rss_mb) in processes.items():
        workload = load_workload(network, PATTERN)
        mappings = simulate(workload, machine).mappings
        given = median_cpu_ms(partial(simulate, workload, machine, mapping=mappings))
        search = median_cpu_ms(partial(simulate, workload, machine))
        print(f"  {network}, {len(workload.layers)} layers")
        print(f"    masks to table, mapping given   {given:7.1f} ms  (at most 20)")
        print(f"    masks to table, with its search {search:7.1f} ms  (at most 300)")
        print(f"    accel-sim simulate, process     {cpu_s:7.2f} s   (at most 3)")
        print(f"    its peak resident memory        {rss_mb:7.0f} MB  (at most 400)")
    print(f"  accel-sim --help, process         {process(['--help'])[0]:7.2f} s   (at most 0.4)")


if __name__ == "__main__":
    main()
