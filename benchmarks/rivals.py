"""The unstructured rivals: CPU time and memory of a simulation, and what they are held against.

``python -m benchmarks.rivals``. ResNet-50 at 224 under unstructured(density=0.1), half of the activations
zero; then the published cycles of an Eyeriss v2 PE and of two dual-side tensor cores, in full size.
"""

from __future__ import annotations

from functools import partial

from accel_sim import load_machine, simulate
from benchmarks import dstc, eyeriss_v2, sparseloop_tensor_cores
from benchmarks.simulate import median_cpu_ms, process
from workloads import load_workload

NETWORK, PATTERN, DENSITY = "resnet50", "unstructured(density=0.1)", 0.5
MACHINES = "csr_gather", "unstructured_gather", "dstc"
MOST_MS, MOST_MB = 150, 500


def speed() -> None:
    """Print CPU time and memory of each machine, with their bounds."""
    # Processes first: a child's peak memory begins with that of the process that made it.
    run = ["simulate", NETWORK, "--pattern", PATTERN, "--activation-density", str(DENSITY)]
    processes = {name: process([*run, "--machine", name]) for name in MACHINES}
    workload = load_workload(NETWORK, PATTERN, activation_density=DENSITY)
    print(f"{NETWORK}, {PATTERN}, activations {DENSITY:.0%} dense: CPU time, medians")
    for name, (cpu_s, rss_mb) in processes.items():
        machine = load_machine(name)
        mappings = simulate(workload, machine).mappings
        given = median_cpu_ms(partial(simulate, workload, machine, mapping=mappings))
        search = median_cpu_ms(partial(simulate, workload, machine))
        print(f"  {name}")
        print(f"    masks to table, mapping given   {given:7.1f} ms  (at most {MOST_MS})")
        print(f"    masks to table, with its search {search:7.1f} ms")
        print(f"    accel-sim simulate, process     {cpu_s:7.2f} s")
        print(f"    its peak resident memory        {rss_mb:7.0f} MB  (at most {MOST_MB})")


def main() -> None:
    """Print speed and tables."""
    speed()
    for title, part in (
        ("Eyeriss v2 PE, published", eyeriss_v2),
        ("dual-side sparse tensor core, measured", dstc),
        ("tensor cores of Sparseloop's figure 15", sparseloop_tensor_cores),
    ):
        print(f"\n{title}:")
        part.main()


if __name__ == "__main__":
    main()
