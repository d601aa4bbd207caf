"""Labelled images in memory, and the user's classes of them: parsed from text, checked, picked out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from workloads.inputs import InputError, did_you_mean


@dataclass(frozen=True)
class Dataset:
    """Training and test images, float32 [count, channels, height, width] with mean 0 and spread 1.

    There is at least one of each.
    """

    name: str
    class_names: tuple[str, ...]
    train_images: Tensor
    train_labels: Tensor  # int64 [count], an index into class_names
    test_images: Tensor
    test_labels: Tensor
    description: str = ""  # what the images are and where they come from, in a sentence or two
    mirrors: bool = True  # whether a mirrored image is still one of its class, so that training may mirror
    source: str = ""  # the text that load_dataset made it from

    def __post_init__(self) -> None:
        for part, labels in (("training", self.train_labels), ("test", self.test_labels)):
            if not len(labels):
                raise InputError(f"{self.name}: expected at least one {part} image, got none")

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    @cached_property
    def digest(self) -> str:
        """Of all images, labels and class names: another for other data of the same name."""
        whole = hashlib.sha256(repr(self.class_names).encode())
        for part in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            whole.update(repr(tuple(part.shape)).encode())
            whole.update(part.contiguous().numpy().data)
        return whole.hexdigest()

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

    def relabelled(self, classes: Sequence[int]) -> Dataset:
        """The images of the given classes with labels 0, 1, ... in their order, and no other class."""
        mine = self.of_classes(classes)
        label = torch.zeros(len(self.class_names), dtype=torch.int64)
        label[list(classes)] = torch.arange(len(classes))
        return replace(
            mine,
            class_names=tuple(self.class_names[old] for old in classes),
            train_labels=label[mine.train_labels],
            test_labels=label[mine.test_labels],
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
    """Class labels from ``"0,4,6"`` or ``"Coat,shirt"`` (names or numbers, comma-separated).

    A name counts before a number (the class ``0`` of Glyph-62 is a digit, not the label of ``A``), and in
    other letters than its own only where that leaves no doubt.

    Raises:
        InputError: as :func:`check_classes`, or a name is unknown.
    """
    words = [word for word in (part.strip() for part in text.split(",")) if word]
    labels = tuple(_label(word, class_names) for word in words)
    check_classes(labels, class_names)
    return labels


def _label(word: str, class_names: Sequence[str]) -> int:
    if word in class_names:
        return list(class_names).index(word)
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    alike = [label for label, name in enumerate(class_names) if name.lower() == word.lower()]
    if len(alike) != 1:
        hint = did_you_mean(word, class_names)
        raise InputError(f"classes: expected a class name or number, got {word!r}{hint}")
    return alike[0]
