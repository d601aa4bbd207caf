"""The unstructured rivals: CPU time and memory of a simulation, and what they are held against.

``python -m benchmarks.rivals``. ResNet-50 at 224 under unstructured(density=0.1), half of the activations
zero; then the published cycles of an Eyeriss v2 PE and of two dual-side tensor cores, in full size.
"""

from __future__ import annotations

from functools import partial

from accel_sim import load_machine, simulate
from benchmarks import dstc, eyeriss_v2, sparseloop_tensor_cores
from benchmarks.bounds import Bounds, bounds
from benchmarks.simulate import RUNS, median_cpu_ms, process
from workloads import load_workload
from workloads.console.script import Quick, run_script

NETWORK, QUICK_NETWORK = "resnet50", "resnet20_w16_28"
PATTERN, DENSITY = "unstructured(density=0.1)", 0.5
# CPU, mapping given; depths of 32 fill half of the words of 64 bits in which pairs are counted.
MOST_MS = {"csr_gather": 150, "unstructured_gather": 400, "dstc": 150}
MOST_MB = 500


def speed(bound: Bounds) -> None:
    """Print CPU time and memory of each machine, with their bounds."""
    network, runs = (QUICK_NETWORK, 1) if bound.quick else (NETWORK, RUNS)
    # Processes first: a child's peak memory begins with that of the process that made it.
    run = ["simulate", network, "--pattern", PATTERN, "--activation-density", str(DENSITY)]
    machines = list(MOST_MS)[:1] if bound.quick else list(MOST_MS)
    processes = {name: process([*run, "--machine", name], runs) for name in machines}
    workload = load_workload(network, PATTERN, activation_density=DENSITY)
    print(f"{network}, {PATTERN}, activations {DENSITY:.0%} dense: CPU time, medians")
    for name, (cpu_s, resident_mb) in processes.items():
        machine = load_machine(name)
        mappings = simulate(workload, machine).mappings
        given = median_cpu_ms(partial(simulate, workload, machine, mapping=mappings), runs)
        search = median_cpu_ms(partial(simulate, workload, machine), runs)
        print(f"{name}: {search:.1f} ms with its search, {cpu_s:.2f} s a process")
        bound.at_most("masks to table, mapping given", given, MOST_MS[name], "ms")
        bound.at_most("peak resident memory of a process", resident_mb, MOST_MB, "MB")


def main(quick: Quick = False) -> None:
    """Print speed and tables."""
    with bounds(quick) as bound:
        speed(bound)
        for title, part in (
            ("Eyeriss v2 PE, published", eyeriss_v2),
            ("dual-side sparse tensor core, measured", dstc),
            ("tensor cores of Sparseloop's figure 15", sparseloop_tensor_cores),
        ):
            print(f"\n{title}:")
            part.report(bound)


if __name__ == "__main__":
    run_script(main)
