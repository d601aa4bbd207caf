"""What a field of a configuration says, once: for who reads the code, on the command line and in files."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import part_names_of

_KEY = "about"


@dataclass(frozen=True)
class About:
    """What there is to say of a field beside its type and default."""

    text: str  # what it decides, in a sentence
    choices: tuple[str, ...] = ()  # the texts that it may be, if not any
    parts: str = ""  # the package whose files it may name
    least: int | None = None  # of a whole number
    most: int | None = None
    looked_at: bool = True  # whether a check before the first step of a run depends on it

    @property
    def help(self) -> str:
        """The sentence, and what may be written."""
        known = self.choices or (part_names_of(self.parts) if self.parts else ())
        return f"{self.text} One of {', '.join(known)}." if known else self.text


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
        if said.least is not None and value < said.least:
            raise InputError(f"{one.name}: expected a whole number of at least {said.least}, got {value}")
        if said.most is not None and value > said.most:
            raise InputError(f"{one.name}: expected at most {said.most}, got {value}")
