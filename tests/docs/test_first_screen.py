"""README's first screen: the question, the picture, three commands, five rows of the demo's table."""

import re
from pathlib import Path

from shown import commands

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREEN = README.partition("\n## ")[0]


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_the_rows_are_five_of_the_demo():
    assert len(rows(SCREEN)) == 5
    assert set(rows(SCREEN)) <= set(rows((ROOT / "docs" / "demo.md").read_text(encoding="utf-8")))


def test_question_picture_and_commands_come_before_the_table():
    before = SCREEN.partition("\n| ")[0]
    assert before.index("?**") < before.index("](docs/data_flow.png)") < before.index("make demo")
    lines = [line for line in before.splitlines() if line.startswith("    ")]
    assert len(lines) == 3
    assert [shown.words.split()[0] for shown in commands("\n".join(lines)) if shown.in_a_block][
        -1
    ] == "accel-sim"
    assert len(before.splitlines()) < 20


def test_every_document_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w/]+\.md)\)", index))
    documents = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert documents <= linked
    assert {f"reference/{path.name}" for path in (ROOT / "docs" / "reference").glob("*.md")} <= linked


def test_every_document_is_on_the_site():
    shown = set(re.findall(r'"([\w/]+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8")))
    assert shown == {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
