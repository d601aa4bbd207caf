"""Where the time of a simulation goes, and how far above its floor it is.

``python -m benchmarks.stages [NETWORK]``: masks to result table on crisp_stc, mappings given. The floor is
what any engine of this kind has to do: read every mask once, write and read once each step of the plan.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import typer

from accel_sim import load_machine, simulate
from accel_sim.architectures.structured_tensor_core import choose_block, choose_sparsity
from accel_sim.engine import Engine
from accel_sim.kernels.timeline.plan import STEP
from accel_sim.search.choose import choose_mapping
from benchmarks.timing import cpu_seconds
from workloads import gemm_workload, load_workload
from workloads.console.script import Quick, run_script

NETWORK, QUICK_NETWORK = "resnet50", "resnet20_w16_28"
MACHINE, PATTERN, REPEATS = "crisp_stc", "crisp(2:4, block=32, density=0.1)", 9
ONE_WEIGHT = gemm_workload(1, 1, 1, name="gemm").layers[0]


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of a call, warm: the least of several."""
    return 1e3 * cpu_seconds(work, REPEATS)[0]


def read_gb_per_s() -> float:
    """What one core reads from memory in a second: a sum over 256 MB."""
    data = np.ones(2**25)
    return data.nbytes / 1e6 / cpu_ms(data.sum)


def main(network: str = typer.Argument(NETWORK), quick: Quick = False) -> None:
    """Print the stages, their shares and the floor; the quick form those of a small network."""
    network = QUICK_NETWORK if quick else network
    workload = load_workload(network, PATTERN)
    machine = load_machine(MACHINE)
    mappings = simulate(workload, machine).mappings
    engine = Engine.of(machine.with_mapping(mappings))
    items = workload.layers
    layers = [engine.layer(masked) for masked in items]
    chosen = [choose_mapping(layer) for layer in layers]
    pairs = list(zip(layers, chosen, strict=True))

    def masks() -> None:
        for masked in items:
            choose_sparsity(masked.mask, engine.array)
            choose_block(masked.mask, engine.array)

    def run() -> None:
        for masked, (_, mapping) in zip(items, pairs, strict=True):
            engine.layer(masked).run(mapping)

    stages = {"masks: N:M test, living blocks": cpu_ms(masks)}
    made = cpu_ms(lambda: [engine.layer(masked) for masked in items])
    stages["passes: lists, demand, bank rows"] = made - sum(stages.values())
    stages["tiles: halos, chunks, fit"] = cpu_ms(lambda: [choose_mapping(layer) for layer in layers])
    counting = cpu_ms(lambda: [layer.count(mapping) for layer, mapping in pairs])
    stages["steps: plan, loads, timeline"] = cpu_ms(run) - made - counting
    stages["counts"] = counting
    total = cpu_ms(lambda: simulate(workload, machine, mapping=mappings))
    stages["energy and table"] = total - sum(stages.values())
    print(f"{network}, {PATTERN}, on {MACHINE}, mappings given: {total:.1f} ms of CPU")
    for name, spent in stages.items():
        print(f"  {name:34} {spent:6.2f} ms  {100 * spent / total:5.1f} %")
    steps = sum(
        -(-layer.masked.layer.n_dim // mapping.columns) * (len(mapping.bounds) - 1)
        for layer, mapping in pairs
    )
    mask_bytes = sum(masked.mask.words.nbytes for masked in items)
    step_bytes = steps * 2 * STEP.itemsize  # written and read
    speed = read_gb_per_s()
    floor = (mask_bytes + step_bytes) / speed / 1e6
    print(
        f"floor: {mask_bytes / 1e6:.1f} MB of masks, {steps:,} steps of {step_bytes // max(steps, 1)} bytes,"
    )
    print(f"  at {speed:.1f} GB/s {floor:.2f} ms; measured {total / floor:.1f} times that,")
    smallest = Engine.of(machine.with_mapping({"gemm": "ifmap_stays(tile_n=1)"}))

    def as_many() -> None:
        for _ in items:
            layer = smallest.layer(ONE_WEIGHT)
            layer.run(choose_mapping(layer))

    fixed = cpu_ms(as_many)
    each = 1e3 * fixed / len(items)
    print(f"  a layer of one weight costs {each:.0f} us, {len(items)} of them {fixed:.1f} ms")


if __name__ == "__main__":
    run_script(main)
