"""The steps that choose masks, which several methods use."""
