"""Pixels normalised to the float32 that a network takes, and a data set's folder, which has to be there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from workloads.inputs import InputError


def normalise(pixels: np.ndarray, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Pixels, uint8 [count, channels, height, width], as float32 with the given mean and spread of a channel.

    Args:
        mean: of each channel, as a fraction of full brightness; so is ``std``.
    """
    images = torch.empty(pixels.shape, dtype=torch.float32)
    for channel, (centre, spread) in enumerate(zip(mean, std, strict=True)):
        plane = torch.from_numpy(np.ascontiguousarray(pixels[:, channel]))
        images[:, channel] = (plane.to(torch.float32) / 255 - centre) / spread
    return images


def require_folder(root: Path | str | None, what: str) -> Path:
    """``root`` of a data set if it is a folder, else :class:`InputError`."""
    if root is None:
        raise InputError(f"data: expected a folder with {what}, got none; give it with --data-root")
    folder = Path(root)
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise InputError(f"{folder}: expected a folder with {what}, got {got}")
    return folder
