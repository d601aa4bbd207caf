"""What several patterns, and those who look for one, use."""
