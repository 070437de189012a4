"""Data sets, their conversion to one form, and label corruption."""
