"""Glyph-62: A-Z, a-z, 0-9 in hundreds of real fonts of Debian packages, rendered by us, 32 x 32, grey.

No download and no scan: letters as type designers drew them, put into pixels by this package. It is split
by typeface, so the test letters are of faces that training never saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pruning.data import contract
from pruning.data.shared.dataset import Dataset
from pruning.data.shared.glyphs.collect import glyph_set
from pruning.data.shared.glyphs.fonts import PACKAGES, absent_packages, font_files, install_command
from pruning.data.shared.glyphs.render import CLASS_NAMES
from pruning.data.shared.pixels import normalise
from workloads.inputs import InputError

# Of the training images of the full set, as fractions of full brightness.
_MEAN, _STD = 0.105, 0.282


@dataclass(frozen=True)
class Source(contract.Source):
    """``glyph62(faces=8)``."""

    faces: int = 8  # of one typeface, at most

    def __post_init__(self) -> None:
        if self.faces < 1:
            raise InputError(f"data: faces: expected at least 1, got {self.faces}")

    def load(self, root: Path | str | None = None) -> Dataset:
        """The set drawn in the fonts of :data:`~pruning.data.shared.glyphs.fonts.PACKAGES`.

        Args:
            root: a folder of other fonts; ``"installed"``: of those packages what is here.

        Raises:
            InputError: a package is absent, or no font is fit.
        """
        glyphs = glyph_set(font_files(root), self.faces)
        train, test = len(glyphs.train_faces), len(glyphs.test_faces)
        train_images, train_labels = _tensors(glyphs.train)
        test_images, test_labels = _tensors(glyphs.test)
        return Dataset(
            f"glyph62 ({train + test} fonts, {glyphs.digest})",
            CLASS_NAMES,
            train_images,
            train_labels,
            test_images,
            test_labels,
            description=(
                f"A-Z, a-z, 0-9 in {train + test} real fonts, rendered by us at 32 x 32, grey:"
                f" {train} for training, {test} of other typefaces for the test."
            ),
            mirrors=False,  # b is no d
        )

    def absent(self) -> contract.Absent | None:
        """The packages of :data:`~pruning.data.shared.glyphs.fonts.PACKAGES` that are not installed."""
        packages = absent_packages()
        return contract.Absent(packages, len(PACKAGES), install_command(packages)) if packages else None

    def left_out(self, root: Path | str | None = None) -> Mapping[str, str]:
        """Every font that is not fit, and why."""
        return dict(glyph_set(font_files(root), self.faces).left_out)


def _tensors(faces: np.ndarray) -> tuple[Tensor, Tensor]:
    count, classes, height, width = faces.shape
    labels = np.tile(np.arange(classes, dtype=np.int64), count)
    return normalise(faces.reshape(-1, 1, height, width), (_MEAN,), (_STD,)), torch.from_numpy(labels)
