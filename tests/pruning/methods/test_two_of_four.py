"""2:4 masks beside PyTorch's own: its sparsifier chooses the same, its compressed format takes them."""

import pytest
import torch
from torch import Tensor, nn
from torch.ao.pruning import WeightNormSparsifier
from torch.sparse._semi_structured_conversions import (
    sparse_semi_structured_from_dense_cutlass as compress,
)
from torch.sparse._semi_structured_conversions import sparse_semi_structured_to_dense_cutlass as expand

import pruning
from pruning.masking.pruner import magnitude_saliency
from pruning.methods import parse_method
from pruning.methods.shared.matrices import as_bool
from pruning.models import build_model
from pruning.network.layout import to_gemm

SHAPES = [(1, 4), (3, 8), (10, 64), (33, 20), (64, 128), (250, 516)]


def without_ties(rows: int, columns: int) -> Tensor:
    """Weights of which no two of a row have the same square in float32, in either sign."""
    random = torch.Generator().manual_seed(rows)
    order = torch.rand(rows, columns, generator=random).argsort(1) + 1
    return order * torch.where(torch.rand(rows, columns, generator=random) < 0.5, -1.0, 1.0)


def two_of_four(weight: Tensor) -> Tensor:
    return as_bool(parse_method("nm(2:4)").choose({"0": weight.abs()}, 0.5, 0))["0"]


@pytest.mark.parametrize("shape", SHAPES)
def test_masks_by_magnitude_equal_torch_ao(shape: tuple[int, int]) -> None:
    linear = nn.Linear(shape[1], shape[0], bias=False)
    linear.weight.data = without_ties(*shape)
    sparsifier = WeightNormSparsifier(1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(nn.Sequential(linear), [{"tensor_fqn": "0.weight"}])
    sparsifier.step()
    theirs = linear.parametrizations.weight[0].mask.bool()
    assert torch.equal(two_of_four(without_ties(*shape)), theirs)


def test_a_pruned_model_equals_one_that_torch_ao_pruned() -> None:
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 5))
    theirs = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 5))
    for index in (0, 2, 4):
        ours[index].weight.data = without_ties(*ours[index].weight.shape) / 100
    theirs.load_state_dict(ours.state_dict())
    sparsifier = WeightNormSparsifier(1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(theirs, [{"tensor_fqn": "2.weight"}, {"tensor_fqn": "4.weight"}])
    sparsifier.step()
    sparsifier.squash_mask()
    magnitude = {str(index): ours[index].weight.detach().abs() for index in (2, 4)}
    for index, keep in as_bool(parse_method("nm(2:4)").choose(magnitude, 0.5, 0)).items():
        ours[int(index)].weight.data *= keep
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in ours.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8])
@pytest.mark.parametrize("shape", [(32, 64), (64, 128), (128, 320)])
def test_the_compressed_format_of_torch_holds_the_masked_weights(
    dtype: torch.dtype, shape: tuple[int, int]
) -> None:
    """On a CPU torch offers the conversion to half the values and their places, and the way back.

    The tensor class with the fast product (``to_sparse_semi_structured``) takes CUDA tensors alone.
    """
    weight = (without_ties(*shape) % 100).to(dtype)
    masked = weight * two_of_four(weight.float())
    values, places = compress(masked)
    assert values.shape == (shape[0], shape[1] // 2)
    assert torch.equal(expand(values, places), masked)


def test_the_format_loses_what_does_not_obey_the_rule() -> None:
    """So that the test above could fail."""
    weight = without_ties(32, 64).half()
    values, places = compress(weight * (torch.arange(64) % 4 != 3))
    assert not torch.equal(expand(values, places), weight * (torch.arange(64) % 4 != 3))


@pytest.mark.parametrize("pattern", ["nm(2:4)", "crisp(2:4, block=16)", "crisp(1:4, block=32)"])
def test_the_format_holds_every_layer_of_a_pruned_network(pattern: str) -> None:
    torch.manual_seed(0)
    pruner = pruning.prepare(
        build_model("resnet20", num_classes=32, width=32), pruning.PruneConfig(pattern, (3, 32, 32))
    )
    pruner.step(magnitude_saliency(pruner), 0.8)
    pruner.squash()
    for name in pruner.prunable:
        weight = to_gemm(pruner.model.get_submodule(name).weight.detach()).half()
        groups = (weight != 0).reshape(weight.shape[0], -1, 4).sum(2)
        assert int(groups.max()) <= 2
        if pattern == "nm(2:4)":
            assert int(groups.min()) == 2
        assert torch.equal(expand(*compress(weight.contiguous())), weight), name
