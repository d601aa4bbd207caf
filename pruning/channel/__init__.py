"""Channel pruning in place: layers really become smaller, and the network stays plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from pruning.channel.exported import save_exported
    from pruning.channel.prune import ChannelReport, KeptChannels, prune_channels
    from pruning.channel.widths import channel_widths, load_widths

__all__ = [
    "ChannelReport",
    "KeptChannels",
    "channel_widths",
    "load_widths",
    "prune_channels",
    "save_exported",
]

__getattr__ = lazy_names(
    __name__,
    {
        "ChannelReport": "pruning.channel.prune",
        "KeptChannels": "pruning.channel.prune",
        "channel_widths": "pruning.channel.widths",
        "load_widths": "pruning.channel.widths",
        "prune_channels": "pruning.channel.prune",
        "save_exported": "pruning.channel.exported",
    },
)
