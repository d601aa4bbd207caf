"""The two engines by name, each with a word on what it does; they give the same numbers."""

ENGINES = {
    "fast": "compiled",
    "reference": "stepped clock by clock, for small layers",
}
DEFAULT_ENGINE = "fast"
