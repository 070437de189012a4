"""Stitching: the first layers of one network, the last of another, and a small layer between them."""
