"""Patterns with their arguments, several of each family."""

EXAMPLES = {
    "dense": ["dense"],
    "nm": ["nm(2:4)", "nm(1:4)", "nm(4:4)", "nm(1:6)", "nm(5:16)", "nm(3:70)"],
    "block": ["block(block=4, density=0.3)", "block(block=16, density=0.5)", "block(block=1, density=0.1)"],
    "crisp": [
        "crisp(2:4, block=8, density=0.2)",
        "crisp(1:4, block=16, density=0.25)",
        "crisp(1:3, block=6, density=0.1)",
    ],
    "channel": ["channel(density=0.1)", "channel(density=0.5, multiple=8)", "channel(density=1)"],
    "gs": ["gs(density=0.1)", "gs(density=0.4, banks=3)", "gs(density=1)", "gs(density=0.2, banks=64)"],
    "unstructured": ["unstructured(density=0.1)", "unstructured(density=1)", "unstructured(density=1e-9)"],
}
SPECS = [spec for specs in EXAMPLES.values() for spec in specs]
