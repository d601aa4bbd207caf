"""Small layers on small machines, for holding the two engines against each other."""

from __future__ import annotations

from math import ceil

from arrays import make_array
from dram_cases import make_device

from accel_sim.engine import Engine
from accel_sim.loading.energy import load_energy
from accel_sim.machine import Banks, Machine, Rf, Smem
from accel_sim.machine.dram_models import banked, simple
from accel_sim.search.choose import choose_mapping
from accel_sim.verify.layers import Pick, make_layer
from workloads.inputs import InputError
from workloads.workload import MaskedLayer


def make_case(pick: Pick) -> tuple[MaskedLayer, Machine]:
    """A layer and a machine that it fits."""
    machine = _machine(pick)
    masked = make_layer(pick, machine)
    return masked, fit(masked, machine)


def fit(masked: MaskedLayer, machine: Machine) -> Machine:
    """The machine, with SMEM grown by quarters until the layer fits."""
    banks = machine.smem.banks
    step = banks.count * banks.row_bytes if banks else 1
    while True:
        try:
            choose_mapping(Engine.of(machine).layer(masked))
        except InputError:
            capacity = machine.smem.capacity_bytes * 5 // 4 // step * step + step
            smem = machine.smem.model_copy(update={"capacity_bytes": capacity})
            machine = machine.model_copy(update={"smem": smem})
        else:
            return machine


def _machine(pick: Pick) -> Machine:
    architecture, array = make_array(pick)
    count = pick((1, 2, 3, 4, 8))
    layout = pick(("plain", "hashed")) if count != 3 else "plain"
    banks = pick((None, Banks(count=count, row_bytes=pick((1, 2, 4, 5)), layout=layout)))
    unit = banks.count * banks.row_bytes if banks else 1
    port = pick(range(1, 17))
    machine = Machine(
        name="tiny",
        description="",
        architecture=architecture,
        clock_hz=1e9,
        word_bytes=pick((1, 1, 2)),
        array=array,
        rf=Rf(accumulator_bytes=4, buffers=pick((1, 2))),
        smem=Smem(
            capacity_bytes=-(-pick((1, 200, 1000, 20000)) // unit) * unit,
            bandwidth_bytes_per_cycle=min(port, unit) if banks else port,
            banks=banks,
        ),
        fill_drain=pick(("counted", "counted", "counted", "hidden")),
        objective=pick(("cycles", "cycles", "energy", "edp")),
        dram=simple.Dram(
            bandwidth_bytes_per_cycle=pick(range(1, 17)),
            latency_cycles=pick((0, 1, 5, 20)),
            burst_bytes=pick((1, 3, 4, 8)),
        )
        if pick((True, True, False))
        else banked.Dram(model="banked", device="tiny").with_device(make_device(pick)),
        energy="sparseloop_45nm",
    )
    machine = machine.with_parts(array, load_energy(machine.energy).of_words(machine.word_bytes))
    if machine.dram.loaded is None:
        return machine
    # SMEM's port keeps up with a banked DRAM (rule 28).
    width = max(machine.smem.bandwidth_bytes_per_cycle, ceil(machine.transfer.bytes_per_cycle))
    enough = banks is None or width <= unit
    changes = {"bandwidth_bytes_per_cycle": width, "banks": banks if enough else None}
    return machine.model_copy(update={"smem": machine.smem.model_copy(update=changes)})
