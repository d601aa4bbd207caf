"""Gradients of the loss on the user's samples, which several saliencies use."""
