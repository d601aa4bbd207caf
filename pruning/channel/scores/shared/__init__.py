"""What several scores of channels use."""
