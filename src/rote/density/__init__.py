"""Density models: Dirichlet-process Gaussian mixtures, their divergences and the diagnostics of their chains."""
