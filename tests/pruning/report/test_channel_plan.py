"""A dry run of channel pruning: what each layer would keep, and the sums over the network."""

from dataclasses import replace
from pathlib import Path

import pytest
from pruning_stops import QUICK, save_with_dropout, with_dropout
from torch import nn

from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.models import allow_factory, build_model
from pruning.report.plan import describe_plan, plan_basis
from pruning.run.prune import run_pruning
from workloads.inputs import InputError


def grey() -> nn.Module:
    return with_dropout(10)


def grey_in_groups() -> nn.Module:
    layers = nn.Conv2d(4, 8, 3, groups=2), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8, 10))


@pytest.mark.parametrize(
    ("pattern", "basis"),
    [
        ("channel(multiple=2)", "channels by l1"),
        ("channel(score=taylor)", "channels by l1"),
        ("channel(score=l1, scope=uniform)", "channels by l1"),
        ("channel(score=bn_scale)", "channels by bn_scale"),
        ("crisp(2:4, block=8)", "masks by magnitude"),
    ],
)
def test_what_a_dry_run_goes_by(pattern: str, basis: str) -> None:
    assert plan_basis(pattern) == basis


def test_the_rows_are_those_of_a_run(tiny_checkpoint: Path, data: Dataset) -> None:
    pattern = "channel(score=l1, multiple=2)"
    *rows, total = describe_plan(tiny_checkpoint, pattern, 0.6, 28)
    config = replace(QUICK, pattern=pattern, sparsity=0.6, stages=1, steps=0, last_steps=0)
    made = run_pruning(config, tiny_checkpoint, data)
    assert [row["why"] for row in rows] == [report.why for report in made.layers]
    assert [(row["m_dim"], row["k_dim"]) for row in rows] == [(r.m_dim, r.k_dim) for r in made.layers]
    assert total["sparsity"] == pytest.approx(made.sparsity, abs=1e-6)
    layers = [masked.layer for masked in made.network.layers]
    assert [row["macs"] for row in rows] == [layer.macs for layer in layers]
    assert total["stored_bits"] == 8 * sum(layer.weights for layer in layers) == 8 * total["kept"]
    model, _ = load_checkpoint(tiny_checkpoint)
    weights = sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear))
    assert total["sparsity"] == pytest.approx(1 - total["kept"] / weights, abs=1e-6)
    dense = describe_plan(tiny_checkpoint, "dense", 0.0, 28)[-1]
    assert total["macs"] < total["dense_macs"] == dense["macs"]
    assert rows[-1]["why"] == "10 of 10 channels"


def test_what_the_saliency_would_say_is_replaced_by_l1(tiny_checkpoint: Path) -> None:
    by_saliency, by_l1 = (
        describe_plan(tiny_checkpoint, p, 0.5, 28) for p in ("channel", "channel(score=l1)")
    )
    assert [row["why"] for row in by_saliency] == [row["why"] for row in by_l1]
    assert 0.5 <= by_l1[-1]["sparsity"] < 0.6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exempt": "none"}, "exempt: expected first,depthwise for channels"),
        ({"sparsity": 1.5}, r"sparsity: expected at least 0 and less than 1, got 1\.5"),
        ({"sparsity": -0.5}, r"sparsity: expected at least 0 and less than 1, got -0\.5"),
        ({"sparsity": 0.99999}, "density: expected at least"),
        ({"image_size": 0}, "image-size: expected a whole number"),
        ({"pattern": "channel(score=l3)"}, "score: expected a known name, got 'l3'"),
    ],
)
def test_what_makes_no_plan(options: dict, message: str, tiny_checkpoint: Path) -> None:
    wanted = {"pattern": "channel", "sparsity": 0.5, "image_size": 28, **options}
    with pytest.raises(InputError, match=message):
        describe_plan(tiny_checkpoint, **wanted)


@pytest.mark.parametrize("pattern", ["unstructured", "channel"])
@pytest.mark.parametrize(("factory", "k_dim"), [("grey", 9), ("grey_in_groups", 18)])
def test_images_have_the_channels_that_the_first_convolution_sees(
    factory: str, k_dim: int, pattern: str, data: Dataset, tmp_path: Path
) -> None:
    name = f"{__name__}:{factory}"
    allow_factory(name)
    info = CheckpointInfo(name, {}, data.name, data.class_names, 0.1)
    save_checkpoint(tmp_path / "dense.safetensors", build_model(name), info)
    assert describe_plan(tmp_path / "dense.safetensors", pattern, 0.3, 28)[0]["k_dim"] == k_dim


def test_the_checkpoint_stays_as_it_is(data: Dataset, tmp_path: Path) -> None:
    path = save_with_dropout(tmp_path / "dense.safetensors", data)
    before = path.read_bytes()
    describe_plan(path, "channel", 0.5, 28)
    assert path.read_bytes() == before


@pytest.mark.parametrize("pattern", ["nm(2:4)", "dense", "unstructured", "channel"])
@pytest.mark.parametrize("sparsity", [-1, 1, float("nan")])
def test_a_sparsity_that_cannot_be(pattern: str, sparsity: float, tiny_checkpoint: Path) -> None:
    with pytest.raises(InputError, match=f"sparsity: expected at least 0 and less than 1, got {sparsity}"):
        describe_plan(tiny_checkpoint, pattern, sparsity, 28)
