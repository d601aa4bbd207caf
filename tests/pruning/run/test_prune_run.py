"""The whole job on a tiny network: what the exported file says, and that a seed fixes every byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pruning.data import Dataset
from pruning.files.artifact import export_network, quantise, restore_network
from pruning.files.pruned import load_pruned
from pruning.masking.pruner import PruneConfig, prepare
from pruning.models import build_model
from pruning.network.trace import trace_layers
from pruning.report.network import describe_network, lost_classes
from pruning.report.plan import describe_plan
from pruning.run.by_masks import MaskStages
from pruning.run.config import RunConfig
from pruning.run.prune import RunResult, run_pruning
from pruning.saliencies import Samples
from pruning.training.accuracy import class_accuracy
from pruning.training.batch_norm import reestimate_batch_norm
from workloads import load_workload
from workloads.activations import Given
from workloads.artifact import read_artifact, write_artifact
from workloads.inputs import InputError
from workloads.masks import KeepMask

QUICK = RunConfig((2, 4, 6), steps=2, last_steps=2, batch_size=16, samples=9, calibration=32)


def run_to_file(config: RunConfig, checkpoint: Path, data: Dataset, path: Path) -> RunResult:
    result = run_pruning(config, checkpoint, data)
    write_artifact(path, result.network)
    return result


@pytest.mark.parametrize(
    ("pattern", "block"),
    [("crisp(2:4, block=16)", 16), ("crisp(1:4, block=8)", 8), ("block(block=8)", 8), ("unstructured", 0)],
)
def test_exported_file_has_the_properties_asked_for(
    pattern: str, block: int, tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    sparsity = 0.9 if block < 16 else 0.8  # a network this small has few blocks of 16 to give
    config = replace(QUICK, pattern=pattern, sparsity=sparsity)
    result = run_to_file(config, tiny_checkpoint, data, tmp_path / "p.safetensors")
    network = read_artifact(tmp_path / "p.safetensors")
    assert 1 - network.density == pytest.approx(sparsity, abs=0.005 if block < 16 else 0.02)
    assert result.sparsity == pytest.approx(1 - network.density)
    for row, masked in zip(describe_network(network)[1:], network.layers[1:], strict=True):
        if pattern.startswith("crisp"):
            assert masked.mask.obeys(int(pattern[6]), 4)
        if block:
            living = masked.mask.living_blocks(block, block).sum(axis=1)
            assert living.min() == living.max() >= 1
            assert row["blocks_per_row"] == [living.min(), living.max()]
    assert network.layers[0].note == "dense: first layer"
    assert network.layers[0].mask.density == 1
    assert network.provenance["class_names"] == ["Pullover", "Coat", "Shirt"]


def test_same_seed_same_bytes_and_another_seed_others(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    config = replace(QUICK, stages=2)
    seeds = {"a": 0, "b": 0, "c": 1}
    for name, seed in seeds.items():
        run_to_file(replace(config, seed=seed), tiny_checkpoint, data, tmp_path / f"{name}.safetensors")
    a, b, c = ((tmp_path / f"{name}.safetensors").read_bytes() for name in seeds)
    assert a == b
    assert a != c


@pytest.mark.parametrize("values", ["int8", "float32"])
def test_the_file_alone_gives_the_accuracy_that_was_reported(
    values: str, tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "p.safetensors"
    result = run_to_file(replace(QUICK, stages=1, values=values), tiny_checkpoint, data, path)
    model, network = load_pruned(path)
    assert class_accuracy(model, data, (2, 4, 6)) == result.accuracy == network.provenance["accuracy"]
    assert network.layers[3].values.dtype == values
    for masked in network.layers:
        assert 0 < masked.activation_density <= 1
    assert network.layers[0].activation_density == 1  # normalised images have no zeros
    assert min(masked.activation_density for masked in network.layers) < 0.9  # ReLU makes some
    assert {row["activation_samples"] for row in describe_network(network)} == {2}
    simulated = load_workload(path).layers
    assert [masked.activations for masked in simulated] == [Given(p.activation_keep) for p in network.layers]
    assert min(masked.activation_density for masked in simulated) < 0.9


def test_a_file_without_samples_is_simulated_by_its_densities(
    tiny_checkpoint: Path, data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "p.safetensors"
    config = replace(QUICK, pattern="dense", stages=1, steps=0, last_steps=0, activation_samples=0)
    run_to_file(config, tiny_checkpoint, data, path)
    network, workload = read_artifact(path), load_workload(path)
    assert network.layers[1].activation_keep is None
    for masked, stored in zip(workload.layers, network.layers, strict=True):
        assert masked.activations == stored.activation_densities
        assert len(stored.activation_densities.densities) == masked.layer.in_channels


def test_dense_is_fine_tuned_and_loses_nothing(tiny_checkpoint: Path, data: Dataset) -> None:
    work: list[tuple[int, int]] = []
    result = run_pruning(
        replace(QUICK, pattern="dense"),
        tiny_checkpoint,
        data,
        lambda done, total, _: work.append((done, total)),
    )
    assert result.sparsity == 0
    assert work[-1][0] == work[-1][1] == QUICK.optimiser_steps * 16 + QUICK.stages * 9


def test_quantised_rows_are_within_half_a_step() -> None:
    weights = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)
    weights[2] = 0
    values, scale = quantise(weights)
    assert (np.abs(values * scale[:, None] - weights) <= scale[:, None] / 2 + 1e-7).all()
    assert values.min() >= -127
    assert scale[2] == 1


@pytest.mark.parametrize("largest", [1e-45, 1e-43, 1e-38, 1e38])
def test_rows_at_the_ends_of_float32_are_quantised(largest: float) -> None:
    weights = np.float32([[largest, -largest / 2, 0]])
    values, scale = quantise(weights)
    assert (scale > 0).all()
    restored = values * scale[:, None].astype(np.float64)
    assert np.abs(restored - weights).max() <= max(float(scale[0]) / 2 * 1.001, 1e-45)


def test_a_scale_is_another_only_where_it_underflows() -> None:
    weights = np.geomspace(1e-44, 1e38, 300).astype(np.float32)[:, None]
    plain = (weights[:, 0] / 127).astype(np.float32)
    scale = quantise(weights)[1]
    assert np.array_equal(scale, np.where(plain > 0, plain, np.finfo(np.float32).tiny))
    assert (plain == 0).any()


@pytest.mark.parametrize("values", ["int8", "float32"])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_not_exported(number: float, values: str) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Linear(3, 2))
    layers = trace_layers(model, (4, 1, 1))
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    with torch.no_grad():
        model[2].weight[1, 1] = number
    with pytest.raises(InputError, match=r"^2: weight: expected finite weights, got NaN or infinity"):
        export_network("n", model, layers, masks, torch.rand(1, 4, 1, 1), values=values)
    with pytest.raises(InputError, match="expected finite weights, got NaN or infinity"):
        quantise(np.float32([[1, number]]))


@pytest.mark.parametrize("values", ["int8", "float32"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_network_of_half_floats_is_exported_as_float32(
    dtype: torch.dtype, values: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(32, 4)).to(dtype)
    layers, images = trace_layers(model, (1, 4, 4)), torch.rand(2, 1, 4, 4, dtype=dtype)
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    write_artifact(tmp_path / "n", export_network("n", model, layers, masks, images, values=values))
    network = read_artifact(tmp_path / "n")
    assert network.state["1.running_var"].dtype == np.float32
    weight = model[3].weight.detach().float().numpy()
    masked = network.layers[1]
    step = 0 if masked.scale is None else masked.scale[:, None] / 2 * 1.001
    assert (np.abs(masked.dense() - weight) <= step).all()


def test_a_layer_without_saliency_has_no_share_of_it(data: Dataset) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 10))
    with torch.no_grad():
        model[3].weight.zero_()
    config = replace(QUICK, pattern="unstructured", saliency="magnitude", exempt="none", sparsity=0.5)
    pruner = prepare(model, PruneConfig(config.pattern, data.image_shape, exempt="none"))
    samples = Samples(data.train_images[:2], data.train_labels[:2])
    stages = MaskStages(config, pruner, samples, data.train_images[:2])
    stages.shrink(1, lambda: None)
    history = stages.finish().history
    assert history["3"][0]["saliency_kept"] is None
    assert 0 < history["1"][0]["saliency_kept"] <= 1


def test_batch_norm_is_the_plain_average_of_the_images(data: Dataset) -> None:
    model = build_model("resnet20", in_channels=1, width=4)
    images = data.train_images[:64]
    reestimate_batch_norm(model, images, batch_size=64)
    with torch.no_grad():
        first = model.conv1(images)
    torch.testing.assert_close(model.bn1.running_mean, first.mean((0, 2, 3)))
    assert model.training
    assert model.bn1.momentum == 0.1


def test_balanced_samples_take_classes_in_turn(data: Dataset) -> None:
    index = data.balanced_samples((5, 1), 7, torch.Generator().manual_seed(0))
    assert data.train_labels[index].tolist() == [5, 1, 5, 1, 5, 1, 5]
    assert len(set(index.tolist())) == 7
    assert len(data.balanced_samples((5, 1), 1000, torch.Generator())) == 32


def test_dry_run_says_what_and_why(tiny_checkpoint: Path) -> None:
    rows = describe_plan(tiny_checkpoint, "nm(2:4)", 0.9, 28)
    assert rows[0]["why"] == "first layer"
    assert rows[1]["gets"] == "nm(2:4)"
    assert rows[1]["sparsity"] == 0.5
    assert rows[1]["macs"] == rows[1]["dense_macs"] / 2
    assert rows[1]["stored_bits"] == rows[1]["kept"] * (8 + 2)  # a value and an offset, and no block index
    assert rows[-1]["layer"] == "all"
    assert rows[-1]["stored_bits"] == sum(row["stored_bits"] for row in rows[:-1])
    crisp = describe_plan(tiny_checkpoint, "crisp(2:4, block=16)", 0.7, 28, exempt="none")
    assert crisp[0]["padded"] == "m 8 of 16, k 9 of 16"
    assert [row["padded"] for row in crisp if row["layer"] == "layer3.0.conv2"] == [""]


def test_what_a_run_refuses(tiny_checkpoint: Path, data: Dataset) -> None:
    for changes, message in (
        ({"classes": (2, 12)}, "expected labels from 0 to 9, got 12"),
        ({"sparsity": 0.9999}, "sparsity: expected at most"),
        ({"schedule": "sudden"}, "schedule: expected a known name"),
        ({"values": "int4"}, "values: expected one of int8, float32"),
        ({"pattern": "crisp(1:4, block=8)", "sparsity": 0.5}, r"expected at least 0\.7\d+, which N:M alone"),
        ({"schedule": "decaying_nm", "pattern": "unstructured"}, "expected a pattern with N:M"),
        ({"sr_ste_decay": -1.0}, "sr_ste_decay: expected at least 0"),
        ({"saliency": "gradient"}, "did you mean 'class_gradient'"),
        ({"activation_samples": -1}, "activation_samples: expected a whole number of at least 0, got -1"),
    ):
        with pytest.raises(InputError, match=message):
            run_pruning(replace(QUICK, stages=1, steps=0, last_steps=0, **changes), tiny_checkpoint, data)
    with pytest.raises(InputError, match="stages: expected"):
        replace(QUICK, stages=0)
    other = replace(data, name="other", class_names=(*data.class_names[:9], "Boat"))
    with pytest.raises(InputError, match="expected a network for the classes of other"):
        run_pruning(QUICK, tiny_checkpoint, other)


def test_restoring_into_another_network(tiny_checkpoint: Path, data: Dataset, tmp_path: Path) -> None:
    run_to_file(replace(QUICK, stages=1, steps=0), tiny_checkpoint, data, tmp_path / "p.safetensors")
    network = read_artifact(tmp_path / "p.safetensors")
    with pytest.raises(InputError, match="expected the tensors of the network that it names"):
        restore_network(build_model("resnet20", in_channels=1, width=4), network)


@pytest.mark.parametrize("saliency", ["magnitude", "movement(batch_size=4)", "random(seed=3)"])
def test_a_run_by_another_saliency(saliency: str, tiny_checkpoint: Path, data: Dataset) -> None:
    work: list[tuple[int, int]] = []
    config = replace(QUICK, pattern="crisp(2:4, block=8)", saliency=saliency, sparsity=0.8, last_steps=0)
    result = run_pruning(config, tiny_checkpoint, data, lambda done, total, _: work.append((done, total)))
    assert result.sparsity == pytest.approx(0.8, abs=0.01)
    assert result.network.provenance["saliency"] == saliency
    assert [done for done, _ in work] == sorted(done for done, _ in work)
    assert work[-1][0] == work[-1][1]


def test_groups_decay_and_masked_weights_with_them(tiny_checkpoint: Path, data: Dataset) -> None:
    config = replace(
        QUICK,
        pattern="crisp(1:4, block=8)",
        schedule="decaying_nm",
        stages=3,
        sr_ste_decay=2e-4,
        last_steps=0,
    )
    result = run_pruning(config, tiny_checkpoint, data)
    assert result.sparsity == pytest.approx(0.9, abs=0.01)
    assert all(layer.mask.obeys(1, 4) for layer in result.network.layers[1:])
    assert result.network.provenance["run"]["sr_ste_decay"] == 2e-4


def test_classes_that_lost_all_of_the_classifier_are_named(tiny_checkpoint: Path, data: Dataset) -> None:
    made = run_pruning(
        replace(QUICK, pattern="dense", stages=1, steps=0, last_steps=0), tiny_checkpoint, data
    )
    assert lost_classes(made.network) == []
    *others, last = made.network.layers
    keep = last.mask.to_dense()
    keep[[4, 7]] = False  # Coat, which is the user's, and another that is not
    poor = replace(made.network, layers=(*others, replace(last, mask=KeepMask.from_dense(keep))))
    assert lost_classes(poor) == ["Coat"]
    assert describe_network(poor)[-1]["empty_rows"] == 2
