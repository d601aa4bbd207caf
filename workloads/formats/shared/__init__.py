"""What those who look for a format use."""
