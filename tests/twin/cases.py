"""Small layers on small machines, for holding the two engines against each other."""

from __future__ import annotations

from accel_sim.architectures import find_architecture
from accel_sim.machine import Dram, Machine, Rf, Smem
from accel_sim.mapping import choose_mapping
from accel_sim.verify.layers import SPARSITY, Pick, make_layer
from workloads.inputs import InputError
from workloads.workload import MaskedLayer


def make_case(pick: Pick) -> tuple[MaskedLayer, Machine]:
    """A layer and a machine that it fits."""
    machine = _machine(pick)
    item = make_layer(pick, machine)
    return item, fit(item, machine)


def fit(item: MaskedLayer, machine: Machine) -> Machine:
    """The machine, with SMEM grown by quarters until the layer fits."""
    architecture = find_architecture(machine.architecture)
    schedule = architecture.schedule(item, architecture.Array.model_validate(machine.array))
    while True:
        try:
            choose_mapping(item.layer, schedule, machine)
        except InputError:
            capacity = machine.smem.capacity_bytes * 5 // 4 + 1
            smem = machine.smem.model_copy(update={"capacity_bytes": capacity})
            machine = machine.model_copy(update={"smem": smem})
        else:
            return machine


def _machine(pick: Pick) -> Machine:
    array = {"columns": pick(range(1, 9)), "pipeline_cycles": pick((0, 1, 6, 20))}
    architecture = pick(("structured_tensor_core",) * 3 + ("gather",))
    if architecture == "gather":
        array |= {"pes": pick(range(1, 7)), "lanes": pick(range(1, 6))}
    else:
        lanes, m_group = pick(range(1, 6)), pick((4, 4, 6, 8))
        choices = [{"n_keep": n, "m_group": m} for n, m in SPARSITY if m == m_group and n <= lanes]
        choices = pick((choices, choices, []))
        array |= {
            "cores": pick((1, 2, 3, 3)),
            "rows": pick((1, 2, 4)),
            "lanes": lanes,
            "weight_sparsity": choices,
        }
        sides = [m_group, 2 * m_group] if choices else [2, 4, 8]
        array["skip_blocks"] = pick(([], sides[:1], sides, sides))
    return Machine(
        name="tiny",
        description="",
        architecture=architecture,
        clock_hz=1e9,
        word_bytes=pick((1, 1, 2)),
        array=array,
        rf=Rf(accumulator_bytes=4, buffers=pick((1, 2))),
        smem=Smem(capacity_bytes=pick((1, 200, 1000, 20000)), bandwidth_bytes_per_cycle=pick(range(1, 17))),
        dram=Dram(
            bandwidth_bytes_per_cycle=pick(range(1, 17)),
            latency_cycles=pick((0, 1, 5, 20)),
            burst_bytes=pick((1, 3, 4, 8)),
        ),
        energy="sparseloop_45nm",
    )
