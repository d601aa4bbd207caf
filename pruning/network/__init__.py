"""What a network is: its layers, what it multiplies, their inputs, its head and its logits."""
