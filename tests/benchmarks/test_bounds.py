"""A benchmark beyond its own bound says so and fails."""

import subprocess
import sys

import pytest

from benchmarks.bounds import Bounds, bounds
from workloads.console.script import Quick, run_script


def settle(quick, **options):
    with bounds(quick) as bound:
        bound.at_most("within", 400, 400, "MB")
        bound.at_most("peak memory", 698, 400, "MB", **options)
        print("the rest")


def test_a_figure_beyond_its_bound_ends_the_program_after_the_rest_is_printed(capsys):
    with pytest.raises(SystemExit) as leaving:
        settle(quick=False)
    assert leaving.value.code == "beyond its bound: peak memory: expected at most 400, got 698 MB"
    lines = capsys.readouterr().out.splitlines()
    assert [line.endswith("OVER") for line in lines] == [False, True, False]
    assert lines[1].split() == ["peak", "memory", "698", "MB", "(at", "most", "400)", "OVER"]


def test_bounds_of_time_and_memory_are_not_those_of_the_quick_form(capsys):
    settle(quick=True)
    assert "OVER" not in capsys.readouterr().out


def test_what_is_exact_is_judged_in_the_quick_form_too():
    with pytest.raises(SystemExit, match="expected at most 400, got 698 MB"):
        settle(quick=True, exact=True)


def test_no_number_is_within_no_bound():
    bound = Bounds()
    bound.at_most("gap", float("nan"), 1, "%")
    assert bound.broken == ["gap: expected at most 1, got nan %"]


def test_every_broken_bound_is_named():
    bound = Bounds()
    for name in ("one", "other"):
        bound.at_most(name, 2, 1)
    with pytest.raises(SystemExit, match="one: expected at most 1, got 2; other: expected"):
        bound.settle()


def broken_in_two_ways():
    with bounds() as bound:
        bound.at_most("one", 2, 1)
        raise ZeroDivisionError


def test_an_error_of_the_benchmark_is_not_hidden_by_its_bounds():
    with pytest.raises(ZeroDivisionError):
        broken_in_two_ways()


def test_the_shell_sees_a_failure(monkeypatch):
    def main(quick: Quick = False) -> None:
        settle(quick)

    monkeypatch.setattr(sys, "argv", ["benchmark"])
    with pytest.raises(SystemExit) as leaving:
        run_script(main)
    assert str(leaving.value.code).startswith("beyond its bound")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick"])
    with pytest.raises(SystemExit) as leaving:
        run_script(main)
    assert leaving.value.code == 0


def test_make_bench_fails_with_its_benchmark():
    """Python exits with 1 when it leaves with words, which make takes for a failure."""
    text = "from benchmarks.bounds import bounds\nwith bounds() as bound:\n    bound.at_most('x', 2, 1)\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "beyond its bound: x: expected at most 1, got 2\n"
