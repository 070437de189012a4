"""Figures: one module per study, drawn from tables alone."""

from rote.plain_matplotlib import user_settings_aside

with user_settings_aside():
    import matplotlib.pyplot  # noqa: F401  (before any module of this package does)
