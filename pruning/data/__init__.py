"""Real images: readers, the embedded subset, and the user's choice of classes."""

from pruning.data.dataset import Dataset, parse_classes
from pruning.data.fashion_mnist import load_fashion_mnist

__all__ = ["Dataset", "load_fashion_mnist", "parse_classes"]
