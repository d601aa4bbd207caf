"""What several tests of pruning begin with."""

from pathlib import Path

import pytest

from pruning.data import Dataset, load_fashion_mnist


@pytest.fixture(scope="session")
def data(tiny_data: Path) -> Dataset:
    """The tiny data as tensors; nobody changes them."""
    return load_fashion_mnist(tiny_data)
