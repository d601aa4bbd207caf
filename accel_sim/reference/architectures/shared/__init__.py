"""What several stepped architectures are made of."""
