"""Network definitions, one family a file; found by name through :func:`build_model`."""

from pruning.models.registry import build_model, model_names

__all__ = ["build_model", "model_names"]
