"""Where a word can stand in the command lines of an app: every option that takes one, every argument."""

from __future__ import annotations

from typing import Any, NamedTuple

import typer
from ends import a_share
from texts import TEXTS


class Line(NamedTuple):
    """A good command line: arguments, and options with their values; a flag has none."""

    arguments: list[str]
    options: dict[str, str | None]

    def words(self) -> list[str]:
        """As they are typed; arguments that look like options after ``--``."""
        before = ["--"] if any(text.startswith("-") for text in self.arguments) else []
        options = [text for pair in self.options.items() for text in pair if text is not None]
        return [*options, *before, *self.arguments]


def commands(app: typer.Typer) -> dict[str, Any]:
    """The commands of an app."""
    found: Any = typer.main.get_command(app)
    return dict(found.commands)


def places(app: typer.Typer) -> list[tuple[str, str]]:
    """Command and option or argument, of all that take a word."""
    return [
        (name, parameter.opts[0] if parameter.param_type_name == "option" else parameter.name)
        for name, command in commands(app).items()
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
    ]


def with_word(app: typer.Typer, command: str, good: Line, place: str, word: str) -> list[str]:
    """The good line with ``word`` in one place."""
    if place.startswith("-"):
        names = next(p.opts for p in commands(app)[command].params if place in p.opts)
        others = {name: value for name, value in good.options.items() if name not in names}
        return [command, *Line(good.arguments, {**others, place: word}).words()]
    names = [p.name for p in commands(app)[command].params if p.param_type_name == "argument"]
    at = names.index(place)
    arguments = [*good.arguments[:at], word, *good.arguments[at + 1 :]]
    return [command, *Line(arguments, good.options).words()]


def hostile_words(command: str, place: str, amounts: frozenset[str]) -> dict[str, str]:
    """Hostile words for a place; of an amount of work no large one, which would be no wrong one."""
    words = a_share(TEXTS, (command, place))
    return {what: word for what, word in words.items() if not (place in amounts and word.isdecimal())}
