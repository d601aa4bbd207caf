"""A word means one thing (docs/glossary.md): what another word says here does not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "accel_sim",
    "workloads",
    "pruning",
    "studies",
    "benchmarks",
    "tests",
    "hw_configs",
    "experiments",
    "docs",
    "notebooks",
)
# Who speaks of other tools takes their words, and this file has all of them.
FREE = ("scalesim", "sparseloop", "test_words.py", "CHANGELOG.md")
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".yaml", ".md", ".ipynb") and not any(name in path.name for name in FREE)
] + [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
# The word to take -> those that would say the same. After a renaming the old word comes here.
BANNED = {
    "utilisation": ["utilization"],
    "SMEM": ["global buffer", "scratch pad", "L2 buffer", "shared buffer"],
    "multiplier": ["MAC unit", "processing element"],
    "ifmap, outputs": [r"\bIFM\b", r"\bOFM\b"],
    "accumulator": [r"\bpsums?\b", "partial sums buffer"],
    "unfolded": ["im2col"],
    "keep-mask": ["bit ?mask", "binary mask", "non-zero mask"],
    "a block that lives, a vanished block": ["(dead|zero) blocks?"],
    "sparsity, density": ["(prune|pruning) (rate|ratio)", "sparsity level", "compression ratio"],
    "machine": ["(hardware|accelerator) config", r"\bconfig file", r"\bhw_config\b"],
    "mapping": ["loop nest", "loop order"],
    "stall": ["stall reason", "wait cycles", "idle cycles", "bubble"],
    "bound": ["roofline"],
    "saliency": ["sensitivity score", r"\bcriterion\b"],
    "machine's rules, docs/machine": ["machine_model", r"dram_model\.md"],
}
WORDS = [(taken, word) for taken, words in BANNED.items() for word in words]


@pytest.fixture(scope="module")
def texts():
    return {path: path.read_text(encoding="utf-8") for path in FILES}


@pytest.mark.parametrize(("taken", "word"), WORDS, ids=[word for _, word in WORDS])
def test_a_word_that_another_one_stands_for_does_not_come_back(taken, word, texts):
    pattern = re.compile(word, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"say {taken!r}"


def test_the_glossary_has_each_word_once():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    entries = [word for word in words if word not in ("word", "---")]
    assert len(entries) > 40
    assert len(set(entries)) == len(entries)
