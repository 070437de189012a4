"""Figures: one module per study, drawn from tables alone."""
