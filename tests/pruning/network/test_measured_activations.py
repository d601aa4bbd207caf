"""What the pruner measures of a layer's inputs is what numpy counts in them."""

import numpy as np
import pytest
import torch
from torch import nn

from pruning.files.artifact import export_network
from pruning.network import activations
from pruning.network.activations import measure_activations
from pruning.network.trace import trace_layers
from workloads import KeepMask
from workloads.artifact import read_artifact, write_artifact
from workloads.inputs import InputError

CHANNELS, HEIGHT, WIDTH = 6, 5, 7


class Net(nn.Module):
    """Two convolutions after a ReLU, the second one run twice, and a linear layer behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, CHANNELS, 3, padding=1)
        self.twice = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.noise = nn.Dropout(0.5)  # makes zeros of its own, in training alone
        self.last = nn.Linear(CHANNELS, 2)
        self.inputs: dict[str, list[torch.Tensor]] = {"first": [], "twice": [], "last": []}

    def layer(self, name: str, value: torch.Tensor) -> torch.Tensor:
        self.inputs[name].append(value.clone())
        return getattr(self, name)(value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.layer("first", x))
        x = torch.relu(self.layer("twice", self.noise(x)))
        x = torch.relu(self.layer("twice", x))
        return self.layer("last", x.mean((2, 3)))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(3)
    return Net()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(5, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))


def seen(net: Net, name: str, images: torch.Tensor) -> list[np.ndarray]:
    """The inputs of a layer's runs, channels last."""
    net.inputs[name].clear()
    with torch.no_grad():
        net.eval()(images)
    return [x.permute(0, 2, 3, 1).numpy() if x.ndim == 4 else x.numpy() for x in net.inputs[name]]


def module_and_run(use: str) -> tuple[str, int]:
    return (use.removesuffix("@2"), int(use.endswith("@2")))


@pytest.mark.parametrize("at_once", [2, 32])
def test_densities_of_channels_are_counted_over_all_images_use_by_use(
    at_once: int, net: Net, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "_IMAGES_AT_ONCE", at_once)
    found = measure_activations(net, images, 0)
    assert list(found) == ["first", "twice", "twice@2", "last"]
    for name, measured in found.items():
        module, run = module_and_run(name)
        values = seen(net, module, images)[run].reshape(-1, len(measured.densities.densities))
        expected = (values != 0).mean(axis=0)
        np.testing.assert_allclose(measured.densities.densities, expected, rtol=1e-6)
        assert measured.keep is None
    densities = found["twice"].densities.densities
    assert len(set(densities)) > 1
    assert 0 < min(densities) < max(densities) < 1


def test_masks_are_of_the_first_images_pixel_by_pixel(net: Net, images: torch.Tensor) -> None:
    found = measure_activations(net, images, 2)
    for name, measured in found.items():
        module, run = module_and_run(name)
        values = seen(net, module, images[:2])[run]
        assert measured.keep is not None
        keep = measured.keep.to_dense()
        assert keep.shape == ((2 if name == "last" else 2 * HEIGHT * WIDTH), values.shape[-1])
        assert np.array_equal(keep.reshape(values.shape), values != 0)


def test_more_samples_than_images_are_all_images(net: Net, images: torch.Tensor) -> None:
    keep = measure_activations(net, images, 9)["last"].keep
    assert keep is not None
    assert keep.m_dim == len(images)


def test_a_negative_number_of_samples_is_refused(net: Net, images: torch.Tensor) -> None:
    with pytest.raises(InputError, match="activation_samples: expected a whole number of at least 0, got -1"):
        measure_activations(net, images, -1)


def test_the_network_is_left_as_it_was(net: Net, images: torch.Tensor) -> None:
    net.train()
    measure_activations(net, images, 1)
    assert net.training
    assert not any(module._forward_pre_hooks for module in net.modules())


@pytest.mark.parametrize("samples", [0, 3])
def test_an_exported_network_carries_them(samples: int, net: Net, images: torch.Tensor, tmp_path) -> None:
    layers = trace_layers(net, (1, HEIGHT, WIDTH))
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    network = export_network("n", net, layers, masks, images, activation_samples=samples)
    write_artifact(tmp_path / "n.safetensors", network)
    measured = measure_activations(net, images, samples)
    for masked in read_artifact(tmp_path / "n.safetensors").layers:
        assert masked.activation_densities == measured[masked.layer.name].densities
        assert masked.activation_keep == measured[masked.layer.name].keep
        assert masked.activation_samples == samples
