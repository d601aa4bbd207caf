"""A limit that an error names can be used: it is rounded to the side that is allowed, and no further."""

import re

import pytest
import torch
from torch import nn

from pruning.channel import prune_channels
from pruning.masking.pruner import PruneConfig, Pruner, prepare
from pruning.methods import parse_method
from pruning.run.by_masks import MaskStages
from pruning.run.config import RunConfig
from pruning.saliencies import Samples
from pruning.schedules import group_targets, sparsity_targets
from workloads.inputs import InputError

SHAPES = [(3, 7), (10, 13), (9, 31)]
STEP = 1e-4  # of the limits in messages


def limit(error: object) -> float:
    found = re.search(r"(?:at most|at least) ([0-9.]+)", str(error))
    assert found
    return float(found.group(1))


@pytest.mark.parametrize(
    "pattern",
    ["crisp(2:4, block=4)", "block(block=3)", "unstructured", "unstructured(scope=layer)", "gs(banks=3)"],
)
@pytest.mark.parametrize("always_kept", [0, 17])
def test_the_highest_sparsity_is_reached(pattern: str, always_kept: int) -> None:
    random = torch.Generator().manual_seed(0)
    layers = {str(index): torch.rand(shape, generator=random) for index, shape in enumerate(SHAPES)}
    method, total = parse_method(pattern), always_kept + sum(m * k for m, k in SHAPES)
    with pytest.raises(InputError, match="sparsity: expected at most") as refused:
        method.choose(layers, 0.9999, always_kept)
    highest = limit(refused.value)
    masks = method.choose(layers, highest, always_kept)
    assert always_kept + sum(mask.kept for mask in masks.values()) <= (1 - highest) * total
    with pytest.raises(InputError, match="sparsity: expected at most"):
        method.choose(layers, highest + STEP, always_kept)


def stages(pruner: Pruner, sparsity: float) -> MaskStages:
    config = RunConfig((0, 1), pruner.pattern, sparsity)
    return MaskStages(config, pruner, Samples(torch.zeros(0), torch.zeros(0)), torch.zeros(0))


@pytest.mark.parametrize("sizes", [(7, 11), (13, 9), (10, 30)])
def test_the_lowest_sparsity_is_what_groups_alone_give(sizes: tuple[int, int]) -> None:
    """Under 1:4 a short group at the end of a row keeps its one too."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(5, sizes[0]), nn.Linear(*sizes), nn.Linear(sizes[1], 2))
    pruner = prepare(model, PruneConfig("crisp(1:4, block=8)", (5, 1, 1), exempt="first"))
    with pytest.raises(InputError, match=r"sparsity: expected at least .*, which N:M alone gives") as refused:
        stages(pruner, 0.01)
    lowest = limit(refused.value)
    stages(pruner, lowest)
    with pytest.raises(InputError, match="which N:M alone gives"):
        stages(pruner, lowest - STEP)
    pruner.step(
        {name: torch.rand(pruner.masks[name].m_dim, pruner.masks[name].k_dim) for name in pruner.prunable},
        0.0,
    )
    assert lowest - STEP < pruner.sparsity_of_groups <= lowest
    assert pruner.sparsity == pytest.approx(pruner.sparsity_of_groups)


@pytest.mark.parametrize("by", ["parameters", "macs"])
@pytest.mark.parametrize("scope", ["global", "uniform"])
def test_the_narrowest_network_is_reached(by: str, scope: str) -> None:
    def model() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 7, 3), nn.ReLU(), nn.Conv2d(7, 11, 1), nn.ReLU(), nn.Conv2d(11, 5, 3)
        )

    example = torch.zeros(1, 3, 9, 9)
    with pytest.raises(InputError, match="density: expected at least") as refused:
        prune_channels(model(), example, 1e-9, by, scope=scope)
    lowest = limit(refused.value)
    report = prune_channels(model(), example, lowest, by, scope=scope)
    assert [len(report.kept[name].outputs) for name in "024"] == [1, 1, 5]
    with pytest.raises(InputError, match="density: expected at least"):
        prune_channels(model(), example, lowest - STEP, by, scope=scope)


def test_groups_decay_to_whole_numbers_where_the_ratio_has_a_root() -> None:
    """27 x (1/27)^(1/3) is 9, though floats say 9.000000000000002; 64 to 1 in thirds is 16, 4, 1."""
    assert group_targets("decaying_nm", 3, "nm", (1, 27)) == (9, 3, 1)
    assert group_targets("decaying_nm", 3, "nm", (1, 64)) == (16, 4, 1)
    assert group_targets("decaying_nm", 2, "nm", (1, 10)) == (4, 1)  # 3.16 is rounded up


def test_the_first_stages_of_each_schedule_by_hand() -> None:
    assert sparsity_targets("cubic", 2, 0.8) == pytest.approx((0.8 * 7 / 8, 0.8))
    assert sparsity_targets("linear", 4, 0.8) == pytest.approx((0.2, 0.4, 0.6, 0.8))
    assert sparsity_targets("decaying_nm", 2, 0.8) == pytest.approx((0.4, 0.8))
    assert sparsity_targets("one_shot", 2, 0.8) == (0.8, 0.8)
