"""The stepped machine and the kernels agree to the last unit, and compute what numpy computes."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from arrays import SHOWN
from cases import make_case
from hypothesis import given
from hypothesis import strategies as st

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.architectures import find_architecture
from accel_sim.machine import Machine
from accel_sim.machine.shipped import config_names
from accel_sim.reference import Operands, random_operands, simulate_reference
from accel_sim.verify.layers import seeded_pick
from accel_sim.verify.twins import Twins, run_twins
from workloads.activations import Uniform
from workloads.by_hand import gemm_workload
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.patterns import parse_pattern
from workloads.workload import MaskedLayer, Workload

SMALL_LAYERS = (
    Layer("3x3", "conv", 9, 70, 6, 5, 3, 3, padding_h=1, padding_w=1),
    Layer("depthwise", "conv", 12, 12, 6, 6, 3, 3, stride_h=2, stride_w=2, groups=12, batch=2),
    Layer("grouped", "conv", 24, 36, 4, 4, 3, 1, groups=3),
    Layer.linear("linear", 260, 70),
    Layer.gemm("gemm", 67, 130, 150),
    Layer.gemm("single output", 1, 3, 1),
)
MOST_CYCLES = 20_000  # what is stepped for a layer here
PATTERNS = ("dense", "nm(1:4)", "nm(3:4)", "crisp(2:4, block=16, density=0.25)", "unstructured(density=0.1)")


def seeded_case(seed: int) -> tuple[MaskedLayer, Machine]:
    return make_case(seeded_pick(seed))


def assert_twins_agree(masked: MaskedLayer, machine: Machine, seed: int = 0) -> Twins:
    twins = run_twins(masked, machine, seed)
    assert twins.differences() == {}, f"{masked.layer}\n{masked.mask}\n{machine}\n{twins.mapping}"
    return twins


def features(masked: MaskedLayer, machine: Machine, twins: Twins) -> set[str]:
    """What a case shows: causes of stalls, kinds of mapping, modes, geometry."""
    mapping, layer = twins.mapping, masked.layer
    width, array = twins.schedule.columns, machine.array
    counts = dict(zip(c.NAMES, twins.fast.tolist(), strict=True))
    side = "block" in twins.schedule.mode and int(twins.schedule.mode.split()[-1])
    found = {name for name in c.STALLS if twins.fast[getattr(c.at, name)]}
    found.add("ifmap stays" if mapping.ifmap_stays else "weights stay")
    found.add(twins.schedule.mode.split(",")[0])
    return found | {
        name
        for name, holds in {
            "chunked weights": len(mapping.bounds) > len(mapping.chunk_first),
            "resident weights": mapping.weights_resident,
            "resident ifmap": mapping.ifmap_resident,
            "several ifmap tiles": len(mapping.ifmap_tile_bytes) > 1,
            "shortened tiles": mapping.columns < min(width, layer.n_dim),
            "hidden ends": machine.fill_drain == "hidden",
            "banks": machine.smem.banks is not None,
            f"{machine.dram.model} dram": True,
            f"{machine.architecture}": True,
            "one set of accumulators": machine.rf.buffers == 1,
            array.get("distribution"): array.get("rows_per_pe", 1) > 1,
            array.get("dataflow"): True,
            f"{machine.architecture} {array.get('activations', 'skip')}": masked.activation_density < 1,
            "operand banks that stall": array.get("operand_banks") and counts["stall_bank_conflict_cycles"],
            "slow merges": array.get("merges_per_cycle") == 1,
            "ramps": twins.schedule.ramps.any(),
            "blocks below a core's rows": side and side < machine.array["rows"],
            "blocks of a core's rows or more": side and side >= machine.array["rows"],
            "all pruned": masked.mask.kept == 0,
            "nothing pruned": masked.mask.density == 1,
            "an m tile without a pass": 0 in np.diff(twins.schedule.first) and masked.mask.kept > 0,
            "single output": layer.m_dim * layer.n_dim == 1,
            "depthwise": layer.depthwise,
            "grouped": layer.groups > 1 and not layer.depthwise,
            "strided": max(layer.stride_h, layer.stride_w) > 1,
            "dilated": max(layer.dilation_h, layer.dilation_w) > 1,
            "padded": max(layer.padding_h, layer.padding_w) > 0,
            "batched": layer.batch > 1,
            "k below a group": layer.k_dim < 4,
            "ragged m": layer.m_dim % twins.schedule.tile_m,
            "ragged n": layer.n_dim % width,
        }.items()
        if holds and name
    }


MUST_SHOW = {
    *c.STALLS,
    *("1:4", "2:4", "3:4", "2:6", "1:8", "dense", "unstructured", "ifmap stays", "weights stay"),
    *("chunked weights", "resident weights", "resident ifmap", "several ifmap tiles", "shortened tiles"),
    *("hidden ends", "banks", "simple dram", "banked dram"),
    *SHOWN,
    *("one set of accumulators", "blocks below a core's rows", "blocks of a core's rows or more"),
    *("all pruned", "nothing pruned", "an m tile without a pass", "depthwise", "grouped", "strided"),
    *("dilated", "padded", "batched", "k below a group", "ragged m", "ragged n"),
}


def test_engines_agree_on_seeded_cases_that_show_every_stall_and_both_orders():
    shown: Counter[str] = Counter()
    for seed in range(300):
        masked, machine = seeded_case(seed)
        shown.update(features(masked, machine, assert_twins_agree(masked, machine, seed)))
    assert min(shown[name] for name in MUST_SHOW) >= 2, shown


@given(data=st.data())
def test_engines_agree_on_cases_that_hypothesis_draws(data):
    masked, machine = make_case(lambda options: data.draw(st.sampled_from(list(options))))
    assert_twins_agree(masked, machine)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_engines_agree_on_thousands_of_seeded_cases(block):
    for seed in range(1000 + 500 * block, 1500 + 500 * block):
        assert_twins_agree(*seeded_case(seed), seed)


@pytest.mark.parametrize("name", config_names("machines"))
@pytest.mark.parametrize("pattern", PATTERNS)
def test_engines_agree_on_the_shipped_machines(name, pattern):
    machine = load_machine(name)
    multipliers = find_architecture(machine.architecture).Array.model_validate(machine.array).multipliers
    activations = Uniform(0.6) if "density" in pattern else Uniform()
    for layer in SMALL_LAYERS:
        if layer.macs > MOST_CYCLES * multipliers:
            continue
        score = np.random.default_rng(7).random((layer.m_dim, layer.k_dim), dtype=np.float32)
        mask = parse_pattern(pattern).keep_mask(score)
        assert_twins_agree(MaskedLayer(layer, mask, activations), machine)


def test_a_single_output_agrees():
    layer = Layer.gemm("one", 1, 1, 1)
    for keep in ([[True]], [[False]]):
        assert_twins_agree(MaskedLayer(layer, KeepMask.from_dense(keep)), load_machine("crisp_stc"))


def test_engines_agree_without_jit():
    code = (
        "from test_reference_equals_kernels import *\n"
        "for seed in range(12): assert_twins_agree(*seeded_case(seed), seed)\n"
        "from accel_sim.kernels.timeline.play import run_steps\n"
        "assert not hasattr(run_steps, 'py_func')\n"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=Path(__file__).parent)


def test_simulate_takes_either_engine_and_gives_the_same_table():
    score = np.random.default_rng(0).random((40, 64))
    keep = score < 0.3
    workload = Workload("two", gemm_workload(40, 64, 50, keep).layers * 2, "test")
    machine = load_machine("unstructured_gather")
    fast, stepped = (simulate(workload, machine, engine=name) for name in ("fast", "reference"))
    assert fast.layers.equals(stepped.layers)


def test_an_unknown_engine_is_an_error_that_names_the_right_ones():
    with pytest.raises(InputError, match=r"engine: expected a known one, got 'refrence'.*reference"):
        simulate(gemm_workload(1, 1, 1), load_machine("dense_tc"), engine="refrence")


def test_operands_that_do_not_fit_are_errors():
    masked = gemm_workload(2, 4, 3, np.eye(2, 4, dtype=np.bool_)).layers[0]
    machine = load_machine("dense_tc")
    mapping = run_twins(masked, machine).mapping
    good = random_operands(masked, 0)
    wrong = {
        r"activations: expected int8 \(1, 4, 1, 3\), got int8 \(1, 4, 1, 2\)": Operands(
            good.weights, good.activations[..., :2]
        ),
        r"weights: expected int8 \(2, 4\), got int64": Operands(
            good.weights.astype(np.int64), good.activations
        ),
        "weights: expected zeros where the mask prunes": Operands(np.ones((2, 4), np.int8), good.activations),
    }
    for message, operands in wrong.items():
        with pytest.raises(InputError, match=message):
            simulate_reference(masked, machine, mapping, operands)


def test_an_architecture_that_cannot_be_stepped_is_an_error():
    masked = gemm_workload(2, 4, 3).layers[0]
    machine = load_machine("dense_tc")
    mapping = run_twins(masked, machine).mapping
    other = machine.model_copy(update={"architecture": "gathering"})
    with pytest.raises(InputError, match=r"expected an architecture that the reference steps.*gather"):
        simulate_reference(masked, other, mapping, random_operands(masked, 0))
