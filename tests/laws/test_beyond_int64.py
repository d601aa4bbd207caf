"""What the schema admits and int64 does not hold: right all the same, or refused in one line."""

import pytest

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.channel import channel_of
from workloads import KeepMask, Layer, MaskedLayer, Workload
from workloads.inputs import InputError

WIDE_MEMORY = {
    "smem.banks": None,
    "smem.capacity_bytes": 2**40,
    "smem.bandwidth_bytes_per_cycle": 2**40,
    "dram.bandwidth_bytes_per_cycle": 2**40,
}
ONE_CORE = {"array.cores": 1, "array.columns": 2**20, **WIDE_MEMORY}
MOST_MULTIPLIERS = {"array.cores": 2**16, "array.rows": 2**16, "array.lanes": 2**16}


def one_survivor(m_dim: int, k_dim: int) -> KeepMask:
    words = KeepMask.blank(m_dim, k_dim)
    words[0, 0] = 1
    return KeepMask(words, k_dim)


@pytest.mark.parametrize(
    ("name", "changes", "sizes", "layers", "keep"),
    [
        # Multipliers x cycles, of which utilisation is a part.
        ("dense_tc", MOST_MULTIPLIERS, (1, 1, 1, 2**15), 1, KeepMask.ones),
        # Idle lanes.
        ("dense_tc", MOST_MULTIPLIERS, (1, 1, 1, 2**16 + 1), 1, KeepMask.ones),
        # Bytes of the ifmap, of which the array asks for next to none.
        (
            "crisp_stc",
            {**ONE_CORE, "array.rows": 16, "array.lanes": 2**16, "word_bytes": 64},
            (1, 2**20, 2**17, 2**20),
            1,
            one_survivor,
        ),
        # Bytes of accumulators.
        (
            "dense_tc",
            {**ONE_CORE, "array.rows": 1024, "array.lanes": 1, "rf.accumulator_bytes": 64},
            (2**10, 2**14, 2**17, 2**16),
            1,
            KeepMask.ones,
        ),
        # The MACs of all layers together.
        (
            "scalesim",
            {"array.rows": 512, "array.cols": 1024},
            (2**14, 2**14, 2**16, 2**15),
            17,
            KeepMask.ones,
        ),
        # Cycles of the machine a clock of the DRAM, a fraction, x clocks.
        ("crisp_stc_lpddr4", {"clock_hz": 1.2345678912345e17}, (64, 64, 1, 2**16), 1, KeepMask.ones),
    ],
)
def test_what_leaves_int64_is_right_or_refused(name, changes, sizes, layers, keep):
    m_dim, k_dim, height, width = sizes
    try:
        mask = keep(m_dim, k_dim)
        items = tuple(
            MaskedLayer(Layer(f"layer {i}", "conv", k_dim, m_dim, height, width), mask) for i in range(layers)
        )
        machine, workload = load_machine(name, changes), Workload("w", items, "test")
        result = simulate(workload, machine)
    except InputError:
        return
    assert result.macs == workload.macs
    read = k_dim * height * width * machine.word_bytes
    for row in result.layers.to_dict("records"):
        counts = {counter: int(row[counter]) for counter in c.NAMES}
        assert min(counts.values()) >= 0
        assert row["utilisation"] == counts["macs"] / (result.multipliers * counts["cycles"])
        assert counts["dram_read_bytes"] >= read
        assert counts["cycles"] >= channel_of(machine).cycles(read)


@pytest.mark.parametrize("clock_hz", [1.0, 1e300])
def test_a_clock_that_no_fraction_holds_beside_the_drams_is_refused(clock_hz):
    with pytest.raises(InputError, match="clock_hz"):
        load_machine("crisp_stc_lpddr4", {"clock_hz": clock_hz})
