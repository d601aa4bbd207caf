"""What a command line is asked first: -h, --version, completion."""

from __future__ import annotations

from importlib.metadata import version

import accel_sim_calls
import crisp_prune_calls
import pytest
import typer

import accel_sim.cli
import pruning.cli

CALLS = {"accel-sim": accel_sim_calls.call, "crisp-prune": crisp_prune_calls.call}
APPS = {"accel-sim": accel_sim.cli.app, "crisp-prune": pruning.cli.app}


def names(app: typer.Typer) -> list[str]:
    """Of its commands."""
    return [command.name or command.callback.__name__ for command in app.registered_commands]


@pytest.mark.parametrize(
    ("program", "words"),
    [(program, words) for program, app in APPS.items() for words in ([], *([name] for name in names(app)))],
)
def test_a_short_word_for_help(
    program: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert CALLS[program](monkeypatch, *words, "--help") == 0
    whole = capsys.readouterr().out
    assert CALLS[program](monkeypatch, *words, "-h") == 0
    assert capsys.readouterr().out == whole
    assert " ".join(["Usage:", program, *words]) in whole


@pytest.mark.parametrize("program", APPS)
def test_the_version(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert CALLS[program](monkeypatch, "--version") == 0
    assert capsys.readouterr() == (f"{program} {version('crisp-accel-sim')}\n", "")


@pytest.mark.parametrize(
    ("program", "typed", "expected"),
    [("accel-sim", "s", ["show", "simulate", "sweep"]), ("crisp-prune", "ex", ["export", "experiment"])],
)
def test_the_shell_completes_a_command(
    program: str,
    typed: str,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"_{program.replace('-', '_').upper()}_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"{program} {typed}")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert CALLS[program](monkeypatch) == 0
    assert capsys.readouterr().out.split() == expected
