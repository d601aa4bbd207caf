"""stripes: lines that lie, stand or slant, eight pixels a side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from pruning.data import contract
from pruning.data.shared.dataset import Dataset

CLASS_NAMES = ("lying", "standing", "slanting")


@dataclass(frozen=True)
class Source(contract.Source):
    """``stripes(each=12)``."""

    each: int = 12  # images of a class

    def load(self, root: Path | str | None = None) -> Dataset:  # noqa: ARG002
        """Drawn anew each time, and always the same."""
        rows, columns = torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij")
        lines = torch.stack([(line % 3 == 0).float() for line in (rows, columns, rows + columns)])
        labels = torch.arange(3 * self.each) % 3
        noise = torch.rand((len(labels), 1, 8, 8), generator=torch.Generator().manual_seed(0))
        images = lines[labels][:, None] + noise - 1
        return Dataset("stripes", CLASS_NAMES, images, labels, images, labels)
