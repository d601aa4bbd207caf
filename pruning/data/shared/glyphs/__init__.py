"""Glyph-62's parts: which fonts, who is kin to whom, and how a letter becomes 32 x 32 pixels."""
