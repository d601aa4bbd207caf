"""Checkpoints: tensors that are another network's are named, and numbers beyond 16 bits are refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from pruning_stops import with_dropout
from torch import nn

from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from pruning.models import build_model
from workloads.inputs import InputError


def test_tensors_of_another_network_are_named(data: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "wrong.safetensors"
    options: dict[str, int | str] = {"in_channels": 1, "width": 4}
    info = CheckpointInfo("resnet20", options, data.name, data.class_names, 0.1)
    model = build_model("resnet20", in_channels=1, width=4)
    names = sorted(model.state_dict())
    for other, message in (
        (
            build_model("resnet32", in_channels=1, width=4),
            r"has the unknown 'layer1\.3\.bn1\.bias', 'layer1\.",
        ),
        (
            nn.Linear(2, 3),
            rf"lacks '{names[0]}', '{names[1]}', '{names[2]}' and {len(names) - 3} more; has the",
        ),
        (
            build_model("resnet20", in_channels=1, width=4, num_classes=7),
            r"has 'fc\.bias' as \[7\] and not \[10\], 'fc\.weight' as \[7, 16\] and not \[10, 16\]$",
        ),
    ):
        save_checkpoint(path, other, info)
        with pytest.raises(InputError, match="expected the tensors of resnet20, got a file that " + message):
            load_checkpoint(path)
    save_checkpoint(path, model, replace(info, options={"widht": 4}))
    with pytest.raises(InputError, match=r"options: expected those of resnet20, got: .*'widht'"):
        load_checkpoint(path)


def test_a_checkpoint_holds_what_16_bits_hold(data: Dataset, tmp_path: Path) -> None:
    model = with_dropout(10)
    model[1].running_var[0] = 1e6  # would come back as infinity, and its channel as zero
    info = CheckpointInfo("any", {}, data.name, data.class_names, 0.1)
    with pytest.raises(InputError, match=r"1\.running_var: expected numbers from -65504 to 65504"):
        save_checkpoint(tmp_path / "dense.safetensors", model, info)
    assert not list(tmp_path.iterdir())
