"""Labelled images in memory, and the part of them that a user cares about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from workloads.inputs import InputError, did_you_mean


@dataclass(frozen=True)
class Dataset:
    """Training and test images, float32 [count, channels, height, width] with mean 0 and spread 1."""

    name: str
    class_names: tuple[str, ...]
    train_images: Tensor
    train_labels: Tensor  # int64 [count], an index into class_names
    test_images: Tensor
    test_labels: Tensor
    description: str = ""  # what the images are and where they come from, in a sentence or two
    mirrors: bool = True  # whether a mirrored image is still one of its class, so that training may mirror

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    def of_classes(self, classes: Sequence[int]) -> Dataset:
        """The images of the given classes, labels unchanged.

        Raises:
            InputError: the list is empty, repeats, is out of range, or a class has no image.
        """
        check_classes(classes, self.class_names)
        wanted = torch.tensor(list(classes))
        train, test = torch.isin(self.train_labels, wanted), torch.isin(self.test_labels, wanted)
        for label in classes:
            for part, labels in (("train", self.train_labels), ("test", self.test_labels)):
                if not bool((labels == label).any()):
                    raise InputError(
                        f"classes: expected {part} images of class {label}, got none in {self.name}"
                    )
        return replace(
            self,
            train_images=self.train_images[train],
            train_labels=self.train_labels[train],
            test_images=self.test_images[test],
            test_labels=self.test_labels[test],
        )

    def balanced_samples(self, classes: Sequence[int], count: int, generator: torch.Generator) -> Tensor:
        """Indices of ``count`` random training images (fewer if there are not so many), classes in turn."""
        order = torch.randperm(len(self.train_labels), generator=generator)
        shuffled = self.train_labels[order]
        turns = torch.full_like(order, len(order))
        for place, label in enumerate(classes):
            found = torch.nonzero(shuffled == label).flatten()
            turns[found] = torch.arange(len(found)) * len(classes) + place
        wanted = torch.isin(shuffled, torch.tensor(list(classes)))
        return order[wanted][torch.argsort(turns[wanted])][:count]


def check_classes(classes: Sequence[int], class_names: Sequence[str]) -> None:
    """Raise :class:`InputError` unless ``classes`` are distinct labels, at least two of them."""
    count = len(class_names)
    if len(classes) < 2:
        raise InputError(f"classes: expected at least two class labels, got {list(classes)}")
    for label in classes:
        if not 0 <= label < count:
            raise InputError(f"classes: expected labels from 0 to {count - 1}, got {label}")
    if len(set(classes)) != len(classes):
        raise InputError(f"classes: expected distinct labels, got {list(classes)}")


def parse_classes(text: str, class_names: Sequence[str]) -> tuple[int, ...]:
    """Class labels from ``"0,4,6"`` or ``"Coat,Shirt"`` (names or numbers, comma-separated).

    Raises:
        InputError: as :func:`check_classes`, or a name is unknown.
    """
    by_name = {name.lower(): index for index, name in enumerate(class_names)}
    labels: list[int] = []
    for word in (part.strip() for part in text.split(",")):
        if not word:
            continue
        if word.lstrip("-").isdigit():
            labels.append(int(word))
        elif word.lower() in by_name:
            labels.append(by_name[word.lower()])
        else:
            hint = did_you_mean(word, class_names)
            raise InputError(f"classes: expected a class name or number, got {word!r}{hint}")
    check_classes(labels, class_names)
    return tuple(labels)
