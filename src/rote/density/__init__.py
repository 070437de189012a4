"""Density models: Dirichlet-process Gaussian mixtures, their divergences and the diagnostics of their chains."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
