"""What prepare takes: layers whose weights are their own, once; and what is left of a pruner after squash."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, weight_norm

import pruning
from pruning.files.artifact import export_network
from pruning.masking.pruner import magnitude_saliency
from workloads.artifact import read_artifact, write_artifact
from workloads.inputs import InputError

CONFIG = pruning.PruneConfig("nm(1:4)", (8, 1, 1))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8))


def tied(model: nn.Sequential) -> None:
    model[3].weight = model[2].weight


def tied_to_an_exempt_layer(model: nn.Sequential) -> None:
    model[3].weight = model[1].weight


def tied_to_what_is_no_layer(model: nn.Sequential) -> None:
    model.register_parameter("spare", model[3].weight)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (tied, "^3: expected a weight of its own, got one that it shares with 2; leave it"),
        (
            tied_to_an_exempt_layer,
            "^3: expected a weight of its own, got one that it shares with 1; leave",
        ),
        (tied_to_what_is_no_layer, "^3: expected a weight of its own, got one that .* the model itself$"),
        (lambda model: weight_norm(model[3]), "^3: expected a weight that is a parameter of its own, got a"),
        (lambda model: parametrizations.weight_norm(model[3]), "^3: expected a weight that is a parameter"),
        (lambda model: parametrizations.orthogonal(model[3]), "^3: expected a weight that is a parameter"),
        (lambda model: prune.l1_unstructured(model[3], "weight", 0.5), "^3: expected a weight that is a par"),
        (lambda model: pruning.prepare(model, CONFIG), "^model: expected a model that is not prepared yet"),
    ],
)
def test_what_prepare_refuses_and_leaves_alone(
    change: Callable[[nn.Sequential], object], message: str
) -> None:
    model = network()
    change(model)
    before, kinds = dict(model.named_parameters()), [type(module) for module in model]
    with pytest.raises(InputError, match=message):
        pruning.prepare(model, CONFIG)
    assert {name: id(value) for name, value in model.named_parameters()} == {
        name: id(value) for name, value in before.items()
    }
    assert [type(module) for module in model] == kinds


def test_shared_and_computed_weights_of_exempt_layers_are_no_concern() -> None:
    model = network()
    parametrizations.weight_norm(model[1])
    model[2].bias = model[3].bias
    assert pruning.prepare(model, CONFIG).prunable == ("2", "3")


def test_after_squash_masks_can_be_read_and_nothing_be_pruned(tmp_path: Path) -> None:
    model = network()
    pruner = pruning.prepare(model, CONFIG)
    saliency = magnitude_saliency(pruner)
    pruner.step(saliency, 0)
    report, sparsity = pruner.report(), pruner.sparsity
    pruner.squash()
    weights = {name: value.clone() for name, value in model.named_parameters()}

    def lift() -> None:
        with pruner.masks_lifted():
            pass

    for call in (pruner.squash, lambda: pruner.step(saliency, 0), pruner.read_masks, lift):
        with pytest.raises(InputError, match="pruner: expected a pruner that was not squashed, got"):
            call()
    assert all(torch.equal(value, weights[name]) for name, value in model.named_parameters())
    assert (pruner.report(), pruner.sparsity) == (report, sparsity)
    network_file = tmp_path / "n.safetensors"
    images = torch.rand(1, 8, 1, 1)
    write_artifact(network_file, export_network("n", model, pruner.layers, pruner.masks, images))
    assert [masked.mask for masked in read_artifact(network_file).layers] == list(pruner.masks.values())
    assert pruning.prepare(model, CONFIG).prunable == ("2", "3")
