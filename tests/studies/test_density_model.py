"""The density-only model: its formulas by hand, and that its parts add up on a few real layers."""

import numpy as np
import pytest

from accel_sim import load_machine
from studies import density_model as study
from studies.density_model import Densities, Estimate, density_only
from workloads.activations import Uniform
from workloads.layer import Layer
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer

GEMM = Layer.gemm("g", 64, 256, 256)


def test_one_of_several_places_is_likelier_than_one():
    assert study.any_of(0.5, 1) == 0.5
    assert study.any_of(0.5, 3) == 0.875
    assert study.any_of(0.0, 9) == 0


def test_chances_of_a_binomial():
    assert study.binomial(2, 0.25) == [0.5625, 0.375, 0.0625]


def test_steps_of_an_outer_product():
    array = {"tile_rows": 4, "tile_columns": 4, "rows": 2, "cols": 4, "merges_per_cycle": 16}
    assert study.outer_product_steps(array, 1, 1) == 2
    assert study.outer_product_steps(array, 1, 0) == 0
    # Of 16 rows alike, 4 and 6 hold 1 and 2 survivors and take a step, 4 and 1 hold 3 and 4 and take two.
    assert study.outer_product_steps(array, 0.5, 1) == (10 + 2 * 5) / 16
    # At 2 sums a cycle 4 a of them take 2 a cycles: merging decides.
    assert study.outer_product_steps({**array, "merges_per_cycle": 2}, 0.5, 1) == 2 * 32 / 16


def test_a_dense_tensor_core_by_hand():
    said = density_only(GEMM, load_machine("dense_tc"), Densities(1, 1))
    # 64 x 256 x 256 / 1,024; 65,536 activations and 16,384 weights for each of 2 output tiles, 128 a
    # cycle; 65,536 + 16,384 + 16,384 bytes at 32.
    assert said == Estimate(4096, (65_536 + 2 * 16_384) / 128, 98_304 / 32)
    assert said.cycles == 4096


def test_a_crisp_layer_by_hand():
    said = density_only(GEMM, load_machine("crisp_stc"), Densities(0.25, 1, blocks=0.5, block=32))
    # 4,096 weights of 10 bits, 8 of 16 blocks with 3 bits each; two lists want 3 of 4 activations.
    weights = 4096 * 10 + 8 * 3
    assert said.compute == 1024
    assert said.smem == (65_536 * 8 * 0.75 + 2 * weights) / 1024
    assert said.dram == (65_536 * 8 + 16_384 * 8 + weights) / 256


def test_the_gather_arrays_by_hand():
    half = Densities(0.5, 0.25)
    both = density_only(GEMM, load_machine("unstructured_gather"), half)
    assert both.compute == 64 * 256 * 256 / 8 / 1024
    # Weights come once for each of 8 output tiles: 8 bits and 5 of 32 places, 8 counts of 6 bits a channel.
    assert both.smem == (65_536 * (1 + 2) + 8 * (8192 * 13 + 64 * 8 * 6)) / 1024
    weights_alone = density_only(GEMM, load_machine("csr_gather"), half)
    assert weights_alone.compute == 2048
    assert weights_alone.dram == (65_536 * 8 + 16_384 * 8 + 8192 * 16 + 64 * 14) / 256


def test_a_dense_outer_product_array_by_hand():
    said = density_only(GEMM, load_machine("dstc"), Densities(1, 1))
    # 256 positions x (1 x 4 tiles) over 2 cores, each 8 x 1 steps but ceil(4,096 / 464) merges.
    assert said.compute == pytest.approx(256 * 4 * 9 / 2)
    assert said.dram == (65_536 * 9 + 16_384 * 8 + 16_384 * 9) / 256


def test_a_wide_stride_sees_few_pixels():
    layer = Layer("d", "conv", 8, 8, in_h=28, in_w=28, stride_h=2, stride_w=2)
    assert study.seen_pixels(layer) == 14 * 14
    wide = Layer("d", "conv", 8, 8, 28, 28, 3, 3, 2, 2, 1, 1)
    assert study.seen_pixels(wide) == 28 * 28


def stalls(cycles, compute, imbalance=0, bank_conflict=0):
    return {
        "cycles": cycles,
        "compute_cycles": compute,
        "stall_imbalance_cycles": imbalance,
        "stall_bank_conflict_cycles": bank_conflict,
    }


def test_parts_of_an_array_that_never_waits():
    found = study.parts(stalls(200, 130, 40, 20), 110, Estimate(100, 10, 10))
    assert found == {"tiles": 10, "zeros": 20, "imbalance": 40, "bank_conflict": 20, "transfers": 10}


def test_what_transfers_hide_is_not_lost():
    found = study.parts(stalls(310, 200, 100), 200, Estimate(100, 10, 300))
    assert found == pytest.approx(
        {"tiles": 5, "zeros": 0, "imbalance": 5, "bank_conflict": 0, "transfers": 0}
    )


def test_a_random_twin_is_as_dense_and_not_the_same():
    keep = np.zeros((32, 64), np.bool_)
    keep[:, :16] = True
    masked = MaskedLayer(Layer.gemm("g", 32, 64, 8), KeepMask.from_dense(keep), Uniform(0.5))
    for pattern in ("unstructured", "block(block=16)"):
        twin = study.random_twin(masked, pattern, 0)
        assert twin.mask.kept == masked.mask.kept
        assert twin.mask != masked.mask
        assert twin.activation_density == 0.5


def test_parts_add_up_on_two_real_layers(tmp_path, tiny_checkpoint):
    names = ("layer2.0.conv1", "layer3.0.downsample.0")
    table = study.run_study(tiny_checkpoint, names, images=2)
    assert list(table["layer"]) == 6 * list(names)
    unforeseen = table["cycles"] * -table["error"]
    assert table[list(study.PARTS)].sum(axis=1).to_numpy() == pytest.approx(unforeseen.to_numpy())
    dense = table["pattern"] != "unstructured"
    assert (table.loc[dense, "zeros"] == 0).all()
    picture = study.save_figure(study.plot_parts(table), tmp_path / "p.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
