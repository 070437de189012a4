"""Gradients of the loss, layer by layer: what in them depends on the labels, and what does not."""
