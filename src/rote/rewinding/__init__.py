"""Rewinding: what a trained network does with some of its layers set back to an earlier epoch."""
