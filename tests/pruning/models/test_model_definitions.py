"""Network definitions: published sizes and public parameter names."""

import pytest
import torch
from torch import nn

from pruning.models import build_model, model_names
from pruning.network.trace import trace_layers
from workloads.inputs import InputError

# Trainable parameters of torchvision's (timm's for efficientnet_lite0) networks, and names in them.
PUBLISHED = {
    "resnet18": (11_689_512, ["layer4.1.bn2.running_var", "layer2.0.downsample.1.weight"]),
    "resnet50": (25_557_032, ["layer3.5.conv3.weight", "fc.bias"]),
    "vgg16": (138_365_992, ["features.40.weight", "features.41.running_mean", "classifier.6.weight"]),
    "mobilenet_v2": (
        3_504_872,
        ["features.1.conv.1.weight", "features.17.conv.2.weight", "features.18.1.bias", "classifier.1.bias"],
    ),
    "efficientnet_lite0": (
        4_652_008,
        ["conv_stem.weight", "blocks.0.0.conv_pw.weight", "blocks.5.3.conv_pwl.weight", "bn2.running_var"],
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_size_and_names(name: str) -> None:
    with torch.device("meta"):
        model = build_model(name)
    count, names = PUBLISHED[name]
    assert sum(p.numel() for p in model.parameters()) == count
    assert set(names) <= set(model.state_dict())


@pytest.mark.parametrize("name", [n for n in model_names() if n not in ("vgg16", "resnet50")])
def test_classes_and_channels_are_free(name: str) -> None:
    model = build_model(name, num_classes=3, in_channels=1).eval()
    assert model(torch.zeros(2, 1, 64, 64)).shape == (2, 3)


def test_vgg_as_published_has_no_batch_norm() -> None:
    with torch.device("meta"):
        model = build_model("vgg16", batch_norm=0)
    assert sum(p.numel() for p in model.parameters()) == 138_357_544


def test_trace_sees_running_order_groups_and_dilation_and_leaves_the_mode_alone() -> None:
    model = nn.Sequential(
        nn.Conv2d(4, 8, (3, 1), 2, (1, 0), dilation=(2, 1), groups=2), nn.Flatten(), nn.Linear(8 * 4 * 5, 3)
    )
    model[1].eval()
    conv, linear = trace_layers(model, (4, 9, 9))
    assert (conv.groups, conv.dilation_h, conv.kernel_w, conv.out_h, conv.out_w) == (2, 2, 1, 4, 5)
    assert (conv.k_dim, linear.kind, linear.k_dim) == (6, "linear", 160)
    assert model[0].training
    assert not model[1].training


@pytest.mark.parametrize(
    ("model", "image", "message"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 1)), (1, 8, 8), "expected a network for images"),
        (nn.ReLU(), (1, 8, 8), "expected at least one Conv2d or Linear"),
        (nn.Sequential(nn.Conv2d(1, 4, 3, padding="same")), (1, 8, 8), "expected padding in numbers"),
        (nn.Sequential(nn.Linear(8, 2)), (1, 8, 8), "expected a linear layer over"),
    ],
)
def test_what_trace_refuses(model: nn.Module, image: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        trace_layers(model, image)


def test_wrong_name() -> None:
    with pytest.raises(InputError, match="did you mean 'resnet50'"):
        build_model("resne50")
