"""Network definitions, one family a file; found by name through :func:`build_model`."""

from pruning.models.shared.factory import allow_factory
from pruning.models.shared.registry import build_model, model_names, model_options

__all__ = ["allow_factory", "build_model", "model_names", "model_options"]
