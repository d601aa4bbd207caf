"""Every command that a document shows does what it says, in a form that takes seconds; every snippet runs."""

import importlib
import os
import pkgutil
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from quick_forms import RUN, STANDING, Form, quick_form
from shown import DOCUMENTS, ROOT, Shown, all_commands, commands, snippets

import accel_sim.cli
import benchmarks
import pruning.cli
import studies
from workloads.console.script import run_script

COMMANDS = all_commands()
PROGRAMS: dict[str, Callable[[], None]] = {"accel-sim": accel_sim.cli.main, "crisp-prune": pruning.cli.main}
# What a command needs that no other shown command writes: which pruned network each name is.
PRUNED = ("mine.safetensors", "pruned.safetensors", "results/demo/crisp.safetensors")


def scripts() -> list[str]:
    """Every benchmark and study that is run by itself; ``benchmarks.mutants`` runs the tests, not they it."""
    names = [
        module.name
        for package in (benchmarks, studies)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        if not module.ispkg
    ]
    return [name for name in names if 'if __name__ == "__main__"' in source(name)]


def source(module: str) -> str:
    """The text of a module of this repository."""
    return (ROOT / f"{module.replace('.', '/')}.py").read_text()


SCRIPTS = scripts()
SHOWN_MODULES = {form.program for shown in COMMANDS if (form := quick_form(shown)) and "." in form.program}
HIDDEN = [Shown(f"python -m {name}", "", True) for name in SCRIPTS if name not in SHOWN_MODULES]


HOURS = ("crisp-prune train", "crisp-prune experiment", "crisp-prune data")  # or data that is not here
LONG = [
    shown
    for shown in COMMANDS
    if shown.in_a_block
    and shown.words.startswith(tuple(PROGRAMS))
    and not shown.words.startswith(HOURS)
    and (form := quick_form(shown)) is not None
    and form.words != shlex.split(shown.words)[1:]
]


def run(form: Form) -> None:
    """Run a form in this process, as its console command or ``python -m`` would; it has to end well."""
    argv = sys.argv
    sys.argv = [form.program, *form.words]
    try:
        if form.program in PROGRAMS:
            PROGRAMS[form.program]()
            return
        module = importlib.import_module(form.program)
        if form.program in SCRIPTS:
            run_script(module.main)
        else:
            module.main(*map(Path, form.words))
    except SystemExit as leaving:
        if leaving.code:
            pytest.fail(f"{form.program} {form.words}: exit {leaving.code}")
    finally:
        sys.argv = argv


def prepare(form: Form, inside: Path) -> None:
    """Run what has to be there first: of the shown commands those that write what this one reads."""
    reads = [word for before, word in zip(["", *form.words], form.words, strict=False) if before != "-o"]
    for word in reads:
        path = inside / word
        if (
            path.exists()
            or path.suffix not in ("", ".safetensors", ".yaml")
            or not word.replace("-", "").strip()
        ):
            continue
        if word in PRUNED:
            run(
                Form(
                    "crisp-prune",
                    ["run", "--classes", "2,4", "--sparsity", "0.5", "-o", word, *RUN, "--data-root", "data"],
                )
            )
        for writer in COMMANDS:
            other = quick_form(writer)
            if other and "-o" in other.words and "--dry-run" not in other.words and other != form:
                target = Path(other.words[other.words.index("-o") + 1])
                if Path(word) == target or target in Path(word).parents:
                    run(other)
                    break


@pytest.mark.parametrize("shown", [*COMMANDS, *HIDDEN], ids=lambda shown: shown.words)
def test_a_shown_command_runs(shown, inside):
    form = quick_form(shown)
    assert form is not None, (
        f"{shown.document} shows {shown.words!r}: quick_forms does not know how to run it"
    )
    if form.program in STANDING:
        assert STANDING[form.program](form.words), shown.words
        return
    prepare(form, inside)
    run(form)


@pytest.mark.slow
@pytest.mark.parametrize("shown", LONG, ids=lambda shown: shown.words)
def test_a_shown_command_runs_as_it_is_typed(shown, inside):
    """What ``make test-all`` adds: the large networks, and a run of pruning on real data."""
    program, *words = shlex.split(shown.words)
    prepare(Form(program, words), inside)
    run(Form(program, words))


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if snippets(path.read_text())], ids=lambda p: p.name
)
def test_shown_python_runs(path, inside):
    """The snippets of a document follow each other, as a reader types them."""
    assert inside
    names: dict[str, object] = {}
    for snippet in snippets(path.read_text()):
        exec(compile(snippet, path.name, "exec"), names)


def test_commands_are_found_in_blocks_and_in_sentences_and_unknown_ones_are_not_passed_over():
    text = (
        "Type `make\ntest`.\n\n    git clone X y && accel-sim list\n    output\n\n```python\nmake = 1\n```\n"
    )
    assert [shown.words for shown in commands(text)] == ["git clone X y", "accel-sim list", "make test"]
    for words in ("python -m benchmarks.nothing", "apt remove python", "python x.py"):
        assert quick_form(Shown(words, "", True)) is None


def test_every_benchmark_and_study_is_a_script_with_a_quick_form():
    assert len(SCRIPTS) >= 20
    for name in SCRIPTS:
        assert "run_script(main)" in source(name), name
        run(Form(name, ["--help"]))


def test_the_processes_of_a_command_find_the_repository(inside):
    assert str(ROOT) in os.environ["PYTHONPATH"].split(os.pathsep)
    assert (inside / "data").is_dir()
