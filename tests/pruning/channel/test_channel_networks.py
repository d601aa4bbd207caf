"""Channel pruning of every network: what is left computes what the zeroed network does, and is smaller."""

from typing import Any

import pytest
import torch
from channel_masks import prune_and_compare, small
from torch import nn

from pruning.channel import prune_channels
from pruning.models import build_model, model_names
from pruning.network.trace import trace_layers
from workloads.inputs import InputError


@pytest.mark.parametrize("name", model_names())
@pytest.mark.parametrize(
    "options",
    [
        {"density": 0.3},
        {"density": 0.5, "by": "macs", "scope": "uniform", "multiple": 8},
        {"density": 0.6, "score": "bn_scale", "normalise": "parameter"},
    ],
    ids=["global", "uniform", "bn_scale"],
)
def test_what_is_left_computes_what_the_zeroed_network_does(name: str, options: dict[str, Any]) -> None:
    model, image = small(name), torch.randn(2, 3, 32, 32)
    report = prune_and_compare(model, image, **options)
    before, after = (
        (report.macs_before, report.macs)
        if options.get("by") == "macs"
        else (report.parameters_before, report.parameters)
    )
    slack = 0.1 if "multiple" in options else 0.02
    assert options["density"] - slack < after / before <= options["density"]
    layers = trace_layers(model.float(), (3, 32, 32))
    assert sum(layer.macs for layer in layers) == report.macs
    assert layers[0].in_channels == 3
    assert layers[-1].out_channels == 5
    if "multiple" in options:
        assert all(layer.out_channels % 8 == 0 for layer in layers[:-1])


def test_vgg_of_the_full_size_flattens_pixels_of_channels() -> None:
    torch.manual_seed(0)
    model = build_model("vgg16", num_classes=3, batch_norm=0)
    model.classifier = nn.Sequential(nn.Linear(512 * 49, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 3))
    report = prune_and_compare(model, torch.randn(1, 3, 32, 32), density=0.25)
    assert len(report.kept["classifier.0"].inputs) == 49 * len(report.kept["features.28"].outputs)


@pytest.mark.parametrize("name", ["resnet20", "mobilenet_v2"])
def test_fewer_and_fewer_parameters_down_to_one_channel_of_each_set(name: str) -> None:
    image = torch.randn(1, 3, 16, 16)
    with pytest.raises(InputError, match="density: expected at least") as error:
        prune_channels(small(name), image, density=1e-9)
    least = float(str(error.value).split("at least ")[1].split(",")[0])
    sizes = [
        prune_channels(small(name), image, density=density).parameters for density in (1, 0.7, 0.1, least)
    ]
    assert sizes == sorted(sizes, reverse=True)
    narrow = small(name)
    report = prune_and_compare(narrow, image, density=least)
    assert min(len(kept.outputs) for kept in report.kept.values()) == 1


def test_at_density_one_nothing_changes() -> None:
    model = small("resnet20")
    before = dict(model.named_parameters())
    report = prune_channels(model, torch.zeros(1, 3, 32, 32), density=1, multiple=64)
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert (report.parameters, report.macs) == (report.parameters_before, report.macs_before)


def test_a_pruned_network_trains_and_can_be_pruned_again() -> None:
    model, images = small("resnet20").train(), torch.randn(4, 3, 16, 16)
    report = prune_channels(model, images[:1], density=0.5)
    assert model.training
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    nn.functional.cross_entropy(model(images), torch.arange(4)).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    optimiser.step()
    assert prune_and_compare(model, images[:1], density=0.5).parameters_before == report.parameters
