"""What is wrong is refused in one line: that line, and texts in which one thing is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workloads.inputs import InputError


def with_one_changed(text: str, old: str, new: str) -> str:
    """A text with ``new`` in place of ``old``, which stands there once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def refusal(call: Callable[..., object], *arguments: Any, **options: Any) -> str:
    """The one line with which a call is refused."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    said = str(caught.value)
    assert len(said.splitlines()) == 1, said
    return said


def refusal_of_file(load: Callable[[Path], object], path: Path) -> str:
    """The one line with which a file is refused, which begins with its path; less the folder."""
    said = refusal(load, path)
    assert said.startswith(f"{path}:"), said
    return said.removeprefix(f"{path.parent}/")


def refusal_of_text(load: Callable[[Path], object], path: Path, text: str) -> str:
    """The same of a file with that text."""
    path.write_text(text)
    return refusal_of_file(load, path)
