"""What the schema admits and int64 does not hold: right all the same, or refused in one line."""

from dataclasses import replace

import pytest
from law_cases import image

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from workloads import KeepMask, MaskedLayer, Workload
from workloads.inputs import InputError

WIDE_MEMORY = {
    "smem.banks": None,
    "smem.capacity_bytes": 2**40,
    "smem.bandwidth_bytes_per_cycle": 2**40,
    "dram.bandwidth_bytes_per_cycle": 2**40,
}
ONE_CORE = {"array.cores": 1, "array.columns": 2**20, **WIDE_MEMORY}
MOST_MULTIPLIERS = {"array.cores": 2**16, "array.rows": 2**16, "array.lanes": 2**16}


def one_survivor(masked: MaskedLayer) -> MaskedLayer:
    """Of all its weights the first."""
    words = KeepMask.blank(masked.mask.m_dim, masked.mask.k_dim)
    words[0, 0] = 1
    return MaskedLayer(masked.layer, KeepMask(words, masked.mask.k_dim))


@pytest.mark.parametrize(
    ("name", "changes", "items"),
    [
        # Multipliers x cycles, of which utilisation is a part.
        ("dense_tc", MOST_MULTIPLIERS, lambda: [image(1, 1, 1, 2**15)]),
        # Idle lanes.
        ("dense_tc", MOST_MULTIPLIERS, lambda: [image(1, 1, 1, 2**16 + 1)]),
        # Bytes of the ifmap, of which the array asks for next to none.
        (
            "crisp_stc",
            {**ONE_CORE, "array.rows": 16, "array.lanes": 2**16, "word_bytes": 64},
            lambda: [one_survivor(image(1, 2**20, 2**16, 2**17))],
        ),
        # Bytes of accumulators.
        (
            "dense_tc",
            {**ONE_CORE, "array.rows": 1024, "array.lanes": 1, "rf.accumulator_bytes": 64},
            lambda: [image(2**10, 2**14, 2**14, 2**14)],
        ),
        # Cycles of the machine a clock of the DRAM, a fraction, x clocks.
        ("crisp_stc_lpddr4", {"clock_hz": 1.2345678912345e17}, lambda: [image(64, 64, 1, 2**16)]),
    ],
)
def test_what_leaves_int64_is_right_or_refused(name, changes, items):
    try:
        layers = [
            MaskedLayer(replace(masked.layer, name=f"layer {i}"), masked.mask)
            for i, masked in enumerate(items())
        ]
        workload = Workload("w", tuple(layers), "test")
        machine = load_machine(name, changes)
        result = simulate(workload, machine)
    except InputError:
        return
    assert result.macs == workload.macs
    table = result.layers
    for row, masked in zip(table.to_dict("records"), layers, strict=True):
        counts = {counter: int(row[counter]) for counter in c.NAMES}
        assert min(counts.values()) >= 0
        assert row["utilisation"] == counts["macs"] / (result.multipliers * counts["cycles"])
        read = masked.layer.in_channels * masked.layer.in_h * masked.layer.in_w * machine.word_bytes
        assert counts["dram_read_bytes"] >= read
        assert counts["cycles"] >= machine.transfer.cycles(read)


@pytest.mark.parametrize("clock_hz", [1.0, 1e300])
def test_a_clock_that_no_fraction_holds_beside_the_drams_is_refused(clock_hz):
    with pytest.raises(InputError, match="clock_hz"):
        load_machine("crisp_stc_lpddr4", {"clock_hz": clock_hz})


def test_sums_over_layers_are_whole_numbers_of_any_size():
    result = simulate(Workload("w", (dense_layer("a"), dense_layer("b")), "test"), load_machine("dense_tc"))
    huge = replace(result, layers=result.layers.assign(macs=2**62, cycles=2**62))
    assert (huge.macs, huge.cycles, huge.summary()["macs"]) == (2**63, 2**63, 2**63)


def dense_layer(name: str) -> MaskedLayer:
    masked = image(1, 1, 1, 1)
    return MaskedLayer(replace(masked.layer, name=name), masked.mask)
