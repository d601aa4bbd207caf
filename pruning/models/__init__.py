"""Network definitions, one family a file; found by name through :func:`build_model`."""

from pruning.models.factory import allow_factory
from pruning.models.registry import build_model, model_names, model_options

__all__ = ["allow_factory", "build_model", "model_names", "model_options"]
