"""A pruned network outlives the pruner: as an archive of torch's own, and as widths and a state."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from channel_masks import small
from torch import nn

from pruning.channel import channel_widths, load_widths, prune_channels, save_exported
from workloads.inputs import InputError

IMAGE = (3, 32, 32)
LOADS = """
import sys, torch
for name in ("pruning", "workloads", "accel_sim"):
    sys.modules[name] = None  # installed or not, it cannot be imported
try:
    import pruning
    sys.exit("the pruner can be imported")
except ImportError:
    pass
torch.set_num_threads(1)
for name in sys.argv[1:]:
    model = torch.export.load(f"{name}.pt2").module()
    for images, expected in torch.load(f"{name}.pt"):
        torch.testing.assert_close(model(images), expected)
"""


def pruned(name: str, density: float = 0.1) -> nn.Module:
    model = small(name)
    prune_channels(model, torch.zeros(1, *IMAGE), density=density, by="macs", multiple=4)
    return model


def test_an_exported_network_loads_with_plain_torch(tmp_path: Path) -> None:
    names = ["vgg16", "resnet20"]
    for name in names:
        model = pruned(name).train()
        save_exported(tmp_path / f"{name}.pt2", model, IMAGE)
        assert model.training
        with torch.no_grad():
            model.eval()
            batches = [torch.randn(count, *IMAGE) for count in (1, 2, 5)]
            torch.save([(images, model(images)) for images in batches], tmp_path / f"{name}.pt")
    command = [sys.executable, "-I", "-c", LOADS, *names]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def test_an_export_is_the_same_twice_and_replaces_a_file_whole(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    paths = [tmp_path / "one.pt2", tmp_path / "new" / "two.pt2"]
    paths[0].write_bytes(b"old")
    for path in paths:
        save_exported(path, model, (3, 8, 8))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert str(Path.cwd()).encode() not in paths[0].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "one.pt2"]


def test_a_network_that_cannot_be_exported_leaves_no_file(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3))
    with pytest.raises(
        InputError, match=r"expected a network that torch.export takes for images \(4, 8, 8\)"
    ):
        save_exported(tmp_path / "net.pt2", model, (4, 8, 8))
    with pytest.raises(InputError, match=r"expected a file name that ends in \.pt2, got 'net\.pt'"):
        save_exported(tmp_path / "net.pt", model, (3, 8, 8))
    assert not list(tmp_path.iterdir())


def test_widths_and_state_load_into_a_fresh_network(tmp_path: Path) -> None:
    model = pruned("mobilenet_v2")
    image = torch.randn(2, *IMAGE)
    torch.save({"widths": channel_widths(model), "state": model.state_dict()}, tmp_path / "pruned.pt")
    saved = torch.load(tmp_path / "pruned.pt")  # weights_only: numbers and tensors alone
    assert saved["widths"] == json.loads(json.dumps(channel_widths(model)))
    again = load_widths(lambda: small("mobilenet_v2"), saved["widths"], saved["state"])
    assert torch.equal(again.eval()(image), model.eval()(image))


def test_widths_of_another_network_and_another_state() -> None:
    model = pruned("mobilenet_v2")
    widths, state = channel_widths(model), model.state_dict()

    def load(name: str, **changed: int | str) -> None:
        new = copy.deepcopy(widths)
        new["features.1.conv.0.0"].update(changed)  # type: ignore[arg-type]
        load_widths(lambda: small(name), new, state)

    with pytest.raises(InputError, match="widths: expected those of the network"):
        load("resnet20")
    with pytest.raises(InputError, match="state: expected the tensors of such a network"):
        load_widths(lambda: small("mobilenet_v2"), channel_widths(small("mobilenet_v2")), state)
    with pytest.raises(InputError, match=r"features\.1\.conv\.0\.0: expected whole numbers of at least 1"):
        load("mobilenet_v2", out_channels=0)
    with pytest.raises(InputError, match=r"features\.1\.conv\.0\.0: expected multiples of the groups"):
        load("mobilenet_v2", groups=5)
    with pytest.raises(InputError, match=r"expected in_channels, out_channels, groups, got .*width"):
        load("mobilenet_v2", width=3)
