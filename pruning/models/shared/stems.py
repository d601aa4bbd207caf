"""Whether a stem is for small images, of which less is thrown away before the work begins."""

from __future__ import annotations

from workloads.inputs import InputError, did_you_mean

STEMS = ("imagenet", "small")


def is_small(stem: str) -> bool:
    """Whether ``stem`` is the one for images of about 32 x 32 pixels.

    Raises:
        InputError: there is no such stem.
    """
    if stem not in STEMS:
        raise InputError(f"stem: expected a known stem, got {stem!r}{did_you_mean(str(stem), STEMS)}")
    return stem == "small"
