"""What a command line is asked first: -h, --version, completion."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from crisp_prune_calls import call

from pruning.cli import app

COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)])
def test_a_short_word_for_help(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *words, "--help") == 0
    whole = capsys.readouterr().out
    assert call(monkeypatch, *words, "-h") == 0
    assert capsys.readouterr().out == whole
    assert " ".join(["Usage: crisp-prune", *words]) in whole


def test_the_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--version") == 0
    assert capsys.readouterr() == (f"crisp-prune {version('crisp-accel-sim')}\n", "")


def test_the_shell_completes_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("_CRISP_PRUNE_COMPLETE", "complete_bash"),
        ("COMP_WORDS", "crisp-prune ex"),
        ("COMP_CWORD", "1"),
    ):
        monkeypatch.setenv(name, value)
    assert call(monkeypatch) == 0
    assert capsys.readouterr().out.split() == ["export", "experiment"]
