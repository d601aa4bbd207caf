"""Stepped: what each architecture does in every cycle of a pass, spelled out product by product."""
