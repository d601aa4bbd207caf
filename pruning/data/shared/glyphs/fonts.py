"""Fonts of Glyph-62: a fixed list of Debian packages, files by dpkg; which typefaces are for the test.

A machine has other fonts too; they are not looked at, so that the same packages give the same images.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from workloads.inputs import InputError

DPKG = Path("/var/lib/dpkg/info")
SUFFIXES = (".otf", ".ttf")

# All of Debian 12 (bookworm), main.
PACKAGES = tuple(Path(__file__).with_name("packages.txt").read_text(encoding="utf-8").split())

# Families under other names than their kin: free cuts of one old typeface, or one drawn from the other.
_KIN = {
    "freesans": "helvetica",
    "liberation sans": "helvetica",
    "nimbus sans": "helvetica",
    "switzera": "helvetica",
    "tex gyre heros": "helvetica",
    "freeserif": "times",
    "liberation serif": "times",
    "nimbus roman": "times",
    "tex gyre termes": "times",
    "courier": "courier",
    "freemono": "courier",
    "liberation mono": "courier",
    "nimbus mono": "courier",
    "tex gyre cursor": "courier",
    "tex gyre adventor": "avant garde",
    "urw gothic": "avant garde",
    "tex gyre bonum": "bookman",
    "urw bookman": "bookman",
    "c059": "century schoolbook",
    "tex gyre schola": "century schoolbook",
    "p052": "palatino",
    "tex gyre pagella": "palatino",
    "tex gyre chorus": "chancery",
    "z003": "chancery",
    "hack": "dejavu",
    "verana": "dejavu",
    "betecknagscondensed": "betecknags",
    "gentiumalt": "gentium",
    "carlito": "lato",
    "monofur": "eurofurence",
    "unifur": "eurofurence",
}
_TEST_SHARE = 0.2


def absent_packages() -> list[str]:
    """The packages of :data:`PACKAGES` that are not installed here."""
    return [name for name in PACKAGES if not (DPKG / f"{name}.list").is_file()]


def install_command(packages: list[str]) -> str:
    """What the user types to install the packages of fonts."""
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def font_files(root: Path | str | None = None) -> list[Path]:
    """The files of Glyph-62's fonts in a fixed order.

    Args:
        root: a folder, searched at all depths; ``"installed"``: those of the packages that are here;
            ``None``: those of all the packages.

    Raises:
        InputError: a package is absent, there is no such folder, or no font.
    """
    if root is None or root == "installed":
        absent = absent_packages()
        if absent and root is None:
            raise InputError(
                f"glyph62: expected the fonts of {len(PACKAGES)} Debian packages, got none of {absent[0]}"
                f" ({len(absent)} absent); `crisp-prune data glyph62` prints the command that installs them"
            )
        files = [file for name in PACKAGES if name not in absent for file in _files_of(name)]
    else:
        folder = Path(root)
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of fonts, got no such folder")
        files = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    if not files:
        raise InputError(f"{root or 'glyph62'}: expected fonts ({', '.join(SUFFIXES)}), got none")
    return sorted(files)


def _files_of(package: str) -> list[Path]:
    lines = (DPKG / f"{package}.list").read_text(encoding="utf-8").splitlines()
    return [Path(line) for line in lines if line.lower().endswith(SUFFIXES) and Path(line).is_file()]


def design_of(family: str) -> str:
    """The typeface that a family is a cut of; all cuts of one are on one side of the split.

    It is the family's first word (Roboto, Roboto Condensed and Roboto Slab are one), save for kin under
    other names.
    """
    name = re.sub(r"[-_\s]+", " ", family).strip().lower()
    for start, design in _KIN.items():
        if name == start or name.startswith(start + " "):
            return design
    return name.split(" ")[0] or name


def is_for_test(design: str) -> bool:
    """Whether a typeface's images are in the test part: a hash of its name says so, and nothing else."""
    number = int.from_bytes(hashlib.sha256(f"glyph62 {design}".encode()).digest()[:8], "big")
    return number < _TEST_SHARE * 2**64
