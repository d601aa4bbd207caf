"""CPU time of a simulation: whole process, in process, and the command's help.

``python -m benchmarks.simulate``. ResNet-50 at 224, crisp(2:4, block=32, density=0.1) on crisp_stc.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from accel_sim import load_machine, simulate
from workloads import load_workload

NETWORK, MACHINE, PATTERN = "resnet50", "crisp_stc", "crisp(2:4, block=32, density=0.1)"
COMMAND = str(Path(sys.executable).with_name("accel-sim"))
RUNS = 5


def process_cpu_s(arguments: list[str]) -> float:
    """CPU seconds (user and system) of a command as a whole process: the median of several runs."""
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(times)[RUNS // 2]


def main() -> None:
    """Print every figure with its bound."""
    workload, machine = load_workload(NETWORK, PATTERN), load_machine(MACHINE)
    simulate(workload, machine)  # compile, or load what was compiled
    times = []
    for _ in range(4 * RUNS):
        start = time.process_time()
        simulate(workload, machine)
        times.append(time.process_time() - start)
    run = ["simulate", NETWORK, "--machine", MACHINE, "--pattern", PATTERN]
    print(f"{NETWORK}, {PATTERN}, on {MACHINE}: CPU time, medians")
    print(f"  in process, masks to table    {1e3 * sorted(times)[len(times) // 2]:7.1f} ms  (at most 50)")
    print(f"  accel-sim simulate, process   {process_cpu_s(run):7.2f} s   (at most 3)")
    print(f"  accel-sim --help, process     {process_cpu_s(['--help']):7.2f} s   (at most 0.4)")


if __name__ == "__main__":
    main()
