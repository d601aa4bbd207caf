"""What several data sets, and those who show one, use."""
