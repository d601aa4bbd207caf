"""What a field of a configuration says, once: its help and bounds, in code, on the command line, in files."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import part_names_of
from workloads.inputs.values import shown

_KEY = "about"
_AS_POWER = 2**32  # a bound from here on is read more easily as a power of two


@dataclass(frozen=True)
class About:
    """What there is to say of a field beside its type and default."""

    text: str  # what it decides, in a sentence
    choices: tuple[str, ...] = ()  # the texts that it may be, if not any
    parts: str = ""  # the package whose files it may name
    least: int | None = None  # that a number may be
    most: int | None = None
    above: int | None = None  # what a number has to exceed
    below: int | None = None  # what it has to stay under
    looked_at: bool = True  # whether a check before the first step of a run depends on it

    @property
    def help(self) -> str:
        """The sentence, and what may be written."""
        known = self.choices or (part_names_of(self.parts) if self.parts else ())
        return f"{self.text} One of {', '.join(known)}." if known else self.text

    def allows(self, value: float) -> bool:
        """Whether a number is finite and within the bounds."""
        return (
            abs(value) < math.inf
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def bounds(self, whole: bool) -> str:
        """The bounds as a message says them: ``at least 0 and less than 1``, ``a number from 0 to 1``."""
        kind = "a whole number" if whole else "a number"
        if self.least is not None and self.most is not None:
            return f"{kind} from {self.least} to {self.most}"
        named = {
            "at least": self.least,
            "more than": self.above,
            "at most": self.most,
            "less than": self.below,
        }
        said = " and ".join(f"{what} {_number(bound)}" for what, bound in named.items() if bound is not None)
        return f"{kind} of {said}" if whole else said


def described(default: Any, text: str, **more: Any) -> Any:
    """A field of a dataclass with its default (or ``dataclasses.MISSING``) and :class:`About`."""
    about = {_KEY: About(text, **more)}
    return field(metadata=about) if default is MISSING else field(default=default, metadata=about)


def about(config: type, name: str) -> About:
    """What the field ``name`` of the dataclass ``config`` says; a field that says nothing has no help."""
    found = {one.name: one.metadata.get(_KEY) for one in fields(config)}[name]
    return About("") if found is None else found


def require_described(config: Any) -> None:
    """Raise :class:`InputError` unless every field of a configuration is what it says that it may be."""
    for one in fields(config):
        value, said = getattr(config, one.name), about(type(config), one.name)
        if said.choices and value not in said.choices:
            raise InputError(
                f"{one.name}: expected one of {', '.join(said.choices)}, got {value!r}"
                f"{did_you_mean(value, said.choices)}"
            )
        if isinstance(value, int | float) and not said.allows(value):
            whole = isinstance(value, int)
            got = shown(value) if whole else f"{value:g}"
            raise InputError(f"{one.name}: expected {said.bounds(whole)}, got {got}")


def _number(bound: int) -> str:
    power = bound.bit_length() - 1
    return f"2^{power}" if bound >= _AS_POWER and bound == 1 << power else str(bound)
