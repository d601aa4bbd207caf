"""The engines by name, each with what it does; they give the same numbers."""

ENGINES = {
    "fast": "compiled",
    "reference": "stepped clock by clock, for small layers",
}
DEFAULT_ENGINE = "fast"
