"""A network that gives something else than one tensor of logits: one clear line, before any work."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pruning_stops import QUICK
from refusals import refusal
from torch import Tensor, nn

import pruning
from pruning.data import Dataset
from pruning.files.checkpoint import CheckpointInfo, save_checkpoint
from pruning.models import allow_factory, build_model
from pruning.run.prune import prune_to_file
from pruning.training.accuracy import accuracy
from pruning.training.batch_norm import reestimate_batch_norm
from pruning.training.config import TrainConfig
from pruning.training.train import train_network

KINDS = {
    "pair": "a tuple of 2; let its forward return the logits",
    "listed": "a list of 1; let its forward return the logits",
    "named": "a dictionary of logits, features; let its forward return the logits",
    "nothing": "a NoneType",
    "mapped": r"the shape \[1, 10, 1, 1\]",
    "flat": r"the shape \[10\]",
}


class Says(nn.Module):
    """Logits, wrapped."""

    def __init__(self, kind: str, num_classes: int) -> None:
        super().__init__()
        self.kind, self.hidden, self.head = kind, nn.Linear(784, 8), nn.Linear(8, num_classes)

    def forward(self, x: Tensor) -> object:
        features = self.hidden(x.flatten(1))
        logits = self.head(features)
        return {
            "pair": (logits, features),
            "listed": [logits],
            "named": {"logits": logits, "features": features},
            "nothing": None,
            "mapped": logits[:, :, None, None],
            "flat": logits.sum(0),
        }[self.kind]


def says(kind: str, num_classes: int = 10) -> nn.Module:
    return Says(kind, num_classes)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_one_line_before_any_work(kind: str, data: Dataset, tmp_path: Path) -> None:
    factory, dense = "test_logits:says", tmp_path / "dense.safetensors"
    allow_factory(factory)
    options = {"kind": kind, "num_classes": 10}
    info = CheckpointInfo(factory, options, data.name, data.class_names, 0.1)
    model = build_model(factory, **options)
    save_checkpoint(dense, model, info)
    images, labels = data.test_images[:1], data.test_labels[:1]
    for use in (
        lambda: prune_to_file(replace(QUICK, pattern="dense"), dense, data, tmp_path / "p.safetensors"),
        lambda: train_network(TrainConfig(factory, options, 1), data, tmp_path / "new.safetensors"),
        lambda: pruning.class_saliency(model, images, labels),
        lambda: accuracy(model, images, labels),
    ):
        assert re.search(rf"model: expected .*logits .* got {KINDS[kind]}$", refusal(use))
    assert list(tmp_path.iterdir()) == [dense]


@pytest.mark.parametrize("kind", ["pair", "named"])
def test_the_life_cycle_does_not_ask_for_logits(kind: str, data: Dataset) -> None:
    """The training loop is the user's, who knows what the network gives."""
    torch.manual_seed(0)
    model = says(kind)
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(2:4)", data.image_shape))
    pruner.step({"head": torch.rand(10, 8)}, 0)
    reestimate_batch_norm(pruner.squash(), data.test_images[:2])
    assert pruner.masks["head"].density == 0.5
