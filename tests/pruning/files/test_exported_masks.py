"""What holds of masks in exported files: of all networks, all patterns, shapes that divide by nothing."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import pruning
from pruning.files.artifact import export_network
from pruning.masking.pruner import magnitude_saliency
from pruning.methods import method_names, parse_method
from pruning.models import build_model, model_names
from workloads.artifact import PrunedNetwork, read_artifact, write_artifact
from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.patterns import parse_pattern

PATTERNS = {  # of each method: texts, and the sparsity to ask for
    "crisp": [("crisp(2:4, block=8)", 0.8), ("crisp(1:4, block=16)", 0.8), ("crisp(2:6, block=12)", 0.7)],
    "block": [("block(block=8)", 0.8)],
    "nm": [("nm(2:4)", 0.5), ("nm(1:16)", 0.9)],
    "gs": [("gs(banks=8)", 0.8)],
    "unstructured": [("unstructured", 0.9), ("unstructured(scope=layer)", 0.9)],
    "random": [("random", 0.9)],
    "dense": [("dense", 0.9)],
}
TEXTS = [case for cases in PATTERNS.values() for case in cases]
LARGE = {"vgg16", "resnet50", "resnet18"}
NETWORKS = [pytest.param(n, marks=[pytest.mark.slow] if n in LARGE else []) for n in model_names()]


def export(pruner: pruning.Pruner, image_shape: tuple[int, int, int], path: Path) -> PrunedNetwork:
    pruner.squash()
    network = export_network(
        "test",
        pruner.model.eval(),
        pruner.layers,
        pruner.masks,
        torch.rand(1, *image_shape),
        activation_samples=0,
    )
    write_artifact(path, network)
    return read_artifact(path)


def check_masks(text: str, pruner: pruning.Pruner, network: PrunedNetwork) -> None:
    """What the pattern promises of each layer, read off the file alone."""
    method = parse_method(text)
    n_keep, m_group = pruner.method.ratio or (1, 1)
    for masked in network.layers:
        mask, name = masked.mask, masked.layer.name
        assert mask == pruner.masks[name]
        assert len(masked.values) == mask.kept
        if name in pruner.exempt:
            assert mask.density == 1, name
            continue
        if text.startswith(("crisp", "block")):
            check_blocks(mask, n_keep, m_group, method.block)
        elif text.startswith("nm"):
            tail = min(n_keep, mask.k_dim % m_group)
            assert set(mask.row_counts.tolist()) == {mask.k_dim // m_group * n_keep + tail}
            assert mask.obeys(n_keep, m_group)
        elif text.startswith("gs"):
            assert parse_pattern(f"gs(density=1, banks={method.banks})").check(mask) is None
            assert mask.kept > 0


def check_blocks(mask: KeepMask, n_keep: int, m_group: int, block: int) -> None:
    """Equally many blocks in every block row, one at least, and inside each N:M to the full."""
    living = mask.living_blocks(block, block)
    assert living.sum(1).min() == living.sum(1).max() >= 1
    alive = np.kron(living, np.ones((block, block), bool))[: mask.m_dim, : mask.k_dim]
    dense = mask.to_dense()
    for start in range(0, mask.k_dim, m_group):
        group = slice(start, min(start + m_group, mask.k_dim))
        full = min(n_keep, group.stop - start)
        assert np.array_equal(dense[:, group].sum(1), np.where(alive[:, start], full, 0))


def test_methods_of_the_package_are_looked_at() -> None:
    assert {*PATTERNS, "channel"} <= {*method_names()}


@pytest.mark.parametrize(("text", "sparsity"), TEXTS)
@pytest.mark.parametrize("name", NETWORKS)
def test_masks_of_every_network(name: str, text: str, sparsity: float, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, image = build_model(name, num_classes=10), (3, 32, 32)
    pruner = pruning.prepare(model, pruning.PruneConfig(text, image))
    pruner.step(magnitude_saliency(pruner), sparsity)
    network = export(pruner, image, tmp_path / "p.safetensors")
    check_masks(text, pruner, network)
    expected = {"nm": pruner.sparsity_of_groups, "dense": 0.0}.get(text.split("(")[0], sparsity)
    assert 1 - network.density == pytest.approx(expected, abs=0.005)


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    """A few layers of any size, plain and grouped, that take 3 x 6 x 6."""
    torch.manual_seed(draw(st.integers(0, 2**31)))
    width, groups = draw(st.integers(1, 23)), draw(st.sampled_from([1, 1, 2, 3]))
    second, hidden = groups * draw(st.integers(1, 9)), draw(st.integers(1, 40))
    kernel = draw(st.sampled_from([1, 2, 3, (1, 3)]))
    body = [
        nn.Conv2d(3, groups * width, 3),
        nn.ReLU(),
        nn.Conv2d(groups * width, second, kernel, groups=groups),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * second, hidden),
        nn.ReLU(),
        nn.Linear(hidden, draw(st.integers(2, 9))),
    ]
    return nn.Sequential(*body)


@given(networks(), st.sampled_from(TEXTS), st.floats(0, 0.9))
def test_masks_of_any_shape(model: nn.Module, case: tuple[str, float], sparsity: float) -> None:
    text, _ = case
    pruner = pruning.prepare(model, pruning.PruneConfig(text, (3, 6, 6)))
    saliency = magnitude_saliency(pruner)
    try:
        pruner.step(saliency, sparsity)
    except InputError:  # as it should: what must stay is more
        with pytest.raises(InputError, match="sparsity: expected at most"):
            pruner.step(saliency, sparsity)
        return
    with tempfile.TemporaryDirectory() as folder:
        network = export(pruner, (3, 6, 6), Path(folder) / "p.safetensors")
    check_masks(text, pruner, network)
    if text.split("(")[0] not in ("nm", "dense"):
        assert 1 - network.density >= sparsity - 1e-9
