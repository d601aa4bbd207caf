"""YAML reads as it looks, and what misleads is refused with its line."""

from pathlib import Path

import pytest
from refusals import refusal, refusal_of_file

from workloads.inputs import InputError
from workloads.inputs.strict_yaml import load_yaml, parse_scalar

SCALARS = [
    ("2:4", "2:4"),
    ("12:30:45", "12:30:45"),
    ("5e-12", 5e-12),
    ("1.0e9", 1e9),
    ("1e9", 1e9),
    ("-.5", -0.5),
    ("1.", 1.0),
    ("+3", 3),
    ("010", 10),
    ("0o17", 15),
    ("0x1F", 31),
    ("1_000", "1_000"),
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("true", True),
    ("False", False),
    ("TRUE", True),
    ("tRUE", "tRUE"),
    ("~", None),
    ("null", None),
    ("", None),
    ("2024-01-01", "2024-01-01"),
    (".inf", float("inf")),
    ("-.INF", float("-inf")),
    ("crisp(2:4, block=16)", "crisp(2:4, block=16)"),
    ("'5'", "5"),
    ('"no"', "no"),
    ("[1, 2:4, [a, 1e-3]]", [1, "2:4", ["a", 1e-3]]),
    ("{n_keep: 2, m_group: 4}", {"n_keep": 2, "m_group": 4}),
]


@pytest.fixture
def written(tmp_path):
    def write(content: str | bytes) -> Path:
        path = tmp_path / "file.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_means_the_same_in_a_file_and_on_the_command_line(written, text, value):
    in_file = load_yaml(written(f"key: {text}\n")).data["key"]
    on_line = parse_scalar(text)
    assert (in_file, type(in_file)) == (value, type(value))
    assert (on_line, type(on_line)) == (value, type(value))


def test_not_a_number_is_read(written):
    value = load_yaml(written("a: .nan")).data["a"]
    assert value != value


def test_a_plain_command_line_value_keeps_colons_and_hashes():
    assert parse_scalar("a: b #c") == "a: b #c"


def test_where_names_the_line_of_a_value_and_falls_back_to_what_surrounds_it(written):
    path = written("a:\n  b:\n    - c: 1\n      d: 2\n    - 7\nvary:\n  smem.bytes: [1]\n")
    document = load_yaml(path)
    lines = {
        "a": 1,
        "a.b": 2,
        "a.b.0": 3,
        "a.b.0.c": 3,
        "a.b.0.d": 4,
        "a.b.1": 5,
        "a.b.0.nothing.here": 3,
        "vary.smem.bytes.0": 7,
        "unknown": 1,
        "": 1,
    }
    assert {place: document.where(place) for place in lines} == {p: f"{path}:{n}" for p, n in lines.items()}


def test_a_byte_order_mark_and_document_marks_do_no_harm(written):
    assert load_yaml(written("\ufeff---\na: 1\n...\n")).data == {"a": 1}


REFUSED = [
    ("a: 1\nb:\n  c: 1\n  c: 2\n", ":4: b: expected each key once, got 'c' again (first at line 3)"),
    ("a: 1\nb: 2\na: 3\n", ":3: expected each key once, got 'a' again (first at line 1)"),
    ("a: {b: 1, b: 2}\n", ":1: a: expected each key once, got 'b' again (first at line 1)"),
    ("a: 1\n2: 3\n", ":2: expected a key that is text, got '2'"),
    ("a:\n  true: 3\n", ":2: a: expected a key that is text, got 'true'"),
    ("[1, 2]: 3\n", ":1: expected a key that is text, got a list"),
    ("a: &x 1\nb: *x\n", ":2: expected a value written out, got the alias '*x'"),
    ("a: 1\n<<: {b: 1}\n", ":2: expected values written out, got the merge key '<<'"),
    ("a: 1\nb: !!int 5\n", ":2: expected a value without a tag, got 'int'"),
    ("a: !!python/object/apply:os.system [ls]\n", ":1: expected a value without a tag"),
    ("a: !mine 5\n", ":1: expected a value without a tag, got '!mine'"),
    ("a: 1\n---\nb: 2\n", ":2: expected one document, got a second"),
    ("", ":1: expected keys and values, got an empty file"),
    ("# nothing\n", ":1: expected keys and values, got an empty file"),
    ("- 1\n", ":1: expected keys and values at the top, got a list"),
    ("just text\n", ":1: expected keys and values at the top, got 'just text'"),
    ("a:\n\tb: 1\n", ":2: expected spaces before a value, got a tab"),
    ("a: 1\nb: [1, 2\n", ":3: expected ',' or ']', got the end of the file"),
    ("a: b: c\n", ":1: expected YAML, got: mapping values are not allowed here"),
    ("a: 1\nb: 'x\n", ":3: expected YAML, got: while scanning a quoted scalar"),
    (b"a: 1\nb: \xff\n", ":2: expected UTF-8 text, got byte 0xff"),
    ("a: 1\nb: \x00\n", ":2: expected printable text"),
    ("a: 1\nb: 1e999\n", ":2: b: expected a number below 1.8e308, got 1e999"),
    ("a: " + "9" * 5000, ":1: a: expected a number of at most 400 digits, got 5000"),
    ('a: "\\ud800"\n', ":1: a: expected text, got half a surrogate pair"),
    ('a: "\\U00110000"\n', "expected YAML, got"),
    ("a: " + "[" * 5000, "expected YAML, got too deep a nesting"),
]


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_a_misleading_or_broken_file_is_one_line_with_its_place(written, content, message):
    assert message in refusal_of_file(load_yaml, written(content))


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InputError, match="expected a YAML file, got no such file"):
        load_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="expected a YAML file, got a folder"):
        load_yaml(tmp_path)


@pytest.mark.parametrize("text", ["[1, 2", "'open", "[*a]", "[1] [2]", "1e999", "{a: 1, a: 2}", "[!x 1]"])
def test_a_broken_command_line_value_is_one_line(text):
    assert "expected" in refusal(parse_scalar, text)
