"""What an exported network says beside its weights, and weights that it refuses by name."""

import numpy as np
import pytest
import torch
from torch import nn

from pruning.files.artifact import export_network, quantise, restore_network
from pruning.network.trace import trace_layers
from workloads.artifact import PrunedNetwork
from workloads.inputs import InputError
from workloads.masks import KeepMask

SHAPE = (3, 1, 1)


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 2)).eval()


def exported(network: nn.Module, **options: object) -> PrunedNetwork:
    layers = trace_layers(network, SHAPE)
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    return export_network("n", network, layers, masks, torch.ones(2, *SHAPE), **options)  # type: ignore[arg-type]


def test_notes_and_provenance_are_carried() -> None:
    plain = exported(model())
    assert (plain.name, plain.provenance, [masked.note for masked in plain.layers]) == ("n", {}, ["", ""])
    told = exported(model(), notes={"3": "dense: last"}, provenance={"model": "m"})
    assert (told.provenance, [masked.note for masked in told.layers]) == ({"model": "m"}, ["", "dense: last"])


def test_all_but_the_weights_of_layers_is_state() -> None:
    state = exported(model()).state
    assert sorted(state) == [
        "1.bias",
        "2.bias",
        "2.num_batches_tracked",
        "2.running_mean",
        "2.running_var",
        "2.weight",
        "3.bias",
    ]


@pytest.mark.parametrize("kind", ["int8", "float32"])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_one_weight_that_is_no_number_is_refused_by_its_layer(kind: str, wrong: float) -> None:
    network = model()
    with torch.no_grad():
        network[3].weight[1, 0] = wrong
    with pytest.raises(InputError, match="3: weight: expected finite weights, got NaN or infinity"):
        exported(network, values=kind)


def test_one_row_that_is_no_number_is_not_quantised() -> None:
    with pytest.raises(InputError, match="weights: expected finite weights"):
        quantise(np.array([[1.0, 2], [np.nan, 1]], np.float32))


def test_a_model_of_other_tensors_is_not_written_into() -> None:
    """More weights, fewer, and another name: each is said."""
    network = exported(model())
    wide = nn.Sequential(nn.Flatten(), nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 4))
    with pytest.raises(InputError, match=r"n: expected the tensors .*, got a file that has .*3\.weight"):
        restore_network(wide, network)
    more = nn.Sequential(*model(), nn.Linear(2, 2))
    with pytest.raises(InputError, match=r"got a file that lacks '4\.bias', '4\.weight'"):
        restore_network(more, network)
    fewer = nn.Sequential(nn.Flatten(), nn.Linear(3, 2), nn.BatchNorm1d(2))
    with pytest.raises(InputError, match=r"got a file that has the unknown '3\.bias', '3\.weight'"):
        restore_network(fewer, network)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_half_floats_become_float32(dtype: torch.dtype) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3, 2)).to(dtype)
    layers, masks = trace_layers(network, SHAPE), {"1": KeepMask.ones(2, 3)}
    found = export_network("n", network, layers, masks, torch.ones(2, *SHAPE, dtype=dtype), values="float32")
    assert found.layers[0].values.dtype == found.state["1.bias"].dtype == np.float32
    assert np.array_equal(found.layers[0].values, network[1].weight.detach().float().numpy().ravel())
