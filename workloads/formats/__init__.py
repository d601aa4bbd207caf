"""Formats: how surviving weights are stored, one file each.

Each file holds a frozen dataclass ``Format`` with ``value_count(mask)``, the values stored (padding
zeros included), and ``metadata_bits(mask)``, the bits of all that is stored beside them. Sizes of
the matrix and settings of the format are part of a layer's description and cost nothing.
"""

from workloads.formats.contract import Format
from workloads.formats.shared.parse import format_names, parse_format
from workloads.formats.shared.sizes import index_bits

__all__ = ["Format", "format_names", "index_bits", "parse_format"]
