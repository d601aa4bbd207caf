"""The runner behind ``make mutants``: which errors it makes, and what it says of a small project."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.mutants.equivalent import read_entries, unknown_entries
from benchmarks.mutants.find import compile_mutant, find_mutants

SOURCE = '''
"""Nothing here."""
from typing import Any
LIMIT = 10
Either = int | str
def clip(value: int, low: int = 2) -> int:
    """At least low."""
    if value < low:
        raise ValueError(f"{value - 1}")
    return min(value, LIMIT)
'''


def test_every_error_in_a_source() -> None:
    found = [f"{m.function}: {m.before} -> {m.after}" for m in find_mutants(SOURCE, "a.py")]
    assert found == [
        "<module>: LIMIT = 10 -> LIMIT = 11",
        "<module>: LIMIT = 10 -> LIMIT = 9",
        "clip: low=2 -> low=3",
        "clip: low=2 -> low=1",
        "clip: if value < low: -> if not value < low:",
        "clip: value < low -> value <= low",
        "clip: raise ValueError(f'{value - 1}') -> (nothing)",
        "clip: min(value, LIMIT) -> max(value, LIMIT)",
    ]


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        ("a + b * c", ["a - b * c", "a + b // c"]),
        ("a and not b", ["a or not b", "a and b"]),
        ("x.sum(axis=0)", ["x.mean(axis=0)", "x.sum(...)", "x.sum(axis=1)"]),
        ("np.argsort(x, kind='stable')", ["np.argsort(-x, kind='stable')", "np.argsort(...)"]),
        ("sorted(x.abs())", ["x.abs()", "sorted(x)"]),
        ("p if q else r", ["p if not q else r"]),
        ("[a for a in b if c]", ["for a in b"]),
        ("isinstance(a, int | str)", []),
        ("x.detach()", []),
        ("zip(a, b, strict=True)", []),
        ("True", ["return False"]),
    ],
)
def test_errors_of_expressions(line: str, errors: list[str]) -> None:
    found = find_mutants(f"def f():\n    return {line}\n", "a.py")
    assert [m.after.removeprefix("return ") for m in found] == [e.removeprefix("return ") for e in errors]


def test_a_mutant_runs_and_the_same_text_is_told_apart_by_number() -> None:
    source = "def f(x):\n    y = x + 1\n    y = y * 2\n    y = y * 2\n    return y\n"
    found = find_mutants(source, "a.py")
    assert [m.number for m in found if m.after == "y = y // 2"] == [1, 2]
    results = []
    for mutant in found:
        names: dict[str, object] = {}
        exec(compile_mutant(source, "a.py", mutant.index), names)
        results.append(names["f"](3))  # type: ignore[operator]
    assert 16 not in results  # what f(3) is
    assert len({mutant.key for mutant in found}) == len(found)


TESTED = """
SCALE = 2
def double(x):
    return x * SCALE
def most(values):
    best = values[0]
    for value in values:
        if value > best:
            best = value
    return best
def count(n):
    while n > 0:
        n -= 1
    return n
def unused(x):
    return x - 1
"""
TESTS = """
from tested import count, double, most
def test_double():
    assert double(3) == 6
def test_most():
    assert most([1, 3, 2]) == 3
def test_count():
    assert count(3) == 0
"""
RUN = """
import sys
from pathlib import Path
from benchmarks.mutants import __main__ as m, execute
from benchmarks.mutants.targets import Target
execute._SLACK_S, execute._FIRST = 1.0, 1
target = Target(("tested.py",), ("tests",), ("json",), root=Path.cwd())
raise SystemExit(m.run_package("toy", target, m._parser().parse_args(sys.argv[1:])))
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{folder}", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", RUN, "--jobs", "2", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "tested.py").write_text(TESTED)
    (tmp_path / "tests" / "test_tested.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    return tmp_path


def test_a_small_project_from_end_to_end(project: Path) -> None:
    """What no test reaches and what reads alike survives; an endless loop is stopped."""
    first = run(project, "--sample", "100")
    assert first.returncode == 1, first.stderr
    told = first.stdout.splitlines()
    assert "untested: tested.py:16: x - 1 -> x + 1" in [line.replace("return ", "") for line in told]
    assert "survived: tested.py:8: value > best -> value >= best" in told
    rows = [json.loads(line) for line in (project / "results/mutants/toy.jsonl").read_text().splitlines()]
    outcomes = {row["key"]: (row["outcome"], row["by"]) for row in rows}
    assert outcomes["tested.py|double|return x * SCALE|return x // SCALE|1"] == (
        "killed",
        "tests/test_tested.py::test_double",
    )
    assert outcomes["tested.py|<module>|SCALE = 2|SCALE = 3|1"][0] == "killed"
    assert outcomes["tested.py|count|n -= 1|(nothing)|1"] == ("timeout", "tests/test_tested.py::test_count")
    assert told[-1] == "toy: expected at least 90%"

    entry = "- `tested.py` `most`: `value > best` -> `value >= best`\n  An equal value changes nothing.\n"
    (project / "docs" / "mutants.md").write_text(f"# Mutants\n\n{entry}")
    test = project / "tests" / "test_tested.py"
    test.write_text(TESTS + "from tested import unused\ndef test_unused():\n    assert unused(3) == 2\n")
    second = run(project, "--sample", "100")
    told = [line for line in second.stdout.splitlines() if line.startswith(("survived", "untested"))]
    assert told == ["survived: tested.py:6: best = values[0] -> best = values[1]"]
    more = (project / "results/mutants/toy.jsonl").read_text().splitlines()[len(rows) :]
    assert len(more) == 4  # of the function that is tested now, and the survivor: nothing else is run again
    assert ", 1 equivalent" in second.stdout

    (project / "tested.py").write_text(TESTED.replace("value > best", "value >= best"))
    stale = run(project)
    assert stale.returncode == 1
    assert "docs/mutants.md lists what is no mutant any more: tested.py most value > best" in stale.stdout


def test_a_list_of_equivalent_mutants(tmp_path: Path) -> None:
    path = tmp_path / "mutants.md"
    path.write_text(
        "# T\n\n- `a.py` `f`: `x` -> `y`\n  Because of\n  this.\n\n- `b.py` `g`: `1` -> `2`\n  So.\n"
    )
    entries = read_entries(path)
    assert entries == {("a.py", "f", "x", "y"): "Because of this.", ("b.py", "g", "1", "2"): "So."}
    assert unknown_entries(entries, [], ["a.py"]) == [("a.py", "f", "x", "y")]
    for wrong, message in (
        ("- `a.py` f: x", "mutants.md:1: expected"),
        ("- `a` `f`: `x` -> `y`\n", "a reason"),
    ):
        path.write_text(wrong)
        with pytest.raises(SystemExit, match=message):
            read_entries(path)
