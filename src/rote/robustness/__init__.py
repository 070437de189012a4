"""Certified robustness of a classifier under Gaussian noise: randomized smoothing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
