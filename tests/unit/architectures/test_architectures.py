"""Passes and their demands, against masks worked out by hand (rules 1 to 11 of docs/machine)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import accel_sim.architectures
import accel_sim.kernels.arrays
import accel_sim.reference.architectures
from accel_sim.architectures import Schedule, find_architecture, gather, structured_tensor_core
from accel_sim.architectures.shared.column_stream import Columns
from accel_sim.loading.machine import load_machine
from accel_sim.machine.section import Section
from accel_sim.machine.shipped import config_names
from workloads import KeepMask, Layer, MaskedLayer
from workloads.activations import Uniform
from workloads.formats import parse_format
from workloads.inputs import InputError
from workloads.inputs.parts import part_names
from workloads.patterns import parse_pattern

NAMES = part_names(accel_sim.architectures)
SHIPPED = [load_machine(name) for name in config_names("machines")]


def core(**fields) -> structured_tensor_core.Array:
    sizes = {"cores": 2, "rows": 2, "lanes": 4, "columns": 8, "pipeline_cycles": 3}
    return structured_tensor_core.Array.model_validate({**sizes, **fields})


def ratio(n_keep: int, m_group: int) -> dict[str, int]:
    return {"n_keep": n_keep, "m_group": m_group}


def gemm(rows, n_dim: int = 5) -> MaskedLayer:
    mask = KeepMask.from_dense(np.array(rows, bool))
    return MaskedLayer(Layer.gemm("g", mask.m_dim, mask.k_dim, n_dim), mask)


def served_columns(schedule: Schedule) -> Columns:
    """The passes behind a schedule that serves column after column (rule 8a)."""
    columns = schedule.streams
    assert isinstance(columns, Columns)
    return columns


def balanced(schedule: Schedule) -> int:
    return served_columns(schedule).balanced_turns


def demands(schedule: Schedule) -> list[tuple[int, ...]]:
    """Of each pass: distinct activations, stored weights, metadata bits, rows served."""
    demand = served_columns(schedule).demand
    columns = demand.activations, demand.weights, demand.metadata_bits, demand.served
    return [tuple(int(x) for x in one) for one in zip(*columns, strict=True)]


def test_a_dense_layer_takes_all_lanes_and_no_metadata():
    """Rules 5 and 7: groups of one weight, as many as lanes."""
    made = structured_tensor_core.schedule(gemm(np.ones((8, 8))), core())
    assert (made.mode, made.first.tolist(), balanced(made)) == ("dense", [0, 2, 4], 4)
    assert demands(made) == [(4, 16, 0, 4)] * 4
    assert (made.tile_m, made.columns, made.multipliers, made.pipeline_cycles) == (4, 8, 16, 3)


def test_two_of_four_reads_twice_the_activations_in_half_the_passes():
    """Rules 5 and 7: two groups of two survivors fill four lanes."""
    mask = np.tile([1, 0, 0, 1, 1, 1, 0, 0], (4, 1))
    made = structured_tensor_core.schedule(gemm(mask), core(weight_sparsity=[ratio(2, 4)]))
    assert (made.mode, made.first.tolist()) == ("2:4", [0, 1])
    assert demands(made) == [(8, 16, 16 * 2, 4)]


def test_the_last_group_and_the_last_tile_may_be_short():
    mask = np.tile([0, 1, 0, 0, 1], (5, 1))  # k = 5: a group of 4 and one of 1; m = 5: tiles of 4 and 1
    made = structured_tensor_core.schedule(gemm(mask), core(weight_sparsity=[ratio(2, 4)]))
    assert made.first.tolist() == [0, 1, 2]
    assert demands(made) == [(5, 4 * 3, 4 * 3 * 2, 4), (5, 3, 3 * 2, 1)]
    assert balanced(made) == 2  # the second tile's other core has no row and does not count


BLOCKS = np.kron([[1, 1, 0, 1], [0, 1, 0, 0]], [[1, 0], [0, 1]])  # 2 x 2 blocks, 1:2 inside


def test_vanished_blocks_are_skipped_and_shared_activations_fetched_once():
    """Rules 3, 4 and 7."""
    array = core(lanes=2, weight_sparsity=[ratio(1, 2)], skip_blocks=[2])
    made = structured_tensor_core.schedule(gemm(BLOCKS), array)
    assert (made.mode, made.first.tolist(), balanced(made)) == ("1:2, block 2", [0, 2], 2)
    # Pass 0: blocks 0 and 1 of the first core, 1 of the second; two bits name one of four blocks.
    assert demands(made) == [(4, 6, 6 + 3 * 2, 4), (2, 2, 2 + 2, 2)]


def test_without_a_side_that_leaves_something_out_blocks_are_not_used():
    full = np.ones((4, 8))
    full[0, 0] = 0
    made = structured_tensor_core.schedule(gemm(full), core(skip_blocks=[2, 4]))
    assert (made.mode, made.metadata_bits.sum()) == ("dense", 0)


def test_a_core_with_more_blocks_makes_the_other_one_wait():
    """Rules 6 and 9."""
    mask = np.kron([[1, 1, 1, 1], [1, 0, 0, 0]], np.ones((2, 4)))
    mask = np.pad(mask, ((0, 0), (0, 16)))  # so that blocks pay
    made = structured_tensor_core.schedule(gemm(mask), core(skip_blocks=[2]))
    assert (made.first.tolist(), balanced(made)) == ([0, 4], 3)  # 4 and 1 passes: ceil(5 / 2)


def test_rows_of_other_convolution_groups_share_no_activation():
    layer = Layer("dw", "conv", 4, 4, 3, 3, groups=4)
    made = structured_tensor_core.schedule(MaskedLayer(layer, KeepMask.ones(4, 1)), core())
    assert demands(made) == [(4, 4, 0, 4)]


def test_a_layer_without_survivors_has_no_pass_where_blocks_or_rows_are_skipped():
    nothing = gemm(np.zeros((4, 8)))
    skipped = structured_tensor_core.schedule(nothing, core(skip_blocks=[4]))
    assert (skipped.first.tolist(), balanced(skipped)) == ([0, 0], 0)
    assert structured_tensor_core.schedule(nothing, core()).first.tolist() == [0, 2]
    walked = gather.schedule(nothing, gather.Array(pe_rows=4, lanes=2, columns=8, pipeline_cycles=0))
    assert walked.first.tolist() == [0, 0]


def test_a_pe_of_gather_walks_its_own_survivors():
    mask = [[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    made = gather.schedule(gemm(mask), gather.Array(pe_rows=2, lanes=2, columns=8, pipeline_cycles=3))
    assert (made.first.tolist(), balanced(made)) == ([0, 2, 3], 3)
    # Two bits a column index, three bits (0 .. 6 survivors) a pointer of a row that has one.
    assert demands(made) == [(2, 3, 6 + 2 * 3, 2), (1, 1, 2, 1), (2, 2, 4 + 3, 1)]
    assert (made.mode, made.tile_m, made.multipliers) == ("unstructured", 2, 4)


RATIOS = [(1, 4), (2, 4), (3, 4), (1, 2), (2, 8), (3, 8)]


@given(
    st.lists(st.sampled_from(RATIOS), unique=True), st.integers(0, 2**32), st.sampled_from([0.05, 0.2, 0.6])
)
def test_the_mode_is_the_one_with_the_fewest_slots_that_the_whole_mask_obeys(ratios, seed, density):
    dense = np.random.default_rng(seed).random((5, 19)) < density
    array = core(weight_sparsity=[ratio(*r) for r in ratios])
    legal = [(1, 1)] + [
        (n, m)
        for n, m in ratios
        if all(row[i : i + m].sum() <= n for row in dense for i in range(0, dense.shape[1], m))
    ]
    expected = min(legal, key=lambda r: (r[0] / r[1], r[1]))
    found = structured_tensor_core.choose_sparsity(KeepMask.from_dense(dense), array)
    assert ((found.n_keep, found.m_group) if found else (1, 1)) == expected


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.005, 0.03, 1.0]))
def test_the_block_side_is_the_largest_of_those_that_keep_the_fewest_weights(seed, density):
    dense = np.random.default_rng(seed).random((37, 50)) < density
    side, alive = structured_tensor_core.choose_block(
        KeepMask.from_dense(dense), core(skip_blocks=[4, 8, 16])
    )
    sizes = {}
    for s in (16, 8, 4):
        blocks = [dense[i : i + s, j : j + s] for i in range(0, 37, s) for j in range(0, 50, s)]
        sizes[s] = sum(block.size for block in blocks if block.any())
    best = min(sizes.values())
    expected = next(s for s in (16, 8, 4) if sizes[s] == best) if best < dense.size else 0
    assert side == expected
    assert alive.shape == ((-(-37 // side), -(-50 // side)) if side else (1, 1))


@given(st.integers(1, 4), st.integers(4, 12), st.integers(0, 2**32), st.sampled_from([0.1, 0.25, 0.4]))
def test_metadata_of_a_crisp_layer_is_what_the_crisp_format_stores(block_rows, block_columns, seed, density):
    score = np.random.default_rng(seed).random((16 * block_rows, 16 * block_columns))
    mask = parse_pattern(f"crisp(2:4, block=16, density={density})").keep_mask(score)
    array = core(cores=4, rows=16, lanes=16, weight_sparsity=[ratio(2, 4)], skip_blocks=[16])
    made = structured_tensor_core.schedule(gemm(mask.to_dense()), array)
    form = parse_format("crisp(2:4, block=16)")
    assert made.metadata_bits.sum() == form.metadata_bits(mask)
    assert made.weights.sum() == form.value_count(mask)


@given(st.integers(1, 40), st.integers(1, 90), st.integers(0, 2**32), st.sampled_from([0.0, 0.1, 0.9]))
def test_metadata_of_gather_is_csr_less_the_pointers_that_nobody_needs(m_dim, k_dim, seed, density):
    mask = KeepMask.from_dense(np.random.default_rng(seed).random((m_dim, k_dim)) < density)
    made = gather.schedule(
        gemm(mask.to_dense()), gather.Array(pe_rows=8, lanes=4, columns=8, pipeline_cycles=0)
    )
    form, pointer = parse_format("csr"), mask.kept.bit_length()
    empty_rows = int((mask.row_counts == 0).sum())
    assert made.metadata_bits.sum() == form.metadata_bits(mask) - (empty_rows + 1) * pointer
    assert made.weights.sum() == form.value_count(mask)


def test_every_architecture_of_the_folder_has_a_machine():
    assert {machine.architecture for machine in SHIPPED} == set(NAMES)


def test_reference_and_kernels_have_architectures_under_their_names():
    assert part_names(accel_sim.reference.architectures) == NAMES
    assert set(part_names(accel_sim.kernels.arrays)) <= set(NAMES)


each_pattern = pytest.mark.parametrize("pattern", ["dense", "nm(2:4)", "crisp(2:4, block=16, density=0.2)"])
each_layer = pytest.mark.parametrize(
    "layer",
    [
        Layer("conv", "conv", 48, 130, 6, 6, 3, 3),
        Layer("dw", "conv", 70, 70, 6, 6, 3, 3, groups=70),
        Layer.linear("fc", 33, 7),
    ],
    ids=lambda layer: layer.name,
)


def pruned(layer: Layer, pattern: str) -> MaskedLayer:
    score = np.random.default_rng(0).random((layer.m_dim, layer.k_dim))
    activations = Uniform(0.5 if "density" in pattern else 1.0)
    return MaskedLayer(layer, parse_pattern(pattern).keep_mask(score), activations)


@pytest.mark.parametrize("machine", SHIPPED, ids=lambda m: m.name)
@each_pattern
@each_layer
def test_every_architecture_keeps_its_contract(machine, pattern, layer):
    architecture = find_architecture(machine.architecture)
    assert issubclass(architecture.Array, Section)
    assert all(field.description for field in architecture.Array.model_fields.values())
    masked = pruned(layer, pattern)
    made = architecture.schedule(masked, architecture.Array.model_validate(machine.array))
    assert made.mode
    assert len(made.first) == -(-layer.m_dim // made.tile_m) + 1
    assert made.first[0] == 0
    assert (np.diff(made.first) >= 0).all()
    passes = int(made.first[-1])
    for of_passes in (made.weights, made.metadata_bits, made.ramps):
        assert (of_passes.dtype, of_passes.shape) == (np.int64, (passes,))
        assert (of_passes >= 0).all()
    assert made.weights.sum() >= masked.mask.kept
    for columns in {made.columns, min(3, made.columns)}:
        stream = made.stream(columns)
        tables = stream.slots, stream.work, stream.bits
        variants = len(stream.slots)
        assert stream.variant.tolist() == sorted(stream.variant.tolist())
        assert len(stream.variant) == -(-layer.n_dim // columns)
        assert set(stream.variant.tolist()) == set(range(variants))
        assert all((table.dtype, table.shape) == (np.int64, (variants, passes)) for table in tables)
        assert stream.preload_bits.shape in {(variants, passes), (1, passes)}
        assert (stream.work >= stream.slots).all()
        assert min(table.min(initial=0) for table in (*tables, stream.preload_bits)) >= 0
        total = stream.total
        assert total.slots == stream.slots[stream.variant].sum()
        assert 0 <= total.balanced_slots <= total.slots
        assert total.macs <= total.issued_macs <= made.multipliers * total.slots - total.gated_macs
        bits = (
            stream.bits[stream.variant] + stream.preload_bits[stream.variant % len(stream.preload_bits)]
        ).sum()
        assert bits == 8 * total.smem_words + total.smem_metadata_bits


IN_TURN = [
    machine
    for machine in SHIPPED
    if machine.architecture in {"structured_tensor_core", "systolic"} or machine.name == "csr_gather"
]


@pytest.mark.parametrize("machine", IN_TURN, ids=lambda m: m.name)
@each_pattern
@each_layer
def test_passes_that_serve_column_after_column_fill_what_there_is(machine, pattern, layer):
    architecture = find_architecture(machine.architecture)
    masked = pruned(layer, pattern)
    made = architecture.schedule(masked, architecture.Array.model_validate(machine.array))
    demand, passes = served_columns(made).demand, int(made.first[-1])
    for of_passes in demand[1:]:
        assert (of_passes.dtype, len(of_passes)) == (np.int64, passes)
        assert (of_passes >= 1).all() or of_passes is demand.metadata_bits
    assert np.array_equal(demand.weights, made.weights)
    assert np.array_equal(demand.metadata_bits, made.metadata_bits)
    assert made.weights.max() <= made.multipliers
    assert demand.served.max() <= made.tile_m
    assert demand.activations.max() <= layer.k_dim * min(layer.groups, made.tile_m)
    assert (demand.groups <= demand.activations).all()
    assert (demand.bank_rows == 1).all()  # an SMEM without banks
    assert 1 <= balanced(made) <= served_columns(made).turns.sum()


@pytest.mark.parametrize("name", ["base", "systolc", "../gather", ""])
def test_an_architecture_that_is_not_there_lists_those_that_are(name):
    with pytest.raises(InputError, match=f"there are: {', '.join(NAMES)}"):
        find_architecture(name)
