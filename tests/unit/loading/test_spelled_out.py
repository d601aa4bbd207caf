"""A machine spelled out is read back as it was, whatever its texts look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accel_sim.loading.spelled_out import spell_out
from workloads.inputs.strict_yaml import load_yaml

TEXTS = [
    "",
    "no",
    "null",
    "1e3",
    "0x10",
    "2:4",
    "a: b",
    "# c",
    "- d",
    "'",
    '"',
    "\\",
    "a\nb",
    " x ",
    "é",
    "[",
    "{",
]
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=8)
values = st.recursive(plain | texts, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
sections = st.dictionaries(st.sampled_from(["rows", "name", "x_y"]), values, min_size=1)
files = st.dictionaries(st.sampled_from(["array", "smem", "name", "mapping"]), values | sections, min_size=1)


@given(data=files)
def test_what_is_spelled_out_is_read_back(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("spelled") / "m.yaml"
    path.write_text(spell_out(data, lambda field: f"of {field}"), encoding="utf-8")
    assert load_yaml(path).data == data


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text(text, tmp_path):
    (tmp_path / "m.yaml").write_text(spell_out({"mapping": {text: text}}), encoding="utf-8")
    assert load_yaml(tmp_path / "m.yaml").data == {"mapping": {text: text}}


def test_a_field_is_a_line_and_says_where_it_stands():
    data = {"name": "a", "rf": {"buffers": 2}, "clock_hz": 1.0, "array": {"sets": [{"n": 1}, {"n": 2}]}}
    assert spell_out(data, {"rf.buffers": "b.yaml:3"}.get).splitlines() == [
        "name: a",
        "",
        "rf:",
        f"{'  buffers: 2':<44}  # b.yaml:3",
        "",
        "clock_hz: 1.0",
        "",
        "array:",
        "  sets:",
        "    - {n: 1}",
        "    - {n: 2}",
    ]
