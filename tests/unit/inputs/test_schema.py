"""Data that does not fit a model is one line: where, what was expected, what was there."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from refusals import refusal

from workloads.inputs import InputError
from workloads.inputs.schema import validate


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ratio(Strict):
    n_keep: int = Field(gt=0)
    m_group: int = Field(gt=0)


class Square(Strict):
    kind: Literal["square"]
    side: float = Field(gt=0)


class Round(Strict):
    kind: Literal["round"]
    radius: int = 1


class Thing(Strict):
    name: str
    rows: int = Field(gt=0)
    ratio: Ratio
    ratios: tuple[Ratio, ...] = ()
    shape: Annotated[Square | Round, Field(discriminator="kind")] | None = None
    mode: Literal["skip", "gate"] = "skip"
    share: float = Field(1.0, ge=0, le=1, allow_inf_nan=False)
    by_name: dict[str, Ratio] = {}
    sizes: list[int] = Field([], max_length=2)
    on: bool = True

    @field_validator("name")
    @classmethod
    def known(cls, name: str) -> str:
        if name == "bad":
            raise InputError("expected a good name, got 'bad'")
        return name


GOOD = {"name": "x", "rows": 1, "ratio": {"n_keep": 2, "m_group": 4}}
PAIR = GOOD["ratio"]


def complaint(data) -> str:
    return refusal(validate, Thing, data, lambda path: f"f:<{path}>")


def test_good_data_becomes_the_model_with_lists_as_tuples_and_whole_numbers_as_floats():
    thing = validate(Thing, {**GOOD, "ratios": [PAIR], "share": 1}, str)
    assert thing == Thing(name="x", rows=1, ratio=Ratio(**PAIR), ratios=(Ratio(**PAIR),), share=1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": -5}, "f:<rows>: rows: expected a number greater than 0, got -5"),
        ({"rows": "4"}, "f:<rows>: rows: expected a whole number, got '4' (text)"),
        ({"rows": 1.5}, "f:<rows>: rows: expected a whole number, got 1.5"),
        ({"rows": True}, "f:<rows>: rows: expected a whole number, got true"),
        ({"rows": None}, "f:<rows>: rows: expected a whole number, got null"),
        ({"rows": [1]}, "f:<rows>: rows: expected a whole number, got a list of 1"),
        ({"rows": PAIR}, "f:<rows>: rows: expected a whole number, got the keys 'n_keep', 'm_group'"),
        ({"name": 5}, "f:<name>: name: expected text, got 5"),
        ({"on": "yes"}, "f:<on>: on: expected true or false, got 'yes' (text)"),
        ({"share": 1.5}, "f:<share>: share: expected a number of at most 1, got 1.5"),
        ({"share": float("nan")}, "f:<share>: share: expected a finite number, got nan"),
        ({"sizes": [1, "x"]}, "f:<sizes.1>: sizes.1: expected a whole number, got 'x' (text)"),
        ({"sizes": [1, 2, 3]}, "f:<sizes>: sizes: expected at most 2 items, got 3"),
        ({"name": "bad"}, "f:<name>: name: expected a good name, got 'bad'"),
        ({"ratio": {"n_keep": 2}}, "f:<ratio>: ratio: expected the key 'm_group', got none"),
        ({"shape": {"side": 1}}, "f:<shape>: shape: expected the key 'kind', got none"),
        (
            {"shape": {"kind": "square", "side": -1}},
            "f:<shape.side>: shape.side: expected a number greater than 0, got -1",
        ),
        (
            {"mode": "skp"},
            "f:<mode>: mode: expected a known value, got 'skp'; did you mean 'skip'? (there are: gate, skip)",
        ),
        ({"mode": 3}, "f:<mode>: mode: expected 'skip' or 'gate', got 3"),
        (
            {"shape": {"kind": "squar"}},
            "f:<shape>: shape: expected a known value, got 'squar'; did you mean 'square'?"
            " (there are: round, square)",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_place(change, message):
    assert complaint({**GOOD, **change}) == message


@pytest.mark.parametrize(
    ("change", "place", "key", "near"),
    [
        ({"row": 3}, "f:<row>: expected", "row", "rows"),
        ({"ratio": {"n_keep": 1, "mgroup": 4}}, "f:<ratio.mgroup>: ratio: expected", "mgroup", "m_group"),
        (
            {"ratios": [PAIR, {**PAIR, "n_kep": 1}]},
            "f:<ratios.1.n_kep>: ratios.1: expected",
            "n_kep",
            "n_keep",
        ),
        (
            {"by_name": {"q": {**PAIR, "m_grou": 1}}},
            "f:<by_name.q.m_grou>: by_name.q: expected",
            "m_grou",
            "m_group",
        ),
        (
            {"shape": {"kind": "square", "sid": 1}},
            "f:<shape.sid>: shape: expected",
            "sid",
            "side",
        ),
    ],
)
def test_an_unknown_key_comes_before_the_missing_one_and_names_its_neighbour(change, place, key, near):
    text = complaint({**GOOD, **change})
    assert text.startswith(f"{place} a known key, got {key!r}; did you mean {near!r}? (there are: ")


def test_a_missing_key_at_the_top_needs_no_path():
    assert complaint({"name": "x", "ratio": PAIR}) == "f:<>: expected the key 'rows', got none"


@pytest.mark.parametrize("change", [{"ratio": "2:4"}, {"rows": "2:4"}, {"ratios": ["2:4"]}])
def test_a_ratio_written_with_a_colon_is_told_how_to_write_it(change):
    assert complaint({**GOOD, **change}).endswith("got '2:4' (text); write n_keep: 2, m_group: 4")


def test_data_that_is_no_mapping_is_refused():
    assert complaint([1]) == "f:<>: expected keys and values, got a list of 1"


def test_data_that_is_part_of_something_larger_is_named_with_its_path_there():
    def where(path: str) -> str:
        return f"f:<{path}>"

    cases = [
        ({**GOOD, "rows": -5}, "f:<a.b.rows>: a.b.rows: expected a number greater than 0, got -5"),
        ({**GOOD, "row": 1}, "f:<a.b.row>: a.b: expected a known key, got 'row'; did you mean 'rows'?"),
        ({"name": "x", "ratio": PAIR}, "f:<a.b>: a.b: expected the key 'rows', got none"),
    ]
    for data, message in cases:
        assert refusal(validate, Thing, data, where, "a.b").startswith(message)
