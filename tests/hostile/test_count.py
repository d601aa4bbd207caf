"""How many hostile cases there are, beside those that hypothesis draws."""

from importlib import import_module
from pathlib import Path

NOT_COUNTED = {"test_count", "test_processes"}  # processes of their own: a few, and slow
PARTS = sorted({path.stem for path in Path(__file__).parent.glob("test_*.py")} - NOT_COUNTED)


def test_there_are_hundreds_of_every_kind():
    counts = {part: import_module(part).CASES for part in PARTS}
    print(counts)
    assert min(counts.values()) >= 200, counts
    assert sum(counts.values()) >= 500
