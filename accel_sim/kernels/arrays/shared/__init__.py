"""What several arrays need."""
