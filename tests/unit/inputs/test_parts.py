"""Parts are found by the name of their file and built from text."""

import importlib
from dataclasses import dataclass

import pytest
from refusals import refusal

import workloads.patterns
from workloads.inputs import InputError
from workloads.inputs.parts import build_from_spec, find_part, parse_spec, part_names


@dataclass(frozen=True)
class Part:
    count: int
    share: float = 0.5


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("dense", "dense", {}),
        ("dense()", "dense", {}),
        (" nm( 2 : 4 ) ", "nm", {"n_keep": "2", "m_group": "4"}),
        ("nm(2:4)", "nm", {"n_keep": "2", "m_group": "4"}),
        (
            "crisp(2:4, block = 16,density=0.1)",
            "crisp",
            {"n_keep": "2", "m_group": "4", "block": "16", "density": "0.1"},
        ),
    ],
)
def test_a_spec_splits_into_a_name_and_its_arguments(text, name, arguments):
    assert parse_spec(text, "pattern") == (name, arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected name or name(argument, ...), got ''"),
        ("nm(2:4", "expected name or name(argument, ...)"),
        ("2:4", "expected name or name(argument, ...)"),
        ("nm(2:4) x", "expected name or name(argument, ...)"),
        ("nm(2-4)", "expected n:m or key=value in 'nm(2-4)', got '2-4'"),
        ("nm(a=)", "expected n:m or key=value"),
        ("nm(=2)", "expected n:m or key=value"),
        ("nm(2:4, n_keep=1)", "expected 'n_keep' once"),
        ("nm(2:4, 1:2)", "expected 'n_keep' once"),
    ],
)
def test_a_spec_of_another_form_is_refused(text, message):
    said = refusal(parse_spec, text, "pattern")
    assert said.startswith("pattern: ")
    assert message in said


def test_parts_are_the_files_of_a_folder_without_those_that_are_shared():
    names = part_names(workloads.patterns)
    assert {"dense", "nm", "block", "crisp", "unstructured"} <= set(names)
    assert not set(names) & {"base", "parse", "rules", "__init__"}


def test_a_folder_among_parts_is_none(tmp_path, monkeypatch):
    folder = tmp_path / "some_parts"
    (folder / "shared").mkdir(parents=True)
    for file in ("__init__.py", "one.py", "shared/__init__.py", "shared/steps.py"):
        (folder / file).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert part_names(importlib.import_module("some_parts")) == ["one"]


@pytest.mark.parametrize("name", ["crips", "base", "os", "../masks", ""])
def test_a_wrong_part_name_lists_the_right_ones(name):
    with pytest.raises(InputError, match=r"there are: block, channel, crisp, dense, gs, nm, unstructured"):
        find_part(workloads.patterns, name, "pattern")


def test_a_near_miss_is_suggested():
    with pytest.raises(InputError, match="did you mean 'crisp'"):
        find_part(workloads.patterns, "crips", "pattern")


def test_arguments_become_numbers_of_the_fields_types():
    part = build_from_spec(Part, {"count": "3", "share": "1e-2"}, "p", "kind")
    assert (part, type(part.count), type(part.share)) == (Part(3, 0.01), int, float)
    assert build_from_spec(Part, {"count": "3"}, "p", "kind") == Part(3, 0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "expected the argument 'count' in 'text', got none"),
        ({"count": "1.5"}, "count: expected a whole number, got '1.5'"),
        ({"count": "1", "share": "x"}, "share: expected a number, got 'x'"),
        (
            {"count": "1", "shar": "1"},
            "expected a known argument in 'text', got 'shar'; did you mean 'share'?",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    assert refusal(build_from_spec, Part, arguments, "text", "kind").startswith(f"kind: {message}")
