"""Settings that every test shares."""

import os
from pathlib import Path

# Two torch threads beside a busy neighbour collapse; one is steady.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=200, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with real Fashion-MNIST images, few of each class."""
    from pruning.data.fashion_mnist import CLASS_NAMES
    from pruning.data.shared.idx import read_idx, write_idx
    from pruning.data.shared.make_subset import TARGET

    folder = tmp_path_factory.mktemp("fashion_mnist")
    for part, count in (("train", 16), ("t10k", 10)):
        images = read_idx(TARGET / f"{part}-images-idx3-ubyte.gz")
        labels = read_idx(TARGET / f"{part}-labels-idx1-ubyte.gz")
        chosen = [i for c in range(len(CLASS_NAMES)) for i in (labels == c).nonzero()[0][:count]]
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images[chosen])
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels[chosen])
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """A ResNet-20 of width 8, trained for a moment on the tiny data."""
    from pruning.data import load_fashion_mnist
    from pruning.training.config import TrainConfig
    from pruning.training.train import train_network

    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    config = TrainConfig(options={"width": 8}, epochs=2, batch_size=32)
    train_network(config, load_fashion_mnist(tiny_data), path)
    return path
