"""What several formats, and those who look for one, use."""
